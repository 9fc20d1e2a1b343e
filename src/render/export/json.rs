//! Sessions as JSON: one document, or a record a line.

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::{ExportError, Sessions};
use crate::model::Manifest;
use crate::ops::{FileEntry, RunExport, SessionExport};
use crate::render::ascii_controls;
use crate::store::CommitId;

/// What the first key of an export says.
const FORMAT: &str = "git-session-export";
/// Readers must refuse a greater one.
const VERSION: u32 = 1;

/// A session, without what it has many of.
#[derive(Serialize)]
struct Head<'a> {
    branch: String,
    commit: CommitId,
    manifest: &'a Manifest,
}

/// A run with the content of its files.
#[derive(Serialize)]
struct Run<'a> {
    #[serde(flatten)]
    run: &'a RunExport,
    artifacts: Vec<File<'a>>,
}

/// A file with its content: as text where it is UTF-8.
#[derive(Serialize)]
struct File<'a> {
    path: &'a str,
    bytes: u64,
    executable: bool,
    encoding: &'static str,
    content: String,
}

/// A line.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Record<'a> {
    Export { format: &'static str, version: u32 },
    Session(Head<'a>),
    Run { branch: &'a str, run: Run<'a> },
    Context { branch: &'a str, file: File<'a> },
}

/// Writes one document. It is valid as a whole only; each record in it is one line.
pub(crate) fn json(out: &mut dyn Write, sessions: &mut Sessions<'_>) -> Result<(), ExportError> {
    write!(out, "{{\"format\":\"{FORMAT}\",\"version\":{VERSION},\"sessions\":[")?;
    let mut list = Commas::default();
    for session in sessions {
        list.next(out)?;
        document(out, &session?)?;
    }
    Ok(out.write_all(b"\n]}\n")?)
}

fn document(out: &mut dyn Write, session: &SessionExport<'_>) -> Result<(), ExportError> {
    let head = line(&Head::of(session))?;
    write!(out, "{},\n\"runs\":[", head.strip_suffix('}').unwrap_or(&head))?;
    let mut list = Commas::default();
    for run in session.runs() {
        list.next(out)?;
        out.write_all(line(&Run::of(session, &run?)?)?.as_bytes())?;
    }
    out.write_all(b"],\n\"context\":[")?;
    let mut list = Commas::default();
    for file in session.context()? {
        list.next(out)?;
        out.write_all(line(&File::of(session, &file)?)?.as_bytes())?;
    }
    Ok(out.write_all(b"]}")?)
}

/// Writes a record a line; its `type` says of what.
pub(crate) fn ndjson(out: &mut dyn Write, sessions: &mut Sessions<'_>) -> Result<(), ExportError> {
    let mut put =
        |record: Record<'_>| -> Result<(), ExportError> { Ok(writeln!(out, "{}", line(&record)?)?) };
    put(Record::Export { format: FORMAT, version: VERSION })?;
    for session in sessions {
        let session = session?;
        let branch = &session.name().branch();
        put(Record::Session(Head::of(&session)))?;
        for run in session.runs() {
            put(Record::Run { branch, run: Run::of(&session, &run?)? })?;
        }
        for file in session.context()? {
            put(Record::Context { branch, file: File::of(&session, &file)? })?;
        }
    }
    Ok(())
}

fn line(value: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(ascii_controls(&serde_json::to_string(value)?))
}

/// Puts commas between the elements of a list, each of which begins a line.
#[derive(Default)]
struct Commas {
    is_begun: bool,
}

impl Commas {
    fn next(&mut self, out: &mut dyn Write) -> std::io::Result<()> {
        let comma = if std::mem::replace(&mut self.is_begun, true) { ",\n" } else { "\n" };
        out.write_all(comma.as_bytes())
    }
}

impl<'a> Head<'a> {
    fn of(session: &'a SessionExport<'_>) -> Self {
        let (branch, commit) = (session.name().branch(), session.commit());
        Self { branch, commit, manifest: session.manifest() }
    }
}

impl<'a> Run<'a> {
    fn of(session: &SessionExport<'_>, run: &'a RunExport) -> Result<Self, ExportError> {
        let artifacts = run.artifacts.iter().map(|file| File::of(session, file));
        Ok(Self { run, artifacts: artifacts.collect::<Result<_, _>>()? })
    }
}

impl<'a> File<'a> {
    fn of(session: &SessionExport<'_>, file: &'a FileEntry) -> Result<Self, ExportError> {
        let (encoding, content) = match String::from_utf8(session.content(file)?) {
            Ok(text) => ("utf-8", text),
            Err(bytes) => ("base64", STANDARD.encode(bytes.as_bytes())),
        };
        Ok(Self { path: &file.path, bytes: file.bytes, executable: file.executable, encoding, content })
    }
}

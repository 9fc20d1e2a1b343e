//! Sessions as a tree of files, in a tar archive (POSIX, with pax headers where a name needs one).
//!
//! What is in it depends on the sessions alone: the order is fixed, times are those of runs, and
//! nobody owns the files.

use std::io::Write;

use super::{ExportError, Sessions};
use crate::model::Timestamp;
use crate::ops::{FileEntry, RunExport, SessionExport};

/// Everything in an archive is a multiple of this.
const BLOCK: usize = 512;
/// The longest name that fits into a header.
const NAME: usize = 100;
/// The largest size that fits into a header.
const SIZE: u64 = 0o777_7777_7777;

/// Writes a folder for each session: `session.yaml`, `context/` as it is now, and `runs/` with a folder
/// for each run.
pub(crate) fn tar(out: &mut dyn Write, sessions: &mut Sessions<'_>) -> Result<(), ExportError> {
    let mut archive = Archive { out };
    for session in sessions {
        write_session(&mut archive, &session?)?;
    }
    // Two empty blocks are the end.
    Ok(archive.out.write_all(&[0; 2 * BLOCK])?)
}

fn write_session(archive: &mut Archive<'_>, session: &SessionExport<'_>) -> Result<(), ExportError> {
    let (folder, time) = (session.name().as_str(), time_of(session));
    for file in session.context()? {
        let name = format!("{folder}/context/{}", file.path);
        archive.add(&name, &session.content(&file)?, mode(&file), time)?;
    }
    for run in session.runs() {
        write_run(archive, session, &run?)?;
    }
    if let Some(text) = session.document()? {
        archive.add(&format!("{folder}/session.yaml"), &text, Mode::Plain, time)?;
    }
    Ok(())
}

fn write_run(
    archive: &mut Archive<'_>,
    session: &SessionExport<'_>,
    run: &RunExport,
) -> Result<(), ExportError> {
    let record = &run.row.record;
    let digits = session.run_count().to_string().len().max(4);
    let number = run.row.number.unwrap_or(0);
    let folder = format!("{}/runs/{number:0digits$}-{}", session.name(), record.id.short());
    let time = record.finished_at.or(record.started_at).unwrap_or_else(|| time_of(session));
    for file in &run.artifacts {
        let name = format!("{folder}/artifacts/{}", file.path);
        archive.add(&name, &session.content(file)?, mode(file), time)?;
    }
    if let Some(text) = &run.conversation {
        archive.add(&format!("{folder}/conversation.md"), text.as_bytes(), Mode::Plain, time)?;
    }
    if let Some(text) = session.run_document(run)? {
        archive.add(&format!("{folder}/run.yaml"), &text, Mode::Plain, time)?;
    }
    Ok(())
}

// When the last run ended.
fn time_of(session: &SessionExport<'_>) -> Timestamp {
    let manifest = session.manifest();
    manifest.runs.first().and_then(|run| run.finished_at).unwrap_or(manifest.created_at)
}

/// Who may do what with a file.
#[derive(Debug, Clone, Copy)]
enum Mode {
    Plain,
    Executable,
}

fn mode(file: &FileEntry) -> Mode {
    if file.executable { Mode::Executable } else { Mode::Plain }
}

struct Archive<'w> {
    out: &'w mut dyn Write,
}

impl Archive<'_> {
    fn add(&mut self, name: &str, content: &[u8], mode: Mode, time: Timestamp) -> std::io::Result<()> {
        let size = content.len() as u64;
        let mut more = Vec::new();
        if name.len() > NAME || !name.is_ascii() {
            more.extend(pax_record("path", name));
        }
        if size > SIZE {
            more.extend(pax_record("size", &size.to_string()));
        }
        if !more.is_empty() {
            self.entry(&header("pax", more.len() as u64, Mode::Plain, time, b'x'), &more)?;
        }
        self.entry(&header(name, size, mode, time, b'0'), content)
    }

    fn entry(&mut self, header: &[u8; BLOCK], content: &[u8]) -> std::io::Result<()> {
        self.out.write_all(header)?;
        self.out.write_all(content)?;
        let rest = content.len().next_multiple_of(BLOCK) - content.len();
        self.out.write_all(&[0; BLOCK][..rest])
    }
}

/// Makes a header. A name that is too long is cut; its pax header has all of it.
fn header(name: &str, size: u64, mode: Mode, time: Timestamp, kind: u8) -> [u8; BLOCK] {
    let mut header = [0; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| {
        header.iter_mut().skip(at).zip(bytes).for_each(|(place, byte)| *place = *byte);
    };
    let seconds = u64::try_from(time.unix()).unwrap_or(0).min(SIZE);
    let mode = match mode {
        Mode::Plain => 0o644,
        Mode::Executable => 0o755,
    };
    put(0, name.as_bytes().get(..name.len().min(NAME)).unwrap_or_default());
    put(100, format!("{mode:07o}\0{0:07o}\0{0:07o}\0", 0).as_bytes());
    put(124, format!("{:011o}\0{seconds:011o}\0", size.min(SIZE)).as_bytes());
    // The sum is counted as if it were spaces.
    put(148, b"        ");
    put(156, &[kind]);
    put(257, b"ustar\x0000");
    put(329, format!("{0:07o}\0{0:07o}\0", 0).as_bytes());
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    let sum = format!("{sum:06o}\0 ");
    header.iter_mut().skip(148).zip(sum.as_bytes()).for_each(|(place, byte)| *place = *byte);
    header
}

/// Makes a record of a pax header, which begins with its own length.
fn pax_record(key: &str, value: &str) -> Vec<u8> {
    let rest = format!(" {key}={value}\n");
    let mut length = rest.len();
    // The digits count too, and may become one more for it.
    while rest.len() + length.to_string().len() != length {
        length = rest.len() + length.to_string().len();
    }
    format!("{length}{rest}").into_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_record_counts_itself() {
        for size in (0..120).chain(900..1100).chain(9_900..10_100) {
            let record = pax_record("path", &"x".repeat(size));
            let text = String::from_utf8(record).expect("text");
            let (length, _) = text.split_once(' ').expect("a length");
            assert_eq!(length.parse::<usize>().expect("a number"), text.len());
        }
    }

    proptest! {
        #[test]
        fn an_archive_is_made_of_whole_blocks(name in "[a-z/é]{1,300}", content in prop::collection::vec(any::<u8>(), 0..2000)) {
            let mut out = Vec::new();
            let time = Timestamp::from_unix(-1);
            Archive { out: &mut out }.add(&name, &content, Mode::Executable, time).expect("written");
            prop_assert_eq!(out.len() % BLOCK, 0);
            let start = out.len() - content.len().next_multiple_of(BLOCK);
            prop_assert_eq!(&out[start..start + content.len()], content.as_slice());
            for header in out[..start].chunks(BLOCK).filter(|block| block[257..].starts_with(b"ustar")) {
                let told = std::str::from_utf8(&header[148..154]).expect("digits");
                let own: u32 = header[148..156].iter().map(|byte| u32::from(*byte)).sum();
                let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum::<u32>() - own + 8 * 32;
                prop_assert_eq!(u32::from_str_radix(told, 8).expect("a number"), sum);
            }
        }
    }
}

//! `git session redact`

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use clap_complete::engine::ArgValueCandidates;
use serde_json::json;

use super::Outcome;
use crate::cli::app::{App, from_here};
use crate::cli::args::session_names;
use crate::cli::error::{CliError, FAILED};
use crate::cli::input::read_bytes;
use crate::model::shown;
use crate::ops::{ScanScope, SecretScan, open_text, scan};
use crate::redact::{DigestError, Finding, ValueDigest, find_in_stream, is_removable};
use crate::render::{count, safe_line, style};
use crate::store::allow_value;

/// Keep secrets out of what is stored
///
/// Every text passes the redactor before it is stored; '[REDACTED:<rule>]' stands where a secret
/// stood. docs/REDACTION.md says what is found.
#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum Command {
    /// Show what would be removed from a file
    ///
    /// Prints the place and the rule of each secret, and exits with 1 where there is any. The file
    /// may be of any length.
    Check {
        /// The file; '-' is stdin
        file: PathBuf,
    },
    /// Look for secrets in what is stored
    ///
    /// Finds what was let through by an older table, or while redaction was off. Exits with 1 where
    /// there is any.
    Scan {
        /// The session; everything in the store where it is not given
        #[arg(add = ArgValueCandidates::new(session_names))]
        name: Option<String>,
    },
    /// Let a value pass from now on
    ///
    /// Writes its digest to the user's git configuration (session.redactAllow).
    Allow {
        /// The digest, as 'redact check' prints it; '-' takes the value itself from stdin
        digest: String,
    },
    /// Remove a value from now on, wherever it stands
    ///
    /// Takes it from stdin, so that it shows neither in the list of processes nor in the shell's
    /// history. It is kept in a file that only its owner can read (session.redactValues).
    Add,
}

pub(super) fn run(app: &mut App, command: Command) -> Outcome {
    match command {
        Command::Check { file } => check(app, &file),
        Command::Scan { name } => scan_store(app, name.as_deref()),
        Command::Allow { digest } => allow(app, &digest),
        Command::Add => add(app),
    }
}

fn check(app: &App, file: &Path) -> Outcome {
    let is_stdin = matches!(file.to_str(), Some("-" | "/dev/stdin"));
    let mut input: Box<dyn BufRead> = match is_stdin {
        true => Box::new(BufReader::new(std::io::stdin())),
        false => {
            let opened = open_text(&from_here(app, file));
            Box::new(BufReader::new(opened.map_err(|error| unreadable(file, error))?))
        }
    };
    let mut findings = Vec::new();
    let redactor = app.guard.redactor();
    find_in_stream(redactor, &mut *input, &mut |finding| findings.push(finding))
        .map_err(|error| unreadable(file, error))??;
    app.sources.rules()?.check()?;
    print(app, file, &findings)
}

fn unreadable(file: &Path, error: std::io::Error) -> CliError {
    CliError::failed(format!("could not read {}", shown(&file.display().to_string())))
        .because(error)
        .hint("name a regular file, or '-' and hand it in on stdin")
}

fn print(app: &App, file: &Path, findings: &[Finding]) -> Outcome {
    let digest = |finding: &Finding| finding.digest.map(|digest| digest.to_string());
    if app.ui.is_json {
        let row = |finding: &Finding| json!({"line": finding.line, "column": finding.column, "rule": finding.rule, "digest": digest(finding)});
        app.ui.json_list(&findings.iter().map(row).collect::<Vec<_>>())?;
    } else {
        let file = safe_line(&file.display().to_string());
        let line = |finding: &Finding| {
            let place = format!("{file}:{}:{}:", finding.line, finding.column);
            let digest = digest(finding).map(|digest| style::paint(style::FAINT, digest)).unwrap_or_default();
            format!("{place} {} {digest}\n", style::paint(style::STRONG, safe_line(&finding.rule)))
        };
        app.ui.page(&findings.iter().map(line).collect::<String>())?;
        app.ui.status(&format!("{} would be removed\n", count(findings.len() as u64, "secret")));
    }
    Ok(if findings.is_empty() { 0 } else { FAILED })
}

fn scan_store(app: &App, name: Option<&str>) -> Outcome {
    let store = app.store()?;
    let session = name.map(|name| app.session(&store, Some(name))).transpose()?;
    let scope = session.as_ref().map_or(ScanScope::Store, ScanScope::Session);
    let found = scan(&store, scope, &|what| app.ui.progress(what))?;
    app.ui.end_progress();
    if app.ui.is_json {
        app.ui.json(&found)?;
    } else {
        app.ui.page(&describe(&found))?;
    }
    for what in &found.unread {
        app.ui.warn(&format!("not scanned: {}", safe_line(what)));
    }
    if found.secrets.is_empty() {
        return Ok(u8::from(!found.unread.is_empty()));
    }
    app.ui.hint("make what was found useless first: revoke it where it is from");
    Ok(FAILED)
}

fn describe(found: &SecretScan) -> String {
    let mut out = String::new();
    for secret in &found.secrets {
        let run = secret.run.as_deref().map(|run| format!(" run {}", run.get(..8).unwrap_or(run)));
        let commit = style::paint(style::ID, secret.commit.short());
        let (run, rule) = (run.unwrap_or_default(), style::paint(style::STRONG, safe_line(&secret.rule)));
        out.push_str(&format!("{commit}{run} {}:{}: {rule}\n", safe_line(&secret.path), secret.line));
    }
    let (secrets, commits) = (found.secrets.len() as u64, found.commits as u64);
    let files = count(found.files as u64, "file");
    out.push_str(&format!("{} in {} and {files}\n", count(secrets, "secret"), count(commits, "commit")));
    out
}

fn allow(app: &App, digest: &str) -> Outcome {
    let digest: ValueDigest = match digest {
        "-" => ValueDigest::of(one_value(app)?.as_bytes()),
        given => given.parse().map_err(|error: DigestError| {
            CliError::usage(error.to_string())
                .hint("'git session redact check FILE' prints digests; '-' takes the value itself from stdin")
        })?,
    };
    allow_value(&digest).map_err(crate::store::StoreError::Program)?;
    if app.ui.is_json {
        app.ui.json(&json!({"allowed": digest.to_string()}))?;
    }
    app.ui.status(&format!("{digest} passes from now on; git config --global session.redactAllow has it\n"));
    Ok(0)
}

fn one_value(app: &App) -> Result<String, CliError> {
    let text = String::from_utf8_lossy(&read_bytes(app, Path::new("-"))?).into_owned();
    let value = text.strip_suffix('\n').unwrap_or(&text);
    let value = value.strip_suffix('\r').unwrap_or(value);
    match value.is_empty() {
        true => {
            Err(CliError::usage("there is no value on stdin")
                .hint("feed it, such as with 'pass show NAME |'"))
        }
        false => Ok(value.to_owned()),
    }
}

fn add(app: &App) -> Outcome {
    let value = one_value(app)?;
    if !value.lines().any(|line| is_removable(line.trim())) {
        return Err(CliError::failed(
            "the value is too short or too common to be removed wherever it stands",
        )
        .hint("a value has 8 characters or more, and is no word, path or number"));
    }
    let no_place =
        || CliError::failed("there is no place for it: HOME is not set").hint("set session.redactValues");
    let file = app.sources.values_file().ok_or_else(no_place)?;
    let failed = |error: std::io::Error| {
        CliError::failed(format!("could not write {}", shown(&file.display().to_string()))).because(error)
    };
    if let Some(folder) = file.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    }
    let mut open = OpenOptions::new();
    open.create(true).append(true).mode(0o600).custom_flags(libc::O_NOFOLLOW);
    open.open(&file)
        .and_then(|mut opened| opened.write_all(format!("{value}\n").as_bytes()))
        .map_err(failed)?;
    let lines = value.lines().count() as u64;
    if app.ui.is_json {
        app.ui.json(&json!({"file": file, "lines": lines}))?;
    }
    let shown = shown(&file.display().to_string());
    app.ui.status(&format!("added to {shown}\n"));
    Ok(0)
}

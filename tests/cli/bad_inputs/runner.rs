//! Running a row and holding it to what must hold of all.

use std::any::TypeId;
use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use super::{After, Row};
use crate::env::TestEnv;

/// When a row counts as hanging.
const DEADLINE: Duration = Duration::from_secs(20);
/// What must never get into a store.
pub const SECRET: &str = "canary-7f3a91";

/// Who reads the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    Person,
    Program,
}

/// Runs the rows of a table; returns how many inputs there were of each number.
pub fn run(rows: Vec<Row>) -> BTreeMap<u8, usize> {
    let mut places = Places::default();
    let mut counts = BTreeMap::new();
    let mut broken = 0;
    for row in rows {
        *counts.entry(row.number).or_default() += 1;
        // All rows are tried, so that one failure does not hide another.
        let tried = catch_unwind(AssertUnwindSafe(|| try_row(&mut places, &row)));
        broken += usize::from(tried.is_err());
    }
    assert_eq!(broken, 0, "each row of the table must hold; see above");
    counts
}

/// The places of rows that change nothing, by what was done to them first.
type Places = HashMap<Option<(TypeId, String)>, TestEnv>;

fn try_row(places: &mut Places, row: &Row) {
    let key = row.set_up.as_ref().map(|(id, _)| (*id, row.what.clone()));
    for reader in row.readers {
        match row.after {
            After::Unchanged => check(places.entry(key.clone()).or_insert_with(|| place(row)), row, *reader),
            _ => check(&place(row), row, *reader),
        }
    }
}

fn place(row: &Row) -> TestEnv {
    let env = TestEnv::with_session();
    row.set_up.iter().for_each(|(_, set_up)| set_up(&env));
    env
}

fn check(env: &TestEnv, row: &Row, reader: Reader) {
    let before = env.store_files();
    let out = run_in_time(command(env, row, reader), row);
    let what = name(row);
    assert_clean(&what, &out);
    let text = env.text(&out);
    let ended = out.status.code().is_some_and(|code| row.exits.contains(&code));
    assert!(ended, "{what} must exit {:?}: {text}", row.exits);
    let told = if reader == Reader::Program { decoded(&out) } else { text.clone() };
    let told = told.replace(env.base().to_str().expect("UTF-8"), "$TMP");
    for words in &row.says {
        assert!(told.contains(words), "{what} must say {words:?} ({reader:?}): {told}");
    }
    if out.status.code() != Some(0) {
        assert!(has_way_out(&text), "{what} must say what can be done: {text}");
    }
    if row.arguments.first().is_some_and(|word| word == "hook") {
        assert!(out.stdout.is_empty(), "{what}: git and agents take what a hook prints: {text}");
        assert!(text.lines().count() <= 3, "{what} must say a line at most: {text}");
    }
    match row.after {
        After::Unchanged => assert!(env.store_files() == before, "{what} must leave the store as it was"),
        After::Unmoved => assert!(
            outside_of_objects(env.store_files()) == outside_of_objects(before),
            "{what} must leave the branches as they were"
        ),
        After::Recorded => {
            env.fsck();
            assert!(!holds_secret(env), "{what}: a secret must not be in the store");
        }
    }
    assert!(!env.path("canary").exists() && !env.path("project/canary").exists(), "{what}: executed");
    row.then.iter().for_each(|then| then(env));
}

fn name(row: &Row) -> String {
    let arguments: Vec<String> =
        row.arguments.iter().map(|argument| argument.to_string_lossy().chars().take(60).collect()).collect();
    format!("row {} {} {arguments:?}", row.number, row.what)
}

fn command(env: &TestEnv, row: &Row, reader: Reader) -> Command {
    let base = env.base().to_str().expect("UTF-8");
    let placed = |argument: &OsString| match argument.to_str() {
        Some(text) => OsString::from(text.replace("$TMP", base)),
        None => argument.clone(),
    };
    let mut arguments: Vec<OsString> = row.arguments.iter().map(placed).collect();
    if reader == Reader::Program {
        arguments.insert(0, "--json".into());
    }
    let mut command = env.command(&arguments);
    row.change.iter().for_each(|change| change(env, &mut command));
    command
}

fn run_in_time(mut command: Command, row: &Row) -> Output {
    command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{} must start: {error}", name(row)));
    let (ended, waiting) = channel::<()>();
    let group = group(&child);
    let guard = std::thread::spawn(move || {
        let hangs = waiting.recv_timeout(DEADLINE).is_err();
        if hangs {
            let _ = kill_process_group(group, Signal::KILL);
        }
        hangs
    });
    feed(&mut child, row.stdin.clone());
    let out = child.wait_with_output().expect("waited");
    let _ = ended.send(());
    // What a fake git left running must not outlive the test.
    let _ = kill_process_group(group, Signal::KILL);
    assert!(!guard.join().expect("joined"), "{} must come to an end", name(row));
    out
}

fn group(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).expect("pid")).expect("pid")
}

fn feed(child: &mut Child, text: Vec<u8>) {
    use std::io::Write as _;
    let mut pipe = child.stdin.take().expect("piped");
    // A program that does not read all of it closes the pipe, which is its right.
    std::thread::spawn(move || drop(pipe.write_all(&text)));
}

/// Returns what a program reads: stdout, and the texts of the error on stderr.
fn decoded(out: &Output) -> String {
    let mut text = String::from_utf8_lossy(&out.stdout).into_owned();
    for line in String::from_utf8_lossy(&out.stderr).lines() {
        match serde_json::from_str::<serde_json::Value>(line) {
            Ok(told) if told.get("error").is_some() => {
                let error = &told["error"];
                assert!(error["code"].is_string() && error["message"].is_string(), "{line}");
                let listed = ["hints", "causes"].into_iter().flat_map(|field| error[field].as_array());
                let texts = listed.flatten().chain([&error["message"]]).filter_map(|text| text.as_str());
                text.extend(texts.flat_map(|line| [line, "\n"]));
            }
            // A warning, or what `run` tells of its run: stdout is its command's.
            _ => text.extend([line, "\n"]),
        }
    }
    text
}

fn outside_of_objects(mut files: Vec<(PathBuf, Vec<u8>)>) -> Vec<(PathBuf, Vec<u8>)> {
    files.retain(|(path, _)| !path.components().any(|part| part.as_os_str() == "objects"));
    files
}

fn has_way_out(text: &str) -> bool {
    ["hint: ", "--help", "\"hints\":[\""].iter().any(|way| text.contains(way))
}

fn holds_secret(env: &TestEnv) -> bool {
    let mut git = env.program("git");
    git.arg("--git-dir").arg(env.store());
    git.args(["cat-file", "--batch-all-objects", "--batch", "--buffer"]).stderr(Stdio::null());
    let objects = crate::env::output(&mut git).stdout;
    objects.windows(SECRET.len()).any(|bytes| bytes == SECRET.as_bytes())
}

/// Asserts that nothing steers a terminal, and that it was no crash.
pub fn assert_clean(what: &str, out: &Output) {
    for text in [&out.stdout, &out.stderr] {
        let text = String::from_utf8_lossy(text);
        let steers = |c: &char| {
            matches!(c, '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        };
        assert_eq!(text.chars().find(steers), None, "{what} must not print a control character: {text:?}");
        assert!(
            !text.contains("panicked") && !text.contains("internal error"),
            "{what} must not crash: {text}"
        );
    }
    assert!(!matches!(out.status.code(), Some(101 | 134)), "{what} must not crash: {:?}", out.status);
}

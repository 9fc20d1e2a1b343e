//! What differs between two commits is what `git diff --numstat` says: paths, renames, line counts.

use std::collections::BTreeMap;

use git_session::model::{Change, CommitMessage, Person, Timestamp};
use git_session::ops::{Detail, Diff, DiffOptions, FileChangeKind, Renames, diff};
use git_session::store::{CommitId, ContextFile, NewCommit, TreeEdit};
use proptest::prelude::*;

use crate::lab::Lab;

/// A file by its path, before and after.
#[derive(Debug, Clone)]
struct File {
    path: usize,
    body: Body,
    fate: Fate,
    executable: (bool, bool),
}

/// What a file holds: so many lines out of so many different ones, in an order that the seed gives.
#[derive(Debug, Clone)]
struct Body {
    seed: u64,
    lines: usize,
    alphabet: u64,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Unix,
    Windows,
    WithoutLastFeed,
    Binary,
}

/// What becomes of a file: it stays, goes, comes, is written anew, or some of its lines change, in
/// so many of a hundred, maybe under another name.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Stays,
    Goes,
    Comes,
    Anew(u64),
    Changes { percent: u64, moves_to: Option<usize> },
}

const FOLDERS: [&str; 4] = ["", "a/", "b/c/", "knowledge/"];
const NAMES: [&str; 5] = ["x.md", "y.md", "z.txt", "w w", "é"];

fn path(index: usize) -> String {
    format!("{}{}", FOLDERS[index / NAMES.len() % FOLDERS.len()], NAMES[index % NAMES.len()])
}

/// Numbers that look random and are the same each time (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}

impl Body {
    fn lines(&self) -> Vec<u64> {
        let mut dice = Dice(self.seed);
        (0..self.lines).map(|_| dice.roll(self.alphabet)).collect()
    }

    /// Lines are replaced, removed, added and moved.
    fn changed(&self, percent: u64) -> Vec<u64> {
        let mut dice = Dice(self.seed ^ 0x5eed);
        let mut out = Vec::new();
        for line in self.lines() {
            match dice.roll(100) >= percent {
                true => out.push(line),
                false => match dice.roll(4) {
                    0 => out.push(self.alphabet + dice.roll(self.alphabet)),
                    1 => {}
                    2 => out.extend([line, dice.roll(self.alphabet)]),
                    _ => out.insert(dice.roll(out.len() as u64 + 1) as usize, line),
                },
            }
        }
        out
    }

    fn bytes(&self, lines: &[u64]) -> Vec<u8> {
        let end = if self.form == Form::Windows { "\r\n" } else { "\n" };
        let line = |n: &u64| format!("{}line {n}{end}", "  ".repeat(*n as usize % 3));
        let mut text: String = lines.iter().map(line).collect();
        match self.form {
            Form::WithoutLastFeed => text = text.trim_end().to_owned(),
            // Not first: Git's hash of a line, by which it tells likeness, does not see a NUL there.
            Form::Binary => text.insert(text.len().min(1), '\0'),
            _ => {}
        }
        text.into_bytes()
    }
}

pub type Context = BTreeMap<String, (Vec<u8>, bool)>;

fn contexts(files: &[File]) -> (Context, Context) {
    let (mut old, mut new) = (Context::new(), Context::new());
    for file in files {
        let whole = file.body.bytes(&file.body.lines());
        let put =
            |side: &mut Context, index, bytes, executable| side.insert(path(index), (bytes, executable));
        if !matches!(file.fate, Fate::Comes) {
            put(&mut old, file.path, whole.clone(), file.executable.0);
        }
        match file.fate {
            Fate::Stays | Fate::Comes => put(&mut new, file.path, whole, file.executable.1),
            Fate::Goes => None,
            Fate::Anew(seed) => {
                let other = Body { seed, ..file.body.clone() };
                put(&mut new, file.path, other.bytes(&other.lines()), file.executable.1)
            }
            Fate::Changes { percent, moves_to } => {
                let bytes = file.body.bytes(&file.body.changed(percent));
                put(&mut new, moves_to.unwrap_or(file.path), bytes, file.executable.1)
            }
        };
    }
    (old, new)
}

/// Stores a commit on the session's tip that adds these files.
pub fn commit(lab: &Lab, context: &Context) -> CommitId {
    let mut batch = lab.store.batch();
    let root = lab.store.snapshot(lab.session.tip).expect("readable").root;
    let edit = |(path, (bytes, executable)): (&String, &(Vec<u8>, bool))| {
        let file = ContextFile { blob: batch.blob(bytes).expect("kept"), executable: *executable };
        TreeEdit::Put(format!("context/{path}"), file)
    };
    let edits: Vec<TreeEdit> = context.iter().map(edit).collect();
    let tree = batch.edit_tree(Some(root), &edits).expect("edited");
    let (who, at) = (Person::new("x", "x@example.com"), Timestamp::from_unix(1_795_000_000));
    let message = CommitMessage::of_change(Change::Context, lab.id, "x");
    let new = NewCommit {
        tree,
        parents: &[lab.session.tip],
        author: &who,
        authored_at: at,
        committed_at: at,
        message: &message,
    };
    let commit = batch.commit(&new).expect("kept");
    lab.store.lock_session(lab.id).expect("free").persist(batch, &[commit]).expect("stored");
    commit
}

/// A line of `--numstat`: the lines added and removed, the old path of a renamed file, the path.
type Counted = (Option<usize>, Option<usize>, Option<String>, String);

fn ours(found: &Diff) -> Vec<Counted> {
    let counted = |file: &git_session::ops::FileDiff| {
        let old = file.old.as_ref().filter(|_| file.change == FileChangeKind::Renamed);
        (file.insertions, file.deletions, old.map(|old| old.path.clone()), file.path.clone())
    };
    found.context.iter().map(counted).collect()
}

fn of_git(lab: &Lab, from: CommitId, to: CommitId, renames: &str) -> Vec<Counted> {
    let (from, to) = (from.to_string(), to.to_string());
    let printed = lab.git(&["diff", "--numstat", "-z", renames, &from, &to, "--", "context/"]);
    let mut fields = printed.split_terminator('\0');
    let below = |path: &str| path.strip_prefix("context/").expect("asked for").to_owned();
    let mut counted = Vec::new();
    while let Some(field) = fields.next() {
        let parts: Vec<&str> = field.split('\t').collect();
        let (old, new) = match parts[2] {
            "" => (fields.next().map(below), below(fields.next().expect("a path"))),
            path => (None, below(path)),
        };
        counted.push((parts[0].parse().ok(), parts[1].parse().ok(), old, new));
    }
    counted
}

fn body(lines: std::ops::Range<usize>, forms: &'static [Form]) -> impl Strategy<Value = Body> {
    let alphabet = prop_oneof![1u64..4, 4u64..40, 1000u64..100_000];
    (any::<u64>(), lines, alphabet, prop::sample::select(forms))
        .prop_map(|(seed, lines, alphabet, form)| Body { seed, lines, alphabet, form })
}

fn fate() -> impl Strategy<Value = Fate> {
    let moves_to = prop::option::of(0usize..FOLDERS.len() * NAMES.len());
    prop_oneof![
        Just(Fate::Stays),
        Just(Fate::Goes),
        Just(Fate::Comes),
        any::<u64>().prop_map(Fate::Anew),
        (0u64..70, moves_to).prop_map(|(percent, moves_to)| Fate::Changes { percent, moves_to }),
    ]
}

fn files(lines: std::ops::Range<usize>, forms: &'static [Form]) -> impl Strategy<Value = Vec<File>> {
    let path = 0usize..FOLDERS.len() * NAMES.len();
    let executable = (prop::bool::weighted(0.1), prop::bool::weighted(0.1));
    let file = (path, body(lines, forms), fate(), executable)
        .prop_map(|(path, body, fate, executable)| File { path, body, fate, executable });
    prop::collection::vec(file, 1..14)
}

fn compared(files: &[File], renames: Renames, option: &str) -> (Vec<Counted>, Vec<Counted>) {
    let lab = Lab::new();
    let (old, new) = contexts(files);
    let (from, to) = (commit(&lab, &old), commit(&lab, &new));
    let options = DiffOptions::default().with_renames(renames).with_detail(Detail::Counts);
    let found = diff(&lab.store, Some(from), to, &options).expect("compared");
    (ours(&found), of_git(&lab, from, to, option))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    // Long files of few different lines are where Git takes its shortcuts.
    #[test]
    fn paths_and_lines_are_those_of_git(
        files in files(0..1500, &[Form::Unix, Form::Windows, Form::WithoutLastFeed, Form::Binary])
    ) {
        let (ours, of_git) = compared(&files, Renames::Ignore, "--no-renames");
        prop_assert_eq!(ours, of_git);
    }

    // Git before 2.44 leaves a last line without a line feed out when it compares for renames.
    #[test]
    fn renames_are_those_of_git(files in files(0..60, &[Form::Unix, Form::Windows, Form::Binary])) {
        let (ours, of_git) = compared(&files, Renames::Find, "-M");
        prop_assert_eq!(ours, of_git);
    }
}

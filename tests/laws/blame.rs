//! Who wrote which line: what `git blame` says, where the history is a line.

use git_session::model::{Change, CommitMessage, Person, Timestamp};
use git_session::ops;
use git_session::store::{CommitId, ContextFile, NewCommit, TreeEdit};
use proptest::prelude::*;

use crate::lab::Lab;

/// The largest file that is looked at.
const LIMIT: u64 = 1024 * 1024;

/// A change to a file: its lines anew, or its name.
#[derive(Debug, Clone)]
enum Version {
    /// Replaces some lines, from a place on.
    Edit { at: usize, removed: usize, added: Vec<String> },
    /// Takes the file to another path, with an edit of a few lines.
    Rename { at: usize },
}

fn version() -> impl Strategy<Value = Version> {
    let line = prop_oneof!["[abc]{0,2}", " {0,4}[a-e]\\(\\)", "[a-z]{8}"];
    let edit = (0usize..60, 0usize..8, prop::collection::vec(line, 0..10));
    prop_oneof![
        9 => edit.prop_map(|(at, removed, added)| Version::Edit { at, removed, added }),
        1 => (0usize..60).prop_map(|at| Version::Rename { at }),
    ]
}

struct File {
    lines: Vec<String>,
    path: String,
}

impl File {
    fn apply(&mut self, version: &Version, number: usize) {
        let place = |at: usize, lines: &Vec<String>| at.min(lines.len());
        match version {
            Version::Edit { at, removed, added } => {
                let at = place(*at, &self.lines);
                let end = (at + removed).min(self.lines.len());
                self.lines.splice(at..end, added.iter().cloned());
            }
            Version::Rename { at } => {
                let at = place(*at, &self.lines);
                self.lines.insert(at, format!("renamed {number}"));
                self.path = format!("docs/file{number}.md");
            }
        }
    }

    fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

fn commit(lab: &Lab, parents: &[CommitId], edits: &[(String, Option<String>)]) -> CommitId {
    let mut batch = lab.store.batch();
    let root = lab.store.step(parents[0]).expect("readable").root;
    let mut changes = Vec::new();
    for (path, content) in edits {
        changes.push(match content {
            Some(text) => {
                let blob = batch.blob(text.as_bytes()).expect("kept");
                TreeEdit::Put(format!("context/{path}"), ContextFile::plain(blob))
            }
            None => TreeEdit::Remove(format!("context/{path}")),
        });
    }
    let tree = batch.edit_tree(Some(root), &changes).expect("edited");
    let message = CommitMessage::of_change(Change::Context, lab.id, "x");
    let who = Person::new("x", "x@example.com");
    let now = Timestamp::from_unix(1_795_400_000);
    let new =
        NewCommit { tree, parents, author: &who, authored_at: now, committed_at: now, message: &message };
    let id = batch.commit(&new).expect("kept");
    lab.store.lock_session(lab.id).expect("free").persist(batch, &[id]).expect("stored");
    id
}

fn ours(lab: &Lab, tip: CommitId, path: &str) -> Vec<(String, usize, String, String)> {
    let state = lab.store.snapshot(tip).expect("readable");
    let told = ops::blame(&lab.store, &lab.session, &state, path, LIMIT).expect("told");
    let line = |line: ops::BlamedLine<'_>| {
        let then = format!("context/{}", line.source.path_then);
        (line.source.commit.to_string(), line.line_then, then, line.text.to_owned())
    };
    told.lines.iter().map(line).collect()
}

fn of_git(lab: &Lab, tip: CommitId, path: &str) -> Vec<(String, usize, String, String)> {
    let path = format!("context/{path}");
    let said = lab.git(&["blame", "--line-porcelain", &tip.to_string(), "--", &path]);
    let (mut found, mut head, mut name) = (Vec::new(), (String::new(), 0), String::new());
    for line in said.lines() {
        if let Some(text) = line.strip_prefix('\t') {
            found.push((head.0.clone(), head.1, name.clone(), text.to_owned()));
        } else if let Some(path) = line.strip_prefix("filename ") {
            name = path.to_owned();
        } else if let [commit, then, _, ..] = line.split(' ').collect::<Vec<_>>()[..]
            && commit.len() == 40
        {
            head = (commit.to_owned(), then.parse().expect("a number"));
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_line_of_commits_is_blamed_as_git_does(
        start in prop::collection::vec("[abc]{0,2}|[a-z]{6}", 1..60),
        versions in prop::collection::vec(version(), 1..12),
    ) {
        let lab = Lab::new();
        let mut file = File { lines: start, path: "file.md".to_owned() };
        let mut tip = commit(&lab, &[lab.session.tip], &[(file.path.clone(), Some(file.text()))]);
        for (number, version) in versions.iter().enumerate() {
            let before = file.path.clone();
            file.apply(version, number);
            let mut edits = vec![(file.path.clone(), Some(file.text()))];
            edits.extend((before != file.path).then_some((before, None)));
            tip = commit(&lab, &[tip], &edits);
        }
        prop_assert_eq!(ours(&lab, tip, &file.path), of_git(&lab, tip, &file.path));
    }
}

fn text(lines: &[&str]) -> Option<String> {
    Some(lines.iter().map(|line| format!("{line}\n")).collect())
}

#[test]
fn both_sides_of_a_merge_keep_their_lines() {
    let lab = Lab::new();
    let path = || "file.md".to_owned();
    let base = commit(&lab, &[lab.session.tip], &[(path(), text(&["one", "two", "three"]))]);
    let ours_side = commit(&lab, &[base], &[(path(), text(&["ONE", "two", "three"]))]);
    let theirs = commit(&lab, &[base], &[(path(), text(&["one", "two", "THREE"]))]);
    let merge = commit(&lab, &[ours_side, theirs], &[(path(), text(&["ONE", "two", "THREE", "four"]))]);
    let told = ours(&lab, merge, "file.md");
    let writers: Vec<&str> = told.iter().map(|line| line.0.as_str()).collect();
    let expected = [ours_side, base, theirs, merge].map(|commit| commit.to_string());
    assert_eq!(writers, expected.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(told, of_git(&lab, merge, "file.md"), "Git says the same");
}

#[test]
fn what_is_no_text_or_too_large_is_told_as_a_whole() {
    let lab = Lab::new();
    let path = || "file.bin".to_owned();
    let first = commit(&lab, &[lab.session.tip], &[(path(), Some("a\0b\n\n\n".to_owned()))]);
    let second = commit(&lab, &[first], &[("other".to_owned(), Some("x".to_owned()))]);
    let told = ours(&lab, second, "file.bin");
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].0, first.to_string(), "the last commit that changed it");
    let state = lab.store.snapshot(second).expect("readable");
    let refused = ops::blame(&lab.store, &lab.session, &state, "file.bin", 3).expect_err("over the limit");
    assert!(refused.to_string().contains("6 bytes"), "{refused}");
    let text = commit(&lab, &[second], &[(path(), Some("now\ntext\n".to_owned()))]);
    assert!(ours(&lab, text, "file.bin").iter().all(|line| line.0 == text.to_string()));
}

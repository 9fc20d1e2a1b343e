//! The same work by others: three changed files in a tree of 50, a commit, a branch.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use gix::objs::tree::EntryKind;
use gix::refs::transaction::PreviousValue;
use uuid::Uuid;

use crate::ours::{change, content, write};
use crate::{CHANGED, FILES, Sample};

/// What our commits hold beside the context, of the same size.
const MANIFEST: &str = "session.yaml";
const RUN: &str = "run/run.yaml";
pub const MANIFEST_BYTES: usize = 3500;
pub const RUN_BYTES: usize = 300;

/// What git's plumbing writes of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The context alone: 6 objects, by 5 processes.
    Context,
    /// The 9 objects that we write: manifest and record too, by 6 processes.
    Everything,
}

/// `hash-object`, `mktree` for each folder, `commit-tree` and `update-ref`. What changed is known to it.
pub fn plumbing(extent: Extent) -> Sample<'static> {
    let dir = repository();
    for file in 0..FILES {
        write(dir.path(), file, Uuid::nil());
    }
    let names: Vec<String> = (0..FILES).map(|file| format!("f{file}.md")).collect();
    let all = git(dir.path(), &["hash-object", "-w", "--stdin-paths"], &names.join("\n"));
    let mut blobs: Vec<String> = all.lines().map(str::to_owned).collect();
    let mut parent: Option<String> = None;
    Box::new(move || {
        let own: &[&str] = if extent == Extent::Everything { &["session.yaml", "run.yaml"] } else { &[] };
        for (name, bytes) in own.iter().zip([MANIFEST_BYTES, RUN_BYTES]) {
            std::fs::write(dir.path().join(name), words(bytes)).expect("written");
        }
        change(dir.path());
        let paths: Vec<&str> =
            names[..CHANGED].iter().map(String::as_str).chain(own.iter().copied()).collect();
        let started = Instant::now();
        let written = git(dir.path(), &["hash-object", "-w", "--stdin-paths"], &paths.join("\n"));
        let (changed, own): (Vec<_>, Vec<_>) = written.lines().zip(0..).partition(|(_, at)| *at < CHANGED);
        blobs.splice(..CHANGED, changed.into_iter().map(|(id, _)| id.to_owned()));
        let context = mktree(dir.path(), blobs.iter().zip(&names).map(|(id, name)| blob(id, name)).collect());
        let mut root = format!("040000 tree {context}\tcontext\n");
        if let [(manifest, _), (record, _)] = own[..] {
            let run = mktree(dir.path(), blob(record, "run.yaml"));
            root.push_str(&format!("040000 tree {run}\trun\n{}", blob(manifest, MANIFEST)));
        }
        let root = mktree(dir.path(), root);
        parent = Some(commit(dir.path(), &root, parent.as_deref()));
        started.elapsed()
    })
}

fn blob(id: &str, name: &str) -> String {
    format!("100644 blob {id}\t{name}\n")
}

fn mktree(dir: &Path, lines: String) -> String {
    git(dir, &["mktree"], &lines)
}

fn commit(dir: &Path, root: &str, parent: Option<&str>) -> String {
    let mut arguments = vec!["commit-tree", root, "-m", "run"];
    arguments.extend(parent.iter().flat_map(|parent| ["-p", parent]));
    let commit = git(dir, &arguments, "");
    let mut update = vec!["update-ref", "refs/heads/session/bench", &commit];
    update.extend(parent);
    git(dir, &update, "");
    commit
}

/// One `git fast-import` a run.
pub fn fast_import() -> Sample<'static> {
    let dir = repository();
    import(
        dir.path(),
        (0..FILES).map(|file| (format!("context/f{file}.md"), content(file, Uuid::nil()))),
        "",
    );
    Box::new(move || {
        let seed = Uuid::new_v4();
        let files = (0..CHANGED).map(|file| (format!("context/f{file}.md"), content(file, seed)));
        let own = [(MANIFEST, MANIFEST_BYTES), (RUN, RUN_BYTES)]
            .map(|(name, bytes)| (name.to_owned(), words(bytes)));
        let stream: Vec<_> = files.chain(own).collect();
        let started = Instant::now();
        import(dir.path(), stream.into_iter(), "from refs/heads/session/bench^0\n");
        started.elapsed()
    })
}

fn import(dir: &Path, files: impl Iterator<Item = (String, String)>, from: &str) {
    let mut stream = format!(
        "commit refs/heads/session/bench\ncommitter B <b@example.com> 1795000000 +0000\ndata 3\nrun\n{from}"
    );
    for (name, text) in files {
        stream.push_str(&format!("M 100644 inline {name}\ndata {}\n{text}\n", text.len()));
    }
    git(dir, &["fast-import", "--quiet"], &stream);
}

/// The same objects as ours (blobs, trees, manifest, record, commit), written by gix, which syncs nothing.
pub fn gix_unsynced() -> Sample<'static> {
    let dir = tempfile::tempdir().expect("temporary folder");
    gix::init_bare(dir.path()).expect("made");
    let repo = gix::open_opts(dir.path(), gix::open::Options::isolated()).expect("opened");
    let signature = gix::actor::Signature {
        name: "Bench".into(),
        email: "b@example.com".into(),
        time: gix::date::Time { seconds: 1_795_000_000, offset: 0 },
    };
    let mut tree = repo.empty_tree().id;
    let mut parent: Option<gix::ObjectId> = None;
    let mut record = move |files: Vec<(String, String)>| {
        let _ = &dir;
        let started = Instant::now();
        let mut editor = repo.edit_tree(tree).expect("editable");
        for (name, text) in files {
            let blob = repo.write_blob(text).expect("written");
            editor.upsert(name.as_str(), EntryKind::Blob, blob).expect("put");
        }
        tree = editor.write().expect("written").detach();
        let commit = gix::objs::Commit {
            tree,
            parents: parent.into_iter().collect(),
            author: signature.clone(),
            committer: signature.clone(),
            encoding: None,
            message: "run".into(),
            extra_headers: Vec::new(),
        };
        let commit = repo.write_object(commit).expect("written").detach();
        let expected =
            parent.map_or(PreviousValue::MustNotExist, |id| PreviousValue::MustExistAndMatch(id.into()));
        repo.reference("refs/heads/session/bench", commit, expected, "run").expect("moved");
        parent = Some(commit);
        started.elapsed()
    };
    record((0..FILES).map(|file| (format!("context/f{file}.md"), content(file, Uuid::nil()))).collect());
    Box::new(move || {
        let seed = Uuid::new_v4();
        let mut files: Vec<_> =
            (0..CHANGED).map(|file| (format!("context/f{file}.md"), content(file, seed))).collect();
        files.extend(
            [(MANIFEST, MANIFEST_BYTES), (RUN, RUN_BYTES)]
                .map(|(name, bytes)| (name.to_owned(), words(bytes))),
        );
        record(files)
    })
}

pub fn words(bytes: usize) -> String {
    let mut text = content(0, Uuid::new_v4());
    text.truncate(bytes);
    text
}

fn repository() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("temporary folder");
    git(dir.path(), &["init", "-q", "--bare", "."], "");
    dir
}

fn git(dir: &Path, arguments: &[&str], stdin: &str) -> String {
    let identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.com"];
    let mut child = Command::new("git")
        .args(identity)
        .args(arguments)
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("git runs");
    child.stdin.take().expect("piped").write_all(stdin.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("ends");
    assert!(output.status.success(), "git {arguments:?}");
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

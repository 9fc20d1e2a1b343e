//! Purging a file of the context: it is gone from the first commit that has it on, and from nowhere else;
//! all else is as it was.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use git_session::model::{Change, CommitMessage, ContextPath, RunRecord, RunStatus};
use git_session::ops::{
    self, BeginOptions, Consent, ContextInput, DecideOptions, FinishOptions, IdOrigin, Keep, Limits,
    MergeOptions, OpError, Point, PurgeTarget, Purged, RecordInput, Sensitive, UndoTarget,
};
use git_session::store::{CommitId, Store};

use crate::lab::Lab;

pub fn paths(lab: &Lab, paths: &[&str]) -> PurgeTarget {
    let paths = paths.iter().map(|path| path.parse().expect("a path")).collect();
    PurgeTarget::Paths { session: lab.session.name.clone(), paths }
}

pub fn purge(lab: &Lab, target: &PurgeTarget) -> Result<Purged, OpError> {
    ops::purge(&lab.store, &lab.env, target, Consent::Given, &mut |_| ())
}

pub fn again(lab: &Lab) -> Lab {
    Lab { store: lab.store.reopen().expect("opened"), ..lab.with_session(lab.session.clone(), lab.id) }
}

/// A commit, told without the ids that change.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    pub parents: Vec<usize>,
    pub people: String,
    pub files: BTreeMap<String, String>,
}

/// Everything behind a tip, oldest first, without what repeats the history.
pub fn told(lab: &Lab, tip: &str) -> Vec<(CommitId, Told)> {
    let log = lab.git(&["log", "--topo-order", "--reverse", "--format=%H|%P|%an %ae %at %ct", tip]);
    let mut places = BTreeMap::new();
    let mut all = Vec::new();
    for line in log.lines() {
        let parts: Vec<&str> = line.splitn(3, '|').collect();
        let parents = parts[1].split_whitespace().map(|parent| places[parent]).collect();
        places.insert(parts[0].to_owned(), all.len());
        let files = lab.git(&["ls-tree", "-r", parts[0]]);
        let file = |line: &str| {
            let (blob, path) = line.split_once('\t').expect("an entry");
            (path.to_owned(), blob.to_owned())
        };
        let mut files: BTreeMap<String, String> = files.lines().map(file).collect();
        files.retain(|path, _| path != "session.yaml" && path != "run/run.yaml");
        let told = Told { parents, people: parts[2].to_owned(), files };
        all.push((CommitId::from_hex(parts[0]).expect("an id"), told));
    }
    all
}

/// Tells whether a path of a commit is this one, below it, or a copy of it.
pub fn is_of(path: &str, of: &str) -> bool {
    let below = path.strip_prefix("context/").or_else(|| path.strip_prefix("checkpoint/"));
    below.is_some_and(|below| {
        let owner = below.split(".conflict-").next().expect("a part");
        owner == of || below == of || below.starts_with(&format!("{of}/"))
    })
}

/// Returns what is to be left of a history: the path goes from what has it and is in `from`, and from
/// what follows.
pub fn without(history: &[(CommitId, Told)], path: &str, from: &BTreeSet<CommitId>) -> Vec<Told> {
    let mut parts = Vec::new();
    let mut left = Vec::new();
    for (commit, told) in history {
        let mut told = told.clone();
        let has_it = from.contains(commit) && told.files.keys().any(|file| is_of(file, path));
        let takes_part = has_it || told.parents.iter().any(|parent| parts[*parent]);
        parts.push(takes_part);
        if takes_part {
            told.files.retain(|file, _| !is_of(file, path));
        }
        left.push(told);
    }
    left
}

fn commits(history: &[(CommitId, Told)]) -> BTreeSet<CommitId> {
    history.iter().map(|(commit, _)| *commit).collect()
}

pub fn tells(history: Vec<(CommitId, Told)>) -> Vec<Told> {
    history.into_iter().map(|(_, told)| told).collect()
}

pub fn has_content(store: &Store, content: &str) -> bool {
    let dir = tempfile::tempdir().expect("temporary folder");
    let file = dir.path().join("content");
    fs::write(&file, content).expect("written");
    let hash = crate::lab::git(store.dir(), &["hash-object", file.to_str().expect("text")]).stdout;
    let hash = String::from_utf8(hash).expect("text");
    has_object(store, hash.trim())
}

pub fn has_object(store: &Store, hash: &str) -> bool {
    let id = hash.split(' ').next_back().expect("a word");
    crate::lab::git(store.dir(), &["cat-file", "-e", id]).status.success()
}

fn put(lab: &Lab, path: &str, content: &str) {
    let file = lab.dir.path().join("put");
    fs::write(&file, content).expect("written");
    let folder = lab.dir.path().join("overlay");
    let _ = fs::remove_dir_all(&folder);
    let target = folder.join(path);
    fs::create_dir_all(target.parent().expect("below")).expect("made");
    fs::rename(&file, &target).expect("moved");
    let scan = ops::scan_folder(&folder, &Limits::default(), Sensitive::Withhold).expect("scanned");
    let input = RecordInput::default().with_context(ContextInput::Overlay(scan));
    let run = lab.fresh_run(&format!("put {path}"));
    ops::record(&lab.store, &lab.env, &lab.session, run, &input, IdOrigin::Fresh).expect("recorded");
}

#[test]
fn a_file_goes_with_all_that_it_ever_held_and_nothing_else_changes() {
    let lab = Lab::new();
    lab.know("port", "80");
    lab.record(lab.fresh_run("before"));
    let before_it = lab.tip().tip;
    for value in ["one", "two", "three"] {
        lab.know("host", value);
        lab.record(lab.fresh_run(value));
    }
    let other = ops::create(&lab.store, &lab.env, "Other", Default::default()).expect("created");
    let other = lab.with_session(other.session, other.manifest.id);
    other.know("host", "another");
    let other_tip = other.tip().tip;
    let history = told(&lab, &lab.tip().tip.to_string());
    let totals = lab.store.snapshot(lab.tip().tip).expect("readable").manifest.totals;

    let target = paths(&lab, &["knowledge/host.md"]);
    let plan = ops::plan_purge(&lab.store, &target, &mut |_| ()).expect("planned");
    assert_eq!(plan.holdings.len(), 3, "each version once: {plan:?}");
    assert!(has_content(&lab.store, "two\n"), "a plan changes nothing");
    let done = purge(&lab, &target).expect("purged");
    assert_eq!(done.plan, plan);
    assert!(done.residue.is_clean() && done.plan.elsewhere.is_empty(), "{done:?}");

    let lab = again(&lab);
    for value in ["one\n", "two\n", "three\n"] {
        assert!(!has_content(&lab.store, value), "{value}");
    }
    let after = told(&lab, &lab.tip().tip.to_string());
    assert_eq!(tells(after), without(&history, "knowledge/host.md", &commits(&history)));
    assert_eq!(lab.store.snapshot(lab.tip().tip).expect("readable").manifest.totals, totals);
    assert!(lab.store.reachable(lab.tip().tip).contains(&before_it), "what came before it stays");
    assert_eq!(other.tip().tip, other_tip, "a session that has nothing to do with it stays");
    assert!(has_content(&lab.store, "another\n"));
    let log = lab.git(&["log", "--format=%s", &lab.tip().tip.to_string()]);
    assert_eq!(log.matches("[PURGED]").count(), 3, "what changed it does not tell of it:\n{log}");
    assert!(log.contains("know port") && !log.contains("know host"), "{log}");
    lab.fsck();
    assert!(matches!(purge(&lab, &target), Err(OpError::NeverThere { .. })), "it is nowhere any more");
}

#[test]
fn forks_and_sessions_that_it_was_merged_into_lose_it_with_their_own_edits() {
    let lab = Lab::new();
    lab.know("host", "first");
    lab.record(lab.fresh_run("one"));
    let fork = lab.fork();
    fork.know("host", "of the fork");
    fork.know("port", "80");
    let other = ops::create(&lab.store, &lab.env, "Other", Default::default()).expect("created");
    let other = lab.with_session(other.session, other.manifest.id);
    other.know("host", "its own");
    let own = other.tip().tip;
    let from = Point::newest(fork.tip());
    ops::merge(&other.store, &other.env, &other.session, &from, &MergeOptions::default()).expect("merged");
    let merged = other.store.snapshot(other.tip().tip).expect("readable");
    assert_eq!(merged.manifest.conflicts.len(), 1, "they differ");
    let histories: Vec<_> =
        [&lab, &fork, &other].map(|lab| told(lab, &lab.tip().tip.to_string())).into_iter().collect();
    let cut = commits(&histories[0]);

    purge(&lab, &paths(&lab, &["knowledge/host.md"])).expect("purged");
    for (lab, history) in [&lab, &fork, &other].into_iter().zip(&histories) {
        let lab = again(lab);
        let after = tells(told(&lab, &lab.tip().tip.to_string()));
        assert_eq!(after, without(history, "knowledge/host.md", &cut));
        assert_eq!(lab.store.snapshot(lab.tip().tip).expect("readable").manifest.conflicts, []);
    }
    let lab = again(&lab);
    assert!(!has_content(&lab.store, "first\n") && !has_content(&lab.store, "of the fork\n"));
    assert!(has_content(&lab.store, "its own\n"), "what it had before it merged is its own");
    assert!(lab.store.reachable(other.tip().tip).contains(&own));
    lab.fsck();
}

#[test]
fn a_conflict_goes_with_the_file_that_it_is_about() {
    let lab = Lab::new();
    lab.know("host", "base");
    let open = ops::begin(&lab.store, &lab.env, &lab.tip(), BeginOptions::default()).expect("begun");
    fs::write(open.folder.context().join("knowledge/host.md"), "of the run\n").expect("written");
    lab.know("host", "meanwhile");
    let scan = ops::scan_folder(&open.folder.context(), &Limits::default(), Sensitive::Withhold);
    let input = RecordInput::default().with_context(ContextInput::Overlay(scan.expect("scanned")));
    let options = FinishOptions::default().with_input(input);
    let succeed = |record: &mut RunRecord| record.status = RunStatus::Succeeded;
    ops::finish(&lab.store, &lab.env, &lab.tip(), &open.open, succeed, &options).expect("finished");
    lab.know("port", "80");
    let record = lab.store.run_record(lab.tip().tip).expect("readable").expect("a run");
    assert_eq!(record.conflicts, ["knowledge/host.md"]);
    lab.fsck();

    purge(&lab, &paths(&lab, &["knowledge/host.md"])).expect("purged");
    let lab = again(&lab);
    lab.fsck();
    let tip = lab.store.snapshot(lab.tip().tip).expect("readable");
    assert_eq!(tip.manifest.conflicts, []);
    let files: Vec<String> =
        lab.store.context_files(tip.root).expect("listed").keys().map(ToString::to_string).collect();
    assert_eq!(files, ["knowledge/port.md"]);
    let record = lab.store.run_record(lab.tip().tip).expect("readable").expect("a run");
    assert_eq!(record.conflicts, Vec::<String>::new());
    for content in ["base\n", "of the run\n", "meanwhile\n"] {
        assert!(!has_content(&lab.store, content), "{content}");
    }
}

#[test]
fn a_copy_goes_that_is_called_otherwise_because_its_name_was_taken() {
    let lab = Lab::new();
    lab.record(lab.fresh_run("one"));
    let fork = lab.fork();
    put(&fork, "plans/next.md", "below a folder\n");
    put(&lab, "plans", "a file\n");
    let from = Point::newest(fork.tip());
    ops::merge(&lab.store, &lab.env, &lab.session, &from, &MergeOptions::default()).expect("merged");
    let tip = lab.store.snapshot(lab.tip().tip).expect("readable");
    assert_eq!(tip.manifest.conflicts.len(), 1);
    assert!(tip.manifest.conflicts[0].copy.as_deref().is_some_and(|copy| copy.starts_with("plans-next.md.")));
    purge(&lab, &paths(&lab, &["plans/next.md"])).expect("purged");
    let lab = again(&lab);
    lab.fsck();
    let tip = lab.store.snapshot(lab.tip().tip).expect("readable");
    assert_eq!(tip.manifest.conflicts, []);
    assert!(!has_content(&lab.store, "below a folder\n") && has_content(&lab.store, "a file\n"));
    // The fork is where it was from.
    assert!(again(&fork).store.reachable(fork.tip().tip).len() > 1);
}

#[test]
fn the_same_content_under_another_name_stays_and_is_told() {
    let lab = Lab::new();
    put(&lab, "old name.md", "what it says\n");
    put(&lab, "new name.md", "what it says\n");
    let done = purge(&lab, &paths(&lab, &["old name.md"])).expect("purged");
    assert!(done.residue.is_clean());
    let told: Vec<&str> = done.plan.elsewhere.iter().map(|held| held.path.as_str()).collect();
    assert_eq!(told, ["context/new name.md"]);
    assert!(done.plan.elsewhere[0].run.is_some());
    let lab = again(&lab);
    assert!(has_content(&lab.store, "what it says\n"));
    let done = purge(&lab, &paths(&lab, &["new name.md"])).expect("purged");
    assert!(done.plan.elsewhere.is_empty());
    let lab = again(&lab);
    assert!(!has_content(&lab.store, "what it says\n"));
    assert!(
        lab.store
            .context_files(lab.store.snapshot(lab.tip().tip).expect("readable").root)
            .expect("listed")
            .is_empty()
    );
    lab.fsck();
}

#[test]
fn a_folder_goes_with_all_below_it_and_not_with_what_only_starts_like_it() {
    let lab = Lab::new();
    for path in ["a/b/one.md", "a/b/c/two.md", "a/bc.md", "a/b.md", "z.md"] {
        put(&lab, path, &format!("{path}\n"));
    }
    let history = told(&lab, &lab.tip().tip.to_string());
    purge(&lab, &paths(&lab, &["a/b", "z.md"])).expect("purged");
    let lab = again(&lab);
    let tip = lab.store.snapshot(lab.tip().tip).expect("readable");
    let files: Vec<String> =
        lab.store.context_files(tip.root).expect("listed").keys().map(ToString::to_string).collect();
    assert_eq!(files, ["a/b.md", "a/bc.md"]);
    let cut = commits(&history);
    let mut expected = without(&history, "a/b", &cut);
    expected.iter_mut().for_each(|told| told.files.retain(|file, _| file != "context/z.md"));
    assert_eq!(tells(told(&lab, &lab.tip().tip.to_string())), expected);
    assert!(!has_content(&lab.store, "a/b/c/two.md\n"));
    lab.fsck();
}

#[test]
fn an_open_run_loses_it_in_its_folder_too_and_brings_nothing_back() {
    let lab = Lab::new();
    lab.know("host", "known before");
    lab.know("port", "80");
    let begun = ops::begin(&lab.store, &lab.env, &lab.tip(), BeginOptions::default()).expect("begun");
    let context = begun.folder.context();
    assert!(fs::read_to_string(begun.folder.brief()).expect("a brief").contains("known before"));
    let read = || {
        let scan = ops::scan_folder(&context, &Limits::default(), Sensitive::Withhold).expect("scanned");
        RecordInput::default().with_context(ContextInput::Overlay(scan))
    };
    fs::write(context.join("knowledge/host.md"), "saved by the run\n").expect("written");
    ops::checkpoint(&lab.store, &lab.env, &lab.tip(), &begun.open, |_| (), &read()).expect("saved");
    fs::write(context.join("knowledge/host.md"), "not saved yet\n").expect("written");
    fs::write(context.join("more.md"), "more\n").expect("written");

    let done = purge(&lab, &paths(&lab, &["knowledge/host.md"])).expect("purged");
    assert_eq!(done.cleared.cleaned.len(), 2, "the file and the brief: {:?}", done.cleared);
    let lab = again(&lab);
    assert!(!context.join("knowledge/host.md").exists());
    for content in ["known before", "saved by the run", "not saved yet"] {
        assert_eq!(crate::purge::left(lab.store.dir(), content), 0, "{content}");
    }
    let open = lab.store.try_find_open_run(lab.id, begun.open.run).expect("readable").expect("open");
    let options = FinishOptions::default().with_input(read());
    let succeed = |record: &mut RunRecord| record.status = RunStatus::Succeeded;
    let finished = ops::finish(&lab.store, &lab.env, &lab.tip(), &open, succeed, &options).expect("finished");
    assert_eq!(finished.changed, ["more.md"]);
    lab.fsck();
}

#[test]
fn what_was_removed_rescued_or_seen_on_a_remote_loses_it_too() {
    let lab = Lab::new();
    lab.know("host", "first");
    lab.record(lab.fresh_run("one"));
    let gone = lab.fork();
    gone.know("host", "in the trash");
    ops::remove(&lab.store, &lab.env, &gone.session).expect("removed");
    let tip = lab.tip().tip;
    for (name, value) in
        [(format!("refs/rescue/{}", lab.id), "rescued"), ("refs/remotes/team".to_owned(), "seen there")]
    {
        lab.know("host", value);
        let name = match value {
            "rescued" => format!("{name}/{}", lab.tip().tip),
            _ => format!("{name}/{}", lab.session.name.branch()),
        };
        lab.git(&["update-ref", &name, &lab.tip().tip.to_string()]);
        lab.go_to(tip);
    }
    let refused = ops::purge(
        &lab.store,
        &lab.env,
        &paths(&lab, &["knowledge/host.md"]),
        Consent::Unpushed,
        &mut |_| (),
    );
    assert!(matches!(refused, Err(OpError::WasPushed { .. })), "{refused:?}");
    purge(&lab, &paths(&lab, &["knowledge/host.md"])).expect("purged");
    let lab = again(&lab);
    for content in ["first\n", "in the trash\n", "rescued\n", "seen there\n"] {
        assert!(!has_content(&lab.store, content), "{content}");
    }
    let refs = lab.git(&["for-each-ref", "--format=%(refname) %(objectname)"]);
    for line in refs.lines().filter(|line| !line.starts_with("refs/purged/")) {
        let (_, commit) = line.split_once(' ').expect("two words");
        let log = lab.git(&["log", "--name-only", "--format=%H", commit]);
        assert!(!log.contains("host.md"), "{line}");
    }
    lab.fsck();
}

#[test]
fn what_was_taken_back_stays_so_and_does_not_tell_what_it_was() {
    let lab = Lab::new();
    lab.record(lab.fresh_run("one"));
    let options = DecideOptions::default().because(Some("it leaks".to_owned()));
    let decided =
        ops::decide(&lab.store, &lab.env, &lab.place(), "Sell the moon", &options).expect("decided").id;
    ops::undo(&lab.store, &lab.env, Some(&lab.tip()), UndoTarget::Last).expect("undone");
    lab.know("port", "80");
    ops::undo(&lab.store, &lab.env, Some(&lab.tip()), UndoTarget::Last).expect("undone");
    purge(&lab, &paths(&lab, &[decided.path().as_str()])).expect("purged");
    let lab = again(&lab);
    for text in ["Sell the moon", "it leaks"] {
        assert_eq!(crate::purge::left(lab.store.dir(), text), 0, "{text}");
    }
    let tip = lab.tip().tip;
    let log = lab.git(&["log", "--format=%s", &tip.to_string()]);
    assert_eq!(log, "undo know port\nknow port\nundo [PURGED]\n[PURGED]\none\nLab\n");
    let named = lab.git(&["log", "--format=%(trailers:key=Undoes,valueonly)", &tip.to_string()]);
    for commit in named.lines().filter(|line| !line.is_empty()) {
        assert!(lab.store.reachable(tip).contains(&CommitId::from_hex(commit).expect("an id")));
    }
    lab.fsck();
    let rows = ops::changes(&lab.store, Some(&lab.tip()), 50).expect("listed");
    assert_eq!(rows.iter().filter(|row| row.undone).count(), 2, "{rows:?}");
}

#[test]
fn whoever_purges_the_same_gets_the_same_commits() {
    let lab = Lab::new();
    lab.know("host", "first");
    lab.record(lab.fresh_run("one"));
    let fork = lab.fork();
    fork.know("host", "second");
    let copy = lab.dir.path().join("copy.git");
    fs::create_dir(&copy).expect("made");
    crate::check::copy(lab.store.dir(), &copy);
    let refs = |lab: &Lab| lab.git(&["for-each-ref", "refs/heads", "refs/purged"]);
    purge(&lab, &paths(&lab, &["knowledge/host.md"])).expect("purged");
    let options = git_session::store::StoreOptions::default();
    fs::set_permissions(&copy, fs::metadata(lab.store.dir()).expect("there").permissions()).expect("private");
    let copied = Lab {
        store: Store::open(&copy, options).expect("opened"),
        ..lab.with_session(lab.session.clone(), lab.id)
    };
    purge(&copied, &paths(&copied, &["knowledge/host.md"])).expect("purged");
    assert_eq!(refs(&copied), refs(&lab));
}

#[test]
fn what_never_was_there_changes_nothing() {
    let lab = Lab::new();
    lab.know("host", "first");
    let other = ops::create(&lab.store, &lab.env, "Other", Default::default()).expect("created");
    let other = lab.with_session(other.session, other.manifest.id);
    other.know("port", "80");
    let before = lab.git(&["for-each-ref"]);
    for path in ["knowledge/port.md", "host", "knowledge/host", "knowledge/host.md/x"] {
        let refused = purge(&lab, &paths(&lab, &["knowledge/host.md", path]));
        assert!(matches!(refused, Err(OpError::NeverThere { .. })), "{path}: {refused:?}");
    }
    assert_eq!(lab.git(&["for-each-ref"]), before);
}

#[test]
fn a_message_of_another_change_stays() {
    let lab = Lab::new();
    lab.know("host", "first");
    let edit = ops::EditOptions::default().with_title(Some("Another title".to_owned()));
    ops::edit(&lab.store, &lab.env, &lab.session, &edit).expect("edited");
    let other = lab.fork();
    other.know("host", "second");
    let from = Point::newest(other.tip());
    lab.know("host", "third");
    ops::merge(&lab.store, &lab.env, &lab.session, &from, &MergeOptions::default()).expect("merged");
    ops::resolve(&lab.store, &lab.env, &lab.session, "knowledge/host.md", &Keep::Other).expect("settled");
    purge(&lab, &paths(&lab, &["knowledge/host.md"])).expect("purged");
    let lab = again(&lab);
    let steps: Vec<_> =
        lab.store.history(lab.tip().tip, None).map(|step| step.expect("readable").message).collect();
    let said = |message: &Option<CommitMessage>| {
        message.as_ref().map(|message| (message.change, message.subject == "[PURGED]")).expect("ours")
    };
    let said: Vec<(Change, bool)> = steps.iter().map(said).collect();
    for (change, is_purged) in &said {
        assert_eq!(*is_purged, *change == Change::Context, "{said:?}");
    }
    lab.fsck();
    let path: ContextPath = "knowledge/host.md".parse().expect("a path");
    assert!(
        lab.store
            .context_file(lab.store.snapshot(lab.tip().tip).expect("readable").root, &path)
            .expect("read")
            .is_none()
    );
}

#[test]
fn what_a_killed_purge_left_is_done_by_any_other() {
    let lab = Lab::new();
    lab.know("host", "first");
    lab.know("port", "80");
    lab.record(lab.fresh_run("one"));
    let fork = lab.fork();
    fork.know("host", "second");
    let copy = lab.dir.path().join("copy.git");
    fs::create_dir(&copy).expect("made");
    crate::check::copy(lab.store.dir(), &copy);
    let (old, branch) = (fork.tip().tip, format!("refs/heads/{}", fork.session.name.branch()));
    purge(&lab, &paths(&lab, &["knowledge/host.md"])).expect("purged");
    // As if it had been killed before the fork's ref moved.
    lab.git(&["fetch", "-q", copy.to_str().expect("text"), &format!("+{branch}:{branch}")]);
    fs::write(lab.store.dir().join("git-session/purging"), "").expect("written");
    let fork = again(&fork);
    assert_eq!(fork.tip().tip, old);
    fork.know("host", "since");
    purge(&lab, &paths(&lab, &["knowledge/port.md"])).expect("purged");
    let fork = again(&fork);
    for content in ["first\n", "second\n", "since\n", "80\n"] {
        assert!(!has_content(&fork.store, content), "{content}");
    }
    assert!(!fork.store.has_unfinished_purge());
    fork.fsck();
}

//! Sessions that leave in a bundle and come in by one: the file takes the place of a remote.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use git_session::model::SessionName;
use git_session::ops::{self, BeginOptions, ForkOptions, MergeOptions, Point};
use git_session::redact::{Redactor, RedactorOptions};
use git_session::store::{BundleError, Guard, IncomingLimits};
use git_session::sync::{
    AcceptPurge, ExportOutcome, ExportPlan, Gate, ImportedBundle, PullOutcome, SyncError, Wanted,
    export_bundle, import_bundle, plan_export, unpushed,
};

use crate::lab::clean;
use crate::team::{Member, Team};

fn plan(member: &Member, gate: &Gate) -> ExportPlan {
    plan_export(&member.store, &Wanted::All, gate, &mut |_| ()).expect("looked at")
}

/// Writes all sessions of a member into a bundle.
pub fn export(team: &Team, member: &Member, name: &str) -> PathBuf {
    let path = team.dir.path().join(name);
    let plan = plan(member, &Gate::default());
    assert!(plan.sessions.iter().all(|session| session.outcome == ExportOutcome::Exported));
    export_bundle(&member.store, &plan, &File::create(&path).expect("made"), &mut |_| ()).expect("written");
    path
}

pub fn import_with(member: &Member, path: &Path, accept: AcceptPurge) -> Result<ImportedBundle, SyncError> {
    let (file, name) = (File::open(path).expect("there"), path.to_str().expect("text"));
    import_bundle(&member.store, &member.env, file, name, IncomingLimits::default(), accept, &mut |_| ())
}

fn try_import(member: &Member, path: &Path) -> Result<ImportedBundle, SyncError> {
    import_with(member, path, AcceptPurge::No)
}

fn import(member: &Member, path: &Path) -> Vec<(PullOutcome, usize)> {
    let imported = try_import(member, path).expect("imported");
    imported.sessions.iter().map(|session| (session.outcome, session.new_runs)).collect()
}

fn refused(member: &Member, path: &Path) -> BundleError {
    let error = try_import(member, path).expect_err("refused");
    let SyncError::Bundle { source, .. } = error else { unreachable!("another error: {error}") };
    source
}

/// Two members of which one has sessions with a fork that was merged back, and an open run.
fn two() -> (Team, Member, Member, SessionName) {
    let team = Team::new();
    let (ann, bob) = (team.member("ann"), team.member("bob"));
    let name = ann.session("Fix the login test");
    ann.record(&name, "one");
    let forked = ops::fork(&ann.store, &ann.env, &Point::newest(ann.find(&name)), ForkOptions::default())
        .expect("forked");
    ann.record(&forked.session.name, "in the fork");
    ann.know(&name, "build.command", "make -j8");
    let fork = Point::newest(ann.find(&forked.session.name));
    ops::merge(&ann.store, &ann.env, &ann.find(&name), &fork, &MergeOptions::default()).expect("merged");
    ops::begin(&ann.store, &ann.env, &ann.find(&name), BeginOptions::default()).expect("begun");
    (team, ann, bob, name)
}

/// Packs refs of the remote with git itself, from which members then import.
pub fn git_bundle(team: &Team, name: &str, arguments: &[&str]) -> PathBuf {
    let path = team.dir.path().join(name);
    let file = path.to_str().expect("text");
    team.git(&[&["bundle", "create", "-q", file], arguments].concat());
    path
}

#[test]
fn what_is_exported_and_imported_is_the_same() {
    let (team, ann, bob, _) = two();
    let path = export(&team, &ann, "all.bundle");
    assert_eq!(import(&bob, &path), [(PullOutcome::New, 2), (PullOutcome::New, 1)]);
    for name in ann.store.session_names().expect("listed") {
        assert_eq!(bob.tip(&name), ann.tip(&name));
        assert_eq!(bob.runs(&name), ann.runs(&name));
    }
    assert_eq!(bob.refs("refs").len(), 2, "sessions and nothing else: {:?}", bob.refs("refs"));
    assert_eq!(import(&bob, &path), [(PullOutcome::Same, 0), (PullOutcome::Same, 0)]);
    bob.check();
}

#[test]
fn each_case_of_a_pull_is_one_of_an_import() {
    let (team, ann, bob, name) = two();
    let outcome = |imported: ImportedBundle| {
        let of = imported.sessions.iter().find(|session| session.branch == name.branch());
        of.map(|session| (session.outcome, session.new_runs)).expect("named")
    };
    let old = export(&team, &ann, "old.bundle");
    import(&bob, &old);
    ann.record(&name, "two");
    assert_eq!(import(&ann, &old), [(PullOutcome::Ahead, 0), (PullOutcome::Same, 0)]);
    let new = export(&team, &ann, "new.bundle");
    assert_eq!(outcome(try_import(&bob, &new).expect("imported")), (PullOutcome::FastForward, 1));
    ann.record(&name, "from ann");
    bob.record(&name, "from bob");
    let (from_ann, from_bob) = (export(&team, &ann, "ann.bundle"), export(&team, &bob, "bob.bundle"));
    assert_eq!(outcome(try_import(&bob, &from_ann).expect("imported")), (PullOutcome::Merged, 1));
    assert_eq!(outcome(try_import(&ann, &from_bob).expect("imported")), (PullOutcome::Merged, 1));
    assert_eq!(ann.tip(&name), bob.tip(&name), "both make the same commit");
    assert_eq!(bob.runs(&name).len(), 5);
    bob.check();
}

#[test]
fn the_same_sessions_make_the_same_bundle_however_they_are_stored() {
    let (team, ann, bob, _) = two();
    let first = fs::read(export(&team, &ann, "1.bundle")).expect("read");
    assert!(first == fs::read(export(&team, &ann, "2.bundle")).expect("read"), "written twice");
    import(&bob, &team.dir.path().join("1.bundle"));
    assert!(first == fs::read(export(&team, &bob, "3.bundle")).expect("read"), "by whoever imported it");
    for arguments in [&["gc", "-q"][..], &["repack", "-adq", "--depth=1"], &["repack", "-adbq"]] {
        assert!(crate::lab::git(ann.store.dir(), arguments).status.success());
        assert!(first == fs::read(export(&team, &ann, "4.bundle")).expect("read"), "after git {arguments:?}");
    }
}

#[test]
fn plain_git_reads_a_bundle_and_finds_branches_of_sessions_alone() {
    let (team, ann, _bob, name) = two();
    let path = export(&team, &ann, "all.bundle");
    let run = |arguments: &[&str]| {
        let mut git = Command::new("git");
        clean(&mut git, team.dir.path());
        let out = git.current_dir(team.dir.path()).args(arguments).output().expect("started");
        assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).expect("text")
    };
    let file = path.to_str().expect("text");
    run(&["init", "-q", "empty"]);
    run(&["-C", "empty", "bundle", "verify", file]);
    let heads = run(&["-C", "empty", "bundle", "list-heads", file]);
    assert_eq!(heads.lines().count(), 2);
    assert!(heads.lines().all(|line| line.contains(" refs/heads/session/")), "{heads}");
    run(&["clone", "-q", "-b", &name.branch(), file, "cloned"]);
    let log = run(&["-C", "cloned", "log", "--format=%H", "-1"]);
    assert_eq!(log.trim(), ann.tip(&name).to_string());
    assert_eq!(run(&["-C", "cloned", "show", "HEAD:context/knowledge/build.command.md"]), "make -j8\n");
}

#[test]
fn what_came_in_a_bundle_is_fenced_and_still_counts_as_only_here() {
    let (team, ann, bob, name) = two();
    import(&bob, &export(&team, &ann, "from ann.bundle"));
    let brief = ops::brief(&bob.store, &bob.find(&name), &ops::BriefOptions::default()).expect("written");
    assert!(brief.contains("came in part from bundle from ann.bundle, as written by"), "{brief}");
    assert_eq!(bob.refs("refs/remotes"), Vec::<String>::new());
    assert_eq!(unpushed(&bob.store, &bob.find(&name)).expect("counted"), []);
}

#[test]
fn a_bundle_that_is_cut_off_or_changed_anywhere_does_no_harm() {
    let (team, ann, bob, _) = two();
    let whole = fs::read(export(&team, &ann, "all.bundle")).expect("read");
    let path = team.dir.path().join("bad.bundle");
    let size = whole.len();
    let places = |count: usize| (0..count).map(move |number| number * size / count);
    for length in places(40).chain([whole.len() - 1, whole.len() - 20]) {
        fs::write(&path, &whole[..length]).expect("written");
        let error = refused(&bob, &path);
        let is_told = matches!(
            error,
            BundleError::Empty | BundleError::NotABundle | BundleError::CutOff | BundleError::Damaged(_)
        );
        assert!(is_told, "{length} bytes: {error}");
    }
    for at in places(60) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x11;
        fs::write(&path, &bytes).expect("written");
        // The name of a branch may have become that of no session, or of another one.
        match try_import(&bob, &path) {
            Ok(imported) => {
                let came = imported.sessions.iter().filter(|session| session.outcome == PullOutcome::New);
                for session in came {
                    let name = session.branch.trim_start_matches("session/").parse().expect("a name");
                    assert_eq!(bob.tip(&name), ann.tip(&name), "byte {at}");
                }
            }
            Err(error) => println!("byte {at}: {error}"),
        }
    }
    bob.check();
    let leftover = fs::read_dir(bob.store.dir()).expect("listed").flatten();
    let leftover = leftover.filter(|entry| entry.file_name().to_string_lossy().starts_with("tmp_"));
    assert_eq!(leftover.count(), 0, "what was unpacked is gone");
    import(&bob, &team.dir.path().join("all.bundle"));
    bob.check();
}

#[test]
fn a_bundle_that_goes_on_from_something_needs_it_to_be_here() {
    let (team, ann, bob, name) = two();
    ann.push();
    let before = team.tip(&name).expect("pushed").to_string();
    ann.record(&name, "two");
    ann.push();
    let branch = format!("refs/heads/{}", name.branch());
    let path = git_bundle(&team, "new.bundle", &[&branch, &format!("^{before}")]);
    let error = refused(&bob, &path);
    assert!(matches!(&error, BundleError::Incomplete { commits } if *commits == [before]), "{error}");
    assert_eq!(bob.refs("refs"), Vec::<String>::new());
    let all = export(&team, &ann, "all.bundle");
    import(&bob, &all);
    bob.record(&name, "three");
    assert_eq!(import(&bob, &path), [(PullOutcome::Ahead, 0)]);
    bob.check();
}

#[test]
fn branches_of_something_else_are_named_and_left_alone() {
    let (team, ann, bob, name) = two();
    ann.push();
    let tip = team.tip(&name).expect("pushed").to_string();
    for branch in ["refs/heads/session/UPPER-00000001", "refs/tags/v1", "refs/open/x/y"] {
        team.git(&["update-ref", branch, &tip]);
    }
    team.git(&["symbolic-ref", "HEAD", "refs/heads/main"]);
    let path = git_bundle(&team, "all.bundle", &["--all", "HEAD"]);
    let imported = try_import(&bob, &path).expect("imported");
    let foreign = ["refs/heads/main", "refs/heads/session/UPPER-00000001", "refs/open/x/y", "refs/tags/v1"];
    let mut told = imported.foreign.clone();
    told.sort();
    assert_eq!(told, foreign);
    assert_eq!(imported.sessions.len(), 2);
    assert_eq!(bob.refs("refs").len(), 2, "{:?}", bob.refs("refs"));
    bob.check();
    let none = git_bundle(&team, "none.bundle", &["refs/heads/main"]);
    assert!(matches!(refused(&bob, &none), BundleError::NoSessions));
}

#[test]
fn hostile_names_of_refs_reach_no_file() {
    let (team, ann, bob, name) = two();
    let whole = fs::read(export(&team, &ann, "all.bundle")).expect("read");
    let text = String::from_utf8_lossy(&whole[..400]).into_owned();
    let line = text.lines().find(|line| line.ends_with(name.as_str())).expect("a line");
    let at = text.find(line).expect("there");
    let (id, end) = (line.split(' ').next().expect("an id"), at + line.len());
    let names = [
        "refs/heads/session/../../../canary-00000001",
        "refs/heads/session/-x-00000001",
        "../canary",
        "refs/heads/session/a\x1b[2J-00000001",
        "refs/heads/session/a\u{202e}-00000001",
        "refs/heads/session/con-00000001.lock",
        "refs/heads/session/$(touch canary)-00000001",
    ];
    for hostile in names {
        let bytes = [&whole[..at], format!("{id} {hostile}").as_bytes(), &whole[end..]].concat();
        let path = team.dir.path().join("evil.bundle");
        fs::write(&path, bytes).expect("written");
        let imported = try_import(&bob, &path).expect("the other session is as it must be");
        assert_eq!(imported.foreign, [hostile]);
        assert_eq!(imported.sessions.len(), 1);
    }
    let absent = format!("{} {}", "1".repeat(40), &line[41..]);
    let missing = [&whole[..at], absent.as_bytes(), &whole[end..]];
    let path = team.dir.path().join("hollow.bundle");
    fs::write(&path, missing.concat()).expect("written");
    let imported = try_import(&bob, &path).expect("the other session is as it must be");
    let outcomes: Vec<_> = imported.sessions.iter().map(|session| session.outcome).collect();
    assert!(
        outcomes.contains(&PullOutcome::Refused) && outcomes.contains(&PullOutcome::Same),
        "{outcomes:?}"
    );
    assert!(!team.dir.path().join("canary").exists());
    assert_eq!(bob.refs("refs").len(), 1, "{:?}", bob.refs("refs"));
    bob.check();
}

#[test]
fn a_bad_session_in_a_bundle_is_refused_alone() {
    let (team, ann, bob, name) = two();
    ann.push();
    let tip = team.tip(&name).expect("pushed").to_string();
    let (who, branch) = ("Eve <eve@example.com> 1795305700 +0000", format!("refs/heads/{}", name.branch()));
    let blob = team.git(&["rev-parse", &format!("{tip}:session.yaml")]);
    // The first is refused by us, the second by git itself.
    for (mode, entry) in [("120000", "link"), ("100644", ".git")] {
        let object = |kind: &str, content: Vec<u8>| {
            let file = team.dir.path().join("object");
            fs::write(&file, content).expect("written");
            team.git(&["hash-object", "-t", kind, "-w", "--literally", file.to_str().expect("text")])
        };
        let hex = |at: usize| u8::from_str_radix(&blob[at..at + 2], 16).expect("hex");
        let id: Vec<u8> = (0..blob.len()).step_by(2).map(hex).collect();
        let row = |mode: &str, name: &str| [format!("{mode} {name}\0").as_bytes(), &id].concat();
        let tree = object("tree", [row(mode, entry), row("100644", "session.yaml")].concat());
        let text = format!("tree {tree}\nparent {tip}\nauthor {who}\ncommitter {who}\n\nhi\n");
        let commit = object("commit", text.into_bytes());
        team.git(&["update-ref", &branch, &commit]);
        let path = git_bundle(&team, "evil.bundle", &["--branches=session/*"]);
        let imported = try_import(&bob, &path).expect("one bad session is no failure");
        let of = |wanted: PullOutcome| {
            imported.sessions.iter().find(|session| session.outcome == wanted).map(|s| s.branch.clone())
        };
        assert_eq!(of(PullOutcome::Refused), Some(name.branch()), "{:?}", imported.sessions);
        assert_eq!(bob.store.try_find_session(&name).expect("readable"), None);
        assert_eq!(bob.refs("refs").len(), 1, "the other one came: {:?}", imported.sessions);
        bob.check();
    }
}

#[test]
fn a_file_that_is_too_large_is_not_unpacked() {
    let (team, ann, bob, _) = two();
    let path = export(&team, &ann, "all.bundle");
    let limits = |files: u64, total: u64| {
        let mut limits = IncomingLimits::default().with_file_bytes(files);
        limits.total_bytes = total;
        limits
    };
    let import = |limits: IncomingLimits| {
        let file = File::open(&path).expect("there");
        import_bundle(&bob.store, &bob.env, file, "all.bundle", limits, AcceptPurge::No, &mut |_| ())
    };
    let size = fs::metadata(&path).expect("there").len();
    let error = import(limits(1_000_000, size - 1)).expect_err("too large");
    assert!(matches!(error, SyncError::Bundle { source: BundleError::TooLarge { .. }, .. }), "{error}");
    let sessions = import(limits(8, size)).expect("looked at").sessions;
    assert!(sessions.iter().all(|session| session.outcome == PullOutcome::Refused), "{sessions:?}");
    assert_eq!(bob.refs("refs"), Vec::<String>::new());
    bob.check();
}

#[test]
fn a_secret_that_is_known_now_keeps_its_session_out_of_every_file() {
    let (_team, ann, _bob, name) = two();
    let clean = ann.session("Clean");
    let secret = "c0rrect-h0rse-9battery-7staple";
    ann.know(&name, "door", secret);
    let known = vec![secret.to_owned()];
    let guard = Guard::new(move || Redactor::new(RedactorOptions::default().with_known(known.clone())));
    let ann = Member { store: ann.store.guarded(Rc::new(guard)), ..ann };
    let held = plan(&ann, &Gate::default());
    let told = held.sessions.iter().find(|session| session.branch == name.branch()).expect("named");
    assert_eq!(told.outcome, ExportOutcome::Held);
    assert_eq!(told.secrets[0].path, "context/knowledge/door.md");
    assert!(!format!("{held:?}").contains(secret), "it is not told what it is");
    let free: Vec<&SessionName> = held.free.iter().map(|session| &session.name).collect();
    assert!(free.contains(&&clean) && !free.contains(&&name), "{free:?}");
    let gate = Gate::default().with_allowed([told.secrets[0].rule.clone()]);
    assert_eq!(plan(&ann, &gate).free.len(), 3);
}

#[test]
fn what_was_purged_does_not_come_back_by_a_bundle() {
    let (team, ann, _bob, name) = two();
    let canary = "0dd-v4lue/that+must=go";
    ann.know(&name, "host", &format!("at {canary}"));
    let old = export(&team, &ann, "old.bundle");
    let wiped = crate::purge::wipe(canary);
    ops::purge(&ann.store, &ann.env, &wiped, ops::Consent::Given, &mut |_| ()).expect("purged");
    let ann = Member { store: ann.store.reopen().expect("opened"), ..ann };
    let before = ann.tip(&name);
    let imported = try_import(&ann, &old).expect("imported");
    let outcome = imported.sessions.iter().find(|session| session.branch == name.branch());
    assert_eq!(outcome.map(|session| session.outcome), Some(PullOutcome::Purged));
    assert_eq!(ann.tip(&name), before);
    assert_eq!(crate::purge::left(ann.store.dir(), canary), 0);
    ann.check();
    let carol = team.member("carol");
    import(&carol, &export(&team, &ann, "new.bundle"));
    assert_eq!(carol.tip(&name), before, "what was left of it can be handed on");
    assert_eq!(crate::purge::left(carol.store.dir(), canary), 0);
    carol.check();
}

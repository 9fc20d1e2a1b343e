//! Purging a value: nothing of it is left anywhere, and all else is as it was.

use std::fs;
use std::path::Path;

use git_session::model::{Agent, Person, RunId, RunRecord, RunStatus, Totals};
use git_session::ops::{
    self, BeginOptions, Begun, Consent, ContextInput, DecideOptions, EditOptions, FinishOptions, IdOrigin,
    Limits, MergeOptions, OpError, Point, PurgeTarget, Purged, RecordInput, Sensitive,
};
use git_session::redact::ExactValue;
use git_session::store::{CommitId, PurgeFault, SpooledEvent, Store, StoreError, spool_event};

use crate::lab::Lab;

/// What must not be left; no rule knows it.
const CANARY: &str = "0dd-v4lue/that+must=go";

/// Files that are planted in a store, which hold it.
const LEFT: [&str; 7] = [
    "git-session/backup/x.bundle",
    "git-session/broken/pack-1.pack",
    "FETCH_HEAD",
    "tmp_fetch_x/objects/1",
    "objects/pack/tmp_pack_1",
    "spool/events/two.bad",
    "logs/refs/heads/gone",
];

pub fn wipe(value: &str) -> PurgeTarget {
    PurgeTarget::Value(ExactValue::new(value.as_bytes()).expect("valid"))
}

pub fn purge(store: &Store, env: &ops::Env, value: &str) -> Result<Purged, OpError> {
    ops::purge(store, env, &wipe(value), Consent::Given, &mut |_| ())
}

/// Returns everything that lies in a store: each object unpacked, and each file with its name.
pub fn everything(store: &Path) -> Vec<u8> {
    let arguments = ["cat-file", "--batch-all-objects", "--unordered", "--batch"];
    let mut all = crate::lab::git(store, &arguments).stdout;
    let mut folders = vec![store.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("listed").flatten() {
            all.extend(entry.path().as_os_str().as_encoded_bytes());
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path => all.extend(fs::read(path).expect("readable")),
            }
        }
    }
    all
}

/// Counts how often a value is left, in any of its writings.
pub fn left(store: &Path, value: &str) -> usize {
    use base64::Engine as _;
    let all = everything(store);
    let count = |text: &[u8]| memchr::memmem::find_iter(&all, text).count();
    let encoded = (0..3).map(|shift| {
        let plain = [vec![b'.'; shift], value.as_bytes().to_vec()].concat();
        let encoded = base64::engine::general_purpose::STANDARD_NO_PAD.encode(plain);
        encoded[(shift * 8).div_ceil(6)..encoded.len() - 1].to_owned()
    });
    let escaped = value.replace('/', "\\/");
    count(value.as_bytes())
        + count(escaped.as_bytes())
        + encoded.map(|text| count(text.as_bytes())).sum::<usize>()
}

fn folder(lab: &Lab) -> ContextInput {
    use base64::Engine as _;
    let folder = lab.dir.path().join("in");
    fs::create_dir_all(folder.join("sub")).expect("made");
    let encoded = base64::engine::general_purpose::STANDARD.encode(format!("user:{CANARY}"));
    let json = serde_json::json!({ "a": CANARY, "b": [1, 2] }).to_string();
    for (name, content) in [
        ("plain.txt", format!("before\nuse {CANARY} here\nafter\n").into_bytes()),
        ("sub/encoded.txt", format!("Basic {encoded}\n").into_bytes()),
        ("escaped.json", json.replace('/', "\\/").into_bytes()),
        ("binary.bin", [b"\0\x01".as_slice(), CANARY.as_bytes()].concat()),
        ("innocent.txt", b"nothing\n".to_vec()),
    ] {
        fs::write(folder.join(name), content).expect("written");
    }
    ContextInput::Overlay(
        ops::scan_folder(&folder, &Limits::default(), Sensitive::Withhold).expect("scanned"),
    )
}

fn telling_run(lab: &Lab) -> RunRecord {
    let mut record = lab.fresh_run(&format!("{}use {CANARY}", "a long way to ".repeat(8)));
    record.prompt = Some(format!("take {CANARY}\nand go"));
    record.command = vec!["curl".to_owned(), "-H".to_owned(), format!("X: {CANARY}")];
    record.agent = Some(Agent { name: format!("agent {CANARY}"), ..Agent::default() });
    record.operator = Some(Person::new(format!("Ann {CANARY}"), "ann@example.com"));
    record
}

/// Puts the value into everything that a session has.
fn spread(lab: &Lab) -> RunId {
    let (store, env, place) = (&lab.store, &lab.env, lab.place());
    lab.know("host", &format!("at {CANARY}"));
    ops::note(store, env, &place, &format!("note {CANARY}")).expect("noted");
    let options = DecideOptions::default().because(Some(format!("{CANARY}: it is so")));
    ops::decide(store, env, &place, &format!("Take {CANARY}"), &options).expect("decided");
    let edit = EditOptions::default().with_title(Some(format!("{}{CANARY}", "title ".repeat(31))));
    ops::edit(store, env, &lab.session, &edit.with_tags(vec![CANARY.to_owned()], Vec::new()))
        .expect("edited");
    let input =
        RecordInput::default().with_context(folder(lab)).with_conversation(Some(format!("> {CANARY}\n")));
    let recorded = ops::record(store, env, &lab.session, telling_run(lab), &input, IdOrigin::Fresh);
    recorded.expect("recorded").record.id
}

/// A store in which the value is everywhere.
struct Scene {
    lab: Lab,
    /// A session that does not have it.
    other: Lab,
    /// A fork that inherited it.
    fork: Lab,
    /// The run that brought it.
    run: RunId,
    /// The last commit without it.
    before: CommitId,
    open: Begun,
}

impl Scene {
    fn new() -> Self {
        let lab = Lab::new();
        lab.record(lab.fresh_run("before"));
        let before = lab.tip().tip;
        let other = ops::create(&lab.store, &lab.env, "Other", Default::default()).expect("created");
        let other = lab.with_session(other.session, other.manifest.id);
        other.record(other.fresh_run("other"));
        let run = spread(&lab);
        let fork = lab.fork();
        fork.know("host", "another place");
        fork.record(fork.fresh_run("fork"));
        lab.know("host", &format!("moved to {CANARY}"));
        let from = Point::newest(fork.tip());
        ops::merge(&lab.store, &lab.env, &lab.session, &from, &MergeOptions::default()).expect("merged");
        lab.record(lab.fresh_run("after"));
        let gone = lab.fork();
        gone.record(gone.fresh_run(CANARY));
        ops::remove(&lab.store, &lab.env, &gone.session).expect("removed");
        let open = begun(&lab);
        let scene = Self { lab, other, fork, run, before, open };
        scene.leave();
        scene
    }

    /// Leaves it in what remotes had, in what nothing leads to, in what waits and in what was left.
    fn leave(&self) {
        let (lab, dir, tip) = (&self.lab, self.lab.store.dir(), self.lab.tip().tip);
        let tracking = format!("refs/remotes/team/{}", lab.session.name.branch());
        for name in [format!("refs/rescue/{}/{tip}", lab.id), tracking] {
            lab.git(&["update-ref", &name, &tip.to_string()]);
        }
        fs::write(lab.dir.path().join("loose"), CANARY).expect("written");
        lab.git(&["hash-object", "-w", lab.dir.path().join("loose").to_str().expect("text")]);
        let input = CANARY.to_owned();
        let event = SpooledEvent { event: "post-commit".to_owned(), input, ..SpooledEvent::default() };
        spool_event(dir, "one", &event).expect("spooled");
        for file in LEFT {
            let path = dir.join(file);
            fs::create_dir_all(path.parent().expect("below")).expect("made");
            fs::write(path, CANARY).expect("written");
        }
        lab.git(&["pack-refs", "--all"]);
    }

    fn reopened(self) -> Self {
        let store = self.lab.store.reopen().expect("opened");
        let again = |lab: Lab| Lab { store: store.clone(), ..lab };
        Self { lab: again(self.lab), other: again(self.other), fork: again(self.fork), ..self }
    }
}

fn begun(lab: &Lab) -> Begun {
    let options = BeginOptions::default().with_record(telling_run(lab));
    let begun = ops::begin(&lab.store, &lab.env, &lab.tip(), options).expect("begun");
    ops::checkpoint(&lab.store, &lab.env, &lab.tip(), &begun.open, |_| (), &in_folder(&begun))
        .expect("saved");
    begun
}

fn in_folder(begun: &Begun) -> RecordInput {
    let scan = ops::scan_folder(&begun.folder.context(), &Limits::default(), Sensitive::Withhold);
    RecordInput::default().with_context(ContextInput::Overlay(scan.expect("scanned")))
}

/// What must be the same afterwards: totals, dates, people, and the tip of what did not hold it.
fn constant(scene: &Scene) -> (Totals, String, CommitId) {
    let lab = &scene.lab;
    let totals = lab.store.snapshot(lab.tip().tip).expect("readable").manifest.totals;
    let dates = lab.git(&["log", "--format=%at %ct %ae", &lab.tip().tip.to_string()]);
    (totals, dates, scene.other.tip().tip)
}

#[test]
fn nothing_of_a_value_is_left_anywhere_and_all_else_is_as_it_was() {
    let scene = Scene::new();
    let (dir, constants, fork_tip) =
        (scene.lab.store.dir().to_owned(), constant(&scene), scene.fork.tip().tip);
    assert!(left(&dir, CANARY) > 30, "it stands everywhere: {}", left(&dir, CANARY));
    let done = purge(&scene.lab.store, &scene.lab.env, CANARY).expect("purged");
    assert_eq!(left(&dir, CANARY), 0, "{:?}", done.residue);
    assert!(done.residue.is_clean(), "{:?}", done.residue);

    let scene = scene.reopened();
    let lab = &scene.lab;
    lab.fsck();
    assert_eq!(constant(&scene), constants);
    assert_ne!(scene.fork.tip().tip, fork_tip, "it inherited the value");
    assert!(lab.store.reachable(lab.tip().tip).contains(&scene.before), "what came before it stays");
    let kept = lab.git(&["for-each-ref", "refs/rescue", "refs/trash", "refs/open", "refs/remotes"]);
    assert_eq!(kept.lines().count(), 4, "{kept}");
    assert!(matches!(purge(&lab.store, &lab.env, CANARY), Err(OpError::NothingToPurge)));
}

#[test]
fn no_list_beside_the_packs_names_what_is_gone() {
    let ways: [&[&str]; 4] = [
        &["commit-graph", "write", "--reachable"],
        &["commit-graph", "write", "--reachable", "--split"],
        &["multi-pack-index", "write"],
        &["repack", "-adq", "--write-midx"],
    ];
    for arguments in ways {
        let lab = Lab::new();
        lab.know("host", &format!("at {CANARY}"));
        lab.record(lab.fresh_run("after"));
        let old = lab.tip().tip.to_string();
        let id: Vec<u8> = (0..old.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&old[at..at + 2], 16).expect("hex"))
            .collect();
        let names = || memchr::memmem::find_iter(&everything(lab.store.dir()), &id).count();
        lab.git(&["repack", "-adq"]);
        let before = names();
        lab.git(arguments);
        assert!(names() > before, "git {arguments:?} writes a list that names it");
        purge(&lab.store, &lab.env, CANARY).expect("purged");
        assert_eq!(names(), 0, "after git {arguments:?}");
        let lab = Lab { store: lab.store.reopen().expect("opened"), ..lab };
        lab.fsck();
    }
}

#[test]
fn the_list_of_runs_that_is_kept_goes() {
    let lab = Lab::new();
    lab.know("host", &format!("at {CANARY}"));
    (0..10).for_each(|_| _ = lab.record(lab.fresh_run("after")));
    let kept = lab.store.dir().join("git-session/numbers");
    let runs = lab.store.run_list(lab.tip().tip).expect("readable");
    assert!(kept.join(lab.id.short()).exists());
    purge(&lab.store, &lab.env, CANARY).expect("purged");
    assert!(!kept.exists());
    let lab = Lab { store: lab.store.reopen().expect("opened"), ..lab };
    let after = lab.store.run_list(lab.tip().tip).expect("readable");
    assert!(runs.numbered().zip(after.numbered()).all(|(old, new)| old.1 == new.1 && old.2 != new.2));
}

#[test]
fn a_run_that_is_open_goes_on_and_brings_nothing_back() {
    let scene = Scene::new();
    purge(&scene.lab.store, &scene.lab.env, CANARY).expect("purged");
    let scene = scene.reopened();
    let lab = &scene.lab;
    let open = lab.store.try_find_open_run(lab.id, scene.open.open.run).expect("readable").expect("open");
    let options = FinishOptions::default().with_input(in_folder(&scene.open));
    let succeed = |record: &mut RunRecord| record.status = RunStatus::Succeeded;
    let finished = ops::finish(&lab.store, &lab.env, &lab.tip(), &open, succeed, &options).expect("finished");
    assert_eq!(finished.changed, Vec::<String>::new(), "its folder is as its base");
    assert_eq!(left(lab.store.dir(), CANARY), 0);
    lab.fsck();
}

#[test]
fn a_plan_tells_what_holds_the_value_and_changes_nothing() {
    let scene = Scene::new();
    let lab = &scene.lab;
    let state = || (lab.git(&["for-each-ref"]), left(lab.store.dir(), CANARY));
    let before = state();
    let plan = ops::plan_purge(&lab.store, &wipe(CANARY), &mut |_| ()).expect("planned");
    assert_eq!(plan.sessions.len(), 2, "{plan:?}");
    assert!(plan.holdings.iter().any(|held| held.run == Some(scene.run) && held.path == "run/run.yaml"));
    assert!(!serde_json::to_string(&plan).expect("JSON").contains(CANARY), "it is not told");
    let refused = ops::purge(&lab.store, &lab.env, &wipe(CANARY), Consent::Unpushed, &mut |_| ());
    assert!(matches!(refused, Err(OpError::WasPushed { .. })), "{refused:?}");
    assert_eq!(state(), before, "a plan and a refusal change nothing");
    assert_eq!(purge(&lab.store, &lab.env, CANARY).expect("purged").plan, plan);
}

#[test]
fn a_ref_that_cannot_be_followed_stops_a_purge_before_anything_changed() {
    let lab = Lab::new();
    lab.know("host", CANARY);
    let branch = lab.store.dir().join("refs/heads/session/broken-00000001");
    fs::write(branch, format!("{}\n", "1".repeat(40))).expect("written");
    let tip = lab.tip().tip;
    let refused = purge(&lab.store, &lab.env, CANARY);
    assert!(matches!(refused, Err(OpError::Store(StoreError::Purge(PurgeFault::BadRef(_))))), "{refused:?}");
    assert_eq!(lab.tip().tip, tip);
    assert!(left(lab.store.dir(), CANARY) > 0);
}

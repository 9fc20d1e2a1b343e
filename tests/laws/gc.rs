//! Maintenance removes what is out of date, and nothing that a ref leads to.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use git_session::model::{Person, SessionId, Timestamp};
use git_session::ops::{
    self, BeginOptions, Begun, Collected, CreateOptions, Env, FinishOptions, GcExtent, GcOptions, IdOrigin,
    RecordInput, Sensitive,
};
use git_session::store::{Store, StoreOptions};
use proptest::prelude::*;
use uuid::Uuid;

use crate::lab::Lab;

const DAY: u64 = 24 * 3600;
/// More than are written one object to a file.
const MANY: usize = 70;

/// Surroundings whose clock is that of the files, so many days later.
fn days_later(days: u64) -> Env {
    let clock = move || Timestamp::new((SystemTime::now() + Duration::from_secs(days * DAY)).into());
    Env::new(Person::new("Lab", "lab@example.com"), Box::new(clock), Box::new(Uuid::new_v4))
}

fn lab() -> Lab {
    let mut lab = Lab::new();
    lab.env = days_later(0).into();
    lab
}

fn gc(lab: &Lab, days: u64, options: GcOptions) -> Collected {
    let done = ops::gc(&lab.store, &days_later(days), options, &mut |_| {}).expect("maintained");
    done.expect("nobody else is at it")
}

fn gc_new(lab: &Lab, days: u64) -> Collected {
    gc(lab, days, GcOptions::default())
}

fn gc_everything(lab: &Lab, days: u64) -> Collected {
    gc(lab, days, GcOptions::default().with_extent(GcExtent::Everything))
}

fn begin(lab: &Lab) -> Begun {
    ops::begin(&lab.store, &lab.env, &lab.session, BeginOptions::default()).expect("begun")
}

fn end(lab: &Lab, begun: &Begun) {
    let options = FinishOptions::default();
    ops::abort(&lab.store, &lab.env, &lab.session, &begun.open, |_| {}, &options).expect("recorded");
}

fn trash_a_session(lab: &Lab) -> String {
    let made = ops::create(&lab.store, &lab.env, "Gone", CreateOptions::default()).expect("created");
    ops::remove(&lab.store, &lab.env, &made.session).expect("removed").trash
}

/// Stores an object that nothing leads to; returns its id.
fn unreachable_object(lab: &Lab, content: &str) -> String {
    let file = lab.dir.path().join("object");
    fs::write(&file, content).expect("written");
    lab.git(&["hash-object", "-w", file.to_str().expect("text")]).trim().to_owned()
}

fn loose_file(lab: &Lab, id: &str) -> PathBuf {
    lab.store.dir().join("objects").join(&id[..2]).join(&id[2..])
}

fn make_older(file: &Path, days: u64) {
    let old = SystemTime::now() - Duration::from_secs(days * DAY);
    File::open(file).and_then(|file| file.set_modified(old)).expect("dated");
}

fn record_files(lab: &Lab, count: usize, text: &str) {
    let folder = lab.dir.path().join("in");
    fs::create_dir_all(&folder).expect("made");
    for file in 0..count {
        fs::write(folder.join(format!("f{file}.md")), format!("{text} {file}")).expect("written");
    }
    let scan = ops::scan_folder(&folder, &ops::Limits::default(), Sensitive::Withhold).expect("readable");
    let input = RecordInput::default().with_context(ops::ContextInput::Overlay(scan));
    let record = lab.fresh_run(text);
    ops::record(&lab.store, &lab.env, &lab.session, record, &input, IdOrigin::Fresh).expect("recorded");
}

fn refs(lab: &Lab) -> String {
    lab.git(&["for-each-ref", "--format=%(refname)"])
}

fn is_there(lab: &Lab, id: &str) -> bool {
    crate::lab::git(lab.store.dir(), &["cat-file", "-e", id]).status.success()
}

#[test]
fn what_was_removed_goes_after_its_time_and_an_open_run_never() {
    let lab = lab();
    let trash = trash_a_session(&lab);
    let open = begin(&lab);
    let object = unreachable_object(&lab, "nobody leads to this");
    let unused = lab.store.dir().join("git-session/runs/00000000-0000-4000-8000-000000000001");
    fs::create_dir_all(unused.join("context")).expect("made");
    for days in [0, 13] {
        gc_new(&lab, days);
        assert!(refs(&lab).contains(&trash) && is_there(&lab, &object), "they stay for {days} days");
        assert!(unused.exists());
    }
    let done = gc_new(&lab, 15);
    assert_eq!((done.expired.trash.len(), done.expired.run_folders.len()), (1, 1));
    assert!(!refs(&lab).contains(&trash) && !is_there(&lab, &object) && !unused.exists());
    gc_everything(&lab, 400);
    assert!(refs(&lab).contains("refs/open/") && open.folder.exists(), "an open run is never dropped");
    end(&lab, &open);
    lab.fsck();
}

#[test]
fn without_days_the_trash_is_emptied_at_once_and_objects_are_kept_all_the_same() {
    let lab = lab();
    trash_a_session(&lab);
    let object = unreachable_object(&lab, "may belong to a write that goes on");
    let done = gc(&lab, 0, GcOptions::default().with_keep_days(0));
    assert_eq!(done.expired.trash.len(), 1);
    assert!(is_there(&lab, &object));
}

#[test]
fn the_ref_of_a_run_that_a_killed_finish_recorded_is_dropped() {
    let lab = lab();
    let (recorded, open) = (begin(&lab), begin(&lab));
    end(&lab, &recorded);
    let name = format!("refs/open/{}/{}", recorded.open.session, recorded.open.run);
    lab.git(&["update-ref", &name, &recorded.open.commit.to_string()]);
    let done = gc_new(&lab, 0);
    assert_eq!(done.expired.open_runs, [recorded.open]);
    assert_eq!(lab.store.open_runs(None).expect("listed"), [open.open]);
}

#[test]
fn an_object_that_is_stored_again_is_young_again() {
    let lab = lab();
    let object = unreachable_object(&lab, "again 0");
    make_older(&loose_file(&lab, &object), 20);
    record_files(&lab, 1, "again");
    let modified = fs::metadata(loose_file(&lab, &object)).and_then(|found| found.modified());
    let age = SystemTime::now().duration_since(modified.expect("there")).unwrap_or_default();
    assert!(age < Duration::from_secs(DAY), "maintenance that looked before must not remove it");
}

#[test]
fn what_a_gc_of_everything_dropped_is_stored_again_by_who_remembers_it() {
    let mut lab = lab();
    record_files(&lab, MANY, "first");
    let object = unreachable_object(&lab, "again 0");
    let pack = lab.store.dir().join("objects/pack/pack");
    let list = lab.dir.path().join("list");
    fs::write(&list, format!("{object}\n")).expect("written");
    let packed = std::process::Command::new("git")
        .arg("--git-dir")
        .arg(lab.store.dir())
        .arg("pack-objects")
        .arg(&pack)
        .stdin(File::open(&list).expect("there"))
        .output()
        .expect("git runs");
    assert!(packed.status.success(), "{packed:?}");
    fs::remove_file(loose_file(&lab, &object)).expect("it is in the pack");
    for entry in fs::read_dir(pack.parent().expect("folder")).expect("listed").flatten() {
        make_older(&entry.path(), 20);
    }
    // Now this process knows all packs.
    record_files(&lab, 1, "second");
    let fresh = Store::open(lab.store.dir(), StoreOptions::default()).expect("opened");
    let knows_all = std::mem::replace(&mut lab.store, fresh);
    gc_everything(&lab, 0);
    assert!(!is_there(&lab, &object), "it was old");
    record_files(&lab, 1, "third");
    lab.store = knows_all;
    record_files(&lab, 1, "again");
    assert!(is_there(&lab, &object), "it is stored again");
    lab.fsck();
}

#[test]
fn small_packs_become_one_and_a_kept_one_stays() {
    let lab = lab();
    (0..6).for_each(|run| record_files(&lab, MANY, &format!("run {run}")));
    let kept = pack_files(&lab, "pack").pop_first().expect("a pack").with_extension("keep");
    fs::write(&kept, "by hand\n").expect("written");
    let done = gc_new(&lab, 0);
    assert_eq!((done.before.packs, done.work.combined_packs), (6, 6), "five, and what lay in files");
    assert_eq!((done.after.packs, done.after.loose_objects), (2, 0));
    assert!(kept.with_extension("pack").exists() && kept.exists());
    gc_everything(&lab, 0);
    assert!(kept.with_extension("pack").exists() && kept.exists());
    lab.fsck();
}

#[test]
fn a_pack_that_lost_its_index_is_indexed_again() {
    let lab = lab();
    record_files(&lab, MANY, "packed");
    let index = pack_files(&lab, "idx").pop_first().expect("an index");
    fs::remove_file(&index).expect("lost");
    gc_new(&lab, 0);
    lab.fsck();
    // It is also found by who only reads, such as after a `git gc` that took the index away.
    record_files(&lab, MANY, "again packed");
    pack_files(&lab, "idx").iter().for_each(|index| fs::remove_file(index).expect("lost"));
    let store = Store::open(lab.store.dir(), StoreOptions::default()).expect("opened");
    store.snapshot(lab.tip().tip).expect("it is indexed again");
    let alone = lab.store.dir().join("objects/pack/pack-alone.idx");
    fs::write(&alone, "of a pack that is gone").expect("written");
    gc_new(&lab, 0);
    assert!(!alone.exists());
    lab.fsck();
}

fn pack_files(lab: &Lab, extension: &str) -> BTreeSet<PathBuf> {
    let folder = lab.store.dir().join("objects/pack");
    let files = fs::read_dir(folder).expect("listed").flatten().map(|entry| entry.path());
    files.filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

#[test]
fn objects_are_written_to_a_kept_pack_while_a_git_gc_runs() {
    let lab = lab();
    let running = lab.store.dir().join("gc.pid");
    fs::write(&running, format!("{} here\n", std::process::id())).expect("written");
    record_files(&lab, 1, "meanwhile");
    assert_eq!(pack_files(&lab, "keep").len(), 1, "git gc --prune=now leaves a kept pack alone");
    let refused = ops::gc(&lab.store, &lab.env, GcOptions::default(), &mut |_| {}).expect("asked");
    assert_eq!(refused, None, "two programs that delete packs do not go together");
    fs::write(&running, "999999999 here\n").expect("written");
    gc_new(&lab, 0);
    assert_eq!(pack_files(&lab, "keep").len(), 0, "maintenance has the pack back");
    lab.fsck();
}

#[test]
fn maintenance_is_done_by_one_at_a_time() {
    let lab = lab();
    let held = lab.store.try_lock_maintenance().expect("asked").expect("free");
    let refused = ops::gc(&lab.store, &lab.env, GcOptions::default(), &mut |_| {}).expect("asked");
    assert_eq!(refused, None);
    drop(held);
    gc_new(&lab, 0);
}

/// Something that happens to a store.
#[derive(Debug, Clone)]
enum Event {
    Record(u8),
    RecordMany(u8),
    Begin,
    Trash,
    Unreachable { number: u8, days: u64 },
    Gc { days: u64, everything: bool },
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => any::<u8>().prop_map(Event::Record),
        1 => any::<u8>().prop_map(Event::RecordMany),
        1 => Just(Event::Begin),
        1 => Just(Event::Trash),
        2 => (any::<u8>(), 0u64..20).prop_map(|(number, days)| Event::Unreachable { number, days }),
        2 => (0u64..10, any::<bool>()).prop_map(|(days, everything)| Event::Gc { days, everything }),
    ]
}

/// Lists all objects that a ref leads to.
fn reachable(lab: &Lab) -> BTreeSet<String> {
    let listed = lab.git(&["rev-list", "--objects", "--all", "--reflog"]);
    listed.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

/// Lists the unreachable objects that are younger than the days that they are kept, after so many.
fn young(objects: &[(String, u64)], days: u64) -> BTreeSet<String> {
    let young = objects.iter().filter(|(_, age)| age + days < 14);
    young.map(|(id, _)| id.clone()).collect()
}

fn apply(lab: &Lab, event: &Event, objects: &mut Vec<(String, u64)>) {
    match event {
        Event::Record(number) => record_files(lab, 1, &format!("one {number}")),
        Event::RecordMany(number) => record_files(lab, MANY, &format!("many {number}")),
        Event::Begin => drop(begin(lab)),
        Event::Trash => drop(trash_a_session(lab)),
        Event::Unreachable { number, days } => {
            let id = unreachable_object(lab, &format!("unreachable {number}"));
            let file = loose_file(lab, &id);
            // One that lies in a pack already is as old as the pack.
            if file.exists() {
                make_older(&file, *days);
                objects.retain(|(known, _)| *known != id);
                objects.push((id, *days));
            }
        }
        Event::Gc { days, everything } => {
            let (before, young) = (reachable(lab), young(objects, *days));
            match everything {
                true => drop(gc_everything(lab, *days)),
                false => drop(gc_new(lab, *days)),
            }
            let lost: Vec<&String> = before.union(&young).filter(|id| !is_there(lab, id)).collect();
            assert_eq!(lost, Vec::<&String>::new(), "what is reachable or young stays");
            objects.retain(|(id, _)| is_there(lab, id));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_is_reachable_or_young_is_removed(events in proptest::collection::vec(event(), 4..14)) {
        let lab = lab();
        let mut objects = Vec::new();
        for event in &events {
            apply(&lab, event, &mut objects);
        }
        apply(&lab, &Event::Gc { days: 0, everything: true }, &mut objects);
        lab.fsck();
    }
}

#[test]
fn a_dry_run_changes_no_byte() {
    let lab = lab();
    trash_a_session(&lab);
    begin(&lab);
    (0..3).for_each(|run| record_files(&lab, MANY, &format!("run {run}")));
    unreachable_object(&lab, "old");
    fs::write(lab.store.dir().join("objects/tmp_obj_1"), "x").expect("written");
    for extent in [GcExtent::New, GcExtent::Everything] {
        let before = files(lab.store.dir());
        let options = GcOptions::default().with_extent(extent);
        let plan = ops::plan_gc(&lab.store, &days_later(20), options).expect("planned");
        assert_eq!((plan.expired.trash.len(), plan.expired.litter.len()), (1, 1));
        assert_eq!((plan.work.pruned_objects, plan.before), (1, plan.after));
        assert!(plan.work.packed_objects > 0 && plan.work.combined_packs >= 3);
        assert!(files(lab.store.dir()) == before, "the folder is the same to the byte");
    }
}

/// Lists all files with their content and their time.
fn files(folder: &Path) -> BTreeSet<(PathBuf, Vec<u8>, SystemTime)> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("listed").flatten() {
        let path = entry.path();
        let modified = entry.metadata().and_then(|meta| meta.modified()).expect("known");
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => drop(found.insert((path.clone(), fs::read(&path).expect("readable"), modified))),
        }
    }
    found
}

#[test]
fn a_ref_of_the_trash_with_a_foreign_name_stays() {
    let lab = lab();
    let tip = lab.tip().tip.to_string();
    let id = SessionId::new(Uuid::from_u128(7));
    for name in [format!("refs/trash/{id}/mine"), "refs/trash/20200101T000000Z-12345678".to_owned()] {
        lab.git(&["update-ref", &name, &tip]);
        gc_new(&lab, 100);
        assert!(refs(&lab).contains(&name), "a name that we would not give is not ours to drop");
    }
}

#[test]
fn a_list_of_runs_goes_when_nobody_wrote_it_for_a_month() {
    let lab = lab();
    (0..10).for_each(|_| _ = lab.record(lab.fresh_run("run")));
    let kept = lab.store.dir().join("git-session/numbers").join(lab.id.short());
    lab.store.untouched().run_list(lab.tip().tip).expect("readable");
    assert!(!kept.exists(), "who must change nothing keeps none");
    let list = lab.store.run_list(lab.tip().tip).expect("readable");
    gc_new(&lab, 29);
    assert!(kept.exists());
    gc_new(&lab, 31);
    assert!(!kept.exists());
    assert_eq!(lab.store.run_list(lab.tip().tip).expect("readable"), list);
}

//! A disk that is full, here or on the remote: it is told, nothing is lost, and with room the next
//! sync does it all.

use std::fs;
use std::process::Command;

use git_session::model::FactKind;
use git_session::ops::{self, Place};
use git_session::store::RemoteFault;
use git_session::sync::{PushOutcome, Wanted};

use crate::lab::clean;
use crate::mounts::Memory;
use crate::team::{Member, Team};

/// Adds noise that does not shrink to a session.
fn add_noise(member: &Member, name: &git_session::model::SessionName, bytes: usize) {
    let mut seed = 7u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b'!' + (seed >> 24) as u8 % 90)
    };
    let text: String = (0..bytes).map(|_| noise()).collect();
    let key = "noise".parse().expect("a key");
    let place = Place::Session(member.find(name));
    ops::set_fact(&member.store, &member.env, &place, FactKind::Knowledge, &key, &text).expect("noted");
}

fn mounted() -> Option<Memory> {
    let disk = Memory::mount("size=900k");
    if disk.is_none() {
        println!("skipped: mounting a tmpfs needs root");
    }
    disk
}

#[test]
fn a_full_disk_on_the_remote_is_told_and_nothing_is_lost() {
    let Some(disk) = mounted() else { return };
    let team = Team::new();
    let hub = disk.path().join("hub.git");
    let mut init = Command::new("git");
    clean(&mut init, team.dir.path());
    assert!(init.args(["init", "-q", "--bare"]).arg(&hub).status().expect("git runs").success());
    let ann = team.member("ann").at(&format!("file://{}", hub.display()), &["file"]);
    let name = ann.session("Full");
    assert!(ann.push().is_complete());
    add_noise(&ann, &name, 1_000_000);
    let (tip, wanted) = (ann.tip(&name), Wanted::Named(vec![name.clone()]));
    match ann.try_push(&wanted) {
        Ok(pushed) => assert_eq!(pushed.sessions[0].outcome, PushOutcome::Refused),
        Err(error) => assert_eq!(error.fault(), Some(RemoteFault::DiskFull), "{error}"),
    }
    assert_eq!(ann.tip(&name), tip);
    disk.remount("size=30m");
    assert!(ann.try_push(&wanted).expect("pushed").is_complete(), "with room, the next one sends it");
    ann.check();
}

#[test]
fn a_full_disk_here_is_told_and_the_store_is_as_before() {
    let Some(disk) = mounted() else { return };
    let team = Team::new();
    let bob = team.member("bob");
    let name = bob.session("Full");
    bob.push();
    let ann = team.member_at("ann", &disk.path().join("s.git"));
    ann.pull();
    let before = ann.tip(&name);
    add_noise(&bob, &name, 1_000_000);
    bob.push();
    let error = ann.try_pull(&Wanted::All).expect_err("there is no room");
    let text = format!("{error} {:?}", std::error::Error::source(&error));
    assert!(text.contains("full") || text.contains("No space"), "{text}");
    assert_eq!(ann.tip(&name), before);
    ann.check();
    assert!(
        fs::read_dir(ann.store.dir())
            .expect("listed")
            .flatten()
            .all(|entry| { !entry.file_name().to_string_lossy().starts_with("tmp_fetch_") })
    );
    disk.remount("size=30m");
    ann.pull();
    assert_eq!(ann.tip(&name), bob.tip(&name));
    ann.check();
}

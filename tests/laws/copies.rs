//! A copy of the store's folder that is taken while others write: a backup, an image of the disk.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::place::{Place, works};

/// How many stores are copied, and how often each: small ones, so that much happens during a copy.
const STORES: usize = 4;
const COPIES: usize = 3;

/// How a copy goes through the folders.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// As `cp` finds them.
    Found,
    /// Refs, then what they point to: each ref was moved after its objects were written.
    RefsFirst,
}

/// Ends the writers, also where a copy is not as it must be.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A copy, and what was reported before it was begun.
struct Copied {
    place: Place,
    order: Order,
    before: BTreeSet<String>,
}

#[test]
fn a_copy_that_is_taken_while_others_write_can_be_used() {
    let copies: Vec<Copied> = (0..STORES).flat_map(|_| copy_while_writing()).collect();
    let usable = |order: Order| copies.iter().filter(|copy| copy.order == order && is_usable(copy)).count();
    let (found, refs_first) = (usable(Order::Found), usable(Order::RefsFirst));
    let all = STORES * COPIES;
    println!(
        "copies while 2 processes write: {found} of {all} usable as they are, {refs_first} of {all} with the \
         refs copied first"
    );
    assert_eq!(refs_first, all, "a copy whose refs are older than its objects is whole");
}

fn copy_while_writing() -> Vec<Copied> {
    let place = Place::with_session();
    place.ok(&["-q", "new", "Second"]);
    let is_over = AtomicBool::new(false);
    let copies = std::thread::scope(|scope| {
        for session in ["Place", "Second"] {
            let (place, is_over) = (&place, &is_over);
            scope.spawn(move || write_until(place, session, is_over));
        }
        let _ends = Ends(&is_over);
        let orders = [Order::Found, Order::RefsFirst].repeat(COPIES);
        orders.into_iter().map(|order| copy(&place, order)).collect()
    });
    place.fsck();
    copies
}

fn copy(from: &Place, order: Order) -> Copied {
    let (place, before) = (Place::new(), known(from));
    copy_store(&from.store, &place.store, order);
    Copied { place, order, before }
}

fn write_until(place: &Place, session: &str, is_over: &AtomicBool) {
    while !is_over.load(Ordering::Relaxed) {
        place.ok(&["-s", session, "-q", "record", "-m", "beside a copy"]);
    }
}

/// Tells whether git and all reading verbs are content with a copy.
fn is_usable(copy: &Copied) -> bool {
    let Copied { place, before, .. } = copy;
    // A damaged session is told of, and hides nothing.
    place.ok(&["list"]);
    let reads = [["-s", "Place", "runs"], ["-s", "Second", "runs"], ["-s", "Place", "brief"]];
    let is_read = reads.iter().all(|verb| place.run(verb).status.success());
    let damage = place.fsck_says();
    if let Some(damage) = &damage {
        let words = ["missing", "invalid ", "broken link", "notice: ", "    to "];
        let is_known = |line: &str| line.is_empty() || words.iter().any(|word| line.contains(word));
        assert!(damage.lines().all(is_known), "only what was copied too early is missing: {damage}");
    }
    let is_whole = is_read && damage.is_none();
    assert!(!is_whole || before.is_subset(&known(place)), "what was there before the copy is in it");
    is_whole
}

fn known(place: &Place) -> BTreeSet<String> {
    let runs = ["Place", "Second"].map(|session| place.json(&["-s", session, "runs"]));
    let ids = runs.iter().flat_map(|runs| runs.as_array().into_iter().flatten());
    ids.filter_map(|run| run["id"].as_str().map(str::to_owned)).collect()
}

// `cp` complains of files that vanish under it; what it copied is judged, not what it said.
fn copy_store(from: &Path, to: &Path, order: Order) {
    let text = |path: &Path| path.to_str().expect("text").to_owned();
    if let Order::RefsFirst = order {
        fs::create_dir(to).expect("made");
        for name in ["refs", "packed-refs", "logs"] {
            works("cp", &["-rp", &text(&from.join(name)), &text(to)]);
        }
        for name in ["HEAD", "config", "git-session", "objects"] {
            works("cp", &["-rp", &text(&from.join(name)), &text(to)]);
        }
    } else {
        works("cp", &["-rp", &text(from), &text(to)]);
    }
}

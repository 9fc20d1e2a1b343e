//! What maintenance did.

use super::words::{bytes, count};
use super::{safe_line, style};
use crate::ops::{Collected, GcStep};
use crate::store::StoreSize;

/// Says what maintenance did, a line for each kind of thing.
pub(crate) fn collected(done: &Collected) -> String {
    let mut lines = expired(done);
    let work = &done.work;
    let counts = [
        ("packed", work.packed_objects, "object"),
        ("pruned", work.pruned_objects, "object"),
        ("combined", work.combined_packs, "pack"),
        ("packed", work.packed_refs, "ref"),
    ];
    let counts = counts.into_iter().filter(|(_, number, _)| *number > 0);
    lines.extend(counts.map(|(what, number, unit)| line(what, &count(number, unit))));
    lines.push(line("before", &size(done.before)));
    lines.concat()
}

/// Says how large the store is afterwards.
pub(crate) fn size_after(done: &Collected) -> String {
    line("after", &size(done.after))
}

/// Says what is going on.
pub(crate) fn gc_step(step: GcStep) -> String {
    match step {
        GcStep::PackingObjects(number) => format!("packing {}…", count(number, "object")),
        GcStep::PackingEverything => "packing everything…".to_owned(),
        GcStep::DeletingObjects => "deleting what is packed…".to_owned(),
        GcStep::CombiningPacks => "combining packs…".to_owned(),
        GcStep::Pruning => "looking for unreachable objects…".to_owned(),
        GcStep::PackingRefs(number) => format!("packing {}…", count(number, "ref")),
    }
}

fn expired(done: &Collected) -> Vec<String> {
    let expired = &done.expired;
    let trash = expired.trash.iter().map(|trashed| line("trash", &trashed.name));
    let open = expired.open_runs.iter().map(|open| line("open run", &open.run.short()));
    let folders = expired.run_folders.iter().map(|folder| line("run folder", &folder.run.short()));
    let litter = expired.litter.iter().map(|litter| line("litter", &litter.path.display().to_string()));
    trash.chain(open).chain(folders).chain(litter).collect()
}

fn size(size: StoreSize) -> String {
    let (objects, packs) = (count(size.loose_objects, "loose object"), count(size.packs, "pack"));
    format!("{}, {objects}, {packs}", bytes(size.bytes))
}

fn line(what: &str, text: &str) -> String {
    format!("{}  {}\n", style::paint(style::FAINT, format!("{what:<10}")), safe_line(text))
}

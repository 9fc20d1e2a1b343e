//! Maintaining a store: what is out of date is dropped, what piled up is packed.
//!
//! Nothing that a ref or a reflog leads to is ever removed, but for refs of the trash and of open
//! runs that are recorded. Writers go on meanwhile; how is said in `store/maintain.rs`.

use std::time::{Duration, SystemTime};

use super::{Env, OpError};
use crate::model::Timestamp;
use crate::store::{
    Litter, Maintenance, Mark, OpenRun, Precedence, Store, StoreError, StoreSize, Trashed, UnusedFolder,
};

/// How long what was removed is kept, in days.
const KEEP_DAYS: u32 = 14;
/// How long objects that nothing leads to, and folders of runs, are kept at least, in days: they
/// may belong to a write that is going on. A writer marks what it reuses once a day.
const GRACE_DAYS: u32 = 2;
/// How many refs may lie in files of their own before they are packed.
const LOOSE_REFS: u64 = 200;
const DAY: Duration = Duration::from_secs(24 * 3600);

/// How a store is maintained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct GcOptions {
    /// How long sessions in the trash are kept, in days.
    pub keep_days: u32,
    /// How much is packed anew.
    pub extent: GcExtent,
}

/// How much is packed anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum GcExtent {
    /// What piled up.
    #[default]
    New,
    /// All there is; writers wait for a part of it.
    Everything,
}

impl Default for GcOptions {
    fn default() -> Self {
        Self { keep_days: KEEP_DAYS, extent: GcExtent::default() }
    }
}

impl GcOptions {
    /// Sets how long sessions in the trash are kept, in days.
    pub fn with_keep_days(mut self, days: u32) -> Self {
        self.keep_days = days;
        self
    }

    /// Sets how much is packed anew.
    pub fn with_extent(mut self, extent: GcExtent) -> Self {
        self.extent = extent;
        self
    }
}

/// What maintenance did, or would do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Collected {
    /// What it removed by name.
    pub expired: Expired,
    /// What it did to objects and refs.
    pub work: GcWork,
    /// The store before.
    pub before: StoreSize,
    /// The store afterwards; as before where nothing was done.
    pub after: StoreSize,
}

/// What is out of date.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Expired {
    /// Sessions that were removed long enough ago.
    pub trash: Vec<Trashed>,
    /// Refs of open runs that are recorded.
    pub open_runs: Vec<OpenRun>,
    /// Folders of runs that are not open.
    pub run_folders: Vec<UnusedFolder>,
    /// What killed processes left.
    pub litter: Vec<Litter>,
}

/// What maintenance does to objects and refs, in counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GcWork {
    /// Objects that lay one to a file and are in a pack.
    pub packed_objects: u64,
    /// Unreachable objects that lay one to a file and are gone.
    pub pruned_objects: u64,
    /// Packs that became one.
    pub combined_packs: u64,
    /// Refs that lay in files of their own.
    pub packed_refs: u64,
}

/// A step of maintenance that takes its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum GcStep {
    /// So many objects are packed.
    PackingObjects(u64),
    /// Everything is packed anew.
    PackingEverything,
    /// Objects that are in a pack too are deleted.
    DeletingObjects,
    /// Packs are combined.
    CombiningPacks,
    /// Unreachable objects are looked for.
    Pruning,
    /// So many refs are packed.
    PackingRefs(u64),
}

/// Tells what maintenance would do now, and changes nothing. What the trash keeps counts as
/// reachable, also where it would be dropped.
pub fn plan_gc(store: &Store, env: &Env, options: GcOptions) -> Result<Collected, OpError> {
    let now = env.now();
    let size = store.size()?;
    let combined_packs = store.packs_to_combine()?;
    // No object is of tomorrow, so these are all that nothing leads to.
    let unreachable = store.prunable_objects(SystemTime::from(now) + DAY)?;
    let work = GcWork {
        packed_objects: size.loose_objects.saturating_sub(unreachable),
        pruned_objects: store.prunable_objects(grace(options, now))?,
        combined_packs: if options.extent == GcExtent::New { combined_packs } else { size.packs },
        packed_refs: refs_to_pack(store, options.extent),
    };
    Ok(Collected { expired: expired(store, now, options)?, work, before: size, after: size })
}

/// Maintains the store; `None` where another process does. `tell` is called as a step begins.
pub fn gc(
    store: &Store,
    env: &Env,
    options: GcOptions,
    tell: &mut dyn FnMut(GcStep),
) -> Result<Option<Collected>, OpError> {
    let Some(maintenance) = store.try_lock_maintenance()? else { return Ok(None) };
    let now = env.now();
    let before = store.size()?;
    let expired = expired(store, now, options)?;
    remove(&maintenance, env, &expired)?;
    maintenance.release_kept_packs()?;
    maintenance.adopt_packs()?;
    let mut work = pack(&maintenance, options, grace(options, now), before.loose_objects, tell)?;
    tell(GcStep::Pruning);
    work.pruned_objects = maintenance.prune(grace(options, now))?;
    work.packed_refs = pack_refs(store, &maintenance, options.extent, tell)?;
    maintenance.note_growth()?;
    Ok(Some(Collected { expired, work, before, after: store.size()? }))
}

fn expired(store: &Store, now: Timestamp, options: GcOptions) -> Result<Expired, StoreError> {
    let mut trash = store.trash()?;
    let limit = i64::from(options.keep_days) * DAY.as_secs() as i64;
    trash.retain(|trashed| now.unix() - trashed.removed_at.unix() >= limit);
    let mut open_runs = store.open_runs(None)?;
    // Where that cannot be told, the run is open.
    open_runs.retain(|open| is_recorded(store, open).unwrap_or(false));
    let run_folders = store.unused_run_folders(grace(options, now))?;
    Ok(Expired { trash, open_runs, run_folders, litter: store.litter(now.into())? })
}

// A finish moves the branch first and drops the ref then; one that was killed in between left it.
fn is_recorded(store: &Store, open: &OpenRun) -> Result<bool, StoreError> {
    let Some(session) = store.try_find_session_by_id(open.session)? else { return Ok(false) };
    store.contains_run(session.tip, store.base_of(open)?, open.run)
}

fn remove(maintenance: &Maintenance<'_>, env: &Env, expired: &Expired) -> Result<(), StoreError> {
    let mark = Mark { who: &env.identity, at: env.now(), log: "gc" };
    maintenance.sweep(&expired.litter)?;
    maintenance.drop_trash(&expired.trash, mark)?;
    maintenance.drop_recorded(&expired.open_runs, mark)?;
    maintenance.drop_old_lists(mark.at.into())?;
    expired.run_folders.iter().try_for_each(UnusedFolder::remove)
}

fn pack(
    maintenance: &Maintenance<'_>,
    options: GcOptions,
    time: SystemTime,
    loose_objects: u64,
    tell: &mut dyn FnMut(GcStep),
) -> Result<GcWork, StoreError> {
    let mut work = GcWork::default();
    if options.extent == GcExtent::Everything {
        tell(GcStep::PackingEverything);
        work.combined_packs = maintenance.repack_everything(time)?;
    } else if loose_objects > 0 {
        tell(GcStep::PackingObjects(loose_objects));
        maintenance.pack_loose_objects()?;
    }
    tell(GcStep::DeletingObjects);
    work.packed_objects = maintenance.delete_packed_objects()?;
    if options.extent == GcExtent::New {
        tell(GcStep::CombiningPacks);
        work.combined_packs = maintenance.combine_packs()?;
    }
    Ok(work)
}

fn refs_to_pack(store: &Store, extent: GcExtent) -> u64 {
    let count = store.loose_ref_count();
    let limit = if extent == GcExtent::Everything { 0 } else { LOOSE_REFS };
    if count > limit { count } else { 0 }
}

fn pack_refs(
    store: &Store,
    maintenance: &Maintenance<'_>,
    extent: GcExtent,
    tell: &mut dyn FnMut(GcStep),
) -> Result<u64, StoreError> {
    let count = refs_to_pack(store, extent);
    if count == 0 {
        return Ok(0);
    }
    tell(GcStep::PackingRefs(count));
    let precedence = match extent {
        GcExtent::New => Precedence::Writers,
        GcExtent::Everything => Precedence::Maintenance,
    };
    Ok(if maintenance.pack_refs(precedence)? { count } else { 0 })
}

fn grace(options: GcOptions, now: Timestamp) -> SystemTime {
    let days = options.keep_days.max(GRACE_DAYS);
    SystemTime::from(now).checked_sub(DAY * days).unwrap_or(SystemTime::UNIX_EPOCH)
}

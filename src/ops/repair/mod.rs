//! Repairing a store: what is damaged is put aside, never thrown away.

mod mend;
mod plan;
mod step;

pub use plan::{RepairPlan, plan_repair};
pub use step::Step;

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;
use std::time::SystemTime;

use super::list::describe;
use super::{Env, OpError};
use crate::store::{Maintenance, Mark, Store};

/// How often the store is looked at again: what one step brings back may show more.
const ROUNDS: usize = 12;

/// The rank up to which steps are about files of the store.
const FILES: u8 = 1;

/// What a repair did.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Repaired {
    /// The steps that were done.
    pub done: Vec<Step>,
    /// The steps that failed, and why.
    pub failed: Vec<(Step, String)>,
    /// The bundles of what was changed.
    pub bundles: Vec<PathBuf>,
    /// What is still wrong.
    pub left: super::CheckReport,
}

/// What a repair needs to know besides the store.
pub struct RepairOptions<'a> {
    /// The time, by which dead processes' files are told from live ones'.
    pub now: SystemTime,
    /// The transports by which remotes may be reached, such as `https` and `ssh`.
    pub transports: Vec<String>,
    /// Is told what is being done.
    pub progress: &'a dyn Fn(&str),
}

/// Repairs a store as far as it can be. Fails where another process maintains it.
pub fn repair(store: &Store, env: &Env, options: &RepairOptions<'_>) -> Result<Repaired, OpError> {
    let held = store.try_lock_maintenance()?.ok_or(OpError::Maintained)?;
    let mut work = Work {
        env,
        options,
        done: Vec::new(),
        failed: Vec::new(),
        tried: HashSet::new(),
        bundles: BTreeSet::new(),
    };
    let mut store = store.reopen()?;
    for _ in 0..ROUNDS {
        let plan = plan_repair(&store, options.now, options.progress)?;
        let mut new: Vec<Step> = plan.steps.into_iter().filter(|step| !work.tried.contains(step)).collect();
        let Some(rank) = new.first().map(Step::rank) else { break };
        // What a file holds that could not be mended now may be there the next time: no branch goes
        // back for that.
        if rank > FILES && work.failed.iter().any(|(step, _)| step.rank() <= FILES) {
            break;
        }
        new.retain(|step| step.rank() == rank);
        new.into_iter().for_each(|step| work.try_step(&held.on(&store), &store, step));
        store = store.reopen()?;
    }
    drop(held);
    let left = super::check(&store, options.now, super::CheckLevel::Data, options.progress)?;
    let Work { done, failed, bundles, .. } = work;
    Ok(Repaired { done, failed, bundles: bundles.into_iter().collect(), left })
}

struct Work<'a> {
    env: &'a Env,
    options: &'a RepairOptions<'a>,
    done: Vec<Step>,
    failed: Vec<(Step, String)>,
    tried: HashSet<Step>,
    bundles: BTreeSet<PathBuf>,
}

impl Work<'_> {
    fn try_step(&mut self, keeper: &Maintenance<'_>, store: &Store, step: Step) {
        self.tried.insert(step.clone());
        match self.step(keeper, store, &step) {
            Ok(()) => self.done.push(step),
            Err(error) => self.failed.push((step, describe(&error))),
        }
    }

    fn step(&mut self, keeper: &Maintenance<'_>, store: &Store, step: &Step) -> Result<(), OpError> {
        self.back_up(keeper, store, step)?;
        let mark = Mark { who: &self.env.identity, at: self.env.now(), log: "repair" };
        let file = |path: &str| store.dir().join(path);
        match step {
            Step::Sweep { .. } => keeper.sweep(&store.litter(self.options.now)?)?,
            Step::MendPackedRefs => keeper.mend_packed_refs()?,
            Step::Reindex { path } => keeper.reindex(&file(path)).or_else(|_| keeper.salvage(&file(path)))?,
            Step::Salvage { path } => keeper.salvage(&file(path))?,
            Step::PutFileAside { path } => drop(keeper.put_aside(&file(path))?),
            Step::Fetch { remote, objects } => self.fetch(store, keeper, remote, objects)?,
            Step::Restore { session, why, to, .. } => {
                keeper.restore_branch(&format!("refs/heads/{}", session.branch()), *to, why, mark)?;
            }
            Step::PutRefAside { name, why } => keeper.put_ref_aside(name, why, mark.at)?,
            Step::Keep { name, commit } => keeper.keep(name, *commit, mark)?,
            Step::Mend { session, paths } => mend::mend(store, self.env, session, paths)?,
            Step::Recount { session } => mend::write_counts(store, self.env, session)?,
        }
        Ok(())
    }

    fn fetch(
        &self,
        store: &Store,
        keeper: &Maintenance<'_>,
        remote: &str,
        objects: &[String],
    ) -> Result<(), OpError> {
        let found = store.remotes().into_iter().find(|known| known.name == remote);
        let remote = found.ok_or_else(|| OpError::NotFetched(remote.to_owned()))?;
        match keeper.fetch(&remote, &self.options.transports, objects)? {
            0 => Err(OpError::NotFetched(remote.name)),
            _ => Ok(()),
        }
    }

    // Nothing that a repair does removes an object, so a bundle of what can be read is enough; a
    // tip that is whole but cannot be used also gets a ref of its own.
    fn back_up(&mut self, keeper: &Maintenance<'_>, store: &Store, step: &Step) -> Result<(), OpError> {
        let mark = Mark { who: &self.env.identity, at: self.env.now(), log: "repair" };
        let bundle = match step {
            Step::Restore { session, to, .. } => {
                keeper.keep_broken(session, *to, mark)?;
                keeper.bundle(session, *to, mark)?
            }
            Step::Mend { session, .. } | Step::Recount { session } => {
                match store.try_find_session(session)? {
                    Some(found) => keeper.bundle(session, found.tip, mark)?,
                    None => None,
                }
            }
            _ => None,
        };
        self.bundles.extend(bundle);
        Ok(())
    }
}

//! Unpacking a bundle into a repository of its own.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{BufReader, Seek as _, SeekFrom};

use super::BundleError;
use super::header::Header;
use crate::model::{SessionId, SessionName};
use crate::store::git::{Git, Said};
use crate::store::incoming::{Borrow, Scratch};
use crate::store::purge::{PURGED, purged_ref};
use crate::store::remote_fault::words;
use crate::store::session::PREFIX;
use crate::store::{CommitId, IncomingLimits, Reach, Store, StoreError};

/// A bundle that is unpacked beside the store. Nothing of it is in the store.
pub struct Bundle {
    scratch: Scratch,
    /// What is no session's, by name.
    pub foreign: Vec<String>,
    /// Sessions that the bundle names and whose newest commit, or list of what was purged, it does not
    /// hold.
    pub hollow: Vec<SessionName>,
}

impl Store {
    /// Unpacks a bundle. Its objects were looked at by nobody: sessions are fetched from it like
    /// from a remote.
    pub fn open_bundle(&self, mut file: File, limits: IncomingLimits) -> Result<Bundle, BundleError> {
        let header = self.bundle_header(&file, limits)?;
        let mut named = Named::of(&header)?;
        let scratch = Scratch::create(self, Borrow::Refs(vec![PREFIX.to_owned()]))?;
        file.seek(SeekFrom::Start(header.bytes))?;
        unpack(&scratch, file, limits)?;
        let hollow = named.without_hollow(&scratch.open()?);
        write_refs(&scratch, &named)?;
        Ok(Bundle { scratch, foreign: named.foreign, hollow })
    }

    /// Reads what a bundle says of itself, and tells whether it can be taken.
    fn bundle_header(&self, mut file: &File, limits: IncomingLimits) -> Result<Header, BundleError> {
        if file.metadata()?.len() > limits.total_bytes {
            return Err(BundleError::TooLarge { limit: limits.total_bytes });
        }
        file.rewind()?;
        let header = Header::read(&mut BufReader::new(file))?;
        if header.hash != self.repo.object_hash() {
            return Err(BundleError::Unsupported(format!("its objects are named by {}", header.hash)));
        }
        let missing = header.needed.iter().filter(|id| !self.has_commit(**id));
        let commits: Vec<String> = missing.map(ToString::to_string).collect();
        if commits.is_empty() { Ok(header) } else { Err(BundleError::Incomplete { commits }) }
    }
}

impl Bundle {
    /// Returns how its sessions are fetched.
    pub fn reach(&self) -> Result<Reach, StoreError> {
        // As it is: a path that is no text cannot be handed on as a URL.
        let url = self.scratch.dir().to_string_lossy().parse()?;
        Ok(Reach::new(url, vec!["file".to_owned()]))
    }
}

type Sessions = BTreeMap<SessionName, CommitId>;
type Lists = BTreeMap<SessionId, CommitId>;

/// What a bundle names.
#[derive(Debug, Default)]
struct Named {
    sessions: Sessions,
    /// What was purged from sessions that it names.
    lists: Lists,
    foreign: Vec<String>,
}

impl Named {
    fn of(header: &Header) -> Result<Self, BundleError> {
        let mut named = Self::default();
        for (name, commit) in &header.refs {
            if named.take(name, *commit).is_some_and(|other| other != *commit) {
                return Err(BundleError::Damaged(format!("it names {name} twice")));
            }
        }
        if named.sessions.is_empty() {
            return Err(BundleError::NoSessions);
        }
        let sessions: HashSet<String> = named.sessions.keys().map(|name| name.digits().to_owned()).collect();
        let (lists, alone): (Lists, Lists) =
            named.lists.into_iter().partition(|(id, _)| sessions.contains(&id.short()));
        named.foreign.extend(alone.into_keys().map(purged_ref));
        named.lists = lists;
        Ok(named)
    }

    // Returns the commit that it was named for before.
    fn take(&mut self, name: &str, commit: CommitId) -> Option<CommitId> {
        if let Some(Ok(session)) = name.strip_prefix(PREFIX).map(str::parse) {
            return self.sessions.insert(session, commit);
        }
        // An id is written in one way alone.
        let list =
            name.strip_prefix(PURGED).and_then(|id| id.parse().ok()).filter(|id| purged_ref(*id) == name);
        if let Some(session) = list {
            return self.lists.insert(session, commit);
        }
        // `HEAD` is no branch of its own.
        self.foreign.extend((name != "HEAD").then(|| name.to_owned()));
        None
    }

    // What a ref points to and is not there, or is no commit, would fail the fetch of all.
    fn without_hollow(&mut self, view: &Store) -> Vec<SessionName> {
        let is_there = |commit: CommitId| view.step(commit).is_ok();
        let (lists, lost): (Lists, Lists) =
            std::mem::take(&mut self.lists).into_iter().partition(|(_, list)| is_there(*list));
        self.lists = lists;
        let lost: HashSet<String> = lost.into_keys().map(|id| id.short()).collect();
        let (whole, hollow): (Sessions, Sessions) = std::mem::take(&mut self.sessions)
            .into_iter()
            .partition(|(name, tip)| is_there(*tip) && !lost.contains(name.digits()));
        self.sessions = whole;
        hollow.into_keys().collect()
    }
}

fn unpack(scratch: &Scratch, pack: File, limits: IncomingLimits) -> Result<(), BundleError> {
    let limit = format!("--max-input-size={}", limits.total_bytes);
    let git = Git::in_store(scratch.dir(), "index-pack", &["--stdin", "--fix-thin", &limit]);
    let said = git.fed_file(pack).run().map_err(StoreError::from)?;
    if said.status.success() { Ok(()) } else { Err(fault(&said)) }
}

fn fault(said: &Said) -> BundleError {
    if said.err.contains("early EOF") {
        return BundleError::CutOff;
    }
    let words = words(&said.err);
    BundleError::Damaged(
        words.last().map_or("its pack", |line| line.trim_start_matches("fatal: ")).to_owned(),
    )
}

fn write_refs(scratch: &Scratch, named: &Named) -> Result<(), StoreError> {
    let file = scratch.dir().join("packed-refs");
    let mut text = "# pack-refs with: peeled fully-peeled sorted \n".to_owned();
    named.sessions.iter().for_each(|(name, tip)| text.push_str(&format!("{tip} {PREFIX}{name}\n")));
    named.lists.iter().for_each(|(id, list)| text.push_str(&format!("{list} {}\n", purged_ref(*id))));
    fs::write(&file, text).map_err(StoreError::io("write", &file))
}

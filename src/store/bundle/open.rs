//! Unpacking a bundle into a repository of its own.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, Seek as _, SeekFrom};

use super::BundleError;
use super::header::Header;
use crate::model::SessionName;
use crate::store::git::{Git, Said};
use crate::store::incoming::{Borrow, Scratch};
use crate::store::remote_fault::words;
use crate::store::session::PREFIX;
use crate::store::{CommitId, IncomingLimits, Reach, Store, StoreError};

/// A bundle that is unpacked beside the store. Nothing of it is in the store.
pub struct Bundle {
    scratch: Scratch,
    /// What is no session's branch, by name.
    pub foreign: Vec<String>,
    /// Sessions that the bundle names and whose newest commit it does not hold.
    pub hollow: Vec<SessionName>,
}

impl Store {
    /// Unpacks a bundle. Its objects were looked at by nobody: sessions are fetched from it like
    /// from a remote.
    pub fn open_bundle(&self, mut file: File, limits: IncomingLimits) -> Result<Bundle, BundleError> {
        let header = self.bundle_header(&file, limits)?;
        let (sessions, foreign) = sort_out(&header)?;
        let scratch = Scratch::create(self, Borrow::Refs(vec![PREFIX.to_owned()]))?;
        file.seek(SeekFrom::Start(header.bytes))?;
        unpack(&scratch, file, limits)?;
        let (sessions, hollow) = whole(&scratch.open()?, sessions);
        write_refs(&scratch, &sessions)?;
        Ok(Bundle { scratch, foreign, hollow })
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

fn sort_out(header: &Header) -> Result<(Sessions, Vec<String>), BundleError> {
    let (mut sessions, mut foreign) = (Sessions::new(), Vec::new());
    for (name, tip) in &header.refs {
        match name.strip_prefix(PREFIX).map(str::parse) {
            Some(Ok(session)) => {
                if sessions.insert(session, *tip).is_some_and(|other| other != *tip) {
                    return Err(BundleError::Damaged(format!("it names {name} twice")));
                }
            }
            // `HEAD` is no branch of its own.
            _ if name == "HEAD" => {}
            _ => foreign.push(name.clone()),
        }
    }
    if sessions.is_empty() { Err(BundleError::NoSessions) } else { Ok((sessions, foreign)) }
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

// What a ref points to and is not there, or is no commit, would fail the fetch of all.
fn whole(view: &Store, sessions: Sessions) -> (Sessions, Vec<SessionName>) {
    let (whole, hollow): (Sessions, Sessions) =
        sessions.into_iter().partition(|(_, tip)| view.step(*tip).is_ok());
    (whole, hollow.into_keys().collect())
}

fn write_refs(scratch: &Scratch, sessions: &Sessions) -> Result<(), StoreError> {
    let file = scratch.dir().join("packed-refs");
    let mut text = "# pack-refs with: peeled fully-peeled sorted \n".to_owned();
    sessions.iter().for_each(|(name, tip)| text.push_str(&format!("{tip} {PREFIX}{name}\n")));
    fs::write(&file, text).map_err(StoreError::io("write", &file))
}

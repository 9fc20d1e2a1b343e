//! Which removed files are added ones under another name: the pairs that `git diff -M` finds.
//!
//! First equal contents, then files of the same name in another folder, then the most similar ones.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher as _};

use crate::model::{ContextPath, is_binary};
use crate::ops::OpError;
use crate::store::{BlobId, Store};

use super::TEXT_BYTES;

/// A similarity in 60,000ths, as Git counts them: how much of the larger file the other one has.
type Score = u64;

const EQUAL: Score = 60_000;
/// The least for two files to be one.
const ALIKE: Score = EQUAL / 2;
/// The least for files of the same name, which are not compared with all others.
const ALIKE_BY_NAME: Score = EQUAL / 4 * 3;
/// How many candidates are kept of each added file.
const KEPT: usize = 4;
/// The most comparisons of contents.
const COMPARISONS: usize = 1000 * 1000;
/// The most bytes of contents that are read to be compared.
const COMPARED_BYTES: u64 = 512 * 1024 * 1024;
/// The longest piece that contents are cut into; line feeds end one too.
const PIECE: usize = 64;

/// A file that was added or removed.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) path: ContextPath,
    pub(super) blob: BlobId,
    pub(super) bytes: u64,
}

/// A removed file that is an added one, by their places in the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) old: usize,
    pub(super) new: usize,
    /// How similar they are, in percent.
    pub(super) percent: u8,
}

/// Finds the pairs; both lists are sorted by path.
pub(super) fn pairs(store: &Store, old: &[Candidate], new: &[Candidate]) -> Result<Vec<Pair>, OpError> {
    let read = |blob| Ok(Pieces::new(&store.read_blob(blob, TEXT_BYTES)?));
    let mut search = Search::new(old, new, &read);
    search.pair_equal();
    if search.is_affordable() {
        search.pair_by_name()?;
        search.pair_by_content()?;
    }
    Ok(search.pairs())
}

struct Search<'a> {
    old: &'a [Candidate],
    new: &'a [Candidate],
    read: &'a dyn Fn(BlobId) -> Result<Pieces, OpError>,
    pieces: HashMap<BlobId, Pieces>,
    is_used: Vec<bool>,
    found: Vec<Option<(usize, Score)>>,
}

/// How well a pair fits; the greater, the better.
#[derive(Debug, Clone, Copy)]
struct Fit {
    old: usize,
    new: usize,
    rank: (Score, bool),
}

impl<'a> Search<'a> {
    fn new(
        old: &'a [Candidate],
        new: &'a [Candidate],
        read: &'a dyn Fn(BlobId) -> Result<Pieces, OpError>,
    ) -> Self {
        let (is_used, found) = (vec![false; old.len()], vec![None; new.len()]);
        Self { old, new, read, pieces: HashMap::new(), is_used, found }
    }

    fn pairs(&self) -> Vec<Pair> {
        let percent = |score: Score| u8::try_from(score * 100 / EQUAL).unwrap_or(100);
        let pair = |(new, found): (usize, &Option<(usize, Score)>)| {
            found.map(|(old, score)| Pair { old, new, percent: percent(score) })
        };
        self.found.iter().enumerate().filter_map(pair).collect()
    }

    fn take(&mut self, old: usize, new: usize, score: Score) {
        self.is_used[old] = true;
        self.found[new] = Some((old, score));
    }

    fn unused_old(&self) -> Vec<usize> {
        (0..self.old.len()).filter(|old| !self.is_used[*old]).collect()
    }

    fn unfound_new(&self) -> Vec<usize> {
        (0..self.new.len()).filter(|new| self.found[*new].is_none()).collect()
    }

    fn pair_equal(&mut self) {
        let mut by_blob: HashMap<BlobId, Vec<usize>> = HashMap::new();
        for (index, old) in self.old.iter().enumerate() {
            by_blob.entry(old.blob).or_default().push(index);
        }
        for new in 0..self.new.len() {
            let equal = by_blob.get(&self.new[new].blob).into_iter().flatten().copied();
            let mut unused = equal.filter(|old| !self.is_used[*old]);
            let first = unused.clone().next();
            let same_name = unused.find(|old| self.has_same_name(*old, new));
            if let Some(old) = same_name.or(first) {
                self.take(old, new, EQUAL);
            }
        }
    }

    fn has_same_name(&self, old: usize, new: usize) -> bool {
        name(&self.old[old].path) == name(&self.new[new].path)
    }

    // Thousands of files, or hundreds of megabytes, are not worth the wait.
    fn is_affordable(&self) -> bool {
        let (old, new) = (self.unused_old(), self.unfound_new());
        let bytes = old.iter().map(|old| self.old[*old].bytes).sum::<u64>()
            + new.iter().map(|new| self.new[*new].bytes).sum::<u64>();
        bytes <= COMPARED_BYTES
    }

    // A name that several files have tells nothing.
    fn pair_by_name(&mut self) -> Result<(), OpError> {
        let old_names =
            unique_names(self.unused_old().into_iter().map(|old| (name(&self.old[old].path), old)));
        let new_names =
            unique_names(self.unfound_new().into_iter().map(|new| (name(&self.new[new].path), new)));
        let mut both: Vec<(usize, usize)> =
            old_names.iter().filter_map(|(name, old)| Some(((*old)?, (*new_names.get(name)?)?))).collect();
        both.sort_unstable();
        for (old, new) in both {
            let score = self.score(old, new, ALIKE_BY_NAME)?;
            if score >= ALIKE_BY_NAME {
                self.take(old, new, score);
            }
        }
        Ok(())
    }

    fn pair_by_content(&mut self) -> Result<(), OpError> {
        let (old, new) = (self.unused_old(), self.unfound_new());
        if old.len().saturating_mul(new.len()) > COMPARISONS {
            return Ok(());
        }
        let mut fits = Vec::new();
        for new in new {
            let mut kept: Vec<Fit> = Vec::new();
            for old in &old {
                let rank = (self.score(*old, new, ALIKE)?, self.has_same_name(*old, new));
                keep_if_better(&mut kept, Fit { old: *old, new, rank });
            }
            fits.append(&mut kept);
        }
        fits.sort_by_key(|fit| std::cmp::Reverse(fit.rank));
        for fit in fits.into_iter().take_while(|fit| fit.rank.0 >= ALIKE) {
            if !self.is_used[fit.old] && self.found[fit.new].is_none() {
                self.take(fit.old, fit.new, fit.rank.0);
            }
        }
        Ok(())
    }

    /// Returns how similar two files are; 0 where their sizes rule `least` out.
    fn score(&mut self, old: usize, new: usize, least: Score) -> Result<Score, OpError> {
        let (old, new) = (&self.old[old], &self.new[new]);
        let (small, large) = (old.bytes.min(new.bytes), old.bytes.max(new.bytes));
        if large * (EQUAL - least) < (large - small) * EQUAL || small == 0 || large > TEXT_BYTES {
            return Ok(0);
        }
        let (old_blob, new_blob) = (old.blob, new.blob);
        for blob in [old_blob, new_blob] {
            if !self.pieces.contains_key(&blob) {
                self.pieces.insert(blob, (self.read)(blob)?);
            }
        }
        let copied = self.pieces[&old_blob].shared_bytes(&self.pieces[&new_blob]);
        Ok(copied * EQUAL / large)
    }
}

// The worst of those that are kept makes room; of equal ones, the first.
fn keep_if_better(kept: &mut Vec<Fit>, fit: Fit) {
    if kept.len() < KEPT {
        kept.push(fit);
        return;
    }
    let mut worst = 0;
    for index in 1..kept.len() {
        if kept[index].rank < kept[worst].rank {
            worst = index;
        }
    }
    if fit.rank > kept[worst].rank {
        kept[worst] = fit;
    }
}

fn name(path: &ContextPath) -> &str {
    path.as_str().rsplit('/').next().unwrap_or_default()
}

/// Maps each name to its only place; `None` where it has several.
fn unique_names<'a>(named: impl Iterator<Item = (&'a str, usize)>) -> HashMap<&'a str, Option<usize>> {
    let mut places: HashMap<&str, Option<usize>> = HashMap::new();
    for (name, place) in named {
        places.entry(name).and_modify(|known| *known = None).or_insert(Some(place));
    }
    places
}

/// The pieces of a content: what each weighs, by its hash, sorted.
#[derive(Debug, Default)]
struct Pieces(Vec<(u64, u64)>);

impl Pieces {
    fn new(content: &[u8]) -> Self {
        let is_text = !is_binary(content);
        let mut weights: HashMap<u64, u64> = HashMap::new();
        let mut piece = Vec::with_capacity(PIECE);
        let mut bytes = content.iter().peekable();
        while let Some(&byte) = bytes.next() {
            // Line endings of Windows are no difference.
            if is_text && byte == b'\r' && bytes.peek() == Some(&&b'\n') {
                continue;
            }
            piece.push(byte);
            if byte == b'\n' || piece.len() == PIECE {
                add(&mut weights, &mut piece);
            }
        }
        if !piece.is_empty() {
            add(&mut weights, &mut piece);
        }
        let mut sorted: Vec<(u64, u64)> = weights.into_iter().collect();
        sorted.sort_unstable();
        Self(sorted)
    }

    fn shared_bytes(&self, other: &Self) -> u64 {
        let mut others = other.0.iter().peekable();
        let mut shared = 0;
        for (hash, weight) in &self.0 {
            while others.next_if(|(other, _)| other < hash).is_some() {}
            if let Some((_, other)) = others.next_if(|(other, _)| other == hash) {
                shared += weight.min(other);
            }
        }
        shared
    }
}

fn add(weights: &mut HashMap<u64, u64>, piece: &mut Vec<u8>) {
    let mut hasher = DefaultHasher::new();
    hasher.write(piece);
    *weights.entry(hasher.finish()).or_default() += piece.len() as u64;
    piece.clear();
}

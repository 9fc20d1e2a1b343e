//! One search for everything that a rule may start at, so that text without any of it costs little.

use std::cell::{Cell, OnceCell};
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::assignment::{self, Found};
use super::command_line;
use super::forms::forms;
use super::known::Extent;
use super::shape::Form;
use super::starts::Starts;
use super::{private_key, url};

/// The parts of names that say that a value is secret.
const WORDS: [&str; 11] =
    ["pass", "pwd", "secret", "token", "key", "credential", "creds", "auth", "cookie", "jwt", "bearer"];
/// What is looked at where it stands.
const MARKS: [(&str, Trigger); 9] = [
    ("bearer", Trigger::Bearer),
    ("://", Trigger::Scheme),
    ("@tcp(", Trigger::Dsn),
    ("@unix(", Trigger::Dsn),
    ("sig=", Trigger::Signature),
    ("signature=", Trigger::Signature),
    ("-----BEGIN", Trigger::KeyBegin),
    ("-----END", Trigger::KeyEnd),
    ("Private-Lines:", Trigger::Putty),
];

/// After so many bytes of text, building a machine pays: most processes store a few kilobytes.
const MUCH_TEXT: usize = 256 * 1024;
/// Up to so many bytes of keywords, the fastest kind is built: it takes memory and time for each.
const TABLE_BYTES: usize = 8_000;

/// What a keyword leads to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Trigger {
    /// A token of this form.
    Form(&'static Form),
    /// A value beside a name.
    Word,
    Bearer,
    Scheme,
    Dsn,
    Signature,
    Program,
    KeyBegin,
    KeyEnd,
    Putty,
    /// A value that is known to be secret.
    Known(Extent),
    /// One of the user's rules.
    Own(usize),
}

/// A keyword that was found.
#[derive(Debug, Clone)]
pub(super) struct Hit {
    /// Where.
    pub(super) at: Range<usize>,
    /// What it leads to.
    pub(super) trigger: Trigger,
}

/// All keywords.
pub(super) struct Keywords {
    // Ready at once, and not the fastest.
    starts: Starts,
    // Built when there is much text; `None` where it would be too large.
    machine: OnceCell<Option<AhoCorasick>>,
    // How many bytes were searched.
    searched: Cell<usize>,
    triggers: Vec<Trigger>,
    // How many keywords come before the known values, which are the same only with the same case.
    plain: usize,
}

fn machine(patterns: &[Vec<u8>]) -> Option<AhoCorasick> {
    let size: usize = patterns.iter().map(Vec::len).sum();
    let kind = if size > TABLE_BYTES { AhoCorasickKind::ContiguousNFA } else { AhoCorasickKind::DFA };
    let machine = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .kind(Some(kind))
        // It looks for rare bytes, and with so many keywords none is rare.
        .prefilter(false)
        .build(patterns);
    machine.ok()
}

impl Keywords {
    /// Prepares the search for the table, known values and the user's keywords.
    pub(super) fn new(known: &[(Vec<u8>, Extent)], own: &[(String, usize)]) -> Self {
        let mut patterns: Vec<(Vec<u8>, Trigger)> = Vec::new();
        for form in forms() {
            patterns.extend(form.starts.iter().map(|start| (start.as_bytes().to_vec(), Trigger::Form(form))));
        }
        patterns.extend(WORDS.map(|word| (word.as_bytes().to_vec(), Trigger::Word)));
        patterns.extend(MARKS.map(|(mark, trigger)| (mark.as_bytes().to_vec(), trigger)));
        patterns.extend(command_line::programs().map(|name| (name.as_bytes().to_vec(), Trigger::Program)));
        patterns.extend(own.iter().map(|(keyword, rule)| (keyword.as_bytes().to_vec(), Trigger::Own(*rule))));
        let plain = patterns.len();
        patterns.extend(known.iter().map(|(value, extent)| (value.clone(), Trigger::Known(*extent))));
        Self::of(patterns, plain)
    }

    /// Prepares the search for known values alone.
    pub(super) fn of_known(known: &[(Vec<u8>, Extent)]) -> Self {
        let patterns = known.iter().map(|(value, extent)| (value.clone(), Trigger::Known(*extent)));
        Self::of(patterns.collect(), 0)
    }

    fn of(patterns: Vec<(Vec<u8>, Trigger)>, plain: usize) -> Self {
        let (patterns, triggers): (Vec<Vec<u8>>, Vec<Trigger>) = patterns.into_iter().unzip();
        let (machine, searched) = Default::default();
        Self { starts: Starts::new(patterns), machine, searched, triggers, plain }
    }

    // The machine, once this many more bytes make it pay.
    fn machine(&self, bytes: usize) -> Option<&AhoCorasick> {
        self.searched.set(self.searched.get().saturating_add(bytes));
        if self.searched.get() < MUCH_TEXT {
            return None;
        }
        self.machine.get_or_init(|| machine(self.starts.patterns())).as_ref()
    }

    /// Tells whether a text holds any keyword.
    pub(super) fn occur_in(&self, text: &[u8]) -> bool {
        match self.machine(text.len()) {
            Some(machine) => machine.is_match(text),
            None => self.starts.find(text).next().is_some(),
        }
    }

    /// Returns where the first keyword of a text ends.
    pub(super) fn first_end(&self, text: &[u8]) -> Option<usize> {
        let end = match self.machine(0) {
            Some(machine) => machine.find(text).map(|found| found.end()),
            None => self.starts.first_end(text),
        };
        self.searched.set(self.searched.get().saturating_add(end.unwrap_or(text.len())));
        end
    }

    /// Finds all keywords of a part of a text; those that end first come first.
    pub(super) fn find(&self, text: &[u8], part: Range<usize>) -> Vec<Hit> {
        let slice = text.get(part.clone()).unwrap_or_default();
        let mut found: Vec<(Range<usize>, usize)> = match self.machine(slice.len()) {
            Some(machine) => machine
                .find_overlapping_iter(slice)
                .map(|found| (found.range(), found.pattern().as_usize()))
                .collect(),
            None => self.starts.find(slice).collect(),
        };
        found.sort_by_key(|(range, index)| (range.end, range.start, *index));
        let hit = |(range, index): (Range<usize>, usize)| {
            let at = part.start + range.start..part.start + range.end;
            let is_equal = index < self.plain || slice.get(range)? == self.starts.patterns().get(index)?;
            let trigger = *self.triggers.get(index)?;
            is_equal.then_some(Hit { at, trigger })
        };
        found.into_iter().filter_map(hit).collect()
    }
}

impl Hit {
    /// Finds the secret that the keyword leads to. Where it is one of the user's rules, that has
    /// to be asked.
    pub(super) fn secret(&self, text: &[u8]) -> Option<Found> {
        let at = self.at.clone();
        match self.trigger {
            Trigger::Form(form) => {
                let is_start = form.starts.iter().any(|start| text.get(at.clone()) == Some(start.as_bytes()));
                let range = is_start.then(|| form.find(text, at)).flatten()?;
                Some(Found { rule: form.rule, range })
            }
            Trigger::Word => assignment::find(text, at),
            Trigger::Bearer => assignment::find_bearer(text, at),
            Trigger::Scheme => url::find(text, at),
            Trigger::Dsn => url::find_dsn(text, at),
            Trigger::Signature => url::find_signature(text, at),
            Trigger::Program => command_line::find(text, at),
            Trigger::KeyBegin => private_key::find(text, at),
            Trigger::KeyEnd => private_key::find_end(text, at),
            Trigger::Putty => private_key::find_putty(text, at),
            Trigger::Known(extent) => Some(Found { rule: "known-value", range: extent.around(text, at) }),
            Trigger::Own(_) => None,
        }
    }
}

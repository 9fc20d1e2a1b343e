//! One search for everything that a rule may start at, so that text without any of it costs little.

use std::cell::{Cell, OnceCell};
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::assignment::{self, Found};
use super::command_line;
use super::forms::forms;
use super::known::Extent;
use super::shape::Form;
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

/// After so many bytes of text, building a faster machine pays: most processes store a few kilobytes.
const MUCH_TEXT: usize = 256 * 1024;
/// Up to so many bytes of keywords, the fastest machine is built: it takes memory and time for each.
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
    patterns: Vec<Vec<u8>>,
    // Soon built, and not the fastest.
    first: AhoCorasick,
    fast: OnceCell<Option<AhoCorasick>>,
    // How many bytes were searched.
    searched: Cell<usize>,
    triggers: Vec<Trigger>,
    // How many keywords come before the known values, which are the same only with the same case.
    plain: usize,
}

fn machine(patterns: &[Vec<u8>], kind: AhoCorasickKind) -> Option<AhoCorasick> {
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
    /// Prepares the search for the table, known values and the user's keywords; `None` where the
    /// machine would be too large.
    pub(super) fn new(known: &[(Vec<u8>, Extent)], own: &[(String, usize)]) -> Option<Self> {
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
    pub(super) fn of_known(known: &[(Vec<u8>, Extent)]) -> Option<Self> {
        let patterns = known.iter().map(|(value, extent)| (value.clone(), Trigger::Known(*extent)));
        Self::of(patterns.collect(), 0)
    }

    fn of(patterns: Vec<(Vec<u8>, Trigger)>, plain: usize) -> Option<Self> {
        let (patterns, triggers): (Vec<Vec<u8>>, Vec<Trigger>) = patterns.into_iter().unzip();
        let first = machine(&patterns, AhoCorasickKind::NoncontiguousNFA)?;
        let (fast, searched) = Default::default();
        Some(Self { patterns, first, fast, searched, triggers, plain })
    }

    // The one to search this many more bytes with.
    fn machine(&self, bytes: usize) -> &AhoCorasick {
        self.searched.set(self.searched.get().saturating_add(bytes));
        if self.searched.get() < MUCH_TEXT {
            return &self.first;
        }
        let size: usize = self.patterns.iter().map(Vec::len).sum();
        let kind = if size > TABLE_BYTES { AhoCorasickKind::ContiguousNFA } else { AhoCorasickKind::DFA };
        self.fast.get_or_init(|| machine(&self.patterns, kind)).as_ref().unwrap_or(&self.first)
    }

    /// Tells whether a text holds any keyword.
    pub(super) fn occur_in(&self, text: &[u8]) -> bool {
        self.machine(text.len()).is_match(text)
    }

    /// Returns where the first keyword of a text ends.
    pub(super) fn first_end(&self, text: &[u8]) -> Option<usize> {
        let end = self.machine(0).find(text).map(|found| found.end());
        self.searched.set(self.searched.get().saturating_add(end.unwrap_or(text.len())));
        end
    }

    /// Finds all keywords of a part of a text.
    pub(super) fn find<'t>(&'t self, text: &'t [u8], part: Range<usize>) -> impl Iterator<Item = Hit> + 't {
        let slice = text.get(part.clone()).unwrap_or_default();
        self.machine(slice.len()).find_overlapping_iter(slice).filter_map(move |found| {
            let at = part.start + found.start()..part.start + found.end();
            let index = found.pattern().as_usize();
            let trigger = *self.triggers.get(index)?;
            let is_equal = index < self.plain || text.get(at.clone())? == self.patterns.get(index)?;
            is_equal.then_some(Hit { at, trigger })
        })
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

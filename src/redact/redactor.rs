//! What removes secrets from text.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::content::{BINARY, Finding, LONG_LINE, UNSEARCHED};
use super::counts::Counts;
use super::digest::ValueDigest;
use super::forms::forms;
use super::keywords::Keywords;
use super::known;
use super::marker::marker;
use super::own_rule::OwnRule;
use super::rule_file::{RuleFileError, Rules};

/// The marker of text that was not searched because a rule cannot be used.
pub(super) const BROKEN_RULES: &str = "withheld-broken-rules";
/// The rules that are not in the table.
const OTHER_RULES: [&str; 12] = [
    "known-value",
    "assignment",
    "header",
    "cookie",
    "url-password",
    "url-signature",
    "command-line",
    "private-key",
    LONG_LINE,
    BINARY,
    UNSEARCHED,
    BROKEN_RULES,
];

/// What a redactor looks for besides the table.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct RedactorOptions {
    /// Values that are secret. Short ones, common words and paths are passed over.
    pub known: Vec<String>,
    /// The user's rules.
    pub rules: Rules,
    /// Values that are none, by their digests.
    pub allowed: BTreeSet<ValueDigest>,
}

impl RedactorOptions {
    /// Sets values that are secret.
    pub fn with_known(mut self, known: Vec<String>) -> Self {
        self.known = known;
        self
    }

    /// Sets the user's rules.
    pub fn with_rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// Sets values that are no secrets.
    pub fn with_allowed(mut self, allowed: BTreeSet<ValueDigest>) -> Self {
        self.allowed = allowed;
        self
    }
}

/// Removes secrets from text.
///
/// What cannot be searched is withheld: a marker stands for it.
pub struct Redactor(State);

enum State {
    On(Box<Engine>),
    Off,
    Broken(RuleFileError),
}

/// What finds secrets.
pub(super) struct Engine {
    pub(super) keywords: Keywords,
    pub(super) rules: Vec<OwnRule>,
    pub(super) allowed: BTreeSet<ValueDigest>,
    pub(super) scope: Scope,
}

/// What a redactor removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// All that is secret, and what cannot be searched.
    Everything,
    /// The known values and nothing else.
    Values,
}

impl Default for Redactor {
    fn default() -> Self {
        Self::new(RedactorOptions::default())
    }
}

impl Redactor {
    /// Makes a redactor.
    pub fn new(options: RedactorOptions) -> Self {
        let RedactorOptions { known, rules: Rules(rules), allowed } = options;
        let known = known.iter().map(String::as_str);
        let known = known.filter(|value| !allowed.contains(&ValueDigest::of(value.trim().as_bytes())));
        let numbered = rules.iter().enumerate();
        let own: Vec<(String, usize)> = numbered
            .flat_map(|(index, rule)| rule.keywords.iter().map(move |word| (word.clone(), index)))
            .collect();
        let keywords = Keywords::new(&known::patterns(known), &own);
        Self(State::On(Box::new(Engine { keywords, rules, allowed, scope: Scope::Everything })))
    }

    /// Makes one that removes these texts and nothing else.
    pub(super) fn of_patterns(patterns: &[(Vec<u8>, known::Extent)]) -> Self {
        let (keywords, rules, allowed) = (Keywords::of_known(patterns), Vec::new(), BTreeSet::new());
        Self(State::On(Box::new(Engine { keywords, rules, allowed, scope: Scope::Values })))
    }

    /// Makes one that leaves all text as it is.
    pub fn off() -> Self {
        Self(State::Off)
    }

    /// Makes one that withholds all text, because the rules that it should apply cannot be used.
    pub fn broken(error: RuleFileError) -> Self {
        Self(State::Broken(error))
    }

    /// Returns the content of a file without secrets, and counts them. Cleaned again, it is the same.
    pub fn clean<'t>(&self, content: &'t [u8], counts: &mut Counts) -> Cow<'t, [u8]> {
        self.clean_by(Engine::clean, content, counts)
    }

    /// Returns a text without secrets, and counts them.
    pub fn clean_text<'t>(&self, text: &'t str, counts: &mut Counts) -> Cow<'t, str> {
        match self.clean_by(Engine::clean_lines, text.as_bytes(), counts) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            Cow::Owned(cleaned) => Cow::Owned(String::from_utf8_lossy(&cleaned).into_owned()),
        }
    }

    fn clean_by<'t>(
        &self,
        clean: impl Fn(&Engine, &'t [u8], &mut Counts) -> Cow<'t, [u8]>,
        content: &'t [u8],
        counts: &mut Counts,
    ) -> Cow<'t, [u8]> {
        let engine = match &self.0 {
            State::Off => return Cow::Borrowed(content),
            State::On(engine) => engine,
            State::Broken(_) => return withheld(content, BROKEN_RULES, counts),
        };
        let mut found = Counts::default();
        let cleaned = clean(engine, content, &mut found);
        if engine.failure().is_some() {
            return withheld(content, BROKEN_RULES, counts);
        }
        counts.add(&found);
        cleaned
    }

    /// Lists the secrets of a content, in order. Where the rules cannot be used, that is an error.
    pub fn find(&self, content: &[u8]) -> Result<Vec<Finding>, RuleFileError> {
        let engine = match &self.0 {
            State::Off => return Ok(Vec::new()),
            State::On(engine) => engine,
            State::Broken(error) => return Err(error.clone()),
        };
        let findings = engine.findings(content);
        engine.failure().map_or(Ok(findings), Err)
    }

    /// Tells whether it removes anything at all.
    pub fn is_on(&self) -> bool {
        !matches!(self.0, State::Off)
    }

    /// Returns a name of a file or a branch without secrets. It is searched by the table alone where
    /// the user's rules cannot be used: without names, nothing could be stored.
    pub fn clean_name(&self, name: &str) -> String {
        let mut counts = Counts::default();
        let cleaned = self.clean_text(name, &mut counts).into_owned();
        match self.failure() {
            Some(_) => Self::default().clean_text(name, &mut counts).into_owned(),
            None => cleaned,
        }
    }

    /// Tells why all text is withheld, where it is.
    pub fn failure(&self) -> Option<RuleFileError> {
        match &self.0 {
            State::On(engine) => engine.failure(),
            State::Broken(error) => Some(error.clone()),
            State::Off => None,
        }
    }

    pub(super) fn engine(&self) -> Option<&Engine> {
        match &self.0 {
            State::On(engine) => Some(engine),
            State::Off | State::Broken(_) => None,
        }
    }
}

impl Engine {
    /// Tells whether anything but known values is removed.
    pub(super) fn is_general(&self) -> bool {
        self.scope == Scope::Everything
    }

    /// Tells whether a rule looks at every text.
    pub(super) fn looks_everywhere(&self) -> bool {
        self.rules.iter().any(OwnRule::looks_everywhere)
    }

    /// Tells whether a marker may have this name.
    pub(super) fn is_rule(&self, name: &str) -> bool {
        OTHER_RULES.contains(&name)
            || forms().any(|form| form.rule == name)
            || self.rules.iter().any(|rule| rule.name == name)
    }

    // A rule that was needed and cannot be used.
    fn failure(&self) -> Option<RuleFileError> {
        self.rules.iter().find_map(OwnRule::failure)
    }
}

fn withheld<'t>(content: &[u8], rule: &str, counts: &mut Counts) -> Cow<'t, [u8]> {
    let marker = marker(rule);
    // Withheld before, it is so again.
    if content.trim_ascii().is_empty() || content == marker {
        return Cow::Owned(content.to_vec());
    }
    counts.count(rule);
    Cow::Owned(marker)
}

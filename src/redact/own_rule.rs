//! One of the user's rules: a regular expression with keywords.

use std::cell::OnceCell;
use std::ops::Range;

use regex::bytes::{Captures, Regex, RegexBuilder};

use super::placeholder::holds;
use super::rule_file::RuleFileError;

/// The largest program that an expression may become, in bytes.
const PROGRAM_BYTES: usize = 10 * 1024 * 1024;
/// To how many bits logarithms are told. Each doubles the error of the one before it.
const LOGARITHM_BITS: u32 = 40;

/// A rule as it is written.
#[derive(Debug, Clone, Default)]
pub(super) struct OwnRule {
    /// Its name, as it stands in a marker.
    pub(super) name: String,
    /// The file that it is from.
    pub(super) file: String,
    /// The expression.
    pub(super) pattern: String,
    /// The group that is the secret; the first that matched where it is not given.
    pub(super) group: Option<usize>,
    /// How mixed the secret must be, in bits a character.
    pub(super) entropy: Option<f64>,
    /// One of these must occur; none where it is looked for everywhere.
    pub(super) keywords: Vec<String>,
    /// What is not this rule's secret.
    pub(super) allowed: Vec<String>,
    /// Words that are in none of this rule's secrets.
    pub(super) stop_words: Vec<String>,
    pub(super) compiled: OnceCell<Result<Compiled, String>>,
}

#[derive(Debug, Clone)]
pub(super) struct Compiled {
    expression: Regex,
    allowed: Vec<Regex>,
}

impl OwnRule {
    /// Tells whether it is looked for in every text.
    pub(super) fn looks_everywhere(&self) -> bool {
        self.keywords.is_empty()
    }

    /// Compiles the rule, which is else done when one of its keywords is found.
    pub(super) fn check(&self) -> Result<(), RuleFileError> {
        let compiled = self.compiled.get_or_init(|| self.compile());
        compiled.as_ref().map(|_| ()).map_err(|why| RuleFileError::Rule {
            file: self.file.clone(),
            rule: self.name.clone(),
            why: why.clone(),
        })
    }

    /// Tells why it cannot be used, where that was tried.
    pub(super) fn failure(&self) -> Option<RuleFileError> {
        self.compiled.get().and_then(|_| self.check().err())
    }

    /// Finds the rule's secrets. One that cannot be compiled finds nothing; see [`Self::check`].
    pub(super) fn find(&self, text: &[u8]) -> Vec<Range<usize>> {
        let Ok(compiled) = self.compiled.get_or_init(|| self.compile()) else { return Vec::new() };
        let matches = compiled.expression.captures_iter(text);
        matches.filter_map(|found| self.secret(compiled, &found)).collect()
    }

    fn secret(&self, compiled: &Compiled, found: &Captures<'_>) -> Option<Range<usize>> {
        let group = match self.group {
            Some(group) => found.get(group),
            None => found.iter().skip(1).flatten().next(),
        };
        let secret = group.or_else(|| found.get(0))?;
        let value = secret.as_bytes();
        let lower = value.to_ascii_lowercase();
        let is_allowed = compiled.allowed.iter().any(|allowed| allowed.is_match(value))
            || self.stop_words.iter().any(|word| holds(&lower, word.to_ascii_lowercase().as_bytes()))
            || self.entropy.is_some_and(|least| entropy(value) < least);
        (!is_allowed && !value.is_empty()).then(|| secret.range())
    }

    fn compile(&self) -> Result<Compiled, String> {
        let expression = compile(&self.pattern)?;
        if expression.is_match(b"") {
            return Err("it matches the empty text, so it would match everywhere".to_owned());
        }
        let allowed = self.allowed.iter().map(|pattern| compile(pattern)).collect::<Result<_, _>>()?;
        Ok(Compiled { expression, allowed })
    }
}

// Bytes, and classes of ASCII: with those of Unicode, 200 rules took seconds to compile.
fn compile(pattern: &str) -> Result<Regex, String> {
    let built = RegexBuilder::new(pattern).unicode(false).size_limit(PROGRAM_BYTES).build();
    built.map_err(|error| {
        let text = error.to_string();
        text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
    })
}

/// Returns how mixed a text is, in bits a character.
fn entropy(text: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    text.iter().for_each(|b| counts[usize::from(*b)] += 1);
    let total = u32::try_from(text.len()).unwrap_or(u32::MAX).max(1);
    let parts = counts.iter().map(|count| f64::from(*count) * binary_logarithm(*count));
    binary_logarithm(total) - parts.sum::<f64>() / f64::from(total)
}

/// Returns the binary logarithm of a number, to 12 digits; 0 for 0. The standard library's own would
/// have the system load its library of mathematics at each start of the program, for this alone.
fn binary_logarithm(number: u32) -> f64 {
    let Some(whole) = number.checked_ilog2() else { return 0.0 };
    let (mut rest, mut bit, mut fraction) = (f64::from(number) / f64::from(1u32 << whole), 1.0, 0.0);
    // Squaring doubles the logarithm of what is left.
    for _ in 0..LOGARITHM_BITS {
        (rest, bit) = (rest * rest, bit / 2.0);
        if rest >= 2.0 {
            (rest, fraction) = (rest / 2.0, fraction + bit);
        }
    }
    f64::from(whole) + fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(pattern: &str) -> OwnRule {
        OwnRule { name: "own".to_owned(), pattern: pattern.to_owned(), ..OwnRule::default() }
    }

    #[test]
    fn the_group_is_the_secret() {
        let text = b"id=abc123; id=abc999;";
        assert_eq!(rule("id=([a-z0-9]+);").find(text), [3..9, 14..20]);
        assert_eq!(rule("id=[a-z0-9]+").find(text), [0..9, 11..20]);
        let whole = OwnRule { group: Some(0), ..rule("id=([a-z0-9]+)") };
        assert_eq!(whole.find(text).first(), Some(&(0..9)));
        let picky = OwnRule { allowed: vec!["999$".to_owned()], ..rule("id=([a-z0-9]+)") };
        assert_eq!(picky.find(text).len(), 1);
        let mixed = OwnRule { entropy: Some(2.5), ..rule("id=([a-z0-9]+)") };
        assert_eq!(mixed.find(text).len(), 1, "abc999 is less mixed");
    }

    #[test]
    fn logarithms_are_those_of_the_standard_library() {
        for number in (1..5000).chain([65_535, 65_536, 1_000_003, u32::MAX]) {
            let (ours, theirs) = (binary_logarithm(number), f64::from(number).log2());
            assert!((ours - theirs).abs() < 1e-11, "{number}: {ours}, {theirs}");
        }
        assert!((entropy(b"aabb") - 1.0).abs() < 1e-11);
        assert!(entropy(b"aaaa").abs() < 1e-11 && entropy(b"").abs() < 1e-11);
    }

    #[test]
    fn hostile_expressions_are_refused() {
        for pattern in ["a*", "", "(", "(a{1000}){1000}{1000}", "\\p{Greek}", "(?<n>"] {
            let error = rule(pattern).check().expect_err(pattern).to_string();
            assert!(error.contains("rule 'own'"), "{error}");
            assert_eq!(rule(pattern).find(b"aaa").len(), 0);
        }
    }
}

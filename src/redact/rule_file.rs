//! Files of rules in the format of gitleaks.

use serde::Deserialize;

use super::marker::rule_name;
use super::own_rule::OwnRule;
use crate::model::shown;

/// The largest file of rules, in bytes.
const FILE_BYTES: usize = 1024 * 1024;
/// The most rules.
const RULES: usize = 1_000;

/// Why a file of rules cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleFileError {
    /// It could not be read.
    #[error("could not read the rules in {}: {why}", shown(.file))]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        why: String,
    },
    /// It is no TOML, or not of the form of gitleaks.
    #[error("the rules in {} are not valid: {why}", shown(.file))]
    Syntax {
        /// The file.
        file: String,
        /// What is wrong, and in which line.
        why: String,
    },
    /// One of its rules cannot be used.
    #[error("rule '{}' in {} cannot be used: {}", shown(.rule), shown(.file), shown(.why))]
    Rule {
        /// The file.
        file: String,
        /// The rule.
        rule: String,
        /// Why.
        why: String,
    },
}

/// Rules that are added to the table.
#[derive(Debug, Clone, Default)]
pub struct Rules(pub(super) Vec<OwnRule>);

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    rules: Vec<Rule>,
}

// Fields that would take something away from other rules, and rules about file names alone, have
// no meaning here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: String,
    regex: Option<String>,
    secret_group: Option<usize>,
    entropy: Option<f64>,
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    allowlists: Vec<Allowed>,
    allowlist: Option<Allowed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Allowed {
    #[serde(default)]
    regexes: Vec<String>,
    regex_target: Option<String>,
    #[serde(default)]
    stopwords: Vec<String>,
    #[serde(default)]
    paths: Vec<String>,
    condition: Option<String>,
}

impl Rules {
    /// Reads a file of rules. Each rule is compiled when one of its keywords is first met.
    pub fn parse(file: &str, text: &str) -> Result<Self, RuleFileError> {
        let syntax = |why: String| RuleFileError::Syntax { file: file.to_owned(), why };
        if text.len() > FILE_BYTES {
            return Err(syntax(format!("it has {} bytes, the limit is {FILE_BYTES}", text.len())));
        }
        let parsed: File = toml::from_str(text).map_err(|error| {
            let line = error
                .span()
                .map_or(1, |span| 1 + text.get(..span.start).unwrap_or_default().matches('\n').count());
            syntax(format!("{} (line {line})", error.message()))
        })?;
        if parsed.rules.len() > RULES {
            return Err(syntax(format!("it has {} rules, the limit is {RULES}", parsed.rules.len())));
        }
        let rules = parsed.rules.into_iter().filter(|rule| rule.regex.is_some());
        Ok(Self(rules.map(|rule| rule.read(file)).collect::<Result<_, _>>()?))
    }

    /// Compiles all rules, to tell which cannot be used.
    pub fn check(&self) -> Result<(), RuleFileError> {
        self.0.iter().try_for_each(OwnRule::check)
    }

    /// Adds other rules.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

impl Rule {
    fn read(self, file: &str) -> Result<OwnRule, RuleFileError> {
        let refused = |why: &str| RuleFileError::Rule {
            file: file.to_owned(),
            rule: self.id.clone(),
            why: why.to_owned(),
        };
        let name = rule_name(&self.id).ok_or_else(|| refused("its id has no letter or digit"))?;
        let mut rule = OwnRule {
            name,
            file: file.to_owned(),
            pattern: self.regex.clone().unwrap_or_default(),
            group: self.secret_group.filter(|group| *group > 0),
            entropy: self.entropy,
            keywords: self
                .keywords
                .iter()
                .map(|word| word.to_ascii_lowercase())
                .filter(|word| !word.is_empty())
                .collect(),
            ..OwnRule::default()
        };
        for allowed in self.allowlists.into_iter().chain(self.allowlist).filter(Allowed::is_about_values) {
            rule.allowed.extend(allowed.regexes);
            rule.stop_words.extend(allowed.stopwords);
        }
        Ok(rule)
    }
}

impl Allowed {
    // One that also asks for a path, or is about a line, would allow more here than its writer meant.
    fn is_about_values(&self) -> bool {
        let is_and = self.condition.as_deref().is_some_and(|condition| condition.eq_ignore_ascii_case("and"));
        let is_value = self.regex_target.as_deref().is_none_or(|target| target == "secret");
        is_value && (self.paths.is_empty() || !is_and)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
title = "ours"
[extend]
useDefault = true
[[rules]]
id = "Our Token"
description = "x"
regex = '''our-([a-z0-9]{8})'''
secretGroup = 1
keywords = ["OUR-"]
[[rules.allowlists]]
regexes = ['''^test''']
[[rules]]
id = "files"
path = '''\.p12$'''
"#;

    #[test]
    fn files_of_gitleaks_are_read() {
        let rules = Rules::parse("rules.toml", FILE).expect("valid");
        rules.check().expect("usable");
        assert_eq!(rules.0.len(), 1);
        let rule = rules.0.first().expect("one rule");
        assert_eq!((rule.name.as_str(), rule.keywords.as_slice()), ("our-token", &["our-".to_owned()][..]));
        assert_eq!(rule.find(b"our-abcd1234 our-test1234"), std::iter::once(4..12).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let error = Rules::parse("r.toml", "[[rules]]\nid = \n").expect_err("no value").to_string();
        assert!(
            error.starts_with("the rules in r.toml are not valid: ") && error.ends_with("(line 2)"),
            "{error}"
        );
        let error = Rules::parse("r.toml", "[[rules]]\nregex = 'x'").expect_err("no id").to_string();
        assert!(error.contains("id"), "{error}");
        let error =
            Rules::parse("r.toml", "[[rules]]\nid='[]'\nregex = 'x'").expect_err("no name").to_string();
        assert_eq!(error, "rule '[]' in r.toml cannot be used: its id has no letter or digit");
        assert!(Rules::parse("r.toml", &"#".repeat(FILE_BYTES + 1)).is_err());
    }
}

//! The table of token forms, by what the tokens open. Each form names its source.
//!
//! `gitleaks: NAME` is a rule of <https://github.com/gitleaks/gitleaks/blob/master/config/gitleaks.toml>,
//! of which only the facts are taken: the fixed part, the alphabet and the length.

mod chat;
mod cloud;
mod code;
mod models;
mod money;
mod tools;

use super::shape::{APART, Class, Form, MANY, Part};

/// The version of the table. It grows with each change of what is found, so that what an older
/// table let through can be looked for again.
pub const TABLE_VERSION: u32 = 1;

/// Lists all forms.
pub(super) fn forms() -> impl Iterator<Item = &'static Form> {
    [cloud::FORMS, code::FORMS, chat::FORMS, money::FORMS, models::FORMS, tools::FORMS].into_iter().flatten()
}

/// A form of the table, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FormRow {
    /// The name of the rule.
    pub rule: &'static str,
    /// The fixed parts, one of which its tokens have.
    pub starts: &'static [&'static str],
    /// Where the form is described.
    pub source: &'static str,
}

/// Lists the table.
pub fn form_rows() -> impl Iterator<Item = FormRow> {
    forms().map(|form| FormRow { rule: form.rule, starts: form.starts, source: form.source })
}

const fn form(
    rule: &'static str,
    source: &'static str,
    starts: &'static [&'static str],
    rest: &'static [Part],
) -> Form {
    Form { rule, source, lead: None, starts, rest }
}

const fn led_form(
    rule: &'static str,
    source: &'static str,
    lead: (Class, usize, usize),
    starts: &'static [&'static str],
    rest: &'static [Part],
) -> Form {
    Form { rule, source, lead: Some(lead), starts, rest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_has_a_name_for_markers_and_a_source() {
        let mut count = 0;
        for form in forms() {
            let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            assert!(form.rule.bytes().all(is_plain), "{} is written as in a marker", form.rule);
            assert!(!form.source.is_empty() && !form.starts.is_empty(), "{} is documented", form.rule);
            assert!(form.starts.iter().all(|start| start.len() >= 2), "{} starts with enough", form.rule);
            count += 1;
        }
        assert!(count > 100, "the table has {count} forms");
    }

    #[test]
    fn no_fixed_part_belongs_to_two_forms_of_one_shape() {
        let mut starts: Vec<&str> = forms().flat_map(|form| form.starts.iter().copied()).collect();
        let all = starts.len();
        starts.sort_unstable();
        starts.dedup();
        assert_eq!(starts.len(), all, "a start is listed once");
    }
}

//! Paths for files of which several may want the same.

use std::collections::BTreeMap;

use super::text::digits;
use crate::model::{ContextPath, FactKind, Key};

/// How often another name is tried. Names differ by 4 digits, so more is a made-up file.
const TRIES: u32 = 64;
/// The most characters of a key to which digits are added.
const BASE_CHARS: usize = 90;

/// The paths of one session's context that are taken, and by what.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<ContextPath, String>);

impl Names {
    /// Takes the first path that is free, or that holds this content already.
    ///
    /// `candidate` makes a path; the first time with no digits, then with digits of the content.
    /// `None` when all that were tried hold something else.
    pub(super) fn take(
        &mut self,
        content: &str,
        candidate: impl Fn(Option<&str>) -> ContextPath,
    ) -> Option<ContextPath> {
        (0..TRIES).find_map(|n| {
            let salt = (n > 0).then(|| digits(&format!("{n}:{content}")));
            let path = candidate(salt.as_deref());
            let holder = self.0.entry(path.clone()).or_insert_with(|| content.to_owned());
            (holder.as_str() == content).then_some(path)
        })
    }

    /// Takes the path of a fact; equal keys of different facts are kept apart by digits.
    pub(super) fn take_fact(&mut self, kind: FactKind, key: &Key, content: &str) -> Option<ContextPath> {
        self.take(content, |salt| match salt {
            None => kind.path(key),
            Some(digits) => kind.path(&with_digits(key, digits)),
        })
    }
}

fn with_digits(key: &Key, digits: &str) -> Key {
    let (folder, last) = key.as_str().rsplit_once('/').map_or(("", key.as_str()), |(f, last)| (f, last));
    let base: String = last.chars().take(BASE_CHARS).collect();
    let last = Key::from_free_text(&format!("{}-{digits}", base.trim_end_matches(['.', '-', '_'])));
    if folder.is_empty() { last } else { format!("{folder}/{last}").parse().unwrap_or(last) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_same_fact_shares_a_file_and_another_one_gets_its_own() {
        let mut names = Names::default();
        let key = Key::from_free_text("buildCmd");
        let mut take = |content: &str| names.take_fact(FactKind::Knowledge, &key, content).expect("free");
        let first = take("make");
        assert_eq!(first.as_str(), "knowledge/build.cmd.md");
        assert_eq!(take("make"), first);
        let second = take("ninja");
        assert!(second.as_str().starts_with("knowledge/build.cmd-"), "{second}");
        assert_eq!(take("ninja"), second);
    }

    proptest! {
        #[test]
        fn any_key_can_carry_digits(text in "\\PC{0,200}", folder in "(findings/bug/)?") {
            let key: Key = format!("{folder}{}", Key::from_free_text(&text)).parse().expect("a key");
            let other = with_digits(&key, "3f2a");
            prop_assert!(other.as_str().starts_with(&folder) && other.as_str().ends_with("-3f2a"), "{}", other);
        }
    }
}

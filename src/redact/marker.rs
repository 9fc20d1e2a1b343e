//! What stands where a secret stood: `[REDACTED:<rule>]`.

use std::ops::Range;

const OPEN: &[u8] = b"[REDACTED:";
/// The longest name of a rule.
const NAME_BYTES: usize = 60;

/// Writes the marker of a rule. It tells neither the secret's length nor a digest of it, from which
/// a weak one could be guessed.
pub(super) fn marker(rule: &str) -> Vec<u8> {
    let mut out = OPEN.to_vec();
    out.extend_from_slice(rule.as_bytes());
    out.push(b']');
    out
}

/// Tells whether a value starts like a marker.
pub(super) fn starts(value: &[u8]) -> bool {
    value.starts_with(OPEN)
}

/// Finds the markers of a text whose rules are known. Others are text: who could hide a secret in
/// one by writing it so would.
pub(super) fn find<'t>(
    text: &'t [u8],
    is_known: &'t dyn Fn(&str) -> bool,
) -> impl Iterator<Item = Range<usize>> + 't {
    memchr::memmem::find_iter(text, OPEN).filter_map(move |start| {
        let name = start + OPEN.len();
        let window = text.get(name..text.len().min(name + NAME_BYTES + 1))?;
        let end = name + memchr::memchr(b']', window)?;
        let name = std::str::from_utf8(text.get(name..end)?).ok()?;
        is_known(name).then_some(start..end + 1)
    })
}

/// Returns a name as it can stand in a marker; `None` where nothing of it can.
pub(super) fn rule_name(name: &str) -> Option<String> {
    let plain = |c: char| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' };
    let name: String = name.to_ascii_lowercase().chars().map(plain).take(NAME_BYTES).collect();
    let name = name.trim_matches('-').to_owned();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_markers_of_known_rules_are_markers() {
        let text = b"a [REDACTED:jwt] [REDACTED:deadbeef] [REDACTED:jwt";
        let found: Vec<_> = find(text, &|name| name == "jwt").collect();
        assert_eq!(found, std::iter::once(2..16).collect::<Vec<_>>());
    }

    #[test]
    fn names_are_made_to_fit() {
        assert_eq!(rule_name("My Rule!").as_deref(), Some("my-rule"));
        assert_eq!(rule_name("]["), None);
    }
}

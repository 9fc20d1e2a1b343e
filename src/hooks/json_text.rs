//! Where the parts of a JSON text stand, so that one can be added or taken out and all else stays.

use std::ops::Range;

/// A member of an object, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    /// Its key.
    pub(super) key: String,
    /// Its value.
    pub(super) value: Range<usize>,
    /// Key and value.
    pub(super) whole: Range<usize>,
}

/// Returns where the value begins that a text is.
pub(super) fn start(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// Lists the members of the object that begins at `at`, or behind spaces there.
pub(super) fn members(text: &str, at: usize) -> Result<Vec<Member>, String> {
    let parts = parts(text, at, ('{', '}'))?;
    parts.into_iter().map(|whole| member(text, whole)).collect()
}

/// Lists where the items of the list that begins at `at` stand.
pub(super) fn items(text: &str, at: usize) -> Result<Vec<Range<usize>>, String> {
    parts(text, at, ('[', ']'))
}

/// Adds a part behind the last one of the object or list that begins at `at`.
pub(super) fn insert_last(text: &str, at: usize, part: &str, indent: &str) -> String {
    let Some(end) = end(text, at) else { return text.to_owned() };
    let inside = text.get(at + 1..end - 1).unwrap_or_default();
    let last = at + 1 + inside.trim_end().len();
    let (before, after) = (text.get(..last).unwrap_or_default(), text.get(last..).unwrap_or_default());
    match inside.trim().is_empty() {
        // The spaces that were there stay behind it, to be found again.
        true => format!("{before}\n{indent}{part}\n{}{after}", indent.get(2..).unwrap_or_default()),
        false => format!("{before},\n{indent}{part}{after}"),
    }
}

/// Takes a part out, with the comma and the spaces that [`insert_last`] put before it.
pub(super) fn without(text: &str, part: Range<usize>) -> String {
    let (before, after) =
        (text.get(..part.start).unwrap_or_default(), text.get(part.end..).unwrap_or_default());
    let bare = before.trim_end();
    if let Some(rest) = bare.strip_suffix(',') {
        return format!("{rest}{after}");
    }
    let behind = after.trim_start();
    match behind.strip_prefix(',') {
        // It was the first of several.
        Some(rest) => format!("{before}{}", rest.trim_start()),
        // It was the only one: one line break was put behind it too.
        None => {
            let spaces = &after[..after.len() - behind.len()];
            let indent = before.rsplit('\n').next().map_or(0, str::len).saturating_sub(2);
            let ours = format!("\n{}", " ".repeat(indent));
            format!("{bare}{}{behind}", spaces.strip_prefix(ours.as_str()).unwrap_or(""))
        }
    }
}

fn member(text: &str, whole: Range<usize>) -> Result<Member, String> {
    let part = text.get(whole.clone()).unwrap_or_default();
    let key_end = string_end(part, 0).ok_or("a key is no text")?;
    let key: String =
        serde_json::from_str(part.get(..key_end).unwrap_or_default()).map_err(|e| e.to_string())?;
    let rest = part.get(key_end..).unwrap_or_default();
    let colon = rest.find(':').ok_or("a key has no value")? + 1;
    let value = rest.get(colon..).unwrap_or_default();
    let start = whole.start + key_end + colon + (value.len() - value.trim_start().len());
    Ok(Member { key, value: start..whole.end, whole })
}

/// Splits what is between two brackets at its commas.
fn parts(text: &str, at: usize, brackets: (char, char)) -> Result<Vec<Range<usize>>, String> {
    serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(|error| error.to_string())?;
    let at = at + start(text.get(at..).unwrap_or_default());
    let kind = if brackets.0 == '{' { "an object" } else { "a list" };
    let end = end(text, at).filter(|_| text.get(at..).is_some_and(|rest| rest.starts_with(brackets.0)));
    let end = end.ok_or_else(|| format!("there is no {kind} where one must be"))?;
    let (mut found, mut from, mut depth, mut next) = (Vec::new(), at + 1, 0usize, at + 1);
    while next < end - 1 {
        match text.as_bytes().get(next) {
            Some(b'"') => {
                next = string_end(text, next).unwrap_or(end);
                continue;
            }
            Some(b'{' | b'[') => depth += 1,
            Some(b'}' | b']') => depth = depth.saturating_sub(1),
            Some(b',') if depth == 0 => {
                found.push(trimmed(text, from..next));
                from = next + 1;
            }
            _ => {}
        }
        next += 1;
    }
    let last = trimmed(text, from..end - 1);
    found.extend(Some(last).filter(|range| !range.is_empty()));
    Ok(found)
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = text.get(range.clone()).unwrap_or_default();
    let start = range.start + (part.len() - part.trim_start().len());
    start..start.max(range.start + part.trim_end().len())
}

/// Returns where the value ends whose bracket is at `at`.
fn end(text: &str, at: usize) -> Option<usize> {
    let (mut depth, mut next) = (0usize, at);
    loop {
        match text.as_bytes().get(next)? {
            b'"' => {
                next = string_end(text, next)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(next + 1);
                }
            }
            _ => {}
        }
        next += 1;
    }
}

/// Returns where the text ends whose quote is at `at`.
fn string_end(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut next = at + 1;
    bytes.get(at).filter(|byte| **byte == b'"')?;
    loop {
        match bytes.get(next)? {
            b'\\' => next += 2,
            b'"' => return Some(next + 1),
            _ => next += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_are_found_through_texts_that_look_like_brackets() {
        let text = r#" { "a" : [1, "]", {"b": ","}], "c\"}": {} } "#;
        let found = members(text, 0).expect("an object");
        let keys: Vec<&str> = found.iter().map(|member| member.key.as_str()).collect();
        assert_eq!(keys, ["a", "c\"}"]);
        let list = found.first().map(|member| member.value.start).expect("one");
        let items: Vec<&str> =
            items(text, list).expect("a list").into_iter().filter_map(|r| text.get(r)).collect();
        assert_eq!(items, ["1", "\"]\"", "{\"b\": \",\"}"]);
    }

    proptest! {
        #[test]
        fn what_is_added_last_is_taken_out_again(keys in proptest::collection::vec("[a-z]{1,3}", 0..4), pretty: bool) {
            let mut map = serde_json::Map::new();
            keys.iter().for_each(|key| drop(map.insert(key.clone(), serde_json::json!({"x": [1, {}]}))));
            let value = serde_json::Value::Object(map);
            let text = if pretty { format!("{value:#}\n") } else { value.to_string() };
            let with = insert_last(&text, 0, "\"added\": {\n    \"y\": []\n  }", "  ");
            let added = members(&with, 0).expect("still an object").pop().expect("one");
            prop_assert_eq!(added.key, "added");
            prop_assert_eq!(without(&with, added.whole), text);
        }
    }
}

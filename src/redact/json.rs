//! Lines of JSON: which texts they hold, and under which names.
//!
//! A line of JSONL and a line of a document that is written over many lines look the same here:
//! JSON has no text that goes over a line's end.

use std::ops::Range;

use super::name::NameKind;
use super::view::{Escapes, View};

/// The longest name, and the longest list of words, that is remembered.
const REMEMBERED_BYTES: usize = 1024;
/// The deepest nesting in a line that is followed; deeper, names are not.
const DEPTH: usize = 1000;
/// Fields whose value is the name of their neighbour: `{"name": "DB_PASSWORD", "value": "…"}`.
const LABELS: [&str; 4] = ["name", "key", "header", "variable"];
/// Their neighbours.
const LABELLED: [&str; 3] = ["value", "val", "content"];

/// A text in a line.
#[derive(Debug)]
pub(super) struct Text {
    /// Where it stands in the line, without its quotes.
    pub(super) range: Range<usize>,
    /// Whether it is the name of a field.
    pub(super) is_name: bool,
}

/// What the lines before say of the next text.
#[derive(Debug, Default, Clone)]
pub(super) struct Place {
    /// The field, where there is one.
    field: Option<Field>,
    /// What the value of the field that names a neighbour says of it.
    label: Option<NameKind>,
    /// The texts before in the same list.
    words: Vec<u8>,
    /// What the one before in the same list says, where it is an option.
    option: Option<NameKind>,
    /// Whether the one before in the same list is an option.
    follows_option: bool,
}

/// A step through a line.
#[derive(Debug)]
pub(super) enum Step {
    Open,
    Close,
    Comma,
    Text(Text),
}

/// The field of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    /// Its value has the name of a neighbour, or is it.
    Label,
    Labelled,
    /// What its name says of its value.
    Named(Option<NameKind>),
}

impl Place {
    /// Tells whether a text here may be a secret that only this place tells of.
    pub(super) fn tells(&self) -> bool {
        self.kind_of_value().is_some() || self.follows_option
    }

    /// Returns what the name of a value here says of it.
    pub(super) fn kind_of_value(&self) -> Option<NameKind> {
        match self.field {
            Some(Field::Named(kind)) => kind,
            Some(Field::Labelled) => self.label,
            Some(Field::Label) => None,
            None => self.option,
        }
    }

    /// Returns the texts before in the same list, as a command would have them, where one of its
    /// options stands here.
    pub(super) fn words_before(&self, text: &[u8]) -> &[u8] {
        let is_option = self.follows_option || text.starts_with(b"-");
        if self.field.is_none() && is_option { &self.words } else { &[] }
    }

    /// Remembers a text.
    pub(super) fn remember(&mut self, text: &[u8], is_name: bool) {
        let short = text.get(..text.len().min(REMEMBERED_BYTES)).unwrap_or_default();
        match self.field {
            _ if is_name => self.field = Some(Field::of(short)),
            Some(Field::Label) => self.label = NameKind::of(short),
            Some(_) => {}
            None => self.remember_word(short),
        }
    }

    fn remember_word(&mut self, word: &[u8]) {
        self.follows_option = word.starts_with(b"-");
        self.option = self.follows_option.then(|| NameKind::of(word)).flatten();
        if self.words.len() + word.len() > REMEMBERED_BYTES {
            self.words.clear();
        }
        self.words.extend_from_slice(word);
        self.words.push(b' ');
    }

    /// Forgets the field, whose value has come.
    fn end_field(&mut self) {
        self.field = None;
    }
}

impl Field {
    fn of(name: &[u8]) -> Self {
        let is_any = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()));
        match name {
            _ if is_any(&LABELS) => Self::Label,
            _ if is_any(&LABELLED) => Self::Labelled,
            _ => Self::Named(NameKind::of(name)),
        }
    }
}

/// Keeps the places of the objects and lists that are open in a line.
#[derive(Debug, Default)]
pub(super) struct Places {
    open: Vec<Place>,
    /// The innermost.
    pub(super) here: Place,
}

impl Places {
    /// Starts a line at the place where the line before ended.
    pub(super) fn at(place: Place) -> Self {
        Self { open: Vec::new(), here: place }
    }

    /// Goes a step that is no text.
    pub(super) fn go(&mut self, step: &Step) {
        match step {
            Step::Open if self.open.len() < DEPTH => {
                self.open.push(std::mem::take(&mut self.here));
            }
            Step::Close => {
                self.here = self.open.pop().unwrap_or_default();
                self.here.end_field();
            }
            Step::Comma => self.here.end_field(),
            Step::Open | Step::Text(_) => {}
        }
    }
}

/// Takes a line apart; `None` where it is no JSON.
pub(super) fn steps(line: &[u8]) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut at = 0;
    while let Some(&b) = line.get(at) {
        match b {
            b'{' | b'[' => steps.push(Step::Open),
            b'}' | b']' => steps.push(Step::Close),
            b',' => steps.push(Step::Comma),
            b'"' => {
                let end = text_end(line, at + 1)?;
                let rest = line.get(end + 1..)?;
                let next = rest.iter().find(|b| !b.is_ascii_whitespace());
                steps.push(Step::Text(Text { range: at + 1..end, is_name: next == Some(&b':') }));
                at = end;
            }
            b':' | b' ' | b'\t' | b'\r' | b'\n' => {}
            b'-' | b'0'..=b'9' | b'a'..=b'z' => at += bare_length(line.get(at..)?)? - 1,
            _ => return None,
        }
        at += 1;
    }
    steps.iter().any(|step| matches!(step, Step::Text(_))).then_some(steps)
}

/// Tells whether a line may be JSON, by its first character.
pub(super) fn may_be(line: &[u8]) -> bool {
    let first = line.iter().find(|b| !matches!(b, b' ' | b'\t'));
    matches!(first, Some(b'{' | b'[' | b'"' | b'}' | b']' | b','))
}

/// Returns a text without its escapes, as a view where it has any.
pub(super) fn decoded(raw: &[u8]) -> Option<View> {
    View::of(raw, Escapes::Backslash)
}

// Quotes and backslashes are looked for together; a backslash hides what follows it.
fn text_end(line: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += memchr::memchr2(b'"', b'\\', line.get(at..)?)?;
        if line.get(at) == Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

// A number, `true`, `false` or `null`.
fn bare_length(rest: &[u8]) -> Option<usize> {
    let length =
        rest.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.')).count();
    let bare = rest.get(..length)?;
    let is_number = bare.first().is_some_and(|b| *b == b'-' || b.is_ascii_digit())
        && bare.iter().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'));
    (is_number || matches!(bare, b"true" | b"false" | b"null")).then_some(length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(line: &str) -> Option<Vec<(&str, bool)>> {
        let text = |step: Step| match step {
            Step::Text(text) => Some((line.get(text.range)?, text.is_name)),
            _ => None,
        };
        Some(steps(line.as_bytes())?.into_iter().filter_map(text).collect())
    }

    #[test]
    fn lines_of_json_are_taken_apart() {
        assert_eq!(
            texts(r#"{"a": "b\"c", "d" : [1, -2.5e3, true, null, "e"]}"#).expect("JSON"),
            [("a", true), ("b\\\"c", false), ("d", true), ("e", false)]
        );
        assert_eq!(texts(r#"  "a": "b","#).expect("part of a document"), [("a", true), ("b", false)]);
        for other in ["fn main() {", "\"a\".to_string()", "{\"a\": b}", "[x]", "\"open", "{}", "12"] {
            assert_eq!(texts(other), None, "{other}");
        }
    }

    #[test]
    fn a_value_knows_what_its_name_says() {
        let line = br#"{"env": [{"name": "DB_PASSWORD", "value": "a"}], "args": ["--token", "b"], "a": {"secret": "c", "d": "d"}}"#;
        let mut places = Places::default();
        let mut told = String::new();
        for step in steps(line).expect("JSON") {
            if let Step::Text(text) = &step {
                let found = line.get(text.range.clone()).expect("in the line");
                if places.here.kind_of_value().is_some() && !text.is_name {
                    told.push_str(std::str::from_utf8(found).expect("UTF-8"));
                }
                places.here.remember(found, text.is_name);
            }
            places.go(&step);
        }
        assert_eq!(told, "abc");
    }

    proptest! {
        #[test]
        fn any_json_is_taken_apart(texts in prop::collection::vec(".{0,12}", 1..5)) {
            let line = serde_json::to_string(&texts).expect("JSON");
            let steps = steps(line.as_bytes()).expect("it is JSON");
            let found: Vec<String> = steps.iter().filter_map(|step| match step {
                Step::Text(text) => {
                    let raw = line.as_bytes().get(text.range.clone())?;
                    let text = decoded(raw).map_or(raw.to_vec(), |view| view.text);
                    Some(String::from_utf8(text).expect("UTF-8"))
                }
                _ => None,
            }).collect();
            // No rule looks for a backspace or a form feed; they are read as spaces.
            let plain: Vec<String> = texts.iter().map(|text| text.replace(['\u{8}', '\u{c}'], " ")).collect();
            prop_assert_eq!(found, plain);
        }

        #[test]
        fn any_line_is_taken_apart_or_left(line in "[\\[\\]{}:,\"\\\\a-z0-9 .-]{0,60}") {
            let _ = steps(line.as_bytes());
        }
    }
}

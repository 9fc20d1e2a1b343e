//! Whole files: lines of JSON by their texts and names, other lines as they stand.

use std::borrow::Cow;
use std::ops::Range;

use super::assignment::in_field;
use super::counts::Counts;
use super::digest::ValueDigest;
use super::edit::{Edit, apply};
use super::json::{self, Place, Places, Step, Text};
use super::marker::marker;
use super::redactor::Engine;
use super::spans::Span;
use super::view;

/// The longest line that is searched. A longer one is withheld.
pub const LINE_BYTES: usize = 8 * 1024 * 1024;
/// How deep texts of JSON in texts of JSON are followed.
const NESTED: usize = 8;
/// A text so short may be a name, whatever it holds.
const SHORT: usize = 80;
/// How often what was changed is looked at again.
const ROUNDS: usize = 6;

/// The marker of a line that is too long to be searched.
pub(super) const LONG_LINE: &str = "withheld-long-line";
/// The marker of a file that is no text and holds a secret: cutting a part out would break it.
pub(super) const BINARY: &str = "withheld-binary-file";
/// The marker of a text that could not be searched.
pub(super) const UNSEARCHED: &str = "withheld-not-searched";

/// A secret that was found in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The line, from 1.
    pub line: usize,
    /// The column of its first byte in the line, from 1.
    pub column: usize,
    /// The rule that found it.
    pub rule: String,
    /// The digest of the secret, by which it could be allowed.
    pub digest: Option<ValueDigest>,
}

impl Finding {
    /// Tells of a line, or a file, that is withheld as a whole.
    pub(super) fn whole(line: usize, rule: &str) -> Self {
        Self { line, column: 1, rule: rule.to_owned(), digest: None }
    }
}

impl Engine {
    /// Returns the content of a file without secrets. Cleaned again, it is the same.
    pub(super) fn clean<'t>(&self, content: &'t [u8], counts: &mut Counts) -> Cow<'t, [u8]> {
        match content.contains(&0) {
            true => self.clean_binary(content, counts),
            false => self.clean_lines(content, counts),
        }
    }

    /// Returns a text without secrets, as [`Self::clean`] does. It may hold any character.
    pub(super) fn clean_lines<'t>(&self, content: &'t [u8], counts: &mut Counts) -> Cow<'t, [u8]> {
        let edits = self.edits(content, NESTED);
        if edits.is_empty() {
            return Cow::Borrowed(content);
        }
        let mut cleaned = apply(content, &edits, counts);
        for _ in 0..ROUNDS {
            // What was removed may leave a name beside another value.
            let edits = self.edits(&cleaned, NESTED);
            if edits.is_empty() {
                return Cow::Owned(cleaned);
            }
            cleaned = apply(&cleaned, &edits, counts);
        }
        counts.count(UNSEARCHED);
        Cow::Owned(marker(UNSEARCHED))
    }

    /// Lists the secrets of a content, in order.
    pub(super) fn findings(&self, content: &[u8]) -> Vec<Finding> {
        if content.contains(&0) {
            let mut counts = Counts::default();
            self.clean_binary(content, &mut counts);
            return counts.iter().map(|(rule, _)| Finding::whole(1, rule)).collect();
        }
        let mut at = Position::default();
        let edits = self.edits(content, NESTED);
        edits.iter().map(|edit| at.finding(content, edit)).collect()
    }

    // UTF-16 is text with a zero beside each letter.
    fn clean_binary<'t>(&self, content: &'t [u8], counts: &mut Counts) -> Cow<'t, [u8]> {
        let without_zeros: Vec<u8> = content.iter().copied().filter(|b| *b != 0).collect();
        let is_clean = |text: &[u8]| self.edits(text, NESTED).iter().all(|edit| edit.rule == LONG_LINE);
        if is_clean(content) && is_clean(&without_zeros) {
            return Cow::Borrowed(content);
        }
        counts.count(BINARY);
        Cow::Owned(marker(BINARY))
    }

    pub(super) fn edits(&self, content: &[u8], nested: usize) -> Vec<Edit<'_>> {
        let mut search = Search {
            engine: self,
            content,
            nested,
            edits: Vec::new(),
            text: None,
            marked: Vec::new(),
            place: Place::default(),
            ahead: Ahead::default(),
        };
        let mut start = 0;
        while start < content.len() {
            let rest = content.get(start..).unwrap_or_default();
            let end = memchr::memchr(b'\n', rest).map_or(content.len(), |end| start + end + 1);
            search.take(start..end);
            start = end;
        }
        search.end_text();
        search.edits
    }
}

/// A search through the lines of a content.
struct Search<'e, 't> {
    engine: &'e Engine,
    content: &'t [u8],
    nested: usize,
    edits: Vec<Edit<'e>>,
    /// The lines since the last one of JSON, which are searched together: a key has many.
    text: Option<Range<usize>>,
    /// Those of them that may hold something.
    marked: Vec<Range<usize>>,
    /// Where in a document of JSON the last line ended.
    place: Place,
    ahead: Ahead,
}

/// Where the next keyword and the next escape are, so that lines without any are not searched one by
/// one.
#[derive(Default)]
struct Ahead {
    /// Up to where there is no keyword.
    keyword: usize,
    /// Up to where nothing hides.
    hidden: usize,
}

impl Ahead {
    /// Tells whether a line may hold a secret. Lines are asked for in their order.
    fn may_be_in(&mut self, engine: &Engine, content: &[u8], line: &Range<usize>) -> bool {
        if self.keyword <= line.start {
            let rest = content.get(line.start..).unwrap_or_default();
            self.keyword = engine.keywords.first_end(rest).map_or(usize::MAX, |end| line.start + end);
        }
        if self.hidden <= line.start {
            let rest = content.get(line.start..).unwrap_or_default();
            self.hidden = view::first_hidden(rest).map_or(usize::MAX, |at| line.start + at + 1);
        }
        engine.looks_everywhere() || self.keyword <= line.end || self.hidden <= line.end
    }
}

impl<'e> Search<'e, '_> {
    fn take(&mut self, range: Range<usize>) {
        let line = self.content.get(range.clone()).unwrap_or_default();
        if line.len() > LINE_BYTES && self.engine.is_general() {
            self.end_text();
            self.edits.push(withheld_line(&range, line));
            return;
        }
        let may_be_json = self.nested > 0 && json::may_be(line);
        if may_be_json && let Some(steps) = json::steps(line) {
            self.end_text();
            self.take_json(range.start, line, &steps);
            return;
        }
        if !may_be_json {
            self.place = Place::default();
        }
        match &mut self.text {
            Some(text) => text.end = range.end,
            None => self.text = Some(range.clone()),
        }
        if self.ahead.may_be_in(self.engine, self.content, &range) {
            self.marked.push(range);
        }
    }

    fn end_text(&mut self) {
        let Some(range) = self.text.take() else { return };
        let marked = std::mem::take(&mut self.marked);
        if marked.is_empty() {
            return;
        }
        let text = self.content.get(range.clone()).unwrap_or_default();
        let lines: Vec<_> =
            marked.iter().map(|line| line.start - range.start..line.end - range.start).collect();
        let spans = self.engine.spans(text, &lines);
        self.edits.extend(spans.into_iter().map(|span| Edit::of(span, text, range.start)));
    }

    fn take_json(&mut self, start: usize, line: &[u8], steps: &[Step]) {
        let mut places = Places::at(std::mem::take(&mut self.place));
        for step in steps {
            if let Step::Text(text) = step {
                let raw = line.get(text.range.clone()).unwrap_or_default();
                // Most texts have escapes, and few anything that has to be read without them.
                let is_wanted = raw.len() <= SHORT || places.here.tells() || self.engine.is_suspicious(raw);
                let view = is_wanted.then(|| json::decoded(raw)).flatten();
                let decoded = view.as_ref().map_or(raw, |view| &view.text);
                if is_wanted {
                    let edits = self.text_edits(decoded, text, &places.here);
                    let at = start + text.range.start;
                    self.edits.extend(edits.into_iter().filter_map(|edit| edit.inside(view.as_ref(), at)));
                }
                places.here.remember(decoded, text.is_name);
            }
            places.go(step);
        }
        self.place = places.here;
    }

    // A value that its name makes a secret is one as a whole.
    fn text_edits(&self, text: &[u8], at: &Text, place: &Place) -> Vec<Edit<'e>> {
        let engine = self.engine;
        if !at.is_name
            && engine.is_general()
            && let Some(found) = place.kind_of_value().and_then(|kind| in_field(kind, text))
            && let [span] = engine.settled(text, Span { range: found.range, rule: found.rule }).as_slice()
        {
            return vec![Edit::of(span.clone(), text, 0)];
        }
        let before = if at.is_name || !engine.is_general() { &[] } else { place.words_before(text) };
        if !before.is_empty() && before.len() + text.len() < LINE_BYTES {
            return engine.edits_after(before, text);
        }
        engine.edits(text, self.nested - 1)
    }
}

impl Engine {
    /// Finds the secrets of a word that follows others, as the options of a command do.
    pub(super) fn edits_after(&self, before: &[u8], text: &[u8]) -> Vec<Edit<'_>> {
        let own = self.edits(text, NESTED - 1);
        if !own.is_empty() || !self.keywords.occur_in(before) {
            return own;
        }
        let joined = [before, text].concat();
        let whole = 0..joined.len();
        let spans = self.spans(&joined, &[whole]);
        let within = spans.into_iter().filter(|span| span.range.start >= before.len());
        let moved = |span: Span<'_>| span.range.start - before.len()..span.range.end - before.len();
        within.map(|span| Edit::of(Span { range: moved(span.clone()), ..span }, text, 0)).collect()
    }

    /// Returns the secret unless it is allowed or a marker.
    pub(super) fn settled<'e>(&'e self, text: &[u8], span: Span<'e>) -> Vec<Span<'e>> {
        self.settle(text, vec![span])
    }
}

fn withheld_line(range: &Range<usize>, line: &[u8]) -> Edit<'static> {
    let feed = usize::from(line.ends_with(b"\n"));
    let with = match json::may_be(line) {
        // JSON stays JSON.
        true => [b"\"", marker(LONG_LINE).as_slice(), b"\""].concat(),
        false => marker(LONG_LINE),
    };
    Edit { range: range.start..range.end - feed, with, rule: LONG_LINE, digest: None }
}

/// Counts lines up to an edit.
#[derive(Default)]
struct Position {
    counted: usize,
    line: usize,
    line_start: usize,
}

impl Position {
    fn finding(&mut self, content: &[u8], edit: &Edit<'_>) -> Finding {
        let before = content.get(self.counted..edit.range.start).unwrap_or_default();
        for feed in memchr::memchr_iter(b'\n', before) {
            self.line += 1;
            self.line_start = self.counted + feed + 1;
        }
        self.counted = edit.range.start;
        let column = edit.range.start - self.line_start + 1;
        Finding { line: self.line + 1, column, rule: edit.rule.to_owned(), digest: edit.digest }
    }
}

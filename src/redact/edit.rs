//! What is replaced in a text.

use std::ops::Range;

use super::counts::Counts;
use super::digest::ValueDigest;
use super::marker::marker;
use super::spans::Span;
use super::view::View;

/// A part of a text that is replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit<'r> {
    /// Which part.
    pub(super) range: Range<usize>,
    /// By what.
    pub(super) with: Vec<u8>,
    /// The rule that asked for it.
    pub(super) rule: &'r str,
    /// The digest of what is replaced, by which it could be allowed.
    pub(super) digest: Option<ValueDigest>,
}

impl<'r> Edit<'r> {
    /// Replaces a secret of a text by its marker. The text stands at `start` of the whole.
    pub(super) fn of(span: Span<'r>, text: &[u8], start: usize) -> Self {
        let digest = text.get(span.range.clone()).map(ValueDigest::of);
        let range = start + span.range.start..start + span.range.end;
        Self { range, with: marker(span.rule), rule: span.rule, digest }
    }

    /// Puts the edit of a text in a line of JSON into its place in the line.
    pub(super) fn inside(self, view: Option<&View>, start: usize) -> Option<Self> {
        let range = match view {
            Some(view) => view.back(&self.range)?,
            None => self.range.clone(),
        };
        let with = match view.is_some() || self.with.contains(&b'"') {
            true => escaped(&self.with),
            false => self.with.clone(),
        };
        Some(Self { range: start + range.start..start + range.end, with, ..self })
    }
}

fn escaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for b in text {
        if matches!(b, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(*b);
    }
    out
}

/// Makes the edits, which are in order and apart from one another, and counts them.
pub(super) fn apply(text: &[u8], edits: &[Edit<'_>], counts: &mut Counts) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        out.extend_from_slice(text.get(at..edit.range.start).unwrap_or_default());
        out.extend_from_slice(&edit.with);
        counts.count(edit.rule);
        at = edit.range.end;
    }
    out.extend_from_slice(text.get(at..).unwrap_or_default());
    out
}

//! The secrets of one text: found, joined where they overlap, and less those that are allowed.

use std::ops::Range;

use super::digest::ValueDigest;
use super::keywords::Trigger;
use super::marker;
use super::redactor::Engine;
use super::view::{Escapes, LAYERS, View};

/// A secret in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span<'r> {
    /// Where it stands.
    pub(super) range: Range<usize>,
    /// The rule that found it.
    pub(super) rule: &'r str,
}

impl Engine {
    /// Finds the secrets of these lines of a text, also under escapes.
    pub(super) fn spans(&self, text: &[u8], lines: &[Range<usize>]) -> Vec<Span<'_>> {
        let mut found = Vec::new();
        for line in lines {
            self.look(text, line.clone(), &mut found);
            let slice = text.get(line.clone()).unwrap_or_default();
            for span in self.under_escapes(slice, LAYERS) {
                let range = line.start + span.range.start..line.start + span.range.end;
                found.push(Span { range, ..span });
            }
        }
        self.look_by_own_rules(text, lines, &mut found);
        self.settle(text, found)
    }

    /// Tells whether a text may hold a secret: it has a keyword, or escapes that could hide one.
    pub(super) fn is_suspicious(&self, text: &[u8]) -> bool {
        self.looks_everywhere() || self.keywords.occur_in(text) || super::view::hides(text)
    }

    fn look<'e>(&'e self, text: &[u8], part: Range<usize>, found: &mut Vec<Span<'e>>) {
        for hit in self.keywords.find(text, part) {
            if let Some(secret) = hit.secret(text).filter(|secret| !secret.range.is_empty()) {
                found.push(Span { range: secret.range, rule: secret.rule });
            }
        }
    }

    fn under_escapes(&self, text: &[u8], layers: usize) -> Vec<Span<'_>> {
        let mut found = Vec::new();
        if layers == 0 {
            return found;
        }
        for escapes in [Escapes::Backslash, Escapes::Percent] {
            let Some(view) = View::of(text, escapes) else { continue };
            let mut below = Vec::new();
            let whole = 0..view.text.len();
            self.look(&view.text, whole.clone(), &mut below);
            self.look_by_own_rules(&view.text, &[whole], &mut below);
            below.extend(self.under_escapes(&view.text, layers - 1));
            found.extend(
                below.into_iter().filter_map(|span| Some(Span { range: view.back(&span.range)?, ..span })),
            );
        }
        found
    }

    fn look_by_own_rules<'e>(&'e self, text: &[u8], lines: &[Range<usize>], found: &mut Vec<Span<'e>>) {
        if self.rules.is_empty() {
            return;
        }
        let mut wanted: Vec<bool> = self.rules.iter().map(|rule| rule.looks_everywhere()).collect();
        for line in lines {
            for hit in self.keywords.find(text, line.clone()) {
                if let Trigger::Own(index) = hit.trigger
                    && let Some(wanted) = wanted.get_mut(index)
                {
                    *wanted = true;
                }
            }
        }
        let asked = self.rules.iter().zip(wanted).filter(|(_, wanted)| *wanted);
        for (rule, _) in asked {
            found.extend(rule.find(text).into_iter().map(|range| Span { range, rule: &rule.name }));
        }
    }

    // Where secrets overlap, they are one: what a part of it is does not matter.
    pub(super) fn settle<'e>(&'e self, text: &[u8], mut found: Vec<Span<'e>>) -> Vec<Span<'e>> {
        if found.is_empty() {
            return found;
        }
        let is_rule = |name: &str| self.is_rule(name);
        let markers: Vec<Range<usize>> = marker::find(text, &is_rule).collect();
        found.retain(|span| !span.range.is_empty() && !self.is_allowed(text, &span.range));
        found.retain_mut(|span| clear_of(&mut span.range, &markers));
        found.sort_by_key(|span| (span.range.start, std::cmp::Reverse(span.range.end)));
        let mut settled: Vec<Span<'e>> = Vec::new();
        for span in found {
            match settled.last_mut() {
                Some(last) if span.range.start < last.range.end => {
                    last.range.end = last.range.end.max(span.range.end);
                    if span.rule == "known-value" {
                        last.rule = span.rule;
                    }
                }
                _ => settled.push(span),
            }
        }
        settled
    }

    fn is_allowed(&self, text: &[u8], range: &Range<usize>) -> bool {
        let value = || text.get(range.clone()).unwrap_or_default();
        !self.allowed.is_empty() && self.allowed.contains(&ValueDigest::of(value()))
    }
}

/// Tells whether anything is left of a part beside the markers: a marker is no secret.
fn clear_of(range: &mut Range<usize>, markers: &[Range<usize>]) -> bool {
    let within = |marker: &Range<usize>| range.start >= marker.start && range.end <= marker.end;
    if markers.iter().any(within) {
        return false;
    }
    // A marker is replaced whole or not at all.
    for marker in markers {
        if marker.start < range.end && range.start < marker.end {
            *range = range.start.min(marker.start)..range.end.max(marker.end);
        }
    }
    true
}

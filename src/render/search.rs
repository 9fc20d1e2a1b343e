//! What a search found, as text.

use super::table::cell_width;
use super::{Look, safe_line, style};
use crate::ops::{Hit, SearchPlace};

/// The narrowest that a snippet gets.
const NARROWEST: usize = 24;

/// Lists the texts that a search found, with the words in bold; of several sessions, each under its
/// session's name.
pub(crate) fn hits(hits: &[Hit], words: &[String], look: Look) -> String {
    let words: Vec<String> =
        words.iter().map(|word| word.trim().to_lowercase()).filter(|word| !word.is_empty()).collect();
    let width = hits.iter().map(|hit| cell_width(&place(hit))).max().unwrap_or(0);
    let mut out = String::new();
    for of_session in hits.chunk_by(|a, b| a.session == b.session) {
        let first = of_session.first().map(|hit| hit.session_branch.trim_start_matches("session/"));
        if hits.iter().any(|hit| Some(hit.session) != hits.first().map(|first| first.session)) {
            out.push_str(&format!("{}\n", style::paint(style::STRONG, safe_line(first.unwrap_or_default()))));
        }
        of_session.iter().for_each(|hit| out.push_str(&line(hit, &words, width, look)));
    }
    out
}

fn line(hit: &Hit, words: &[String], width: usize, look: Look) -> String {
    let id = hit.run.map_or("-       ".to_owned(), |run| run.short());
    let place = place(hit);
    let space = " ".repeat(width.saturating_sub(cell_width(&place)));
    let head = format!("{} {}{space}  ", style::paint(style::ID, id), style::paint(style::FAINT, place));
    let snippet = safe_line(&hit.snippet);
    let snippet = match look.width {
        Some(columns) => around(&snippet, words, columns.saturating_sub(cell_width(&head)).max(NARROWEST)),
        None => snippet,
    };
    format!("{head}{}\n", marked(&snippet, words))
}

fn place(hit: &Hit) -> String {
    let place = hit.place.as_str();
    match (hit.place, hit.line) {
        // The end of its id is enough to show it.
        (SearchPlace::Decision, _) => {
            let id = hit.path.as_deref().map(|path| path.trim_end_matches(".md"));
            let digits = id.and_then(|id| id.rsplit('-').next()).unwrap_or_default();
            format!("{place} {}", safe_line(digits))
        }
        (SearchPlace::Notes | SearchPlace::Conversation, Some(line)) => format!("{place}:{line}"),
        _ => place.to_owned(),
    }
}

/// Cuts a text to a width so that the first of the words is seen.
fn around(text: &str, words: &[String], width: usize) -> String {
    if cell_width(text) <= width {
        return text.to_owned();
    }
    let lower = text.to_lowercase();
    let at = words.iter().filter_map(|word| lower.find(word.as_str())).min().unwrap_or(0);
    let before = lower.get(..at).map_or(0, |start| start.chars().count());
    let skipped = before.saturating_sub(width / 3);
    let mut part = if skipped > 0 { String::from("…") } else { String::new() };
    for c in text.chars().skip(skipped) {
        part.push(c);
        if cell_width(&part) >= width {
            part.pop();
            part.push('…');
            break;
        }
    }
    part
}

// Lower case may have another length; then nothing is marked, rather than the wrong characters.
fn marked(text: &str, words: &[String]) -> String {
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut rest = 0;
    while let Some((at, word)) = next_word(&lower, rest, words) {
        let (Some(before), Some(found)) = (text.get(rest..at), text.get(at..at + word.len())) else { break };
        out.push_str(&format!("{before}{}", style::paint(style::BAD.bold(), found)));
        rest = at + word.len();
    }
    out + text.get(rest..).unwrap_or_default()
}

fn next_word<'a>(lower: &str, from: usize, words: &'a [String]) -> Option<(usize, &'a String)> {
    let rest = lower.get(from..)?;
    let found = words.iter().filter_map(|word| Some((from + rest.find(word.as_str())?, word)));
    found.min_by_key(|(at, word)| (*at, std::cmp::Reverse(word.len())))
}

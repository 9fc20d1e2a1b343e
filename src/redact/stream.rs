//! Text of any length, in flat memory.

use std::io::{self, BufRead};

use super::content::{Finding, LINE_BYTES, LONG_LINE};
use super::redactor::Redactor;
use super::rule_file::RuleFileError;

/// So much is searched at once.
const PIECE_BYTES: usize = 4 * 1024 * 1024;

/// Lists the secrets of a text as it is read, in order. What is longer than a piece is searched in
/// pieces of whole lines; a line that is too long is passed over and told.
pub fn find_in_stream(
    redactor: &Redactor,
    input: &mut dyn BufRead,
    found: &mut dyn FnMut(Finding),
) -> io::Result<Result<(), RuleFileError>> {
    let mut lines = 0;
    let mut piece = Vec::new();
    loop {
        let ended = read_line(input, &mut piece)?;
        if piece.len() >= PIECE_BYTES || ended == LineEnd::Input {
            match redactor.find(&piece) {
                Err(error) => return Ok(Err(error)),
                Ok(findings) => findings.into_iter().for_each(|finding| found(finding.moved(lines))),
            }
            lines += memchr::memchr_iter(b'\n', &piece).count();
            piece.clear();
        }
        match ended {
            LineEnd::Input => return Ok(Ok(())),
            LineEnd::Feed => {}
            LineEnd::TooLong => {
                let line = lines + 1 + memchr::memchr_iter(b'\n', &piece).count();
                found(Finding::whole(line, LONG_LINE));
                piece.push(b'\n');
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LineEnd {
    Feed,
    Input,
    TooLong,
}

/// Adds a line to a piece. Of one that is too long nothing is added, and it is read to its end.
fn read_line(input: &mut dyn BufRead, piece: &mut Vec<u8>) -> io::Result<LineEnd> {
    let start = piece.len();
    let mut is_too_long = false;
    loop {
        let buffer = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        if buffer.is_empty() {
            return Ok(if is_too_long { LineEnd::TooLong } else { LineEnd::Input });
        }
        let feed = memchr::memchr(b'\n', buffer);
        let taken = feed.map_or(buffer.len(), |feed| feed + 1);
        if !is_too_long {
            piece.extend_from_slice(buffer.get(..taken).unwrap_or_default());
        }
        input.consume(taken);
        if piece.len() - start > LINE_BYTES {
            is_too_long = true;
            piece.truncate(start);
        }
        if feed.is_some() {
            return Ok(if is_too_long { LineEnd::TooLong } else { LineEnd::Feed });
        }
    }
}

impl Finding {
    fn moved(self, lines: usize) -> Self {
        Self { line: self.line + lines, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &[u8]) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        let redactor = Redactor::default();
        let mut input = io::BufReader::with_capacity(1000, text);
        let read =
            find_in_stream(&redactor, &mut input, &mut |finding| found.push((finding.line, finding.rule)));
        read.expect("memory").expect("no rules of the user's");
        found
    }

    #[test]
    fn lines_are_counted_over_pieces_and_long_lines() {
        let secret = "DB_PASSWORD=hunter2";
        let long = "y".repeat(LINE_BYTES + 1);
        let filling = "z z\n".repeat(PIECE_BYTES / 4);
        let text = format!("{secret}\n{long}\n{filling}{secret}\n{long}");
        let expected = [
            (1, "assignment"),
            (2, LONG_LINE),
            (3 + PIECE_BYTES / 4, "assignment"),
            (4 + PIECE_BYTES / 4, LONG_LINE),
        ];
        let mut found = found(text.as_bytes());
        found.sort();
        assert_eq!(found, expected.map(|(line, rule)| (line, rule.to_owned())));
    }
}

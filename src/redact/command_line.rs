//! Options of well-known programs that take a password: `curl -u user:password`, `mysql -p…`.

use std::ops::Range;

use super::assignment::{Found, quoted};
use super::marker;
use super::placeholder::is_placeholder;

/// What follows an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// A user and a password with a colon between them.
    User,
    /// A password, in the next word or in the same.
    Password,
    /// A password in the same word.
    Attached,
}

/// The programs and their options.
const PROGRAMS: [(&str, &[&str], Takes); 9] = [
    ("curl", &["-u", "--user", "-U", "--proxy-user"], Takes::User),
    ("sshpass", &["-p"], Takes::Password),
    ("docker login", &["-p"], Takes::Password),
    ("podman login", &["-p"], Takes::Password),
    ("helm registry login", &["-p"], Takes::Password),
    ("redis-cli", &["-a"], Takes::Password),
    ("mysql", &["-p"], Takes::Attached),
    ("mysqldump", &["-p"], Takes::Attached),
    ("mysqladmin", &["-p"], Takes::Attached),
];
/// The longest command that is looked at.
const COMMAND_BYTES: usize = 4096;

/// Lists the names of the programs.
pub(super) fn programs() -> impl Iterator<Item = &'static str> {
    PROGRAMS.iter().map(|(name, ..)| *name)
}

/// Finds the password among the options of the program that stands at `at`.
pub(super) fn find(text: &[u8], at: Range<usize>) -> Option<Found> {
    let name = text.get(at.clone())?;
    let (_, options, takes) =
        PROGRAMS.iter().find(|(program, ..)| program.as_bytes().eq_ignore_ascii_case(name))?;
    let command = text.get(at.end..text.len().min(at.end + COMMAND_BYTES))?;
    if !command.first().is_some_and(u8::is_ascii_whitespace) {
        return None;
    }
    let words = words(command, at.end);
    words.iter().enumerate().find_map(|(index, word)| {
        let next = words.get(index + 1);
        options.iter().find_map(|option| value(text, word, next, option, *takes))
    })
}

fn value(
    text: &[u8],
    word: &Range<usize>,
    next: Option<&Range<usize>>,
    option: &str,
    takes: Takes,
) -> Option<Found> {
    let rest = text.get(word.clone())?.strip_prefix(option.as_bytes())?;
    let mut range = match (rest, takes) {
        ([], Takes::Attached) => return None,
        ([], _) => next?.clone(),
        ([b'=', ..], _) => word.start + option.len() + 1..word.end,
        _ if option.starts_with("--") => return None,
        _ => word.start + option.len()..word.end,
    };
    if let Some(inner) = quoted(text, range.start).filter(|inner| inner.end <= range.end) {
        range = inner;
    }
    if takes == Takes::User {
        range.start += memchr::memchr(b':', text.get(range.clone())?)? + 1;
    }
    let value = text.get(range.clone())?;
    let is_numbers = value.iter().all(u8::is_ascii_digit) && value.len() < 6;
    let is_none = value.len() < 3 || is_numbers || value.starts_with(b"-");
    (!is_none && !is_placeholder(value) && !marker::starts(value))
        .then_some(Found { rule: "command-line", range })
}

// Up to the end of the command: a line, or what joins it to the next.
fn words(command: &[u8], start: usize) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(b) = command.get(at) {
        match b {
            b'\n' | b'|' | b';' => break,
            b if b.is_ascii_whitespace() => at += 1,
            _ => {
                let end = word_end(command, at);
                words.push(start + at..start + end);
                at = end;
            }
        }
    }
    words
}

fn word_end(command: &[u8], at: usize) -> usize {
    let mut quote = None;
    for (offset, b) in command.get(at..).unwrap_or_default().iter().enumerate() {
        match (quote, b) {
            (None, b'"' | b'\'') => quote = Some(*b),
            (Some(open), b) if *b == open => quote = None,
            (_, b'\n') => return at + offset,
            (None, b) if b.is_ascii_whitespace() || matches!(b, b'|' | b';') => return at + offset.max(1),
            _ => {}
        }
    }
    command.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Option<&str> {
        let program =
            programs().filter(|program| text.contains(program)).max_by_key(|program| program.len())?;
        let at = text.find(program)?;
        text.get(find(text.as_bytes(), at..at + program.len())?.range)
    }

    #[test]
    fn passwords_among_options_are_found() {
        for (text, expected) in [
            ("curl -s -u admin:hunter2 https://x.example", "hunter2"),
            ("curl --user 'admin:hunter2' x", "hunter2"),
            ("curl -uadmin:hunter2 x", "hunter2"),
            ("sshpass -p hunter2 ssh x", "hunter2"),
            ("mysql -u root -phunter2 db", "hunter2"),
            ("docker login -u me -p hunter2 registry", "hunter2"),
            ("redis-cli -a hunter2 ping", "hunter2"),
        ] {
            assert_eq!(secret(text), Some(expected), "{text}");
        }
        for text in [
            "curl -u admin:$PASS x",
            "curl -u admin x",
            "mysql -p db",
            "docker login -p \"$PASS\"",
            "curl x | tee -u a:hunter2",
            "sshpass -p",
            "curl",
            "curl -u <user>:<password>",
        ] {
            assert_eq!(secret(text), None, "{text}");
        }
    }
}

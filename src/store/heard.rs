//! What a running `git` says of its progress.

use std::sync::Mutex;
use std::time::Instant;

/// The longest line that is listened to while git runs, in bytes.
const HEARD_BYTES: usize = 4096;

/// What a call has said so far on stderr.
#[derive(Debug, Default)]
pub(super) struct Heard {
    last: Mutex<LastHeard>,
}

#[derive(Debug, Default, Clone)]
struct LastHeard {
    at: Option<Instant>,
    line: String,
    // What came of the next line.
    begun: Vec<u8>,
}

impl Heard {
    pub(super) fn note(&self, bytes: &[u8]) {
        let Ok(mut last) = self.last.lock() else { return };
        last.at = Some(Instant::now());
        last.begun.extend_from_slice(bytes);
        let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
        if let Some(end) = last.begun.iter().rposition(is_end) {
            let rest = last.begun.split_off(end);
            let whole = std::mem::replace(&mut last.begun, rest);
            let text = String::from_utf8_lossy(&whole);
            if let Some(line) = text.rsplit(['\r', '\n']).find(|line| !line.trim().is_empty()) {
                line.clone_into(&mut last.line);
            }
        }
        // Whoever never ends a line is not listened to.
        last.begun.truncate(HEARD_BYTES);
    }

    /// Returns the last whole line; empty where there was none.
    pub(super) fn line(&self) -> String {
        self.last.lock().map(|last| last.line.clone()).unwrap_or_default()
    }

    /// Returns when the last of it came.
    pub(super) fn at(&self) -> Option<Instant> {
        self.last.lock().ok().and_then(|last| last.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_lines_are_heard() {
        let heard = Heard::default();
        assert_eq!((heard.line(), heard.at()), (String::new(), None));
        for (said, line) in [
            ("Receiving obj", ""),
            ("ects:  50% (1/2)\rReceiving objects: 1", "Receiving objects:  50% (1/2)"),
            ("00% (2/2)\r", "Receiving objects: 100% (2/2)"),
            ("\n\n  \r", "Receiving objects: 100% (2/2)"),
            ("done\nnext\nand", "next"),
        ] {
            heard.note(said.as_bytes());
            assert_eq!(heard.line(), line, "{said}");
        }
        assert!(heard.at().is_some());
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let heard = Heard::default();
        (0..1000).for_each(|_| heard.note(&[b'x'; 1000]));
        heard.note(b"\n");
        assert!(heard.line().len() <= HEARD_BYTES + 1000);
        heard.note(&[0xff, b'\n']);
        assert_eq!(heard.line(), "\u{fffd}");
    }
}

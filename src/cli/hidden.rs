//! Reading from a terminal without showing what is typed.

use std::io::{Read as _, Write as _};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use super::error::CliError;

/// The most that is typed, in bytes.
const BYTES: usize = 16 * 1024;
const INTERRUPT: u8 = 3;
const END: u8 = 4;
const CLEAR: u8 = 21;

/// The terminal as it was, put back when this is dropped.
struct Restored(Termios);

impl Drop for Restored {
    fn drop(&mut self) {
        // Nothing more can be done where that fails.
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Flush, &self.0);
        let _ = writeln!(std::io::stderr());
    }
}

/// Asks on the terminal, and reads a line that is not shown.
///
/// Keys that would end the process are read too: it must not end while the terminal shows nothing.
pub(super) fn read_hidden(question: &str) -> Result<Vec<u8>, CliError> {
    let failed =
        |error: rustix::io::Errno| CliError::failed("could not read from the terminal").because(error);
    let before = tcgetattr(std::io::stdin()).map_err(failed)?;
    let mut silent = before.clone();
    silent.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
    let _ = write!(std::io::stderr(), "{question}");
    tcsetattr(std::io::stdin(), OptionalActions::Flush, &silent).map_err(failed)?;
    let _restored = Restored(before);
    let mut line = Vec::new();
    for byte in std::io::stdin().lock().bytes() {
        match byte? {
            b'\n' | b'\r' | END => break,
            INTERRUPT => return Err(CliError::failed("nothing was changed")),
            CLEAR => line.clear(),
            8 | 127 => drop(line.pop()),
            byte if line.len() < BYTES => line.push(byte),
            _ => {}
        }
    }
    Ok(line)
}

//! Writing a ref's log, and keeping it in step with the ref where a move fails half-way.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::durable::make_in;

/// How much of the end of a log is looked at: more than its longest line.
const TAIL: u64 = 64 * 1024;

/// The log of a ref, as it was before a move.
pub(super) struct RefLog {
    path: PathBuf,
    // `None` where it could not be looked at; then it is left alone.
    length: Option<u64>,
}

impl RefLog {
    /// Looks at the log of a ref whose lock is held. The half line that a killed process or a full
    /// disk left at its end is cut off: the next entry would be glued to it.
    pub(super) fn look(path: PathBuf) -> Self {
        let length = match cut_half_line(&path) {
            // A folder in its place is removed by `append`.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::IsADirectory) => Some(0),
            other => other.ok(),
        };
        Self { path, length }
    }

    /// Adds an entry, and returns the log, whose content may have to be waited for. The library would
    /// write the entry in a dozen pieces, and the log could be handed to the disk only with the ref moved.
    pub(super) fn append(&self, entry: &str) -> io::Result<File> {
        let mut file = make_in(self.path.parent().unwrap_or_else(|| Path::new(".")), || self.open())?;
        file.write_all(entry.as_bytes())?;
        Ok(file)
    }

    fn open(&self) -> io::Result<File> {
        let open = || OpenOptions::new().append(true).create(true).open(&self.path);
        match open() {
            // Refs that lay below this one were removed, and their folder is left.
            Err(error) if error.kind() == ErrorKind::IsADirectory => {
                gix::tempfile::remove_dir::empty_depth_first(self.path.clone())?;
                open()
            }
            other => other,
        }
    }

    /// Takes back what was written since, because the ref did not move.
    pub(super) fn take_back(&self) {
        // The failure that made this necessary is what the user is told.
        let _ = match self.length {
            Some(0) => fs::remove_file(&self.path),
            Some(length) => cut(&self.path, length),
            None => Ok(()),
        };
    }
}

fn cut(path: &Path, length: u64) -> io::Result<()> {
    let file = OpenOptions::new().write(true).open(path)?;
    match file.metadata()?.len() > length {
        true => file.set_len(length),
        false => Ok(()),
    }
}

fn cut_half_line(path: &Path) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let length = file.seek(SeekFrom::End(0))?;
    // Most logs end with a whole line, and nothing else of them is read.
    if ends_line(&mut file, length)? {
        return Ok(length);
    }
    let from = file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    file.take(TAIL).read_to_end(&mut tail)?;
    let whole = match tail.iter().rposition(|byte| *byte == b'\n') {
        Some(at) => from + at as u64 + 1,
        None if from == 0 => 0,
        None => length,
    };
    if whole < length {
        cut(path, whole)?;
    }
    Ok(whole)
}

fn ends_line(file: &mut File, length: u64) -> io::Result<bool> {
    let mut last = [0];
    if length == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::Start(length - 1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(content: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().expect("temporary folder");
        let path = dir.path().join("log");
        fs::write(&path, content).expect("written");
        (dir, path)
    }

    #[test]
    fn a_half_line_is_cut_off_and_whole_ones_stay() {
        for (before, after) in [("a\nb\n", "a\nb\n"), ("a\nb", "a\n"), ("a", ""), ("", "")] {
            let (_dir, path) = log(before);
            RefLog::look(path.clone());
            assert_eq!(fs::read_to_string(&path).expect("there"), after, "{before:?}");
        }
    }

    #[test]
    fn an_entry_makes_its_log_where_there_is_none() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let path = dir.path().join("logs/refs/a");
        fs::create_dir_all(path.join("b/c")).expect("made");
        for _ in 0..2 {
            RefLog::look(path.clone()).append("an entry\n").expect("written");
        }
        assert_eq!(fs::read_to_string(&path).expect("there"), "an entry\nan entry\n");
    }

    #[test]
    fn a_failed_move_leaves_the_log_as_it_was() {
        let (_dir, path) = log("a\n");
        let before = RefLog::look(path.clone());
        fs::write(&path, "a\nb\n").expect("written");
        before.take_back();
        assert_eq!(fs::read_to_string(&path).expect("there"), "a\n");
        fs::remove_file(&path).expect("removed");
        let before = RefLog::look(path.clone());
        fs::write(&path, "b").expect("written");
        before.take_back();
        assert!(!path.exists(), "a log that was not there is not there again");
    }
}

//! What was checked out in a work tree, move by move, as git's own log of `HEAD` tells it.
//!
//! A hook may be killed before it has done anything. The log is written by git itself, so whoever
//! looks next finds there what was missed. How far it was read is kept beside the store's other
//! local files, one small file a work tree.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::durable::{Durability, remove_file, write_file};
use super::lock::{Held, Locks};
use super::{CodeProject, Store, StoreError};

/// The most of the log that is read at once, in bytes.
const READ_BYTES: u64 = 4 * 1024 * 1024;
/// How much before the mark is read, to see that the log is still the same.
const BEFORE_BYTES: u64 = 16 * 1024;

/// One move of `HEAD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadMove {
    /// The commit before; zeros where there was none.
    pub old: String,
    /// The commit after.
    pub new: String,
    /// What moved it, such as `commit: Fix the login`.
    pub action: String,
    /// How far the log goes with this move, in bytes.
    end: u64,
}

/// The right to read a work tree's log and to say how far; others wait until this is dropped.
pub struct HeadLog {
    log: PathBuf,
    mark: PathBuf,
    _lock: Held,
}

/// How far a log was read: this many bytes, up to a move to this commit.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    offset: u64,
    commit: String,
}

impl Store {
    /// Takes the log of a work tree; `None` where somebody else has it for longer than `wait`.
    pub fn head_log(&self, project: &CodeProject, wait: Duration) -> Result<Option<HeadLog>, StoreError> {
        let name = format!("head-{}", super::current::key(&project.git_dir.to_string_lossy()));
        let lock = Locks::new(&self.dir, wait).try_named(&name, wait)?;
        let (log, mark) = (project.git_dir.join("logs/HEAD"), head_mark(&self.dir, &project.git_dir));
        Ok(lock.map(|lock| HeadLog { log, mark, _lock: lock }))
    }

    /// Tells whether all that a work tree's log says is known to be new, but for what was read: it
    /// was read before, or it began after that of the first work tree was.
    pub fn follows_head(&self, project: &CodeProject) -> bool {
        follows(&self.dir, project)
    }

    /// Tells whether it is known how far a work tree's log was read.
    pub fn is_head_marked(&self, project: &CodeProject) -> bool {
        head_mark(&self.dir, &project.git_dir).exists()
    }

    /// Forgets how far the logs of a repository's work trees were read.
    pub fn forget_heads(&self, project: &CodeProject) -> Result<(), StoreError> {
        project.all_git_dirs().iter().try_for_each(|dir| remove_file(&head_mark(&self.dir, dir)))
    }
}

/// Tells, without a lock and without opening the store at `dir`, whether a work tree's log goes on
/// behind what was read of it. Every command asks.
pub fn has_new_head_moves(dir: &Path, project: &CodeProject) -> bool {
    let length = || fs::metadata(project.git_dir.join("logs/HEAD")).map_or(0, |log| log.len());
    match read_mark(&head_mark(dir, &project.git_dir)) {
        Some(mark) => length() != mark.offset,
        None => follows(dir, project) && length() > 0,
    }
}

fn follows(dir: &Path, project: &CodeProject) -> bool {
    head_mark(dir, &project.git_dir).exists()
        || (project.is_linked() && head_mark(dir, &project.common_dir).exists())
}

fn head_mark(dir: &Path, git_dir: &Path) -> PathBuf {
    dir.join("git-session/heads").join(super::current::key(&git_dir.to_string_lossy()))
}

impl HeadLog {
    /// Tells whether git keeps this log.
    pub fn is_kept(&self) -> bool {
        self.log.exists()
    }

    /// Lists the moves since the log was last read, oldest first; all of them where it never was.
    pub fn new_moves(&self) -> Result<Vec<HeadMove>, StoreError> {
        let failed = StoreError::io("read", &self.log);
        match self.read_new() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            other => other.map_err(failed),
        }
    }

    /// Returns the newest move.
    pub fn last_move(&self) -> Result<Option<HeadMove>, StoreError> {
        match read_from(&self.log, 0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            moves => Ok(moves.map_err(StoreError::io("read", &self.log))?.pop()),
        }
    }

    /// Says that the log was read up to a move.
    pub fn mark(&self, last: &HeadMove) -> Result<(), StoreError> {
        // Always as long, and in one write, so that it is never torn; a file less is made for it.
        let text = format!("{:>20} {:<64}\n", last.end, last.new);
        let failed = || StoreError::io("write", &self.mark);
        let file = match OpenOptions::new().write(true).open(&self.mark) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            file => Some(file.map_err(failed())?),
        };
        // What was done twice is found out; so this need not survive a power cut.
        match file.filter(|file| file.metadata().is_ok_and(|found| found.len() == text.len() as u64)) {
            Some(mut file) => file.write_all(text.as_bytes()).map_err(failed()),
            None => write_file(&self.mark, text.as_bytes(), Durability::Off).map_err(failed()),
        }
    }

    /// Says that nothing of the log so far is to be looked at.
    pub fn mark_end(&self) -> Result<(), StoreError> {
        let nothing = HeadMove { old: String::new(), new: "-".to_owned(), action: String::new(), end: 0 };
        self.mark(&self.last_move()?.unwrap_or(nothing))
    }

    fn read_new(&self) -> io::Result<Vec<HeadMove>> {
        let Some(mark) = read_mark(&self.mark) else { return read_from(&self.log, 0) };
        let start = mark.offset.saturating_sub(BEFORE_BYTES);
        let moves = read_from(&self.log, start)?;
        // Git shortens the log when it tidies up; the last move that was seen is looked for then.
        let is_seen = |found: &HeadMove| found.end == mark.offset && found.new == mark.commit;
        if mark.offset == 0 {
            return Ok(moves);
        }
        match moves.iter().position(is_seen) {
            Some(at) => Ok(moves.into_iter().skip(at + 1).collect()),
            None => after_commit(read_from(&self.log, 0)?, &mark.commit),
        }
    }
}

fn after_commit(moves: Vec<HeadMove>, commit: &str) -> io::Result<Vec<HeadMove>> {
    let skipped = moves.iter().rposition(|found| found.new == commit).map_or(moves.len(), |at| at + 1);
    // Where it is nowhere, only the newest is known to be new.
    let skipped = if skipped == moves.len() { moves.len().saturating_sub(1) } else { skipped };
    let last_is_seen = moves.last().is_some_and(|last| last.new == commit);
    if last_is_seen { Ok(Vec::new()) } else { Ok(moves.into_iter().skip(skipped).collect()) }
}

fn read_mark(path: &Path) -> Option<Mark> {
    let text = fs::read_to_string(path).ok()?;
    let (offset, commit) = text.trim().split_once(' ')?;
    Some(Mark { offset: offset.parse().ok()?, commit: commit.to_owned() })
}

fn read_from(path: &Path, offset: u64) -> io::Result<Vec<HeadMove>> {
    let mut file = File::open(path)?;
    let start = offset.max(file.metadata()?.len().saturating_sub(READ_BYTES));
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(READ_BYTES).read_to_end(&mut bytes)?;
    let mut end = start;
    let moves = bytes.split_inclusive(|byte| *byte == b'\n').filter_map(|line| {
        end += line.len() as u64;
        // A line that git is still writing is read the next time.
        let line = line.strip_suffix(b"\n")?;
        parse(&String::from_utf8_lossy(line), end)
    });
    Ok(moves.collect())
}

fn parse(line: &str, end: u64) -> Option<HeadMove> {
    let (head, action) = line.split_once('\t').unwrap_or((line, ""));
    let mut words = head.split(' ');
    let (old, new) = (words.next()?, words.next()?);
    let is_id = |word: &str| [40, 64].contains(&word.len()) && word.bytes().all(|b| b.is_ascii_hexdigit());
    (is_id(old) && is_id(new)).then(|| HeadMove {
        old: old.to_owned(),
        new: new.to_owned(),
        action: action.to_owned(),
        end,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(old: u8, new: u8, action: &str) -> String {
        let id = |digit: u8| format!("{digit:x}").repeat(40);
        format!("{} {} Ann <a@example.com> 1795305600 +0000\t{action}\n", id(old), id(new))
    }

    fn actions(moves: &[HeadMove]) -> Vec<&str> {
        moves.iter().map(|found| found.action.as_str()).collect()
    }

    #[test]
    fn each_move_is_new_once_and_half_a_line_waits() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let path = dir.path().join("HEAD");
        let first = line(0, 1, "commit (initial): one");
        fs::write(&path, first.clone() + "half a li").expect("written");
        let moves = read_from(&path, 0).expect("readable");
        assert_eq!(actions(&moves), ["commit (initial): one"]);
        fs::write(&path, first + &line(1, 2, "commit: two")).expect("written");
        let end = moves.first().map(|found| found.end).expect("one");
        assert_eq!(actions(&read_from(&path, end).expect("readable")), ["commit: two"]);
    }

    #[test]
    fn how_far_a_log_was_read_is_kept_however_often_it_changes() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let mark = dir.path().join("mark");
        fs::write(&mark, "12 abc\n").expect("written");
        let is = |offset, commit: &str| Some(Mark { offset, commit: commit.to_owned() });
        assert_eq!(read_mark(&mark), is(12, "abc"), "as an older version wrote it");
        let lock = Locks::new(dir.path(), Duration::ZERO).try_named("head", Duration::ZERO).expect("free");
        let log = HeadLog { log: dir.path().join("log"), mark, _lock: lock.expect("free") };
        for (end, digits) in [(1_000_000, 64), (7, 40), (u64::MAX, 40), (0, 1)] {
            let new = "a".repeat(digits);
            let moved = HeadMove { old: String::new(), new: new.clone(), action: String::new(), end };
            log.mark(&moved).expect("written");
            assert_eq!(read_mark(&log.mark), is(end, &new));
        }
    }

    #[test]
    fn a_log_that_git_shortened_goes_on_behind_the_commit_that_was_seen() {
        let parse = |text: String| parse(text.trim_end(), 1).expect("a move");
        let moves = vec![parse(line(1, 2, "a")), parse(line(2, 3, "b")), parse(line(3, 4, "c"))];
        let id = |digit: u8| format!("{digit:x}").repeat(40);
        assert_eq!(actions(&after_commit(moves.clone(), &id(2)).expect("found")), ["b", "c"]);
        assert_eq!(actions(&after_commit(moves.clone(), &id(4)).expect("found")), [""; 0]);
        assert_eq!(actions(&after_commit(moves, &id(9)).expect("found")), ["c"], "the newest is new");
    }

    proptest! {
        #[test]
        fn no_line_is_too_odd_to_be_read(text in ".*") {
            let _ = parse(&text, 0);
        }
    }
}

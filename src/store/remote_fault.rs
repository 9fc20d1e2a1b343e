//! What goes wrong with remotes, told from what git says.
//!
//! Git has no codes for it. Its words are read in the language that we ask for, and only to give a
//! better hint: what is not known is told in git's own words.

use crate::model::escape_text;

/// The most lines of git's and the server's that are repeated.
const LINES: usize = 20;
/// The most characters of one of them.
const LINE_CHARS: usize = 400;

/// How lines begin that tell nothing, besides progress.
const NOISE: [&str; 11] = [
    "error: failed to push some refs",
    "* [new ",
    "Total ",
    "Delta compression",
    "Enumerating ",
    "To ",
    "From ",
    "POST git-",
    "! [",
    "Please make sure you have the correct",
    "and the repository exists.",
];

/// What went wrong with a remote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RemoteFault {
    /// There is no such host.
    #[error("the host is not known")]
    UnknownHost,
    /// Nothing answers there.
    #[error("the host cannot be reached")]
    Unreachable,
    /// It did not answer for too long.
    #[error("the host said nothing for a minute")]
    Silent,
    /// The server wants other credentials, or some.
    #[error("the server refused the user or the password")]
    Denied,
    /// The host's key is not known, or is another one.
    #[error("the host's key is not one that ssh knows")]
    HostKey,
    /// The server's certificate is not trusted.
    #[error("the server's certificate is not trusted")]
    Certificate,
    /// There is no repository at that place, or none that this user may see.
    #[error("there is no repository at that place")]
    NoRepository,
    /// Git was not allowed to use the transport.
    #[error("the transport is not allowed")]
    Transport,
    /// What it sent is not sound.
    #[error("what the remote sent is damaged, or not what may be in a repository")]
    BadObjects,
    /// What it sent is more than is taken.
    #[error("the remote sends more than is taken at once")]
    TooMuch,
    /// It ended in the middle.
    #[error("the connection ended before everything was there")]
    Broken,
    /// A disk is full, here or there.
    #[error("a disk is full")]
    DiskFull,
    /// Something else.
    #[error("the remote could not be used")]
    Other,
}

/// The words by which a fault is known. The first that fits is taken.
const WORDS: [(&str, RemoteFault); 35] = [
    ("No space left on device", RemoteFault::DiskFull),
    ("Disk quota exceeded", RemoteFault::DiskFull),
    ("Could not resolve host", RemoteFault::UnknownHost),
    ("Name or service not known", RemoteFault::UnknownHost),
    ("nodename nor servname provided", RemoteFault::UnknownHost),
    ("Temporary failure in name resolution", RemoteFault::UnknownHost),
    ("unable to look up", RemoteFault::UnknownHost),
    ("Host key verification failed", RemoteFault::HostKey),
    ("certificate problem", RemoteFault::Certificate),
    ("certificate verification failed", RemoteFault::Certificate),
    ("Authentication failed", RemoteFault::Denied),
    ("could not read Username", RemoteFault::Denied),
    ("could not read Password", RemoteFault::Denied),
    ("terminal prompts disabled", RemoteFault::Denied),
    ("Permission denied (", RemoteFault::Denied),
    ("error: 403", RemoteFault::Denied),
    ("Connection refused", RemoteFault::Unreachable),
    ("Connection timed out", RemoteFault::Unreachable),
    ("Couldn't connect", RemoteFault::Unreachable),
    ("Could not connect", RemoteFault::Unreachable),
    ("Failed to connect", RemoteFault::Unreachable),
    ("Network is unreachable", RemoteFault::Unreachable),
    ("No route to host", RemoteFault::Unreachable),
    ("fatal: transport '", RemoteFault::Transport),
    ("fsck error", RemoteFault::BadObjects),
    ("index-pack", RemoteFault::BadObjects),
    ("does not appear to be a git repository", RemoteFault::NoRepository),
    ("not found", RemoteFault::NoRepository),
    ("invalid gitfile format", RemoteFault::NoRepository),
    ("repository not exported", RemoteFault::NoRepository),
    ("early EOF", RemoteFault::Broken),
    ("unexpected disconnect", RemoteFault::Broken),
    ("hung up unexpectedly", RemoteFault::Broken),
    ("RPC failed", RemoteFault::Broken),
    ("Could not read from remote repository", RemoteFault::Broken),
];

impl RemoteFault {
    /// Tells what went wrong from what git said.
    pub(super) fn of(said: &str) -> Self {
        WORDS.iter().find(|(word, _)| said.contains(word)).map_or(Self::Other, |(_, fault)| *fault)
    }
}

/// Returns what git and the server said, without progress, safe to print, and not too much of it.
pub(super) fn words(said: &str) -> Vec<String> {
    let lines = said.split(['\r', '\n']).map(str::trim_end).filter(|line| !is_progress(line));
    let cut = |line: &str| -> String { escape_text(line).chars().take(LINE_CHARS).collect() };
    lines.take(LINES).map(cut).collect()
}

fn is_progress(line: &str) -> bool {
    let line = line.strip_prefix("remote: ").unwrap_or(line).trim();
    line.is_empty()
        || line == "remote:"
        || line.contains("% (")
        || line.ends_with(", done.")
        || NOISE.iter().any(|start| line.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_known_by_git_s_words() {
        for (said, fault) in [
            ("fatal: unable to access 'https://x/': Could not resolve host: x", RemoteFault::UnknownHost),
            ("git@h: Permission denied (publickey).\r\nfatal: Could not read from", RemoteFault::Denied),
            ("fatal: transport 'ext' not allowed", RemoteFault::Transport),
            ("error: object 1: hasDot\nfatal: fsck error in packed object", RemoteFault::BadObjects),
            ("fatal: '/x' does not appear to be a git repository", RemoteFault::NoRepository),
            ("something new", RemoteFault::Other),
        ] {
            assert_eq!(RemoteFault::of(said), fault, "{said}");
        }
    }

    #[test]
    fn what_a_server_says_steers_no_terminal_and_fills_no_screen() {
        let said = "remote: \x1b[2Jno\nWriting objects:  50% (1/2)\rWriting objects: 100% (2/2), done.\n";
        assert_eq!(words(said), ["remote: \\x1b[2Jno"]);
        assert_eq!(words(&"remote: again\n".repeat(100)).len(), LINES);
        assert_eq!(words(&"x".repeat(9000))[0].len(), LINE_CHARS);
    }
}

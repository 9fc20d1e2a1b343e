//! What goes wrong with remotes, as people see it.

use super::error::{CliError, FAILED, USAGE};
use crate::model::UrlError;
use crate::store::{BundleError, RemoteFault};
use crate::sync::SyncError;

impl From<SyncError> for CliError {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Store(error) => error.into(),
            SyncError::Op(error) => error.into(),
            SyncError::Bundle { source: BundleError::Store(error), .. } => error.into(),
            other => {
                let (hints, (exit, code)) = (hints(&other), code(&other));
                let mut cli = Self::of(other, exit, code);
                // The cause is in the message, with what the server said.
                cli.cause = None;
                cli.hints = hints;
                cli
            }
        }
    }
}

fn code(error: &SyncError) -> (u8, &'static str) {
    match error {
        SyncError::Name(_) => (USAGE, "bad_name"),
        SyncError::Url(_) => (USAGE, "bad_url"),
        SyncError::Transport { .. } => (USAGE, "transport"),
        SyncError::RemoteExists { .. } => (FAILED, "remote_exists"),
        SyncError::NoRemote | SyncError::UnknownRemote { .. } => (FAILED, "no_remote"),
        SyncError::NotThere { .. } => (FAILED, "no_session"),
        SyncError::SeveralRemotes(_) => (FAILED, "several_remotes"),
        SyncError::Configured(_) => (FAILED, "configured"),
        SyncError::SessionBranch(_) => (FAILED, "session_branch"),
        SyncError::Bundle { source: BundleError::Incomplete { .. }, .. } => (FAILED, "incomplete_bundle"),
        SyncError::Bundle { .. } => (FAILED, "bad_bundle"),
        _ => (FAILED, "remote_failed"),
    }
}

fn hints(error: &SyncError) -> Vec<String> {
    let hint = |text: &str| vec![text.to_owned()];
    match error {
        SyncError::Name(_) => hint("a name is made of a-z 0-9 . _ -, such as team"),
        SyncError::Url(error) => url_hints(error),
        SyncError::NoRemote => vec![
            "git session remote add team git@example.com:team/sessions.git".to_owned(),
            "git session push".to_owned(),
        ],
        SyncError::NotThere { .. } => hint("'git ls-remote URL' lists what is there"),
        SyncError::UnknownRemote { known, .. } if known.is_empty() => {
            hint("add one with 'git session remote add NAME URL'")
        }
        SyncError::UnknownRemote { known, .. } => vec![format!("there are: {}", known.join(", "))],
        SyncError::SeveralRemotes(_) => {
            hint("name one with --remote, or for good with 'git config session.remote NAME'")
        }
        SyncError::RemoteExists { .. } => hint("'git session remote set-url NAME URL' changes it"),
        SyncError::Configured(name) => {
            vec![format!("'git --git-dir=\"$(git session path)\" remote remove {name}' removes it")]
        }
        SyncError::Transport { transport, .. } => {
            vec![format!("'git config --global --add session.transport {transport}' allows it")]
        }
        SyncError::SessionBranch(_) => hint("rename that branch there, or share by another repository"),
        SyncError::Bundle { source, .. } => hint(bundle_hint(source)),
        other => other.fault().map(fault_hint).into_iter().map(str::to_owned).collect(),
    }
}

fn url_hints(error: &UrlError) -> Vec<String> {
    vec![
        match error {
            UrlError::Password => "leave it out; git asks for it, or takes it from its credential helper",
            _ => "such as https://example.com/team/sessions.git or git@example.com:team/sessions.git",
        }
        .to_owned(),
    ]
}

fn bundle_hint(error: &BundleError) -> &'static str {
    match error {
        BundleError::Empty | BundleError::NotABundle => {
            "'git session export --format bundle' makes one; 'git session import -h' tells what else there is"
        }
        BundleError::Incomplete { .. } => {
            "import what came before it first, or ask for one that 'git session export' made: it holds all"
        }
        BundleError::CutOff | BundleError::Damaged(_) => "nothing was taken from it; get the file once more",
        BundleError::NoSessions => {
            "only branches session/… are taken; 'git bundle list-heads' shows what it has"
        }
        BundleError::TooLarge { .. } => "ask for fewer sessions in one bundle",
        _ => "nothing was taken from it",
    }
}

fn fault_hint(fault: RemoteFault) -> &'static str {
    match fault {
        RemoteFault::UnknownHost => "check the name in 'git session remote list', and the network",
        RemoteFault::Unreachable | RemoteFault::Silent => {
            "check the network; what is recorded is safe here, and the next sync sends it"
        }
        RemoteFault::Denied => {
            "check the user and the password or key; git's credential helpers and ssh are asked"
        }
        RemoteFault::HostKey => "connect once with ssh, and compare the key that it shows",
        RemoteFault::Certificate => "the server's administrator, or 'git config http.sslCAInfo', can help",
        RemoteFault::NoRepository => "make it there first, and check that you may see it",
        RemoteFault::Transport => "allow it with 'git config --global --add session.transport NAME'",
        RemoteFault::BadObjects => "tell whoever looks after the remote; nothing was taken from it",
        RemoteFault::TooMuch => "pull fewer sessions at once, by their names",
        RemoteFault::DiskFull => "free some space, here or there, then do it again",
        _ => "do it again; what is recorded is safe here",
    }
}

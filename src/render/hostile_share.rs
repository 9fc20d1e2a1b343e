//! What sharing prints of a text that is not to be trusted.

use super::{exported, imported, pulled, pushed, unpushed};
use crate::model::SessionId;
use crate::ops::StoredSecret;
use crate::store::CommitId;
use crate::sync::{
    ExportOutcome, ExportedSession, ImportedBundle, PullOutcome, Pulled, PulledSession, PushOutcome, Pushed,
    PushedSession, Unpushed,
};

fn commit() -> CommitId {
    CommitId::from_hex(&"1".repeat(40)).expect("an id")
}

fn pulled_session(t: &str, outcome: PullOutcome) -> PulledSession {
    PulledSession {
        rewritten: None,
        branch: t.to_owned(),
        session: (outcome != PullOutcome::Refused).then(|| SessionId::from_foreign("test", "s")),
        title: Some(t.to_owned()),
        outcome,
        before: None,
        after: Some(commit()),
        new_runs: 1,
        conflicts: 1,
        rescued: Some(t.to_owned()),
        why: Some(t.to_owned()),
    }
}

fn pushed_session(t: &str, outcome: PushOutcome) -> PushedSession {
    let secret = StoredSecret {
        commit: commit(),
        run: Some(t.to_owned()),
        path: t.to_owned(),
        line: 1,
        rule: t.to_owned(),
        digest: Some(t.to_owned()),
    };
    PushedSession {
        branch: t.to_owned(),
        session: SessionId::from_foreign("test", "s"),
        title: t.to_owned(),
        outcome,
        tip: commit(),
        new_runs: 1,
        why: Some(t.to_owned()),
        secrets: vec![secret],
        is_purged: false,
    }
}

fn exported_session(t: &str, outcome: ExportOutcome) -> ExportedSession {
    let pushed = pushed_session(t, PushOutcome::Held);
    ExportedSession {
        branch: pushed.branch,
        session: Some(pushed.session),
        title: Some(pushed.title),
        outcome,
        tip: commit(),
        runs: 1,
        why: pushed.why,
        secrets: pushed.secrets,
    }
}

/// Returns everything that is printed of this text, by the name of what prints it.
pub(super) fn shared(t: &str) -> Vec<(&'static str, String)> {
    let came = [PullOutcome::New, PullOutcome::Merged, PullOutcome::Refused];
    let went = [PushOutcome::Pushed, PushOutcome::Behind, PushOutcome::Refused, PushOutcome::Held];
    let pull = |sessions| Pulled {
        remote: t.to_owned(),
        url: t.to_owned(),
        sessions,
        foreign: vec![t.to_owned()],
        left_out: 0,
    };
    let push =
        |sessions| Pushed { remote: t.to_owned(), url: t.to_owned(), sessions, words: vec![t.to_owned()] };
    let bundle = ImportedBundle {
        file: t.to_owned(),
        sessions: came.map(|outcome| pulled_session(t, outcome)).into(),
        foreign: vec![t.to_owned()],
    };
    let left = [ExportOutcome::Exported, ExportOutcome::Held].map(|outcome| exported_session(t, outcome));
    let state = Unpushed { remote: t.to_owned(), ahead: 1, behind: 1, is_changed: true };
    vec![
        ("pull", pulled(&pull(came.map(|outcome| pulled_session(t, outcome)).into()))),
        ("pull of one", pulled(&pull(vec![pulled_session(t, PullOutcome::Same)]))),
        ("push", pushed(&push(went.map(|outcome| pushed_session(t, outcome)).into()), "pushed")),
        ("push of one", pushed(&push(vec![pushed_session(t, PushOutcome::UpToDate)]), "pushed")),
        ("import", imported(&bundle)),
        ("export", exported(&left, t, Some(1))),
        ("status of remotes", unpushed(&[state])),
    ]
}

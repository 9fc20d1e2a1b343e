//! What passes the redactor on its way into the store, and what does not have to.

use std::fs;
use std::path::Path;
use std::rc::Rc;

use git_session::model::{FactKind, Manifest};
use git_session::ops::{self, ContextInput, IdOrigin, Limits, RecordInput, Recorded, ScanScope, Sensitive};
use git_session::redact::{Redactor, RedactorOptions};
use git_session::store::{CommitId, Guard, Store};

use crate::lab::Lab;

const KNOWN: &str = "0dd-v4lue-that-is-known";

/// A token of a form of the table; made here, so that none stands in the sources.
fn token() -> String {
    ["gh", "p_", "q7Rk2WmZx9Lc4Vn8Bt3Yh6Jd1Fs5Gp0TaUe", "1"].concat()
}

/// Returns the store as somebody writes to it who knows a value.
fn knowing(store: &Store) -> Store {
    let known = || Redactor::new(RedactorOptions::default().with_known(vec![KNOWN.to_owned()]));
    store.clone().guarded(Rc::new(Guard::new(known)))
}

fn record_folder(lab: &Lab, folder: &Path) -> Recorded {
    let scan = ops::scan_folder(folder, &Limits::default(), Sensitive::Withhold).expect("readable");
    let input = RecordInput::default().with_context(ContextInput::Overlay(scan));
    let run = lab.fresh_run("folder");
    ops::record(&lab.store, &lab.env, &lab.session, run, &input, IdOrigin::Fresh).expect("recorded")
}

/// Returns what all objects hold.
fn objects(lab: &Lab) -> Vec<u8> {
    let arguments = ["cat-file", "--batch-all-objects", "--unordered", "--batch"];
    crate::lab::git(lab.store.dir(), &arguments).stdout
}

fn holds(lab: &Lab, text: &str) -> bool {
    memchr::memmem::find(&objects(lab), text.as_bytes()).is_some()
}

#[test]
fn no_text_of_a_manifest_is_stored_with_a_secret() {
    let lab = Lab::new();
    let mut manifest = lab.store.snapshot(lab.session.tip).expect("readable").manifest;
    let whole = |text: &str| format!("a {text} b");
    manifest.template = Some(whole(&token()));
    manifest.title = whole(&token());
    manifest.tags.insert(whole(&token()));
    manifest.external_ids.insert(token(), vec![whole(&token())]);
    manifest.extra.insert("later".to_owned(), serde_json::json!({ token(): [whole(&token())] }));
    let mut batch = lab.store.batch();
    batch.manifest_edit(&mut manifest).expect("made");
    let text = serde_json::to_string(&manifest).expect("JSON");
    assert!(!text.contains(&token()), "{text}");
    let again: Manifest = serde_json::from_str(&text).expect("a manifest");
    assert_eq!(again.template.as_deref(), Some("a [REDACTED:github-token] b"));
}

#[test]
fn what_is_hard_to_search_is_recorded_without_its_secrets() {
    let lab = Lab::new();
    let folder = lab.dir.path().join("in");
    fs::create_dir_all(&folder).expect("made");
    let token = token();
    let utf16: Vec<u8> = token.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let escaped: String = token.chars().map(|c| format!("\\u{:04x}", c as u32)).collect();
    let broken = [b"\xff\xfe\xc0 ".as_slice(), token.as_bytes(), b" \xf5\x80"].concat();
    for (name, content) in [
        ("deep.json", format!("{}\"{token}\"{}", "[".repeat(100_000), "]".repeat(100_000)).into_bytes()),
        ("open.json", format!("{}\"{token}", "{\"a\":".repeat(100_000)).into_bytes()),
        ("escaped.json", format!("{{\"a\": \"{escaped}\"}}").into_bytes()),
        (
            "nested.json",
            serde_json::json!({"a": serde_json::json!({"b": token}).to_string()}).to_string().into(),
        ),
        ("bytes.md", broken),
        ("utf16.txt", utf16),
        ("returns.md", format!("a\r\n{token}\r\nb\r").into_bytes()),
        ("long.log", format!("{}{token}\nnext {token}\n", "x".repeat(9 << 20)).into_bytes()),
    ] {
        fs::write(folder.join(name), content).expect("written");
    }
    let recorded = record_folder(&lab, &folder);
    assert_eq!(recorded.changed.len(), 8, "each file is recorded");
    assert!(
        recorded.record.redactions.contains_key("withheld-long-line"),
        "{:?}",
        recorded.record.redactions
    );
    for secret in [token.as_str(), &escaped] {
        assert!(!holds(&lab, secret), "{secret}");
    }
    assert_eq!(record_folder(&lab, &folder).changed, Vec::<String>::new(), "it is the same once more");
    lab.fsck();
}

#[test]
fn a_file_that_changes_while_it_is_read_is_searched_as_it_is_stored() {
    let lab = Lab::new();
    let folder = lab.dir.path().join("in");
    fs::create_dir_all(&folder).expect("made");
    let file = folder.join("log.md");
    let (clean, dirty) = ("nothing here\n".repeat(2_000), format!("use {} now\n", token()).repeat(2_000));
    fs::write(&file, &clean).expect("written");
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            for round in 0..400 {
                fs::write(&file, if round % 2 == 0 { &dirty } else { &clean }).expect("written");
            }
        });
        while !writing.is_finished() {
            record_folder(&lab, &folder);
        }
    });
    fs::write(&file, &dirty).expect("written");
    assert!(record_folder(&lab, &folder).record.redactions.contains_key("github-token"));
    assert!(!holds(&lab, &token()));
}

#[test]
fn a_file_that_is_stored_already_is_left_as_it_is() {
    let mut lab = Lab::new();
    let folder = lab.dir.path().join("in");
    fs::create_dir_all(&folder).expect("made");
    fs::write(folder.join("a.md"), KNOWN).expect("written");
    assert_eq!(record_folder(&lab, &folder).changed, ["a.md"]);
    lab.store = knowing(&lab.store);
    assert_eq!(record_folder(&lab, &folder).changed, Vec::<String>::new());
    fs::write(folder.join("a.md"), format!("{KNOWN}, changed")).expect("written");
    assert_eq!(record_folder(&lab, &folder).changed, ["a.md"]);
    let tip = lab.store.snapshot(lab.tip().tip).expect("readable");
    let path = "a.md".parse().expect("valid");
    let content = ops::cat_context(&lab.store, &tip, &path).expect("there");
    assert_eq!(String::from_utf8_lossy(&content), "[REDACTED:known-value], changed");
}

/// Gives a session a second tip, as another clone would, and returns both.
fn two_tips(lab: &Lab) -> (CommitId, CommitId) {
    let key = "host".parse().expect("valid");
    let set = |value: &str| {
        ops::set_fact(&lab.store, &lab.env, &lab.place(), FactKind::Knowledge, &key, value).expect("set");
        lab.tip().tip
    };
    let before = lab.tip().tip;
    let one = set(&format!("{KNOWN}\nfirst"));
    let branch = format!("refs/heads/{}", lab.session.name.branch());
    lab.git(&["update-ref", "refs/tmp/one", &one.to_string()]);
    lab.git(&["update-ref", &branch, &before.to_string()]);
    (one, set(&format!("second {KNOWN}")))
}

#[test]
fn a_sync_merge_is_the_same_whatever_somebody_knows() {
    let lab = Lab::new();
    let (one, other) = two_tips(&lab);
    let merged = |store: &Store| ops::sync_merge(&mut store.batch(), one, other).expect("merged");
    let plain = merged(&lab.store);
    assert_eq!(plain.conflicts.len(), 1, "both changed the same");
    assert_eq!(merged(&knowing(&lab.store)), plain);
}

#[test]
fn a_scan_of_some_commits_leaves_out_what_others_hold() {
    let lab = Lab::new();
    let knowing = knowing(&lab.store);
    let key = "host".parse().expect("valid");
    let set = |key: &git_session::model::Key, value: &str| {
        ops::set_fact(&lab.store, &lab.env, &lab.place(), FactKind::Knowledge, key, value).expect("set");
        lab.tip().tip
    };
    let pushed = set(&key, KNOWN);
    let next = set(&"port".parse().expect("valid"), "1");
    let found = |tips: &[CommitId], without: &[CommitId]| {
        let scope = ScanScope::Commits { tips, without };
        ops::scan(&knowing, scope, &|_| ()).expect("scanned")
    };
    let all = found(&[next], &[]);
    assert_eq!(all.secrets.len(), 1);
    assert_eq!((all.secrets[0].commit, all.secrets[0].path.as_str()), (pushed, "context/knowledge/host.md"));
    let new = found(&[next], &[pushed]);
    assert_eq!((new.commits, new.secrets.len()), (1, 0), "only the newest is looked at");
    let last = set(&"user".parse().expect("valid"), &format!("use {KNOWN}"));
    assert_eq!(found(&[last], &[next]).secrets[0].commit, last);
}

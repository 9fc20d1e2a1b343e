//! Names, keys, paths, ids and what is shown of them.

use git_session::model::{
    ContextPath, DecisionId, FactKind, Key, RunId, SessionId, SessionName, Timestamp, escape_text, shown,
    slug,
};

/// The inputs to start from.
pub const SEEDS: [&[u8]; 6] = [
    b"fix-the-login-test-3f2a9c01",
    b"build/linux.command",
    "docs/Stra\u{df}e/e\u{301}.md.conflict-0123abcd".as_bytes(),
    b"67e55044-10b1-426f-9247-bb680e5fe0c8",
    b"2026-11-22T07:22:23.508999+02:00",
    "com1.txt\u{202e}\x1b[2J..%2e .git~1 aux$".as_bytes(),
];

/// Reads a text as each kind of name; what is one must print as it was read.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(key) = text.parse::<Key>() {
        assert_eq!(key.as_str(), text);
        for kind in [FactKind::Knowledge, FactKind::Preference] {
            assert_eq!(kind.key(&kind.path(&key)), Some(key.clone()), "a fact is found by its key");
        }
    }
    if let Ok(path) = text.parse::<ContextPath>() {
        assert_eq!(path.as_str(), text);
        assert!(!text.contains("..") || !text.split('/').any(|part| part == ".."), "no path leads out");
        let _ = (path.folded(), path.looks_sensitive(), path.is_conflict_copy(), DecisionId::of_path(&path));
    }
    if let Ok(name) = text.parse::<SessionName>() {
        assert_eq!(name.as_str(), text);
        let _ = name.digits();
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        assert_eq!(time.to_string().parse(), Ok(time), "a time is read as it is printed");
    }
    if let Ok(id) = text.parse::<RunId>() {
        assert_eq!(id.to_string().parse(), Ok(id));
    }
    made(&text);
}

fn made(text: &str) {
    let id = SessionId::from_foreign("fuzz", text);
    let name = SessionName::new(text, id);
    assert_eq!(name.as_str().parse(), Ok(name.clone()), "each title makes a name");
    let key = Key::from_free_text(text);
    assert_eq!(key.as_str().parse(), Ok(key.clone()), "each text makes a key");
    assert!(slug(text).len() <= 91);
    assert!(shown(text).chars().all(|c| !c.is_control()), "nothing that is shown steers a terminal");
    assert!(escape_text(text).chars().all(|c| !c.is_control() || c == '\n' || c == '\t'));
}

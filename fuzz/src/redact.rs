//! Cleaning any bytes: twice is once, JSON stays JSON, and a planted value is gone.

use git_session::redact::{Counts, Redactor, RedactorOptions, Rules};

const PLANTED: &str = "pl4nted-v4lue";

/// The inputs to start from.
pub const SEEDS: [&[u8]; 6] = [
    b"password=hunter2 https://u:p4ss@h/x Authorization: Bearer a1b2c3d4e5f6g7h8",
    b"{\"a\": \"pl4nted-v4lue\", \"secret\": \"a1b2c3d4e5\", \"c\": [\"--token\", \"x1y2z3a4b5\"]}\n",
    b"pl4nted%2Dv4lue \\u0070l4nted-v4lue cGw0bnRlZC12NGx1ZQ==",
    b"-----BEGIN RSA PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END RSA PRIVATE KEY-----",
    b"[REDACTED:assignment] [REDACTED: eyJhbGciOiJ.eyJzdWIiOiJ.c2lnbmF0dXJl",
    b"[[rules]]\nid = 'a'\nregex = 'b+'\nkeywords = ['b']\n",
];

/// Cleans the bytes, and reads them as rules.
pub fn run(data: &[u8]) {
    let redactor = Redactor::new(RedactorOptions::default().with_known(vec![PLANTED.to_owned()]));
    let once = redactor.clean(data, &mut Counts::default()).into_owned();
    let twice = redactor.clean(&once, &mut Counts::default()).into_owned();
    assert_eq!(once, twice, "cleaning twice changes nothing");
    let holds = once.windows(PLANTED.len()).any(|window| window == PLANTED.as_bytes());
    assert!(!holds, "the planted value is gone");
    if let Ok(value) = serde_json::from_slice::<serde_json::Value>(data) {
        let cleaned: Result<serde_json::Value, _> = serde_json::from_slice(&once);
        assert!(cleaned.is_ok() || !value.is_object(), "JSON stays JSON");
        redactor.clean_fields(&value, &mut Counts::default()).expect("any value can be cleaned");
    }
    let text = String::from_utf8_lossy(data);
    if let Ok(rules) = Rules::parse("fuzz", &text) {
        let own = Redactor::new(RedactorOptions::default().with_rules(rules));
        own.clean(b"bbb abc", &mut Counts::default());
    }
}

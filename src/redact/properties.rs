//! Properties of the redactor as a whole.

use proptest::prelude::*;

use super::{Counts, Redactor, RedactorOptions, Rules, ValueDigest};

/// A token of a form of the table, made here so that no token stands in the sources.
fn token() -> String {
    ["gh", "p_", "0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX"].concat()
}

fn known() -> Redactor {
    Redactor::new(
        RedactorOptions::default().with_known(vec!["kn0wn-v4lue".to_owned(), "zwölf\"9\\x".to_owned()]),
    )
}

fn clean(redactor: &Redactor, text: &str) -> String {
    redactor.clean_text(text, &mut Counts::default()).into_owned()
}

fn counted(redactor: &Redactor, text: &str) -> String {
    let mut counts = Counts::default();
    redactor.clean_text(text, &mut counts);
    counts.to_string()
}

#[test]
fn a_secret_is_replaced_by_its_marker_and_counted() {
    let token = token();
    let redactor = Redactor::default();
    assert_eq!(clean(&redactor, &format!("use {token} now")), "use [REDACTED:github-token] now");
    assert_eq!(
        counted(&redactor, &format!("{token} {token} password=hunter2")),
        "assignment 1, github-token 2"
    );
}

#[test]
fn texts_in_json_are_read_without_their_escapes() {
    let redactor = known();
    let token = token();
    let escaped = token.replace('_', "\\u005f");
    for (given, expected) in [
        (
            format!(r#"{{"a": 1.50, "b": "x {escaped} y\u00e9"}}"#),
            r#"{"a": 1.50, "b": "x [REDACTED:github-token] y\u00e9"}"#,
        ),
        (format!(r#"{{"{escaped}": null}}"#), r#"{"[REDACTED:github-token]": null}"#),
        (r#"{"client_secret":"a1b2c3d4e5"}"#.to_owned(), r#"{"client_secret":"[REDACTED:assignment]"}"#),
        (r#"{"s":"is zw\u00f6lf\"9\\x."}"#.to_owned(), r#"{"s":"is [REDACTED:known-value]."}"#),
        (
            r#"{"s":"{\"password\":\"letmein\"}"}"#.to_owned(),
            r#"{"s":"{\"password\":\"[REDACTED:assignment]\"}"}"#,
        ),
        (
            r#"{"args":["curl","-u","me:hunter2"]}"#.to_owned(),
            r#"{"args":["curl","-u","me:[REDACTED:command-line]"]}"#,
        ),
        (
            "{\n  \"name\": \"DB_PASSWORD\",\n  \"value\": \"letmein\"\n}\n".to_owned(),
            "{\n  \"name\": \"DB_PASSWORD\",\n  \"value\": \"[REDACTED:assignment]\"\n}\n",
        ),
        ("\"--password\",\n\"letmein\",\n".to_owned(), "\"--password\",\n\"[REDACTED:assignment]\",\n"),
    ] {
        assert_eq!(clean(&redactor, &given), expected);
    }
}

#[test]
fn escapes_hide_nothing_in_other_text() {
    let redactor = known();
    let token = token();
    for given in [
        token.replace('_', "%5F"),
        token.replace('_', "\\u005f"),
        token.replace('_', "\\\\u005f"),
        token.replace('_', "\\x5f"),
        token.replace('_', "%255F"),
        format!("log: \\n{token}\\n"),
        format!("\u{1b}[32m{token}\u{1b}[0m"),
        "kn0wn%2Dv4lue".to_owned(),
    ] {
        let cleaned = clean(&redactor, &given);
        assert!(
            cleaned.contains("[REDACTED:") && !cleaned.contains("v4lue") && !cleaned.contains("mN7oP8"),
            "{cleaned}"
        );
    }
}

#[test]
fn comments_and_markers_switch_nothing_off() {
    let token = token();
    let redactor = Redactor::default();
    for given in
        [format!("{token} # gitleaks:allow"), format!("[REDACTED:{token}]"), format!("[REDACTED:x] {token}")]
    {
        assert!(!clean(&redactor, &given).contains(&token), "{given}");
    }
}

#[test]
fn what_is_allowed_passes_and_nothing_else() {
    let token = token();
    let allowed = [ValueDigest::of(token.as_bytes()), ValueDigest::of(b"kn0wn-v4lue")].into();
    let options = RedactorOptions::default().with_known(vec!["kn0wn-v4lue".to_owned()]).with_allowed(allowed);
    let redactor = Redactor::new(options);
    let text = format!("{token} kn0wn-v4lue");
    assert_eq!(clean(&redactor, &text), text);
    assert!(clean(&redactor, &format!("{token}A")).contains("[REDACTED:"));
}

#[test]
fn rules_of_the_user_s_are_added() {
    let rules = Rules::parse("r", "[[rules]]\nid = 'ours'\nregex = 'ours-[0-9]{4}'\nkeywords = ['ours-']\n")
        .expect("valid");
    let redactor = Redactor::new(RedactorOptions::default().with_rules(rules));
    let json = "{\"a\": \"ours\\u002d1234\", \"password\": \"letmein\"}";
    assert_eq!(
        clean(&redactor, json),
        "{\"a\": \"[REDACTED:ours]\", \"password\": \"[REDACTED:assignment]\"}"
    );
}

#[test]
fn what_cannot_be_searched_is_withheld() {
    let rules =
        Rules::parse("r", "[[rules]]\nid = 'bad'\nregex = 'a*'\nkeywords = ['ours']\n").expect("valid TOML");
    let redactor = Redactor::new(RedactorOptions::default().with_rules(rules));
    assert_eq!(clean(&redactor, "nothing here"), "nothing here", "the rule is not needed");
    assert_eq!(clean(&redactor, "one of ours"), "[REDACTED:withheld-broken-rules]");
    assert!(redactor.failure().is_some());
    assert_eq!(
        clean(&redactor, "nothing here"),
        "[REDACTED:withheld-broken-rules]",
        "once broken, it stays so"
    );
    let error = Rules::parse("r", "rules = 1").expect_err("no list");
    let redactor = Redactor::broken(error);
    assert_eq!(clean(&redactor, "text"), "[REDACTED:withheld-broken-rules]");
    assert_eq!(clean(&redactor, "[REDACTED:withheld-broken-rules]"), "[REDACTED:withheld-broken-rules]");
}

#[test]
fn lines_that_are_too_long_are_withheld_and_json_stays_json() {
    let redactor = Redactor::default();
    let long = "x".repeat(super::LINE_BYTES);
    let text = format!("a\n{long}\nb");
    assert_eq!(clean(&redactor, &text.replace("xx", "x x")), "a\n[REDACTED:withheld-long-line]\nb");
    let text = format!("{{\"a\": 1}}\n{{\"b\": \"{long}\"}}\n");
    assert_eq!(clean(&redactor, &text), "{\"a\": 1}\n\"[REDACTED:withheld-long-line]\"\n");
}

#[test]
fn a_binary_file_is_kept_whole_or_withheld_whole() {
    let redactor = Redactor::default();
    let mut counts = Counts::default();
    let image = b"\x89PNG\0\0\0\x0dIHDR\0\xff\xfe";
    assert_eq!(redactor.clean(image, &mut counts).as_ref(), image);
    let utf16: Vec<u8> = token().bytes().flat_map(|b| [b, 0]).collect();
    for secret in [utf16, [b"\0\xff ", token().as_bytes(), b" \0"].concat()] {
        assert_eq!(redactor.clean(&secret, &mut counts).as_ref(), b"[REDACTED:withheld-binary-file]");
    }
    assert_eq!(counts.total(), 2);
}

#[test]
fn deep_json_and_other_bytes_do_no_harm() {
    let redactor = Redactor::default();
    let deep = format!("{}\"{}\"{}", "[".repeat(200_000), token(), "]".repeat(200_000));
    assert!(clean(&redactor, &deep).contains("[REDACTED:github-token]"));
    let broken = [b"\xff\xfe\xc0 ", token().as_bytes(), b" \xff"].concat();
    let cleaned = redactor.clean(&broken, &mut Counts::default()).into_owned();
    assert_eq!(cleaned, b"\xff\xfe\xc0 [REDACTED:github-token] \xff");
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(token()),
        Just("kn0wn-v4lue".to_owned()),
        Just("[REDACTED:github-token]".to_owned()),
        Just("[REDACTED:".to_owned()),
        "(password|API_TOKEN|\"secret\"|Authorization|--token|curl -u|x)[=: ]{1,2}",
        "(https|x)://[a-z:]{1,6}@h",
        "-----(BEGIN|END) (RSA )?PRIVATE KEY-----",
        "[A-Za-z0-9+/]{30,70}",
        "\\\\u00[2-7][0-9a-f]|%[2-7][0-9a-f]|\\\\n|\\\\\"|\n",
        "[{}\\[\\]:,\"' ]",
        "[ -~]{0,12}",
        ".{0,4}",
    ]
}

proptest! {
    #[test]
    fn cleaning_twice_changes_nothing(pieces in prop::collection::vec(piece(), 0..14)) {
        let redactor = known();
        let text = pieces.concat();
        let once = clean(&redactor, &text);
        prop_assert_eq!(clean(&redactor, &once), once.clone(), "from {:?}", text);
        prop_assert!(!once.contains("kn0wn-v4lue"));
    }

    #[test]
    fn json_stays_json(pieces in prop::collection::vec(prop::collection::vec(piece(), 0..6), 1..4)) {
        let redactor = known();
        let texts: Vec<String> = pieces.iter().map(|pieces| pieces.concat()).collect();
        let value = serde_json::json!({"password": texts, "b": {"name": texts, "c": [texts]}});
        for json in [value.to_string(), serde_json::to_string_pretty(&value).expect("JSON")] {
            let cleaned = clean(&redactor, &json);
            let read: Result<serde_json::Value, _> = serde_json::from_str(&cleaned);
            prop_assert!(read.is_ok(), "{}", cleaned);
        }
    }

    #[test]
    fn other_text_stays_byte_for_byte(lines in prop::collection::vec("[a-z \\\\{}\",:0-9]{0,30}", 0..6)) {
        let text = lines.join("\n");
        prop_assert_eq!(clean(&Redactor::default(), &text), text);
    }

    #[test]
    fn fields_and_lines_of_json_are_cleaned_alike(pieces in prop::collection::vec(piece(), 0..6)) {
        let redactor = known();
        let value = serde_json::json!({"a": pieces.concat(), "token": [pieces.concat(), "x"]});
        let line = clean(&redactor, &value.to_string());
        let fields = redactor.clean_fields(&value, &mut Counts::default()).expect("JSON").unwrap_or(value);
        let read: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        prop_assert_eq!(read, fields);
    }
}

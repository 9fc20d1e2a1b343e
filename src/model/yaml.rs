//! YAML, read within tight limits and written so that every reader understands it alike.
//!
//! The one file that names the YAML crate. What YAML 1.1 readers would take for a boolean, a
//! number or a date is quoted; duplicate keys, aliases, merge keys, several documents, deep
//! nesting and documents over 1 MiB are refused.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{SCHEMA, shown};

/// The largest document, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;
/// The deepest nesting.
const MAX_DEPTH: usize = 16;
/// The most scalars, sequences and mappings of one document.
const MAX_NODES: usize = 20_000;

/// Why a document could not be read or written. `file` is its path in the commit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum YamlError {
    /// It is over the limit of 1 MiB.
    #[error("{file} is over the limit of {MAX_BYTES} bytes (got {bytes})")]
    TooLarge {
        /// The document.
        file: String,
        /// Its size.
        bytes: usize,
    },
    /// A newer version of the program wrote it.
    #[error("{file} was written by a newer version (schema {schema}; this build reads up to {SCHEMA})")]
    NewerSchema {
        /// The document.
        file: String,
        /// Its schema number.
        schema: u32,
    },
    /// It is not valid, or over a limit of depth or size.
    #[error("{file}:{line}:{column}: {}", shown(.message))]
    Invalid {
        /// The document.
        file: String,
        /// The line, from 1; 0 where it is not known.
        line: u64,
        /// The column, from 1; 0 where it is not known.
        column: u64,
        /// What is wrong with it.
        message: String,
    },
    /// It could not be written.
    #[error("{file} could not be written as YAML: {}", shown(.message))]
    Unwritable {
        /// The document.
        file: String,
        /// What is wrong with it.
        message: String,
    },
}

/// Reads a document that has no schema number. `file` names it in errors.
pub fn parse<T: DeserializeOwned>(file: &str, bytes: &[u8]) -> Result<T, YamlError> {
    let text = checked_text(file, bytes)?;
    serde_yaml::from_str_with_options(text, options()).map_err(|error| invalid(file, &error))
}

/// Reads a document with a schema number; one that is newer than this build says so.
pub fn parse_schema<T: DeserializeOwned>(file: &str, bytes: &[u8]) -> Result<T, YamlError> {
    match parse(file, bytes) {
        Ok(document) => Ok(document),
        // A newer schema is told before whatever else this build does not understand in it.
        Err(error) => match parse::<SchemaOnly>(file, bytes) {
            Ok(SchemaOnly { schema }) if schema > SCHEMA => {
                Err(YamlError::NewerSchema { file: file.to_owned(), schema })
            }
            _ => Err(error),
        },
    }
}

/// Writes a document, unless it is one that could not be read back. `file` names it in errors.
pub fn print<T: Serialize>(file: &str, document: &T) -> Result<String, YamlError> {
    let options = serde_yaml::ser_options! { prefer_block_scalars: false };
    let text = serde_yaml::to_string_with_options(document, options)
        .map_err(|error| YamlError::Unwritable { file: file.to_owned(), message: error.to_string() })?;
    if !is_within_limits(&text) {
        parse::<serde::de::IgnoredAny>(file, text.as_bytes())?;
    }
    Ok(text)
}

/// Tells whether a text of the writer's is small enough to be surely within the limits; reading it
/// back takes longer than writing it. A node takes two bytes at least, and a level of nesting two
/// spaces or dashes at the start of its line.
fn is_within_limits(text: &str) -> bool {
    let indent = |line: &str| line.bytes().take_while(|byte| matches!(byte, b' ' | b'-')).count();
    text.len() <= MAX_NODES && text.lines().all(|line| indent(line) <= MAX_DEPTH)
}

#[derive(serde::Deserialize)]
struct SchemaOnly {
    schema: u32,
}

fn checked_text<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, YamlError> {
    if bytes.len() > MAX_BYTES {
        return Err(YamlError::TooLarge { file: file.to_owned(), bytes: bytes.len() });
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let line = 1 + bytes[..error.valid_up_to()].iter().filter(|&&b| b == b'\n').count() as u64;
        let message = "it is not UTF-8".to_owned();
        YamlError::Invalid { file: file.to_owned(), line, column: 0, message }
    })
}

fn options() -> serde_yaml::Options {
    serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_depth: MAX_DEPTH,
            max_nodes: MAX_NODES,
            max_aliases: 0,
            max_anchors: 0,
            max_documents: 1,
            max_total_scalar_bytes: MAX_BYTES,
        },
        duplicate_keys: serde_yaml::DuplicateKeyPolicy::Error,
        merge_keys: serde_yaml::MergeKeyPolicy::Error,
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    }
}

fn invalid(file: &str, error: &serde_yaml::Error) -> YamlError {
    let location = error.location();
    let message = error.to_string();
    YamlError::Invalid {
        file: file.to_owned(),
        line: location.map_or(0, |l| l.line()),
        column: location.map_or(0, |l| l.column()),
        message: message.lines().next().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;
    use crate::model::Manifest;

    const VALID: &str =
        "schema: 1\nid: 67e55044-10b1-426f-9247-bb680e5fe0c8\ntitle: yes\ncreated_at: 2026-11-22T07:22:23Z\n";

    fn read(text: &str) -> Result<Manifest, YamlError> {
        let started = Instant::now();
        let result = parse_schema("session.yaml", text.as_bytes());
        assert!(started.elapsed() < Duration::from_secs(5), "no document may take long");
        result
    }

    #[test]
    fn a_document_by_hand_is_read_as_yaml_1_2_means_it() {
        let text = format!("\u{feff}{VALID}foo: 010\nbar: {{a: 1, b: 1.5, c: '1'}}\n").replace('\n', "\r\n");
        let manifest = read(&text).expect("valid, with a byte order mark and CRLF");
        assert_eq!(manifest.title, "yes");
        assert_eq!(manifest.extra["foo"], "010");
        assert_eq!(manifest.extra["bar"], serde_json::json!({"a": 1, "b": 1.5, "c": "1"}));
        assert_eq!(read(&print("session.yaml", &manifest).expect("printable")), Ok(manifest));
    }

    #[test]
    fn documents_that_are_wrong_are_refused_by_file_and_line() {
        for (wrong, told) in [
            ("", "session.yaml"),
            ("~", "session.yaml"),
            ("- a", "session.yaml:1:1"),
            ("schema: one", "session.yaml:1:9"),
            ("schema: -1", "session.yaml:1:9"),
            ("schema: 1\nschema: 1", "session.yaml:2:1: duplicate"),
            (&format!("{VALID}free: {{a: 1, a: 2}}"), "session.yaml:5:"),
            (&format!("{VALID}tags: 5"), "session.yaml"),
            (&format!("{VALID}a: &x [1]\nb: *x"), "session.yaml:5:"),
            (&format!("{VALID}a: {{<<: {{b: 1}}}}"), "session.yaml:5:"),
            (&format!("{VALID}a: !!python/object:os.system {{}}"), "session.yaml:5:"),
            (&format!("{VALID}---\nschema: 1\n"), "session.yaml:5:"),
            ("schema: 1\n\tid: x", "session.yaml:1:9"),
        ] {
            let error = read(wrong).expect_err(wrong).to_string();
            assert!(error.starts_with(told), "{wrong:?} gave {error}");
        }
    }

    #[test]
    fn bombs_are_refused_at_once() {
        let bomb = (1..9).fold("a0: &a0 [x]\n".to_owned(), |text, n| {
            let aliases = format!("*a{},", n - 1).repeat(10);
            format!("{text}a{n}: &a{n} [{aliases}]\n")
        });
        let many = "- x\n".repeat(100_000);
        let deep = (0..3000).fold(String::new(), |text, n| format!("{text}{}a:\n", " ".repeat(n % 300)));
        for text in [&bomb, &"[".repeat(100_000), &many, &deep, &"x".repeat(MAX_BYTES + 1)] {
            assert!(read(text).is_err());
        }
    }

    #[test]
    fn what_could_not_be_read_back_is_not_written() {
        let deep = (0..40).fold(serde_json::json!(1), |inner, _| serde_json::json!({ "a": inner }));
        let many: Vec<String> = (0..30_000).map(|n| n.to_string()).collect();
        let large = "a".repeat(2 * MAX_BYTES);
        for extra in [deep, many.into(), large.into()] {
            let mut manifest = read(VALID).expect("valid");
            manifest.extra.insert("free".to_owned(), extra);
            assert!(print("session.yaml", &manifest).is_err(), "nobody could read it");
        }
    }

    #[test]
    fn a_newer_schema_says_so() {
        let error = read("schema: 99\nruns: nothing this build knows").expect_err("newer");
        assert_eq!(error, YamlError::NewerSchema { file: "session.yaml".to_owned(), schema: 99 });
    }

    #[test]
    fn what_yaml_1_1_would_misread_is_quoted() {
        let mut manifest = read(VALID).expect("valid");
        let traps =
            ["yes", "on", "No", "1:30", "1_000", "12e4567", "2026-11-22", "0x1F", "~", "null", "=", "<<"];
        manifest.tags = traps.iter().map(|trap| (*trap).to_owned()).collect();
        let text = print("session.yaml", &manifest).expect("printable");
        for trap in traps {
            let quoted = [format!("- \"{trap}\"\n"), format!("- '{trap}'\n")];
            assert!(quoted.iter().any(|line| text.contains(line)), "{trap} must be quoted:\n{text}");
        }
        assert!(text.contains("created_at: \"2026-11-22T07:22:23Z\""), "times must be quoted:\n{text}");
    }

    fn values() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            any::<Option<bool>>().prop_map(serde_json::Value::from),
            any::<i64>().prop_map(serde_json::Value::from),
            "[ -]{0,20}|.{0,12}|a\n {0,30}- b".prop_map(serde_json::Value::from),
        ];
        leaf.prop_recursive(24, 60, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(serde_json::Value::from),
                prop::collection::btree_map(".{0,4}", inner, 0..3).prop_map(|map| serde_json::json!(map)),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_surely_within_the_limits_can_be_read_back(value in values()) {
            let text = serde_yaml::to_string(&value).expect("printable");
            if is_within_limits(&text) {
                let read = parse::<serde::de::IgnoredAny>("x.yaml", text.as_bytes());
                prop_assert!(read.is_ok(), "{text}: {read:?}");
            }
        }
    }
}

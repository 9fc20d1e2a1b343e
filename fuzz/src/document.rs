//! What must hold of every document that can be read.

use git_session::model::yaml;

/// Reads a document and, where it is one, prints it and reads that: printing must then be stable.
pub fn check<T: serde::Serialize + serde::de::DeserializeOwned>(file: &str, bytes: &[u8]) {
    let Ok(read) = yaml::parse_schema::<T>(file, bytes) else { return };
    // What has become too large by quoting is refused, which loses nothing.
    let Ok(printed) = yaml::print(file, &read) else { return };
    let again: T = yaml::parse_schema(file, printed.as_bytes()).expect("what is printed can be read");
    let twice = yaml::print(file, &again).expect("what was printed once can be printed again");
    assert_eq!(printed, twice, "a document must not change by being read and printed");
}

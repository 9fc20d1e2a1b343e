//! What people type for a run.

use git_session::store::RunSpec;

/// The inputs to start from.
pub const SEEDS: [&[u8]; 5] = [b"@", b"fix-3f2a9c01@-2", b"@18446744073709551615", b"3f2a", b"a@{1}@@0"];

/// Reads a text as the name of a run; what is one must print as what is read again.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Ok(spec) = text.parse::<RunSpec>() else { return };
    let printed = spec.to_string();
    assert_eq!(printed.parse::<RunSpec>().expect("what is printed can be read"), spec);
}

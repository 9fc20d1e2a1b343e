//! The program as an installation leaves it.

use std::path::Path;
use std::sync::OnceLock;

/// Returns a copy of the program, as `cargo install` makes one. The linker writes its file in pieces;
/// the system maps it in small pieces too then, and each process starts a millisecond later.
pub fn program() -> &'static str {
    static COPY: OnceLock<String> = OnceLock::new();
    COPY.get_or_init(|| {
        let built = Path::new(env!("CARGO_BIN_EXE_git-session"));
        let copy = built.with_extension("copy");
        std::fs::copy(built, &copy).expect("copied");
        copy.into_os_string().into_string().expect("text")
    })
}

//! How the program is linked.
//!
//! A short command is mostly its start: 1.6 ms for `--version` with glibc. A tenth of a millisecond of
//! that is the loading of the library that unwinds the stack, which is small enough to be a part of the
//! program. Who uses the crate as a library links as they like.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=src/build.rs");
    println!("cargo:rerun-if-env-changed=RUSTC_LINKER");
    let is_program = env::var_os("CARGO_FEATURE_CLI").is_some();
    let target = |part: &str| env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    if is_program && target("OS") == "linux" && target("ENV") == "gnu" && has_unwinder() {
        println!("cargo:rustc-link-lib=static:-bundle=gcc_eh");
    }
}

// GCC brings it along; where that was left out, the shared library does as well.
fn has_unwinder() -> bool {
    let linker = env::var_os("RUSTC_LINKER").unwrap_or_else(|| "cc".into());
    let is_native = env::var_os("HOST") == env::var_os("TARGET");
    let asked = Command::new(linker).arg("-print-file-name=libgcc_eh.a").output();
    is_native && asked.is_ok_and(|said| Path::new(String::from_utf8_lossy(&said.stdout).trim()).is_absolute())
}

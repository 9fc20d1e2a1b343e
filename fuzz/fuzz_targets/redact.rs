#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| git_session_fuzz::redact::run(data));

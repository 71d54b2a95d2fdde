#![no_main]
//! See [`unpoison_fuzz::archives`].

libfuzzer_sys::fuzz_target!(|data: &[u8]| unpoison_fuzz::archives(data));

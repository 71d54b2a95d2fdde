#![no_main]
//! See [`unpoison_fuzz::mutated`].

libfuzzer_sys::fuzz_target!(|data: &[u8]| unpoison_fuzz::mutated(data));

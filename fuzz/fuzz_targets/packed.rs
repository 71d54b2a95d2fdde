#![no_main]
//! See [`unpoison_fuzz::packed`].

libfuzzer_sys::fuzz_target!(|data: &[u8]| unpoison_fuzz::packed(data));

#![no_main]
//! See [`unpoison_fuzz::response_files`].

libfuzzer_sys::fuzz_target!(|data: &[u8]| unpoison_fuzz::response_files(data));

#![no_main]
//! See [`unpoison_fuzz::behaves_alike`].

libfuzzer_sys::fuzz_target!(|data: &[u8]| unpoison_fuzz::behaves_alike(data));

#![no_main]
//! See [`unpoison_fuzz::objects`].

libfuzzer_sys::fuzz_target!(|data: &[u8]| unpoison_fuzz::objects(data));

#![no_main]
//! See [`unpoison_fuzz::name_section`].

libfuzzer_sys::fuzz_target!(|data: &[u8]| unpoison_fuzz::name_section(data));

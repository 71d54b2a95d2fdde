#![no_main]
//! See [`unpoison_fuzz::valid_in_valid_out`].

libfuzzer_sys::fuzz_target!(|data: &[u8]| unpoison_fuzz::valid_in_valid_out(data));

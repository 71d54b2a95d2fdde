#![no_main]
//! See [`unpoison_fuzz::dwarf`].

libfuzzer_sys::fuzz_target!(|data: &[u8]| unpoison_fuzz::dwarf(data));

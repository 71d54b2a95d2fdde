//! Fuzz targets: plain functions of bytes that panic when the linker is at fault.
//!
//! `cargo fuzz run --features libfuzzer TARGET` runs one for libFuzzer (nightly),
//! `cargo xtask fuzz --minutes N [TARGET]` with random data on any compiler, and
//! `cargo test -p unpoison-fuzz` for a bounded number of executions.

mod alike;
mod generate;
mod host;
pub mod hostile;
mod mutated;
mod parts;
mod random;
pub mod run;
mod sections;
mod seeds;
mod stubs;
mod valid;

/// The module that a target makes of data, as text; `runs` for one that runs it, too. With
/// `options` what the linker makes of it.
pub fn module_of(data: &[u8], runs: bool, options: Option<&str>) -> Option<String> {
    use generate::Purpose::{Rewrite, Run};
    let mut module = generate::module(data, if runs { Run } else { Rewrite })?.module;
    if let Some(options) = options {
        module = valid::rewritten(&module, &options.split_whitespace().collect::<Vec<_>>())?;
    }
    wasmprinter::print_bytes(module).ok()
}

pub use alike::behaves_alike;
pub use mutated::mutated;
pub use parts::{archives, dwarf, name_section, objects, packed, response_files};
pub use random::Random;
pub use valid::valid_in_valid_out;

/// A target: its name, and the function.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("valid_in_valid_out", valid_in_valid_out),
    ("behaves_alike", behaves_alike),
    ("mutated", mutated),
    ("objects", objects),
    ("archives", archives),
    ("response_files", response_files),
    ("name_section", name_section),
    ("packed", packed),
    ("dwarf", dwarf),
];

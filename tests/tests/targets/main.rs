//! Targets and kinds of modules other than a library for wasm32-unknown-unknown.

mod features;
mod no_std;
mod pads;
mod wasi;
mod wasi_programs;

//! Targets and kinds of modules other than a library for wasm32-unknown-unknown.

mod c;
mod features;
mod no_std;
mod pads;
mod reach;
mod wasi;
mod wasi_programs;

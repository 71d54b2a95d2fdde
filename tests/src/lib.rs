//! The harness of the whole-link tests: fixtures built by cargo with a recording
//! linker, linked again by rust-lld and by unpoison, run in Node.

pub mod expect;
pub mod glue;
pub mod hosted;
pub mod inspect;
pub mod links;
pub mod matrix;
pub mod node;
pub mod pages;
pub mod program;
pub mod reader;
pub mod trapping;

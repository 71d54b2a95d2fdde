//! The binary format, each part of it in one place: numbers, instructions, sections.
//!
//! What `wasmparser` reads and `wasm-encoder` writes is theirs; here is what neither
//! has: numbers of a chosen width, and the few bytes that are written into bodies which
//! stay where they are.

pub(crate) mod leb;
pub(crate) mod op;
pub(crate) mod output;
pub(crate) mod section;

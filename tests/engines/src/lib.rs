//! Modules in every engine that is there: the same calls, and what must be seen of them.

pub mod cases;
pub mod engine;
mod in_rust;
pub mod steps;

//! Modules whose panics unwind: a panic costs one call, an abort everything.

mod aborts;
mod hosted;
mod inside;
mod table;

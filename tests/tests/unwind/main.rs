//! Modules whose panics unwind: a panic costs one call, an abort everything.

mod aborts;
mod double;
mod ends;
mod host;
mod hosted;
mod inside;
mod million;
mod points;
mod sorts;
mod table;

//! The edges of a module: whatever lies there, no Rust runs after a failure, and no frame
//! that was skipped loses its memory to another.

mod cruncher;
mod references;
mod skipped;
mod stack;
mod tables;

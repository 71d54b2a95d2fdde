//! Sealing: whatever fails in Rust, and wherever, nothing of Rust's moves after it.
//!
//! [`model`] walks random trees of calls between Rust and the host and compares every
//! step with [`reference`]; [`traps`] and [`hook`] go through the ways to fail one by
//! one.

mod engine;
mod generate;
mod model;
mod outcome;
mod reference;
mod tree;

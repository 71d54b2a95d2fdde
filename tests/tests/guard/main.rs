//! Sealing: whatever fails in Rust, and wherever, nothing of Rust's moves after it.
//!
//! [`model`] walks random trees of calls between Rust and the host and compares every
//! step with [`reference`]; [`traps`], [`start`] and [`values`] go through what can happen
//! one by one, beside a module that rust-lld linked; [`soak`] does it a million times.

mod engine;
mod generate;
mod model;
mod outcome;
mod reference;
mod soak;
mod start;
mod traps;
mod tree;
mod unwind;
mod values;
mod walks;

//! The chores of this repository, as a library: the tests stand on the same set-up,
//! the same builds and the same recorded links as `cargo xtask` does.

pub mod after_link;
pub mod bench;
pub mod book;
pub mod check;
pub mod chromium;
pub mod corpus;
pub mod debian;
pub mod demo;
pub mod dependencies;
pub mod disk;
pub mod dist;
pub mod engines;
#[cfg(unix)]
pub mod faults;
pub mod fixture;
pub mod fuzz;
pub mod node;
pub mod reach;
pub mod reach_engines;
pub mod reach_page;
pub mod reach_targets;
pub mod record;
pub mod run;
pub mod serve;
pub mod setup;
pub mod soak;
pub mod sysroot;
pub mod test_programs;
pub mod toolchain;
pub mod tools;
pub mod web;
#[cfg(unix)]
pub mod windows;
pub mod worker;
pub mod workers_rs;

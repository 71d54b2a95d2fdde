//! Links that are disturbed: a small part of `cargo xtask faults`.
#![cfg(unix)]

use std::sync::LazyLock;
use xtask::faults::{Fault, Subject};

/// Where random moments begin.
const SEED: u64 = 1;

/// One after the other: they count on the time that a link takes.
fn holds(fault: Fault, rounds: usize) {
    static TURN: LazyLock<std::sync::Mutex<()>> = LazyLock::new(Default::default);
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let subject = Subject::new(None, SEED).unwrap();
    let tally = fault.run(&subject, rounds).unwrap();
    for why in &tally.missing {
        eprintln!("not tried: {why}");
    }
    assert!(tally.lost.is_empty(), "{}: {}", fault.name(), tally.lost.join("\n"));
    let ended = tally.right + tally.refused + tally.ended;
    assert!(ended == tally.rounds && ended > 0, "{tally:?}");
}

#[test]
fn links_at_once() {
    holds(Fault::Crowd, 16);
}

#[test]
fn killed_links() {
    holds(Fault::KilledLink, 20);
}

#[test]
fn killed_while_the_stubs_compile() {
    holds(Fault::KilledStubs, 5);
}

#[test]
fn no_room() {
    holds(Fault::DiskFull, 2);
}

#[test]
fn folders_that_cannot_be_written() {
    holds(Fault::ReadOnly, 1);
}

#[test]
fn rubbish_in_the_cache() {
    holds(Fault::Rubbish, 1);
}

#[test]
fn odd_paths() {
    holds(Fault::Paths, 1);
}

//! Six crates that many people use, as their own modules: a small part of `cargo xtask corpus`.

use xtask::corpus::{self, Profile};
use xtask::setup;

/// What [`corpus::check_named`] makes sure of: the same answers as in the plain module, panics that
/// are typed, memory that stays, bytes that do not depend on folders, caches and threads.
fn holds(profile: Profile) {
    for name in corpus::QUICK {
        let row = corpus::check_named(setup::get(), name, profile);
        let row = row.unwrap_or_else(|error| panic!("{name}: {error:#}"));
        assert!(row.sites > 0 && row.places[0] > 0, "{row:?}");
    }
}

#[test]
fn panics_that_abort() {
    holds(Profile::Release);
}

#[test]
fn panics_that_unwind() {
    holds(Profile::Unwind);
}

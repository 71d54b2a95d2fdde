//! A service that panics for ever does not grow and does not slow down.

use crate::hosted::{engines, releases};
use serde::Deserialize;
use std::path::Path;
use std::process::Command;
use unpoison_tests::links::Pair;
use xtask::run;

/// What `tests/js/million.mjs` answers.
#[derive(Debug, Deserialize)]
struct Answer {
    panics: u32,
    others: u32,
    /// Frames, panicking ones and payloads that were dropped.
    dropped: u32,
    panicking: u32,
    payloads: u32,
    /// Of each tenth.
    tenths: Vec<Tenth>,
}

#[derive(Debug, Deserialize)]
struct Tenth {
    /// The processor's time that it took, in milliseconds.
    time: f64,
    /// The memory's size, in bytes.
    memory: u64,
    /// Where a frame would be put.
    stack: u64,
    /// `thread::panicking()`.
    panicking: u32,
    state: u32,
}

#[test]
fn a_million_panics_in_one_instance() {
    for (eh, build) in releases() {
        let pair = Pair::both("unwind", build).unwrap();
        for engine in engines(eh) {
            let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("js/million.mjs");
            let mut command = Command::new(&engine);
            let said = run::quiet(command.arg(script).arg(&pair.unpoisoned)).unwrap();
            let answer: Answer = serde_json::from_str(&said).unwrap();
            println!("{}, {}: {answer:#?}", eh.name(), engine.display());
            assert_eq!((answer.panics, answer.others), (1_000_000, 0));
            assert_eq!((answer.dropped, answer.panicking), (1_000_000, 1_000_000));
            assert_eq!(answer.payloads, 500_000);
            let [first, second, .., last] = &answer.tenths[..] else { panic!("too few tenths") };
            for tenth in &answer.tenths {
                assert_eq!((tenth.memory, tenth.stack), (first.memory, first.stack));
                assert_eq!((tenth.panicking, tenth.state), (0, 0));
            }
            // In the first the engine still compiles.
            assert!(last.time < 2.0 * second.time + 200.0, "{} after {}", last.time, second.time);
        }
    }
}

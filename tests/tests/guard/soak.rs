//! A host that replaces failed instances for ever does not grow.

use crate::engine::{in_every_node, script};
use serde_json::{Value, json};
use unpoison_tests::links::Pair;
use xtask::fixture::Point;

/// Bytes that a process may hold more at the end than when it was warm: less than
/// two instances, of a thousand.
const MORE: u64 = 2 << 20;
/// The same for all of the process, which gives pages back when it likes.
const MORE_RESIDENT: u64 = 24 << 20;

#[test]
fn a_million_calls_a_thousand_failures() {
    let pair = Pair::both("tree", Point::RELEASE).unwrap();
    in_every_node(|engine| {
        let said = script(&engine, &["--expose-gc"], "soak.mjs", &[&pair.unpoisoned]).unwrap();
        assert_eq!(said["failures"], json!({"panic": 200, "abort": 400, "trap": 400, "other": 0}));
        let samples = said["samples"].as_array().unwrap();
        assert_eq!(samples.len(), 10);
        for (what, more) in [("heapUsed", MORE), ("external", MORE), ("rss", MORE_RESIDENT)] {
            let of = |sample: &Value| sample[what].as_u64().unwrap();
            // The first three tenths warm the process up.
            let before = samples[..3].iter().map(of).max().unwrap();
            let after = of(&samples[9]);
            assert!(after < before + more, "{what}, {}: {samples:#?}", engine.display());
        }
    });
}

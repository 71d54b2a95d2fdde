//! A service that keeps its state in memory: of 4000 requests that overlap, 40 panic.

use crate::engine::Engine;
use crate::{expect_same, pair};
use serde_json::json;
use xtask::fixture::{Eh, Panics, Point};

#[test]
fn a_request_that_panics_costs_nobody_else_anything() {
    for eh in [Eh::Legacy, Eh::Exnref] {
        let pair = pair(Panics::Unwind(eh), &Point::RELEASE);
        for engine in Engine::all(eh) {
            let seen = engine.run(&pair.unpoisoned, &["service"]).unwrap();
            let what = format!("{eh:?} {engine:?}");
            // Panics at the last place come after the commit; those at the first two,
            // before there is a transaction; those under the lock poison it.
            let places = json!({ "0": 6, "1": 6, "2": 6, "3": 6, "4": 6, "5": 5, "6": 5 });
            let service = json!({
                "wrong": [],
                "counts": { "committed": 3965, "panicked": 40, "places": places },
                "balances": true,
                "sum": true,
                "committed": 3965,
                "rolledBack": 6 + 6 + 6 + 5,
                "open": 0,
                "cached": 97,
                "poisoned": 6 + 5,
                "panicking": false,
                "state": 0,
                "terminated": 0,
            });
            let expected = json!({
                "service": { "seen": service, "uncaught": [] },
                "growth": { "seen": 0, "uncaught": [] },
            });
            expect_same(&seen, &expected, &what);
        }
    }
}

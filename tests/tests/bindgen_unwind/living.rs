//! Panics and exceptions that an instance survives.
//!
//! `living.json` says what each step answers, and how many values that have a
//! destructor are left then: none too many.
//!
//! With one exception. wasm-bindgen declares imports as `extern "C"`, so an optimizing
//! compiler takes it that they do not unwind, and gives a frame that can only be left
//! through one of them no landing pad: what JavaScript throws leaks what that frame
//! owned. rust-lld's link of the same objects says how much.

use crate::engine::Engine;
use crate::{expect_same, pair, points};
use serde_json::{Value, json};
use xtask::fixture::{Eh, Panics, Point};

/// The scenarios in which something is thrown out of an import.
const THROWN: [&str; 3] = ["borrows", "exceptions", "lent"];

fn expected(point: &Point, plain: &Value) -> Value {
    let mut expected: Value = serde_json::from_str(include_str!("living.json")).unwrap();
    for name in THROWN.iter().filter(|_| point.opt != "0") {
        let steps = expected[name]["seen"].as_array_mut().unwrap();
        for (number, step) in steps.iter_mut().enumerate() {
            step[1] = plain[name]["seen"][number][1].clone();
        }
    }
    expected
}

/// What a plain link does where unpoison does more: the export that wasm-bindgen does
/// not know, and the closure that it does not protect, let the panic out as it is.
fn expected_of_plain(point: &Point, plain: &Value) -> Value {
    let mut expected = expected(point, plain);
    let raw_panic = json!({ "exception": { "tag": "unknown" } });
    expected["raw"]["seen"][1][0] = raw_panic.clone();
    // The panic never ended.
    expected["raw"]["seen"][4] =
        json!({ "owned": 0, "panicking": { "ok": true }, "state": 0, "terminated": 0 });
    expected["unprotected"]["seen"][1] = raw_panic;
    expected
}

fn check(eh: Eh, point: &Point) {
    let pair = pair(Panics::Unwind(eh), point);
    let plain = Engine::Node24.run(&pair.plain, &["living"]).unwrap();
    expect_same(&plain, &expected_of_plain(point, &plain), &format!("{eh:?} {point}: plain"));
    for engine in Engine::all(eh) {
        let seen = engine.run(&pair.unpoisoned, &["living"]).unwrap();
        expect_same(&seen, &expected(point, &plain), &format!("{eh:?} {point}: {engine:?}"));
    }
}

#[test]
fn in_every_engine_legacy() {
    for point in points() {
        check(Eh::Legacy, &point);
    }
}

#[test]
fn in_newer_engines_exnref() {
    check(Eh::Exnref, &Point::RELEASE);
}

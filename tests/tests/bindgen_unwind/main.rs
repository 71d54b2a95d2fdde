//! wasm-bindgen crates whose panics unwind: what its glue makes of panics and
//! exceptions is what it makes of them in a module that rust-lld linked, and after an
//! abort nothing runs.

mod build_std;
mod ends;
mod engine;
mod living;
mod service;

use serde_json::Value;
use unpoison_tests::glue::GluePair;
use unpoison_tests::matrix;
use xtask::fixture::{Build, Panics, Point};

/// Both links of the fixture at a point, behind wasm-bindgen's glue.
fn pair(panics: Panics, point: &Point) -> GluePair {
    GluePair::new("bindgen_unwind", Build { point: *point, panics }).unwrap()
}

/// A release, and a debug build, whose descriptor functions have all the landing pads
/// that there can be.
fn points() -> Vec<Point> {
    let mut points =
        vec![Point::RELEASE, Point { lto: "off", opt: "0", debug: "full", strip: "none" }];
    if matrix::whole() {
        points.push(Point { lto: "fat", opt: "z", debug: "none", strip: "none" });
        points.push(Point { lto: "thin", opt: "s", debug: "line-tables-only", strip: "debuginfo" });
    }
    points
}

/// Compares step by step: the whole of it is too much to read.
fn expect_same(seen: &Value, expected: &Value, what: &str) {
    let names =
        |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(names(seen), names(expected), "{what}");
    for (name, expected) in expected.as_object().unwrap() {
        let seen = &seen[name];
        let what = format!("{what}: {name}");
        assert_eq!(seen["uncaught"], expected["uncaught"], "{what}");
        match (seen["seen"].as_array(), expected["seen"].as_array()) {
            (Some(seen), Some(expected)) => {
                assert_eq!(seen.len(), expected.len(), "{what}");
                for (number, (seen, expected)) in seen.iter().zip(expected).enumerate() {
                    assert_eq!(seen, expected, "{what}: step {number}");
                }
            }
            _ => assert_eq!(seen["seen"], expected["seen"], "{what}"),
        }
    }
}

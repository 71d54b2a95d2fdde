//! `examples/workers-rs`, built by worker-build with the entry of `npx unpoison worker-build`,
//! in miniflare: what its clients see.

use serde_json::Value;
use unpoison_tests::links::toolchain;
use xtask::worker::Build;
use xtask::workers_rs::{self, FLAG, Way};

/// Requests under load; `cargo xtask workers` makes 10,000.
const REQUESTS: u32 = 1000;

fn status(of: &Value) -> u64 {
    of["status"].as_u64().unwrap()
}

fn clients(build: Build) {
    let folder = workers_rs::folder(toolchain(), Way::Entry, build).unwrap();
    let rows = workers_rs::told(&folder, "rows", &[], 0).unwrap();
    for (fault, error) in [
        ("panic", "PanicError: the request wanted a panic"),
        ("abort", "RustAbortError: abort"),
        ("overflow", "RustAbortError: "),
    ] {
        let survives = build == Build::Unwind && fault == "panic";
        for when in ["", " later"] {
            let row = &rows[&format!("{fault}{when}")];
            let what = format!("{build:?} {fault}{when}: {row}");
            // Who fails is told how.
            assert_eq!(status(&row["failing"]), 500, "{what}");
            assert!(row["failing"]["text"].as_str().unwrap().contains(error), "{what}");
            assert_eq!(row["next"]["text"], "64", "{what}");
            // What only reads is made again.
            assert_eq!(row["stateless"]["text"], "9", "{what}");
            let object = &row["object"];
            match survives {
                true => assert_eq!(status(object), 200, "{what}"),
                false => {
                    assert_eq!(status(object), 503, "{what}");
                    assert_eq!(object["retry"], "1", "{what}");
                    assert!(object["took"].as_u64().unwrap() < 400, "{what}");
                }
            }
            // With its message and stack.
            let log = row["log"].to_string();
            assert!(log.contains("fault::"), "{what}");
        }
        let row = &rows[&format!("{fault} in the object")];
        assert!(status(&row["failing"]) >= 500, "{build:?} {fault}: {row}");
        assert_eq!(status(&row["next"]), 200, "{build:?} {fault}: {row}");
    }
    assert_eq!(rows["orders"]["text"], "5");
    assert_eq!(rows["scheduled"], "ok");
    for flags in [&[][..], &[FLAG]] {
        let told = workers_rs::told(&folder, "load", flags, REQUESTS).unwrap();
        let what = format!("{build:?} {flags:?}: {told}");
        let seen = &told["with"];
        assert_eq!(seen["wrong"].as_array().unwrap().len(), 0, "{what}");
        let others = u64::from(REQUESTS) - seen["failed"].as_u64().unwrap();
        assert!(others < u64::from(REQUESTS), "{what}");
        assert_eq!(seen["right"], others, "{what}");
    }
}

#[test]
fn panics_abort() {
    clients(Build::Abort);
}

#[test]
fn panics_unwind() {
    clients(Build::Unwind);
}

//! A module without any of Rust's panic machinery has the contract like any other.

use serde_json::{Value, json};
use unpoison_tests::links::Pair;
use unpoison_tests::{inspect, links, node};
use xtask::fixture::Point;

/// What the contract has a raw module export.
const CONTRACT: [&str; 5] = [
    "__unpoison_abort",
    "__unpoison_panic",
    "__unpoison_report",
    "__unpoison_sealed",
    "__unpoison_state",
];

#[test]
fn a_number_cruncher_has_the_contract() {
    for (lto, opt) in [("off", "3"), ("fat", "z")] {
        let point = Point { lto, opt, debug: "none", strip: "none" };
        let pair = Pair::both("cruncher", point).unwrap();
        inspect::check(&pair.plain, &pair.unpoisoned).unwrap();
        let bytes = [&pair.plain, &pair.unpoisoned].map(|module| links::read(module).unwrap());
        println!("{point}: {} bytes, {} with unpoison", bytes[0].len(), bytes[1].len());
        let mut exports = inspect::exports(&bytes[1]).unwrap();
        exports.retain(|name| name.starts_with("__unpoison_"));
        exports.sort();
        assert_eq!(exports, CONTRACT, "{point}");
        assert!(inspect::custom_section(&bytes[1], "unpoison").unwrap().is_some(), "{point}");
        for engine in node::nodes() {
            let what = format!("{point}, {}", engine.display());
            // Outside of memory, with one of two words changed.
            let seen: Value = node::ask(&engine, "edges.mjs", &pair.unpoisoned, &["step"]).unwrap();
            assert!(seen["failed"].as_str().is_some_and(|e| e.starts_with("RuntimeError")));
            let sealed = json!({
                "step": "__unpoison_sealed",
                "difference": "__unpoison_sealed",
                "moved_at": "__unpoison_sealed",
            });
            assert_eq!(seen["after"], sealed, "{what}");
            assert_eq!(seen["moved"], 0, "{what}: {seen}");
            assert_eq!([&seen["state"], &seen["kind"]], [5, 5], "{what}: {seen}");
        }
    }
}

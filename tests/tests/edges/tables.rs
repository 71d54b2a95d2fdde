//! Tables that the host can reach: nothing runs through them after a failure, and what
//! they hold is what is exported.

use serde_json::{Value, json};
use unpoison_tests::links::Pair;
use unpoison_tests::node;
use xtask::fixture::Point;

/// Arguments that let the host have the table.
const TABLES: [&[&str]; 4] = [
    &["--export-table"],
    &["--import-table"],
    &["--export-table", "--growable-table"],
    &["--import-table", "--growable-table"],
];

#[test]
fn no_rust_runs_through_a_table_after_a_failure() {
    for table in TABLES {
        for (lto, opt) in [("off", "3"), ("fat", "z")] {
            let point = Point { lto, opt, debug: "none", strip: "none" };
            let pair = Pair::plain("edges", point).unwrap();
            let (plain, unpoisoned) = pair.with_args(table).unwrap();
            for engine in node::nodes() {
                let ask = |module| -> Value {
                    node::ask(&engine, "edges.mjs", module, &["wild"]).unwrap()
                };
                let (plain, seen) = (ask(&plain), ask(&unpoisoned));
                let what = format!("{table:?}, {point}, {}: {seen}", engine.display());
                // So that there is something to run.
                assert!(plain["moved"].as_u64() > Some(2), "{what}");
                let slots = seen["slots"].as_array().unwrap();
                assert!(slots.len() > 2, "{what}");
                // The import is in the table, too; it is none of Rust's.
                let refused = |slot: &&Value| **slot == "__unpoison_sealed";
                assert!(slots.iter().all(|slot| refused(&slot) || *slot == 4711), "{what}");
                assert_eq!(seen["moved"], 0, "{what}");
                assert_eq!(seen["state"], 5, "{what}");
            }
        }
    }
}

/// `table.get(i) === exports.f` where it was so, and nowhere else.
#[test]
fn a_table_holds_what_is_exported() {
    for table in TABLES {
        let pair = Pair::plain("edges", Point::RELEASE).unwrap();
        let (plain, unpoisoned) = pair.with_args(table).unwrap();
        for engine in node::nodes() {
            let ask =
                |module| -> Value { node::ask(&engine, "edges.mjs", module, &["wild"]).unwrap() };
            let (plain, seen) = (ask(&plain), ask(&unpoisoned));
            // `adds` is exported and in the table.
            assert_eq!(plain["same"]["adds"], true, "{plain}");
            assert_eq!(seen["same"], plain["same"], "{table:?}, {}", engine.display());
        }
    }
}

/// A finalizer that is refused says nothing; what shares its code is no finalizer.
#[test]
fn what_is_merged_with_a_finalizer_is_refused() {
    for (lto, opt) in [("off", "3"), ("fat", "z"), ("off", "s")] {
        let point = Point { lto, opt, debug: "none", strip: "none" };
        let pair = Pair::both("edges", point).unwrap();
        for engine in node::nodes() {
            let seen: Value = node::ask(&engine, "edges.mjs", &pair.unpoisoned, &["wild"]).unwrap();
            let after = &seen["after"];
            let came = json!([after["tidy"], after["__wbg_thing_free"], seen["moved"]]);
            assert_eq!(came, json!(["__unpoison_sealed", 0, 0]), "{point}, {}", engine.display());
        }
    }
}

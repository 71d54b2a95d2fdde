//! Ends of an instance: afterwards nothing of it runs.

use crate::engine::Engine;
use crate::{pair, points};
use serde_json::{Value, json};
use xtask::fixture::{Eh, Panics, Point};

/// How it ends, the kind, and the message that the report keeps.
const ENDS: [(&str, u32, &str); 8] = [
    ("abort", 2, ""),
    ("alloc", 3, "memory allocation of 2147483632 bytes failed"),
    ("recursion", 5, ""),
    ("twice", 4, "the first"),
    ("forbidden", 4, "out of a function that must not"),
    ("swallowed", 2, ""),
    ("caught", 2, ""),
    ("later", 2, ""),
];

fn is_trap(outcome: &Value) -> bool {
    let error = outcome["error"].as_str().unwrap_or("");
    error.starts_with("RuntimeError") || error.contains("Maximum call stack size exceeded")
}

fn check(outcomes: &Value, what: &str) {
    let terminated = json!({ "error": "Error: Module terminated" });
    for (name, kind, message) in ENDS {
        let seen = &outcomes[format!("end-{name}")]["seen"];
        let what = format!("{what}: {name}: {seen}");
        // 50 accounts with a closure each, and one more of both.
        assert_eq!(seen["healthy"], 102, "{what}");
        let first = &seen["first"];
        match name {
            "swallowed" => assert!(is_trap(&first["inner"]) && is_trap(&first["outer"]), "{what}"),
            "later" => {
                assert!(is_trap(&first["first"][0]), "{what}");
                assert_eq!(first["promise"], "open", "{what}");
            }
            _ => assert!(is_trap(first), "{what}"),
        }
        // wasm-bindgen's glue refuses first, but where it needs memory for an argument,
        // or is not asked.
        let sealed = json!({ "exception": { "tag": "__unpoison_sealed", "kind": kind, "message": message } });
        let entries = seen["entries"].as_array().unwrap();
        assert_eq!(entries.len(), 22, "{what}");
        assert!(entries.iter().all(|entry| *entry == terminated || *entry == sealed), "{what}");
        assert!(entries.contains(&terminated) && entries.contains(&sealed), "{what}");
        assert_eq!(seen["state"], kind, "{what}");
        assert_eq!(seen["terminated"], 1, "{what}");
        assert_eq!(seen["moved"], false, "{what}");
        assert_eq!(seen["pending"], "open", "{what}");
        // `free()` has wasm-bindgen's own check; what finalizers call says nothing.
        assert_eq!(seen["frees"], json!([terminated, {}]), "{what}");
        let uncaught = seen["uncaught"].as_array().unwrap();
        // The task that waited comes back once, and is turned away.
        assert!(uncaught.len() <= 1 && uncaught.iter().all(|e| *e == terminated), "{what}");
    }
}

#[test]
fn in_every_engine_legacy() {
    for point in points() {
        let pair = pair(Panics::Unwind(Eh::Legacy), &point);
        for engine in Engine::all(Eh::Legacy) {
            let seen = engine.run(&pair.unpoisoned, &["ends"]).unwrap();
            check(&seen, &format!("{point}: {engine:?}"));
        }
    }
}

#[test]
fn in_newer_engines_exnref() {
    let pair = pair(Panics::Unwind(Eh::Exnref), &Point::RELEASE);
    for engine in Engine::all(Eh::Exnref) {
        let seen = engine.run(&pair.unpoisoned, &["ends"]).unwrap();
        check(&seen, &format!("{engine:?}"));
    }
}

/// So that the ends above are known to show something: Rust goes on running, at least
/// by what wasm-bindgen's glue does not stand before.
#[test]
fn the_plain_link_goes_on() {
    let pair = pair(Panics::Unwind(Eh::Legacy), &Point::RELEASE);
    let outcomes = Engine::Node24.run(&pair.plain, &["ends"]).unwrap();
    for name in ["abort", "alloc", "twice", "forbidden", "swallowed", "caught", "later"] {
        let seen = &outcomes[format!("end-{name}")]["seen"];
        assert_eq!(seen["moved"], true, "{name}: {seen}");
    }
}

//! What wasm-bindgen exports after the link: the table, closures, its own functions by the
//! names that the module has for them.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use unpoison_tests::glue::{Glue, GluePair};
use unpoison_tests::node;
use xtask::fixture::{Build, Eh, Panics, Point};
use xtask::run;

fn ask(engine: &Path, glue: &Glue) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("js/late.mjs");
    let mut node = Command::new(engine);
    let said = run::quiet(node.arg(script).arg(glue.script()).arg(glue.wasm())).unwrap();
    serde_json::from_str(&said).unwrap_or_else(|e| panic!("{e}: {said}"))
}

/// Both links at some points, in every engine: rust-lld's and unpoison's.
fn each(check: impl Fn(&str, &Value, &Value)) {
    let small = Point { lto: "fat", opt: "z", debug: "none", strip: "none" };
    let unwinds = Panics::Unwind(Eh::Legacy);
    for (point, panics) in
        [(Point::RELEASE, Panics::Abort), (small, Panics::Abort), (Point::RELEASE, unwinds)]
    {
        let build = Build { point, panics };
        let pair = GluePair::new("late", build).unwrap();
        for engine in node::nodes() {
            let what = format!("{build}, {}", engine.display());
            let plain = ask(&engine, &pair.plain);
            check(&what, &plain, &ask(&engine, &pair.unpoisoned));
        }
    }
}

/// `wasm_bindgen::function_table()`, while nothing has failed.
#[test]
fn the_table_holds_what_is_exported() {
    each(|what, plain, seen| {
        assert_eq!(plain["same"], true, "{what}: {plain}");
        for key in ["same", "others", "works"] {
            assert_eq!(seen[key], plain[key], "{what}: {key}");
        }
    });
}

#[test]
fn nothing_runs_through_the_table_after_a_failure() {
    each(|what, plain, seen| {
        assert!(plain["moved"].as_u64() > Some(2), "{what}: {plain}");
        assert_eq!(seen["moved"], 0, "{what}: {seen}");
        assert_eq!(seen["state"], 5, "{what}: {seen}");
        for way in seen["after"].as_array().unwrap() {
            // A trap where panics abort; where they unwind, wasm-bindgen's glue refuses first.
            let ways =
                ["RuntimeError: unreachable", "__unpoison_sealed", "Error: Module terminated"];
            let refused = ways.iter().any(|refusal| way == refusal);
            assert!(refused, "{what}: {seen}");
        }
    });
}

/// Names of what both modules export are the same; unpoison's own begin with its name and
/// are those of the contract, without the tags: bundlers do not take them.
#[test]
fn exports_have_their_names() {
    each(|what, plain, seen| {
        let exports = |value: &Value| value["exports"].as_array().unwrap().clone();
        let own = |export: &Value| export[0].as_str().unwrap().starts_with("__unpoison_");
        let names = |exports: Vec<Value>| -> BTreeSet<String> {
            exports.iter().filter(|export| !own(export)).map(Value::to_string).collect()
        };
        assert_eq!(names(exports(seen)), names(exports(plain)), "{what}");
        let mut added: Vec<Value> = exports(seen).into_iter().filter(own).collect();
        added.sort_by_key(Value::to_string);
        let contract = json!([["__unpoison_report", "function"], ["__unpoison_state", "global"]]);
        assert_eq!(json!(added), contract, "{what}");
    });
}

/// The stack of a trap names the user's functions, and nothing that nobody has written.
/// The guard of a function bears its name: it may stand there twice.
#[test]
fn stack_traces_name_the_users_functions() {
    each(|what, plain, seen| {
        let names = |value: &Value| -> Vec<String> {
            let stack = value["stack"].as_array().unwrap().iter();
            stack.map(|name| name.as_str().unwrap().to_owned()).collect()
        };
        let (plain, seen) = (names(plain), names(seen));
        // Where panics unwind, wasm-bindgen's glue may have thrown it anew.
        let Some(inner) = plain.first() else { return };
        assert_eq!(seen.first(), Some(inner), "{what}");
        // wasm-bindgen cuts a hash from what it exports.
        let known = |name: &String| plain.iter().any(|plain| name.starts_with(plain));
        assert!(seen.iter().all(known), "{what}: {seen:?} instead of {plain:?}");
    });
}

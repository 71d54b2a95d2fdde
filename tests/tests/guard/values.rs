//! Values of every type cross the guards unchanged, and failures cross beside them.

use crate::engine::{in_every_node, script};
use serde_json::{Value, json};
use unpoison_tests::links::Pair;
use xtask::fixture::Point;

/// A host in wasm: JavaScript has no `v128`.
const HOST: &str = r#"(module
    (func (export "host_v128") (param v128) (result v128)
        (i32x4.add (local.get 0) (v128.const i32x4 1 2 3 4))))"#;

/// Calls `raw_v128` and takes the answer apart.
const CALLER: &str = r#"(module
    (import "tree" "raw_v128" (func $raw (param v128) (result v128)))
    (func (export "call") (result i32 i32 i32 i32)
        (local v128)
        (local.set 0 (call $raw (v128.const i32x4 0x7fffffff 10 20 30)))
        (i32x4.extract_lane 0 (local.get 0))
        (i32x4.extract_lane 1 (local.get 0))
        (i32x4.extract_lane 2 (local.get 0))
        (i32x4.extract_lane 3 (local.get 0))))"#;

#[test]
fn every_type_passes_unchanged() {
    for point in [
        Point::RELEASE,
        Point { lto: "fat", opt: "s", debug: "line-tables-only", strip: "symbols" },
    ] {
        let pair = Pair::both("tree", point).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let (host, caller) = (dir.path().join("host.wasm"), dir.path().join("caller.wasm"));
        std::fs::write(&host, wat::parse_str(HOST).unwrap()).unwrap();
        std::fs::write(&caller, wat::parse_str(CALLER).unwrap()).unwrap();
        in_every_node(|engine| {
            let [plain, unpoisoned] = [&pair.plain, &pair.unpoisoned].map(|module| {
                script(&engine, &[], "values.mjs", &[module, &host, &caller]).unwrap()
            });
            for values in [&plain, &unpoisoned] {
                assert_eq!(values["v128"], json!([-0x8000_0000i64, 12, 23, 34]));
                assert_eq!(
                    values["multi"],
                    json!(["9007199254740993", "-0", "4611686018427387905", "-7"])
                );
                assert_eq!(values["dropped"], json!(77));
                for identity in ["externref", "funcref", "thrown"] {
                    assert_eq!(values[identity], json!(true), "{identity}");
                }
            }
            assert_eq!(plain["shapes"], unpoisoned["shapes"]);
            check_refusals(&unpoisoned["refused"]);
            check_refusals(&unpoisoned["stopped"]);
        });
    }
}

/// Each export by name with what it threw, and the report's words.
fn check_refusals(refused: &Value) {
    let refused = refused.as_object().unwrap();
    assert!(refused.len() >= 10, "{refused:?}");
    for (export, outcome) in refused {
        let [tag, words] = outcome.as_array().unwrap().as_slice() else {
            panic!("{export}: {outcome}")
        };
        assert_eq!(tag, "__unpoison_sealed", "{export}");
        assert_eq!(*words, json!([1, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0]), "{export}");
    }
}

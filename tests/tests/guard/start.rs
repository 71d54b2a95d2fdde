//! Failures before the first call: in a constructor, and in a start function as
//! wasm-bindgen makes one after the link.

use crate::engine::{in_every_node, script};
use serde_json::{Value, json};
use std::path::Path;
use unpoison_tests::links::Pair;
use walrus::{FunctionBuilder, FunctionId, Module};
use xtask::fixture::Point;

/// rust-lld runs constructors inside each export of a module that nobody starts.
#[test]
fn a_constructor() {
    let pair = Pair::both("ctor", Point::RELEASE).unwrap();
    in_every_node(|engine| {
        let run = |module: &Path| script(&engine, &[], "ctor.mjs", &[module]).unwrap();
        let (plain, unpoisoned) = (run(&pair.plain), run(&pair.unpoisoned));
        // Healthy, both do the same.
        assert_eq!(plain["healthy"], unpoisoned["healthy"]);
        assert!(plain["healthy"][1].as_u64().unwrap() > 0, "no constructor ran: {plain}");
        // Failing, the plain one runs it again at the next call.
        for failure in ["panic", "abort", "trap"] {
            let seen = &plain[failure];
            assert_eq!(seen["constructed"], json!([1, 2]), "{failure}: {seen}");
        }
        let seen = |failure: &str| unpoisoned[failure].clone();
        let typed = |first: &str, kind: u32| {
            json!({
                "first": first,
                "next": format!("__unpoison_sealed {kind}"),
                "constructed": [1, 1],
                "state": kind,
            })
        };
        assert_eq!(seen("panic"), typed("__unpoison_panic 1", 1));
        assert_eq!(seen("abort"), typed("__unpoison_abort 2", 2));
        assert_eq!(seen("trap"), typed("RuntimeError", 5));
    });
}

/// Adds a start function that calls `target` with zeros.
fn start_with(module: &Path, to: &Path, target: impl Fn(&Module) -> FunctionId) {
    let mut module = Module::from_file(module).unwrap();
    let target = target(&module);
    let ty = module.types.get(module.funcs.get(target).ty());
    let (params, results) = (ty.params().to_vec(), ty.results().len());
    let mut start = FunctionBuilder::new(&mut module.types, &[], &[]);
    let mut body = start.func_body();
    for param in params {
        match param {
            walrus::ValType::I32 => body.i32_const(0),
            walrus::ValType::I64 => body.i64_const(0),
            walrus::ValType::F32 => body.f32_const(0.0),
            walrus::ValType::F64 => body.f64_const(0.0),
            other => panic!("{other:?}"),
        };
    }
    body.call(target);
    for _ in 0..results {
        body.drop();
    }
    module.start = Some(start.finish(Vec::new(), &mut module.funcs));
    module.emit_wasm_file(to).unwrap();
}

/// Node 0 of the empty program returns at once; `enter_mixed` panics at zeros.
#[test]
fn a_start_function() {
    let pair = Pair::both("tree", Point::RELEASE).unwrap();
    let dir = tempfile::tempdir().unwrap();
    for (name, state, starts) in [("enter_u32", 0, true), ("enter_mixed", 1, false)] {
        let export = |module: &Module| match module.exports.get_func(name) {
            Ok(function) => function,
            Err(e) => panic!("{name}: {e}"),
        };
        // What wasm-bindgen would call, and the same past the guard.
        let inner = |module: &Module| {
            let named = module.funcs.by_name(name);
            // The compiler made one of two, under either name.
            named.or_else(|| module.funcs.by_name("enter_twin")).unwrap()
        };
        for (way, unguarded) in [("export", false), ("inner", true)] {
            let started = dir.path().join(format!("{name}-{way}.wasm"));
            match unguarded {
                true => start_with(&pair.unpoisoned, &started, inner),
                false => start_with(&pair.unpoisoned, &started, export),
            }
            in_every_node(|engine| {
                let came = script(&engine, &[], "start.mjs", &[&started]).unwrap();
                let expected: Value = match starts {
                    // A healthy start never seals, whoever saw it.
                    true => json!({"started": true, "state": state, "next": [0, 0, 0]}),
                    false => json!({"started": false, "thrown": "Exception"}),
                };
                assert_eq!(came, expected, "{name}, {way}, {}", engine.display());
            });
        }
    }
}

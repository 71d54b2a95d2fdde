//! `ref.func` in code: the host gets a function by it that it can call.

use serde_json::Value;
use std::path::Path;
use std::process::Command;
use unpoison_tests::links::{Pair, toolchain};
use unpoison_tests::{inspect, links, node};
use xtask::fixture::{Point, crate_dir};
use xtask::run;

/// Compiles the fixture's assembly, which a stable compiler does not take by itself.
fn compile(object: &Path) {
    let source = crate_dir("edges").join("own.rs");
    let mut rustc = Command::new(&toolchain().rustc);
    run::without_outer_cargo(&mut rustc)
        .env("RUSTC_BOOTSTRAP", "1")
        .args(["--target", "wasm32-unknown-unknown", "--edition", "2021"])
        .args(["--crate-type", "lib", "--emit", "obj", "-Ctarget-feature=+reference-types"])
        .arg("-o")
        .arg(object)
        .arg(&source)
        .current_dir(run::root());
    run::quiet(&mut rustc).unwrap();
}

#[test]
fn a_reference_is_what_is_exported() {
    let dir = tempfile::tempdir().unwrap();
    let object = dir.path().join("own.o");
    compile(&object);
    let pair = Pair::plain("edges", Point::RELEASE).unwrap();
    let args = [object.to_str().unwrap(), "--export=own"];
    let (plain, unpoisoned) = pair.with_args(&args).unwrap();
    for module in [&plain, &unpoisoned] {
        inspect::validate(&links::read(module).unwrap()).unwrap();
    }
    for engine in node::nodes() {
        let ask = |module| -> Value { node::ask(&engine, "edges.mjs", module, &["wild"]).unwrap() };
        assert_eq!(ask(&plain)["referred"]["same"], true);
        let seen = ask(&unpoisoned);
        assert_eq!(seen["referred"]["same"], true, "{seen}");
        assert_eq!(seen["referred"]["came"], "__unpoison_sealed", "{seen}");
        assert_eq!(seen["moved"], 0, "{seen}");
    }
}

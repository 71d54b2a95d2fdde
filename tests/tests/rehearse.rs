//! Failures on demand: what a host sees of a module that was linked with
//! `--unpoison-rehearse=on`, and that nobody else gets anything of it.

use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use unpoison_tests::links::{Pair, read};
use unpoison_tests::{node, pages};
use xtask::fixture::{Build, Eh, Point, crate_dir};
use xtask::{run, setup, tools};

const ON: &str = "--unpoison-rehearse=on";

/// What `js/rehearse.mjs` tells of a module.
#[derive(Debug, Deserialize)]
struct Said {
    rehearsed: bool,
    off: Value,
    first: Value,
    again: Value,
    other: Value,
    all: Value,
    recovered: Recovered,
    kept: Recovered,
}

#[derive(Debug, Deserialize)]
struct Recovered {
    right: u32,
    panics: u32,
    generation: u32,
    failed: BTreeSet<String>,
    sold: i32,
}

/// The lines of the fixture that can be made to fail.
fn marked() -> BTreeSet<u64> {
    let source = std::fs::read_to_string(crate_dir("rehearsed").join("src/lib.rs")).unwrap();
    let lines = (1..).zip(source.lines()).filter(|(_, line)| line.contains("// fails: "));
    lines.map(|(number, _)| number).collect()
}

/// The lines at which calls failed, each with the exception and the report of a panic.
fn lines(run: &Value) -> BTreeSet<u64> {
    let found = run["found"].as_array().unwrap().iter().map(|failure| {
        let exception = &failure["exception"];
        assert_eq!(exception["tag"], "__unpoison_panic", "{failure}");
        let report = &exception["report"];
        let told = json!([report["kind"], report["message"], report["file"]]);
        assert_eq!(told, json!([1, "rehearsed failure", "src/lib.rs"]), "{failure}");
        report["line"].as_u64().unwrap()
    });
    found.collect()
}

/// `least`: at so many lines it fails, and more.
fn look(node: &Path, build: Build, unwinds: bool, least: usize) {
    let pair = Pair::both("rehearsed", build).unwrap();
    let module = pair.with_options(&[ON]).unwrap();
    let said: Said =
        node::ask(node, "rehearse.mjs", &module, &json!({ "unwinds": unwinds })).unwrap();
    assert!(said.rehearsed, "{build}");
    // Until the host wants it, and when it does not any more, it is what it was. Whatever
    // failed, what was sold is what was answered, and where panics unwind all was dropped.
    let mut state = json!({ "sold": 0, "orders": 0, "state": 0 });
    if unwinds {
        state["undropped"] = json!(0);
    }
    assert_eq!(said.off, json!({ "found": [], "state": state }), "{build}");
    assert_eq!(said.first["state"], state, "{build}");
    assert_eq!(said.first, said.again, "{build}");
    assert_ne!(said.first, said.other, "{build}");
    assert_eq!(said.all["found"].as_array().unwrap().len(), 300, "{build}");
    let failed = lines(&said.first);
    assert!(failed.len() >= least && failed.is_subset(&marked()), "{build}: {failed:?}");

    for (run, kept) in [(&said.recovered, true), (&said.kept, false)] {
        assert_eq!(run.right + run.panics, 2000, "{build}: {run:?}");
        assert!(run.panics > 20 && run.panics < 400, "{build}: {run:?}");
        assert_eq!(run.generation, if unwinds { 1 } else { run.panics + 1 }, "{build}: {run:?}");
        assert!(run.failed.len() >= least, "{build}: {run:?}");
        // A fresh instance knows what was sold if it is given the memory of the one before.
        assert_eq!(run.sold == 0, kept || unwinds, "{build}: {run:?}");
    }
}

fn point(lto: &'static str, opt: &'static str) -> Point {
    Point { lto, opt, ..Point::RELEASE }
}

#[test]
fn where_panics_abort() {
    for point in [point("off", "3"), point("off", "0"), point("thin", "s"), point("fat", "3")] {
        look(&setup::get().node.system, point.into(), false, 3);
    }
}

#[test]
fn where_panics_unwind() {
    for (point, eh, least) in [
        (point("off", "3"), Eh::Legacy, 3),
        // What is not optimized moves values about before it panics, which landing pads could see.
        (point("off", "0"), Eh::Legacy, 1),
        (point("fat", "3"), Eh::Exnref, 3),
    ] {
        look(&setup::get().node.newer, Build::unwinding(point, eh), true, least);
    }
}

#[test]
fn nobody_else_gets_anything_of_it() {
    let pair = Pair::both("rehearsed", Point::RELEASE).unwrap();
    let off = pair.with_options(&["--unpoison-rehearse=off"]).unwrap();
    let plain = read(&pair.unpoisoned).unwrap();
    assert!(read(&off).unwrap() == plain, "the module has changed");
    let name = b"__unpoison_rehearse";
    assert!(!plain.windows(name.len()).any(|part| part == name), "it speaks of rehearsals");
}

/// What wasm-bindgen makes of it, recovered.
#[test]
fn behind_glue() {
    let pair = Pair::plain("bindgen", Point::RELEASE).unwrap();
    let module = pair.with_options(&[ON]).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut bindgen = Command::new(tools::bindgen().unwrap());
    run::quiet(bindgen.arg(&module).arg(dir.path()).arg("bare-reset")).unwrap();
    let mut node = Command::new(&setup::get().node.system);
    node.arg(run::root().join("tests/js/rehearse-bindgen.mjs")).arg(dir.path());
    let said: Value = serde_json::from_str(&run::quiet(&mut node).unwrap()).unwrap();
    let ended = said["ended"].as_object().unwrap();
    let failed = ended["PanicError: rehearsed failure, src/lib.rs"].as_u64().unwrap();
    assert_eq!(ended["right"].as_u64().unwrap() + failed, 200, "{said}");
    assert_eq!(said["generation"].as_u64().unwrap(), failed + 1, "{said}");
}

fn unpoison(words: &[&str], module: &Path) -> (bool, String) {
    let mut command = Command::new(tools::unpoison().unwrap());
    let output = run::output(command.args(words).arg(module)).unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn it_is_told_what_is_for_rehearsals() {
    let pair = Pair::both("rehearsed", Point::RELEASE).unwrap();
    let module = pair.with_options(&[ON]).unwrap();
    for (module, on) in [(&module, true), (&pair.unpoisoned, false)] {
        let (passes, said) = unpoison(&["check"], module);
        assert_eq!((passes, said.contains("--unpoison-rehearse=on")), (!on, on), "{said}");
        let (_, said) = unpoison(&["inspect"], module);
        assert_eq!(said.contains("places fail when the host says so"), on, "{said}");
    }
}

#[test]
fn the_page_shows_what_happens() {
    let page = std::fs::read_to_string(run::root().join("docs/rehearse.md")).unwrap();
    let pair = Pair::plain("rehearsed", Point::RELEASE).unwrap();
    let module = pair.with_options(&[ON]).unwrap();
    assert_eq!(pages::run_scripts(&page, &module), 1);
}

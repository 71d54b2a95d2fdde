//! The JavaScript package `hosts/js`, in the engines that it is for. What is tested is
//! in `hosts/js/test`; here is what builds the modules and starts the engines.

mod fixtures;

use std::path::{Path, PathBuf};
use std::process::Command;
use xtask::{run, setup};

fn package() -> PathBuf {
    run::root().join("hosts/js")
}

/// The test files, in order.
fn files() -> Vec<PathBuf> {
    let dir = std::fs::read_dir(package().join("test")).unwrap();
    let mut files: Vec<PathBuf> = dir.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.to_string_lossy().ends_with(".test.mjs"));
    files.sort();
    assert!(!files.is_empty());
    files
}

fn in_node(node: &Path) {
    let mut failed = Vec::new();
    for file in files() {
        let mut command = Command::new(node);
        command.arg("--expose-gc").arg(&file).env("UNPOISON_FIXTURES", fixtures::dir());
        if let Err(e) = run::quiet(&mut command) {
            failed.push(format!("{e:#}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn in_the_oldest_node() {
    in_node(&setup::get().node.system);
}

#[test]
fn in_a_newer_node() {
    in_node(&setup::get().node.newer);
}

/// What `tests/js/WHAT-ENGINE.mjs` tells of an engine is what Node tells of itself.
fn in_engine(what: &str, engine: &str, module: &str) {
    let tell = |engine: &str| {
        let mut command = Command::new(&setup::get().node.system);
        command
            .arg(run::root().join(format!("tests/js/{what}-{engine}.mjs")))
            .arg(fixtures::dir().join(module))
            .env("UNPOISON_CHROMIUM", &setup::get().chromium);
        let said = run::quiet(&mut command).unwrap();
        serde_json::from_str::<serde_json::Value>(&said).unwrap()
    };
    let node = tell("node");
    assert!(node.as_array().is_some_and(|told| told.len() > 10), "{node}");
    assert_eq!(tell(engine), node);
}

#[test]
fn in_chromium() {
    in_engine("recover", "chromium", "ledger.wasm");
}

#[test]
fn the_glue_in_chromium() {
    in_engine("bindgen", "chromium", "");
}

#[test]
fn in_workerd() {
    in_engine("recover", "workerd", "ledger.wasm");
}

/// By the types alone: as strict as the compiler can be, without a browser's types, and where
/// declarations are not checked.
#[test]
fn the_types_hold() {
    let tsc = run::root().join("tests/node_modules/typescript/bin/tsc");
    for project in ["tsconfig.json", "tsconfig.server.json", "tsconfig.lax.json"] {
        let mut command = Command::new(&setup::get().node.system);
        command.arg(&tsc).arg("-p").arg(package().join("test/types").join(project));
        run::quiet(&mut command).unwrap();
    }
}

#[test]
fn the_page_of_wasm_bindgen_shows_what_its_code_does() {
    let page = std::fs::read_to_string(run::root().join("docs/wasm-bindgen.md")).unwrap();
    let glue = fixtures::dir().join("nodejs/bindgen.js");
    assert_eq!(unpoison_tests::pages::run_scripts(&page, &glue), 2);
}

//! `unpoison check --engine`: what its table claims, the engines do.

use std::path::Path;
use std::process::Command;
use unpoison_engines_tests::engine::{Engine, OTHERS, USUAL};
use unpoison_tests::links::Pair;
use xtask::fixture::Point;
use xtask::{run, tools};

/// A module for each part of WebAssembly that some engine lacks; each exports `f`.
const FEATURES: &[(&str, &str)] = &[
    ("nothing", r#"(func (export "f"))"#),
    ("sign extension", r#"(func (export "f") (drop (i32.extend8_s (i32.const 1))))"#),
    ("saturating", r#"(func (export "f") (drop (i32.trunc_sat_f32_s (f32.const 1))))"#),
    ("several results", r#"(func (export "f") (result i32 i32) (i32.const 1) (i32.const 2))"#),
    (
        "memory.copy",
        r#"(memory 1) (func (export "f") (memory.copy (i32.const 0) (i32.const 1) (i32.const 1)))"#,
    ),
    (
        "memory.init",
        r#"(memory 1) (data "x")
        (func (export "f") (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 1)))"#,
    ),
    ("references", r#"(func (export "f") (drop (ref.null extern)))"#),
    (
        "references as values",
        r#"(func (export "f") (param externref) (result externref) (local.get 0))"#,
    ),
    ("SIMD", r#"(func (export "f") (drop (i8x16.splat (i32.const 1))))"#),
    (
        "relaxed SIMD",
        r#"(func (export "f")
            (drop (i32x4.relaxed_trunc_f32x4_s (f32x4.splat (f32.const 1)))))"#,
    ),
    (
        "threads",
        r#"(memory 1 1 shared) (func (export "f") (drop (i32.atomic.load (i32.const 0))))"#,
    ),
    ("tail calls", r#"(func $f (export "f") (return_call $f))"#),
    ("sums", r#"(global i32 (i32.add (i32.const 1) (i32.const 2))) (func (export "f"))"#),
    ("several memories", r#"(memory 1) (memory 1) (func (export "f"))"#),
    ("memory of 64 bits", r#"(memory i64 1) (func (export "f"))"#),
    (
        "typed references",
        r#"(type $t (func)) (elem declare func $f)
        (func $f (export "f") (call_ref $t (ref.func $f)))"#,
    ),
    (
        "garbage collection",
        r#"(type $t (struct (field i32))) (func (export "f") (drop (struct.new_default $t)))"#,
    ),
    ("throw", r#"(tag $t) (func (export "f") (throw $t))"#),
    ("try", r#"(func (export "f") try catch_all end)"#),
    ("try_table", r#"(func (export "f") (block (try_table (catch_all 0))))"#),
];

/// As rust-lld writes the index of a table: in five bytes. No text says that.
const LONG_INDEX: &[u8] = b"\0asm\x01\0\0\0\
    \x01\x04\x01\x60\0\0\
    \x03\x02\x01\0\
    \x04\x04\x01\x70\0\x01\
    \x07\x05\x01\x01f\0\0\
    \x0a\x0d\x01\x0b\0\x41\0\x11\0\x80\x80\x80\x80\0\x0b";

fn modules() -> Vec<(&'static str, Vec<u8>)> {
    let texts = FEATURES.iter().map(|(name, text)| {
        let bytes = wat::parse_str(format!("(module {text})"));
        (*name, bytes.unwrap_or_else(|e| panic!("{name}: {e}")))
    });
    texts.chain([("a long index", LONG_INDEX.to_vec())]).collect()
}

/// Whether `unpoison check` says that it runs there, and all that it says.
fn checked(module: &Path, engine: &str) -> (bool, String) {
    let mut command = Command::new(tools::unpoison().unwrap());
    let output = run::output(command.arg("check").arg(module).args(["--engine", engine])).unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(said.contains(" does not run in "), !output.status.success(), "{said}");
    (output.status.success(), said)
}

/// Modules that an engine takes and does not understand: it does not look at what it should.
const MISUNDERSTOOD: &[(&str, &str)] = &[("wasm3", "memory of 64 bits")];

fn claims_are_true(engines: &[Engine]) {
    let dir = tempfile::tempdir().unwrap();
    let modules = modules();
    let bytes: Vec<_> = modules.iter().map(|(_, bytes)| bytes.clone()).collect();
    let mut wrong = Vec::new();
    for engine in engines {
        let taken = engine.takes(&bytes).unwrap();
        assert_eq!(taken.len(), modules.len());
        assert!(taken[0], "{} takes nothing", engine.name);
        for ((name, bytes), taken) in modules.iter().zip(taken) {
            let path = dir.path().join("module.wasm");
            std::fs::write(&path, bytes).unwrap();
            let (claimed, said) = checked(&path, engine.name);
            let misunderstood = MISUNDERSTOOD.contains(&(engine.name, name));
            if claimed != (taken && !misunderstood) {
                wrong.push(format!("{}: {name}: taken: {taken}, but {said}", engine.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_the_table_claims_the_engines_do() {
    claims_are_true(USUAL);
}

#[cfg(feature = "lts")]
#[test]
fn what_the_table_claims_the_other_engines_do() {
    claims_are_true(OTHERS);
}

/// The way out that is named leads to a module that runs.
#[test]
fn the_way_out_leads_out() {
    let pair = Pair::plain("ledger", Point::RELEASE).unwrap();
    for engine in USUAL.iter().chain(OTHERS) {
        let with = pair.with_options(&[]).unwrap();
        let (runs, said) = checked(&with, engine.name);
        assert_eq!(runs, engine.exceptions, "{}: {said}", engine.name);
        assert_eq!(said.contains("--unpoison-exceptions=off"), !runs, "{said}");
        for option in engine.link.iter().filter(|option| option.contains("relocations")) {
            assert!(said.contains(option), "{said}");
        }
        let off = ["--unpoison-exceptions=off"];
        let off = pair.with_options(&[&off, engine.link].concat()).unwrap();
        let (runs, said) = checked(&off, engine.name);
        assert!(runs, "{said}");
    }
}

#[test]
fn the_page_of_hosts_shows_what_is_printed_and_names_every_engine() {
    let page = std::fs::read_to_string(run::root().join("docs/hosts.md")).unwrap();
    let unpoison = tools::unpoison().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let pair = Pair::both("ledger", Point::RELEASE).unwrap();
    std::fs::copy(&pair.unpoisoned, dir.path().join("plugin.wasm")).unwrap();
    let mut lines = page.lines();
    let mut shown = 0;
    while let Some(line) = lines.next() {
        let Some(words) = line.strip_prefix("$ unpoison ") else { continue };
        let mut command = Command::new(&unpoison);
        command.args(words.split(' ')).current_dir(dir.path());
        let said = String::from_utf8(run::output(&mut command).unwrap().stdout).unwrap();
        let text = lines.by_ref().skip_while(|line| *line != "```text").skip(1);
        let text: Vec<&str> = text.take_while(|line| *line != "```").collect();
        assert_eq!(said.trim_end(), text.join("\n"));
        shown += 1;
    }
    assert_eq!(shown, 2);
    let module = dir.path().join("plugin.wasm");
    let mut unknown = Command::new(&unpoison);
    unknown.arg("check").arg(&module).args(["--engine", "nothing"]);
    let said = String::from_utf8(run::output(&mut unknown).unwrap().stderr).unwrap();
    let (_, known) = said.trim_end().split_once("these are: ").unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").nth(1));
    let rows: Vec<&str> =
        rows.filter_map(|name| name.strip_prefix('`')?.strip_suffix('`')).collect();
    assert_eq!(rows.join(", "), known);
}

//! Debug information outside the module: `NAME.debug.wasm`, and a source map.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use unpoison_tests::links::Pair;
use unpoison_tests::pages;
use unpoison_tests::program::{Linked, Program};
use unpoison_tests::trapping::{SOURCE, line, stack};
use xtask::fixture::Point;
use xtask::{run, setup, tools};

fn linked(args: &[&str]) -> Linked {
    Program::new(SOURCE).args(args.iter().copied()).link().unwrap()
}

fn with(path: &Path, extension: &str) -> PathBuf {
    path.with_extension(extension)
}

/// The custom sections of a module, which is valid.
fn sections(path: &Path) -> Vec<(String, Vec<u8>)> {
    let bytes = std::fs::read(path).unwrap();
    wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
        .validate_all(&bytes)
        .unwrap();
    let mut found = Vec::new();
    for payload in wasmparser::Parser::new(0).parse_all(&bytes) {
        if let wasmparser::Payload::CustomSection(section) = payload.unwrap() {
            found.push((section.name().to_owned(), section.data().to_vec()));
        }
    }
    found
}

fn section(path: &Path, name: &str) -> Option<Vec<u8>> {
    sections(path).into_iter().find(|(found, _)| found == name).map(|(_, content)| content)
}

fn has_dwarf(path: &Path) -> bool {
    sections(path).iter().any(|(name, _)| name.starts_with(".debug_"))
}

/// The string in a section.
fn url(path: &Path, name: &str) -> Option<String> {
    let content = section(path, name)?;
    Some(String::from_utf8(content[1..].to_vec()).unwrap())
}

/// The offsets of a stack's frames.
fn offsets(stack: &str) -> Vec<&str> {
    stack.split(":0x").skip(1).filter_map(|rest| rest.split(')').next()).collect()
}

/// What Node's own reader of source maps finds at the offsets of a stack: `file:line`.
fn mapped(map: &Path, stack: &str) -> Vec<String> {
    let script = "
        const { SourceMap } = require('node:module');
        const map = new SourceMap(JSON.parse(require('fs').readFileSync(process.argv[1], 'utf8')));
        for (const [, offset] of process.argv[2].matchAll(/:0x([0-9a-f]+)/g)) {
          const at = map.findEntry(0, parseInt(offset, 16));
          console.log(at.originalSource + ':' + (at.originalLine + 1));
        }";
    let mut node = Command::new(&setup::get().node.newer);
    node.args(["-e", script]).arg(map).arg(stack);
    run::quiet(&mut node).unwrap().lines().map(str::to_owned).collect()
}

fn explained(module: &Path, stack: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let trace = dir.path().join("trace");
    std::fs::write(&trace, stack).unwrap();
    let mut explain = Command::new(tools::unpoison().unwrap());
    explain.arg("explain").arg(module).arg("--stack");
    run::quiet(explain.stdin(std::fs::File::open(&trace).unwrap())).unwrap()
}

/// What `unpoison COMMAND FILE` prints, and whether it succeeds.
fn by_hand(words: &[&str], file: &Path) -> (bool, String) {
    let output = Command::new(tools::unpoison().unwrap()).args(words).arg(file).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

const SPLIT: &str = "-Clink-arg=--unpoison-debug=split";
const MAP: &str = "-Clink-arg=--unpoison-source-map=on";

#[test]
fn a_split_module_has_its_debug_information_beside_it() {
    for strip in ["none", "debuginfo", "symbols"] {
        let strip_arg = format!("-Cstrip={strip}");
        let module = linked(&["-g", SPLIT, &strip_arg]);
        let debug = with(&module.path, "debug.wasm");
        assert!(!has_dwarf(&module.path) && has_dwarf(&debug), "{strip}");
        assert_eq!(section(&module.path, "name").is_some(), strip != "symbols");
        assert!(section(&debug, "name").is_some());
        assert_eq!(url(&module.path, "external_debug_info").unwrap(), "program.debug.wasm");
        let id = section(&module.path, "build_id").unwrap();
        assert_eq!(id.len(), 17);
        assert_eq!(section(&debug, "build_id").unwrap(), id);

        // Both are the same program; the trace of one is explained by the other.
        let (trace, of_debug) = (stack(&module.path), stack(&debug));
        assert!(trace.contains("memory access out of bounds"), "{trace}");
        assert!(of_debug.contains("memory access out of bounds"), "{of_debug}");
        let told = explained(&module.path, &trace);
        for mark in ["read", "outer", "entry"] {
            let place = format!("program.rs:{}:", line(mark));
            assert!(told.contains(&place), "{strip}: no {place} in {told}");
        }
    }
}

/// A build is the same twice, and its id another one where the program is.
#[test]
fn the_id_is_that_of_the_program() {
    let id = |source: &str| {
        let module = Program::new(source).args(["-g", SPLIT]).link().unwrap();
        let files = [&module.path, &with(&module.path, "debug.wasm")];
        (section(&module.path, "build_id").unwrap(), files.map(|file| std::fs::read(file).unwrap()))
    };
    let (first, second) = (id(SOURCE), id(SOURCE));
    assert_eq!(first.0, second.0);
    assert_eq!(first.1[0], second.1[0]);
    assert_ne!(id(&SOURCE.replace("+ 1", "+ 2")).0, first.0);
}

/// The debug file of another build is worse than none.
#[test]
fn a_debug_file_of_another_build_is_not_believed() {
    let module = linked(&["-g", SPLIT]);
    let source = SOURCE.replace("+ 1", "+ 2");
    let other = Program::new(&source).args(["-g", SPLIT]).link().unwrap();
    std::fs::copy(with(&other.path, "debug.wasm"), with(&module.path, "debug.wasm")).unwrap();
    let told = explained(&module.path, &stack(&module.path));
    assert!(!told.contains("program.rs"), "{told}");
}

#[test]
fn a_source_map_leads_from_each_frame_to_its_line() {
    for args in [&["-g", MAP][..], &["-g", MAP, SPLIT], &["-g", MAP, "-Cstrip=symbols"]] {
        let module = linked(args);
        assert_eq!(url(&module.path, "sourceMappingURL").unwrap(), "program.wasm.map");
        let map = with(&module.path, "wasm.map");
        let places = mapped(&map, &stack(&module.path));
        let of_call = format!("program.rs:{}", line("entry"));
        assert!(places.contains(&of_call), "{args:?}: no {of_call} in {places:?}");
        // The innermost of what was inlined, as a map has one place for an offset.
        assert_eq!(places[0].split(':').next(), Some("library/core/src/ptr/mod.rs"), "{places:?}");
        // A guard is in no source.
        assert!(places[2].starts_with("undefined"), "{places:?}");
        let map: serde_json::Value = serde_json::from_slice(&std::fs::read(&map).unwrap()).unwrap();
        assert!(map.get("sourcesContent").is_none());
        let sources: Vec<&str> =
            map["sources"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
        assert!(sources.iter().all(|source| !source.starts_with('/')), "{sources:?}");
        assert_eq!(sources.iter().collect::<BTreeSet<_>>().len(), sources.len(), "{sources:?}");
    }
}

#[test]
fn the_sources_are_in_the_map_if_asked_for() {
    let module = linked(&["-g", "-Clink-arg=--unpoison-source-map=sources"]);
    let map = std::fs::read(with(&module.path, "wasm.map")).unwrap();
    let map: serde_json::Value = serde_json::from_slice(&map).unwrap();
    let at = map["sources"].as_array().unwrap().iter().position(|s| s == "program.rs").unwrap();
    assert_eq!(map["sourcesContent"][at], SOURCE);
}

/// What a tool behind the linker wrote can be split, too, in either order.
#[test]
fn a_module_is_split_by_hand() {
    for map_first in [true, false] {
        let module = linked(&["-g"]);
        let trace = stack(&module.path);
        let whole = explained(&module.path, &trace);
        let order = match map_first {
            true => ["source-map", "split"],
            false => ["split", "source-map"],
        };
        for command in order {
            let (done, said) = by_hand(&[command], &module.path);
            assert!(done && said.starts_with("wrote "), "{said}");
        }
        assert!(!has_dwarf(&module.path));
        assert_eq!(offsets(&stack(&module.path)), offsets(&trace));
        assert_eq!(explained(&module.path, &trace), whole);
        let places = mapped(&with(&module.path, "wasm.map"), &trace);
        assert!(places.contains(&format!("program.rs:{}", line("entry"))), "{places:?}");
        let (done, said) = by_hand(&["split"], &module.path);
        assert!(!done && said.contains("there is no debug information in"), "{said}");
    }
}

#[test]
fn a_browser_finds_both() {
    let module = linked(&["-g", MAP, SPLIT]);
    let mut node = Command::new(&setup::get().node.system);
    node.arg(run::root().join("tests/js/debug-chromium.mjs"));
    node.arg(module.path.parent().unwrap()).arg("program");
    let said = run::quiet(node.env("UNPOISON_CHROMIUM", &setup::get().chromium)).unwrap();
    let symbols: serde_json::Value = serde_json::from_str(&said).unwrap();
    let found = |kind: &str| {
        let mut symbols = symbols.as_array().unwrap().iter();
        symbols.find(|symbol| symbol["type"] == kind).map(|symbol| symbol["externalURL"].clone())
    };
    assert_eq!(found("SourceMap").expect(&said), "program.wasm.map");
    assert_eq!(found("ExternalDWARF").expect(&said), "program.debug.wasm");
}

/// wasm-bindgen moves code and keeps DWARF right, so both files are made behind it.
#[test]
fn behind_wasm_bindgen_both_files_are_right() {
    let point = Point { lto: "off", opt: "0", debug: "full", strip: "none" };
    let pair = Pair::both("bindgen", point).unwrap();
    let too_early = pair.with_options(&["--unpoison-debug=split"]).unwrap_err().to_string();
    assert!(too_early.contains("run wasm-bindgen with --keep-debug"), "it links");

    let dir = tempfile::tempdir().unwrap();
    let mut bindgen = Command::new(tools::bindgen().unwrap());
    bindgen.arg(&pair.unpoisoned).arg("--out-dir").arg(dir.path());
    run::quiet(bindgen.args(["--target", "web", "--keep-debug", "--out-name", "app"])).unwrap();
    let module = dir.path().join("app_bg.wasm");
    let page = std::fs::read_to_string(run::root().join("docs/debugging.md")).unwrap();
    let mut said = String::new();
    for line in pages::block(&page, "console").lines() {
        let mut words = line.strip_prefix("$ unpoison ").unwrap().split(' ');
        let mut command = Command::new(tools::unpoison().unwrap());
        said += &run::quiet(command.args(&mut words).current_dir(dir.path())).unwrap();
    }
    assert_eq!(said.trim_end(), pages::block(&page, "text"));
    std::fs::write(dir.path().join("package.json"), r#"{"type": "module"}"#).unwrap();
    let script = "
        const [dir] = process.argv.slice(1);
        const glue = await import(dir + '/app.js');
        glue.initSync({ module: (await import('node:fs')).readFileSync(dir + '/app_bg.wasm') });
        try { glue.fail('it failed') } catch (e) { console.log(e.stack) }";
    let mut node = Command::new(&setup::get().node.newer);
    node.args(["--stack-trace-limit=99", "--input-type=module", "-e", script]).arg(dir.path());
    let trace = run::quiet(&mut node).unwrap();
    let source = run::root().join("tests/fixtures/bindgen/src/lib.rs");
    let source = std::fs::read_to_string(source).unwrap();
    let before = source.find("pub fn fail(").unwrap();
    let fail = before + source[before..].find("panic!(").unwrap();
    let fail = source[..fail].lines().count();
    let place = format!("src/lib.rs:{fail}");
    let told = explained(&module, &trace);
    assert!(told.contains(&place), "no {place} in {told}");
    let places = mapped(&with(&module, "wasm.map"), &trace);
    assert!(places.iter().any(|found| found.ends_with(&place)), "no {place} in {places:?}");
}

#[test]
fn what_cannot_be_is_said() {
    let module = linked(&["-Cstrip=debuginfo"]);
    let before = std::fs::read(&module.path).unwrap();
    for command in ["split", "source-map"] {
        let (done, said) = by_hand(&[command], &module.path);
        assert!(!done && said.contains("there is no debug information in"), "{said}");
    }
    assert_eq!(std::fs::read(&module.path).unwrap(), before);
    let cut = module.path.with_file_name("cut.wasm");
    std::fs::write(&cut, &before[..before.len() - 3]).unwrap();
    let (done, said) = by_hand(&["split"], &cut);
    assert!(!done && said.contains("is no valid module"), "{said}");
    let compressed = "-Clink-arg=--compress-relocations";
    let refusal = Program::new(SOURCE).args([SPLIT, compressed]).refusal();
    assert!(refusal.contains("--compress-relocations"), "{refusal}");
}

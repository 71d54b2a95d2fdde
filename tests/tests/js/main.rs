//! The JavaScript package `hosts/js`, in the engines that it is for. What is tested is
//! in `hosts/js/test`; here is what builds the modules and starts the engines.

mod fixtures;
mod table;

use std::path::{Path, PathBuf};
use std::process::Command;
use unpoison_tests::glue::with_wasm_bindgen;
use unpoison_tests::links::Pair;
use unpoison_tests::pages;
use xtask::fixture::Point;
use xtask::{engines, run, setup};

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
        told(&mut command)
    };
    same(&tell(engine), &tell("node"));
}

fn told(command: &mut Command) -> serde_json::Value {
    serde_json::from_str(&run::quiet(command).unwrap()).unwrap()
}

fn same(told: &serde_json::Value, node: &serde_json::Value) {
    assert!(node.as_array().is_some_and(|told| told.len() > 10), "{node}");
    assert_eq!(told, node);
}

/// An engine that runs Node's script itself.
fn in_runtime(engine: &Path, words: &[&str]) {
    let script = run::root().join("tests/js/recover-node.mjs");
    let tell = |engine: &Path, words: &[&str]| {
        let mut command = Command::new(engine);
        told(command.args(words).arg(&script).arg(fixtures::dir().join("ledger.wasm")))
    };
    same(&tell(engine, words), &tell(&setup::get().node.system, &[]));
}

/// `--unpoison-exceptions=off`: the same errors, the same recovery.
#[test]
fn the_same_without_exceptions() {
    for node in [&setup::get().node.system, &setup::get().node.newer] {
        let tell = |what: &str, fixture: &str| {
            let script = run::root().join(format!("tests/js/{what}-node.mjs"));
            told(Command::new(node).arg(script).arg(fixtures::dir().join(fixture)))
        };
        same(&tell("recover", "ledger-off.wasm"), &tell("recover", "ledger.wasm"));
        same(&tell("bindgen", "off"), &tell("bindgen", ""));
    }
}

#[test]
fn in_bun() {
    in_runtime(&engines::bun().unwrap(), &[]);
}

#[test]
fn in_deno() {
    in_runtime(&engines::deno().unwrap(), &["run", "--quiet", "--allow-read"]);
}

/// A browser or a shell that Node starts.
fn in_started(name: &str, variable: &str, program: &Path) {
    let tell = |engine: &str| {
        let mut command = Command::new(&setup::get().node.system);
        let script = run::root().join(format!("tests/js/recover-{engine}.mjs"));
        command.arg(script).arg(fixtures::dir().join("ledger.wasm")).env(variable, program);
        told(&mut command)
    };
    same(&tell(name), &tell("node"));
}

#[test]
fn in_javascriptcore() {
    in_started("jsc", "UNPOISON_JSC", &engines::jsc().unwrap());
}

#[test]
fn in_firefox() {
    in_started("firefox", "UNPOISON_FIREFOX", &engines::firefox().unwrap());
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

/// A real page, a real limit: there, instances of large modules are made in the background.
#[test]
fn a_large_module_on_the_main_thread_of_chromium() {
    let mut command = Command::new(&setup::get().node.system);
    let seen = told(
        command
            .arg(run::root().join("tests/js/large-chromium.mjs"))
            .arg(fixtures::dir().join("ledger.wasm"))
            .env("UNPOISON_CHROMIUM", &setup::get().chromium),
    );
    // The first is what the engine says to who does not know.
    let wanted = serde_json::json!([
        "RangeError",
        "RustAbortError",
        "SealedError",
        "1000",
        2,
        "RustAbortError",
        "SealedError",
        "1000",
        3,
        "RustAbortError",
        "SealedError",
        "1000",
        4,
        "RustAbortError",
        "1000",
        5
    ]);
    assert_eq!(seen, wanted);
}

/// As npm packs it: what publint and arethetypeswrong look for, and the licences.
#[test]
fn the_package_is_what_npm_wants() {
    let dir = tempfile::tempdir().unwrap();
    let mut pack = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    pack.args(["pack", "--pack-destination"]).arg(dir.path()).current_dir(package());
    let said = run::quiet(&mut pack).unwrap();
    let tarball = dir.path().join(said.trim().lines().last().unwrap());
    let mut command = Command::new(&setup::get().node.system);
    let mut found = told(command.arg(run::root().join("tests/js/package.mjs")).arg(&tarball));
    let sizes = found.as_object_mut().unwrap().remove("sizes").unwrap();
    for (name, most) in [("recover", 10_400), ("recoverBindgen", 11_900), ("decode", 3700)] {
        let size = sizes[name].as_u64().unwrap();
        assert!(size <= most && size > most / 2, "{name}: {size} bytes, minified and compressed");
    }
    let wanted = serde_json::json!({"publint": [], "types": [], "licences": 2});
    assert_eq!(found, wanted);
}

/// `node hosts/js/build.mjs ESBUILD` makes `dist`, for programs in CommonJS.
#[test]
fn what_is_built_is_of_this_source_and_can_be_required() {
    let dir = tempfile::tempdir().unwrap();
    let mut build = Command::new(&setup::get().node.system);
    build.arg(package().join("build.mjs")).arg(engines::esbuild().unwrap()).arg(dir.path());
    run::quiet(&mut build).unwrap();
    for name in ["index.cjs", "index.d.cts"] {
        let read = |path: PathBuf| std::fs::read_to_string(path).unwrap();
        let built = read(dir.path().join(name));
        assert!(built == read(package().join("dist").join(name)), "{name}: run build.mjs");
    }
    let script = r#"
        const { PanicError, recoverBindgen } = require(process.argv[1]);
        const r = recoverBindgen(require(process.argv[2]));
        try { r.exports.fail("it failed"); } catch (e) {
            if (!(e instanceof PanicError)) throw e;
            console.log(e.message, r.exports.greet("you"));
        }"#;
    let mut node = Command::new(&setup::get().node.system);
    node.args(["-e", script]).arg(package()).arg(fixtures::dir().join("nodejs/bindgen.js"));
    assert_eq!(run::quiet(&mut node).unwrap(), "it failed Hello, you!\n");
}

/// The glue of the target `bundler` brings no types; `unpoison types` writes them.
#[test]
fn the_glue_of_a_bundler_gets_types() {
    let dir = tempfile::tempdir().unwrap();
    let glue = fixtures::dir().join("bundler");
    for name in ["bindgen.d.ts", "bindgen_bg.js"] {
        std::fs::copy(glue.join(name), dir.path().join(name)).unwrap();
    }
    let node = &setup::get().node.system;
    let mut write = Command::new(node);
    write.arg(package().join("bin/unpoison.mjs")).arg("types").arg(dir.path());
    assert_eq!(run::quiet(&mut write).unwrap(), "bindgen_bg.d.ts\n");
    let source = r#"import * as glue from "./bindgen_bg.js";
        export const text: string = glue.greet("you");
        glue.__wbg_set_wasm({});
        // @ts-expect-error not a number
        glue.greet(1);"#;
    std::fs::write(dir.path().join("use.ts"), source).unwrap();
    let mut tsc = Command::new(node);
    tsc.arg(run::root().join("tests/node_modules/typescript/bin/tsc"))
        .args(["--noEmit", "--strict", "--ignoreConfig", "--target", "esnext"])
        .args(["--module", "esnext", "--moduleResolution", "bundler", "--lib", "esnext,dom"])
        .arg(dir.path().join("use.ts"));
    run::quiet(&mut tsc).unwrap();
}

#[test]
fn the_page_of_wasm_bindgen_shows_what_its_code_does() {
    let page = std::fs::read_to_string(run::root().join("docs/wasm-bindgen.md")).unwrap();
    let glue = fixtures::dir().join("nodejs/bindgen.js");
    assert_eq!(pages::run_scripts(&page, &glue), 2);

    // The glue is what the page's command makes, with another name for the crate.
    let section = pages::section(&page, "A fresh instance after a failure");
    let command = pages::block(section, "console").replace("my_crate", "bindgen");
    let dir = tempfile::tempdir().unwrap();
    let pair = Pair::both("bindgen", Point::RELEASE).unwrap();
    std::fs::copy(&pair.unpoisoned, dir.path().join("bindgen.wasm")).unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-ec", command.strip_prefix("$ ").unwrap()]).current_dir(dir.path());
    run::quiet(with_wasm_bindgen(&mut shell)).unwrap();
    // Where its types are is said in that of the tests alone.
    let types = "/* @ts-self-types=\"./bindgen.d.ts\" */\n\n";
    for file in ["bindgen_bg.wasm", "bindgen.js"] {
        let made = std::fs::read(dir.path().join("pkg").join(file)).unwrap();
        let tried = std::fs::read(glue.with_file_name(file)).unwrap();
        assert!(made == tried.strip_prefix(types.as_bytes()).unwrap_or(&tried), "{file}");
    }
}

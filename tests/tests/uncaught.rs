//! What a person sees of a failure that nobody catches, with no package of unpoison's in
//! the program: the table in `docs/wasm-bindgen.md`.

use std::path::{Path, PathBuf};
use std::process::Command;
use unpoison_tests::{links, node};
use wasm_bindgen_cli_support::Bindgen;
use xtask::fixture::Point;
use xtask::run;

/// The columns: how the module was linked.
const WAYS: [&str; 4] = ["rust-lld", "the default", "`error`", "`throw`"];

/// The words that a host prints, a line each.
struct Said(String);

impl Said {
    /// What the table tells of them.
    fn cell(&self) -> String {
        let has = |text: &str| self.0.contains(text);
        let kind = ["RuntimeError: unreachable", "Error: panicked", "WebAssembly.Exception"];
        let kind = kind.into_iter().find(|kind| has(kind)).unwrap_or("nothing");
        let kind = kind.trim_end_matches(": panicked");
        let mut cell = match kind {
            "nothing" => "nothing".to_owned(),
            _ => format!("`{kind}`"),
        };
        if has("it failed") && has("src/lib.rs:") {
            cell.push_str(", message and place");
        }
        // As far as the function that panicked: engines show ten frames.
        if has("bindgen::fail") {
            cell.push_str(", stack");
        }
        cell
    }
}

struct Glue {
    _dir: tempfile::TempDir,
    script: PathBuf,
}

impl Glue {
    fn new(module: &Path) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut bindgen = Bindgen::new();
        bindgen.input_path(module).web(true).unwrap();
        bindgen.generate(dir.path()).unwrap();
        std::fs::write(dir.path().join("package.json"), r#"{"type": "module"}"#).unwrap();
        Self { script: dir.path().join("bindgen.js"), _dir: dir }
    }

    fn folder(&self) -> &Path {
        self.script.parent().unwrap()
    }
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("js").join(name)
}

fn in_node(glue: &Glue, engine: &Path) -> Said {
    let mut command = Command::new(engine);
    command.arg(script("uncaught-node.mjs")).arg(&glue.script);
    command.arg(glue.folder().join("bindgen_bg.wasm")).arg("fail");
    let output = run::output(&mut command).unwrap();
    assert!(!output.status.success());
    Said(String::from_utf8(output.stderr).unwrap())
}

/// A script that tells by its standard output or error.
fn by_script(glue: &Glue, name: &str) -> Said {
    let mut command = Command::new(&node::nodes()[0]);
    command.arg(script(name)).arg(glue.folder()).args(["bindgen", "fail"]);
    let output = run::output(&mut command).unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).unwrap();
    assert!(output.status.success(), "{text}");
    Said(text)
}

#[test]
fn a_failure_that_nobody_catches() {
    let pair = links::Pair::both("bindgen", Point::RELEASE).unwrap();
    let with = |abort: &str| pair.with_options(&[&format!("--unpoison-abort={abort}")]).unwrap();
    let modules = [pair.plain.clone(), pair.unpoisoned.clone(), with("error"), with("throw")];
    let glues = modules.map(|module| Glue::new(&module));
    let mut rows = Vec::new();
    for engine in node::nodes() {
        let version = run::quiet(Command::new(&engine).arg("--version")).unwrap();
        let major = version.trim().trim_start_matches('v').split('.').next().unwrap().to_owned();
        rows.push((format!("Node {major}"), glues.each_ref().map(|glue| in_node(glue, &engine))));
    }
    for (name, file) in
        [("Chromium's console", "uncaught-chromium.mjs"), ("workerd's log", "uncaught-workerd.mjs")]
    {
        rows.push((name.to_owned(), glues.each_ref().map(|glue| by_script(glue, file))));
    }
    let mut table =
        format!("| host | {} |\n|{}\n", WAYS.join(" | "), " --- |".repeat(WAYS.len() + 1));
    for (host, said) in &rows {
        let cells = said.each_ref().map(Said::cell);
        table.push_str(&format!("| {host} | {} |\n", cells.join(" | ")));
        // The default is never worse than without unpoison.
        assert_eq!(cells[0], cells[1], "{host}:\n{}\n{}", said[0].0, said[1].0);
        assert!(cells[2].contains("message and place, stack"), "{host}:\n{}", said[2].0);
    }
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/wasm-bindgen.md");
    let page = std::fs::read_to_string(page).unwrap();
    let printed: Vec<&str> = rows.iter().flat_map(|(_, said)| said).map(|said| &*said.0).collect();
    assert!(
        page.contains(&table),
        "docs/wasm-bindgen.md has not\n{table}\n{}",
        printed.join("\n---\n")
    );
}

//! wasm-bindgen's promises, row by row: the table of docs/wasm-bindgen.md is what is seen here.

use serde_json::Value;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use unpoison_tests::links::{silent, toolchain};
use unpoison_tests::pages;
use xtask::fixture::{Build, Eh, Panics, Point};
use xtask::{run, setup, tools};

/// The rows behind a kind of glue, by itself or recovered.
fn seen(module: &Path, dir: &Path, kind: &str, way: &str) -> Value {
    let out = dir.join(kind);
    let mut bindgen = Command::new(tools::bindgen().unwrap());
    run::quiet(bindgen.arg(module).arg(&out).arg(kind)).unwrap();
    let mut node = Command::new(&setup::get().node.newer);
    node.arg(run::root().join("tests/js/promised.mjs")).arg(out).arg(way);
    serde_json::from_str(&run::quiet(&mut node).unwrap()).unwrap()
}

#[test]
fn the_table_is_what_is_seen() {
    let mut columns = Vec::new();
    for (name, panics) in
        [("panic=abort", Panics::Abort), ("panic=unwind", Panics::Unwind(Eh::Legacy))]
    {
        let build = Build { point: Point::RELEASE, panics };
        let link = build.record_in_turn(toolchain(), "bindgen_unwind").unwrap();
        let dir = tempfile::tempdir().unwrap();
        let module = dir.path().join(link.output_name());
        let unpoison = tools::unpoison().unwrap();
        silent(&mut link.unpoison(toolchain(), &unpoison, &module).unwrap()).unwrap();
        columns.push((name.to_owned(), seen(&module, dir.path(), "bare", "alone")));
        let recovered = seen(&module, dir.path(), "bare-reset", "recovered");
        columns.push((format!("{name}, `recoverBindgen`"), recovered));
    }
    let mut table = String::from("| |");
    for (name, _) in &columns {
        let _ = write!(table, " {name} |");
    }
    table.push_str("\n| --- |");
    table.push_str(&" --- |".repeat(columns.len()));
    for (at, row) in columns[0].1.as_array().unwrap().iter().enumerate() {
        let _ = write!(table, "\n| {} |", row[0].as_str().unwrap());
        for (_, seen) in &columns {
            assert_eq!(seen[at][0], row[0]);
            let [what, after] = [1, 2].map(|part| seen[at][part].as_str().unwrap());
            let _ = write!(table, " {what}; {after} |");
        }
    }
    let page = std::fs::read_to_string(run::root().join("docs/wasm-bindgen.md")).unwrap();
    let section = pages::section(&page, "Promises, row by row");
    let shown: Vec<&str> = section.lines().filter(|line| line.starts_with('|')).collect();
    assert_eq!(shown.join("\n"), table, "\n{table}\n");
}

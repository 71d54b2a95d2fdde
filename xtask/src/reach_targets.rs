//! `cargo xtask reach --targets`: the other targets, with each compiler.

use crate::reach::{self, COMPILERS, Cell, Compiler};
use crate::{reach_page, run, toolchain};
use anyhow::{Context, Result};
use std::process::Command;

/// For the test `targets`: the file to write the cells to.
pub const CELLS: &str = "UNPOISON_REACH_TARGETS";

/// The targets apart from wasm32-unknown-unknown.
pub const TARGETS: [&str; 3] = ["wasm32-wasip1", "wasm32-wasip2", "wasm32v1-none"];

/// The first line of the part of docs/reach.md that is written here.
pub const HEADING: &str = "## Targets";

const HEAD: &str = "What `cargo xtask reach --targets` printed, for panic=abort: cases that held,
of those tried. wasm32-wasip1: a command that ends in six ways, and a reactor, in Node;
wasm32-wasip2: a component that is valid, and whose module has kept its protection;
wasm32v1-none: messages and places, and that engines without exceptions take it. What is said
of the targets: [targets.md](targets.md). An empty cell: rustup did not bring its library.

";

/// A compiler, and which of the targets it has a library for, after rustup was asked for all.
///
/// # Errors
/// Where the compiler is not there and rustup does not reach its server.
pub fn compiler(name: &str) -> Result<(Compiler, Vec<&'static str>)> {
    let compiler = reach::compiler(name)?;
    let mut there = Vec::new();
    for target in TARGETS {
        if !toolchain::has_library(&compiler.toolchain, target) {
            let mut rustup = Command::new("rustup");
            rustup.env("RUSTUP_HOME", reach::home()).args(["target", "add", "--toolchain", name]);
            if let Err(e) = run::quiet(rustup.arg(target)) {
                eprintln!("reach: {name} is not tried for {target}: {e:#}");
                continue;
            }
        }
        there.push(target);
    }
    Ok((compiler, there))
}

/// Tries the compilers, prints the table, and writes it unless it is a part.
///
/// # Errors
/// Where something does not hold.
pub fn run(only: &[String]) -> Result<()> {
    let names = if only.is_empty() { reach::every()? } else { only.to_vec() };
    let file = tempfile::NamedTempFile::new()?;
    let mut test = Command::new("cargo");
    test.args(["test", "--quiet", "--package", "unpoison-tests", "--test", "targets"])
        .args(["reach::", "--", "--nocapture"])
        .env(COMPILERS, names.join(","))
        .env(CELLS, file.path())
        .current_dir(run::root());
    let held = run::visible(&mut test);
    let cells = std::fs::read(file.path())?;
    let cells: Vec<Cell> = serde_json::from_slice(&cells).context("the test wrote no cells")?;
    let part = format!("{HEADING}\n\n{HEAD}{}", reach::rows(&cells));
    println!("{part}");
    if only.is_empty() {
        reach_page::put(&part)?;
    }
    held
}

//! `cargo xtask reach --engines`: the engines that the contract holds in.

use crate::{reach_page, run};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::process::Command;

/// For the test `reach` of `tests/engines`: the file to write the cells to.
pub const CELLS: &str = "UNPOISON_REACH_ENGINES";

/// How modules are made: panic=abort with exceptions and without, panic=unwind in either
/// encoding.
pub const MODES: [&str; 4] = ["abort", "off", "legacy", "exnref"];

/// What an engine is tried with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cell {
    /// The engine, as `unpoison check --engine` calls it.
    pub engine: String,
    /// One of [`MODES`].
    pub mode: String,
    /// Cases that held.
    pub held: usize,
    /// Cases that were tried.
    pub tried: usize,
    /// What is wrong, if anything is.
    pub faults: Vec<String>,
}

/// The first line of the part of docs/reach.md that is written here.
pub const HEADING: &str = "## Engines";

const HEAD: &str =
    "What `cargo xtask reach --engines` printed: cases of the contract that held, of those tried.
`abort` and `off`: panic=abort, with exceptions and with `--unpoison-exceptions=off`; `legacy`
and `exnref`: panic=unwind, in either encoding of exceptions. Where there is no number, the
engine does not take such a module; that is tried, too. The names are those of
[`unpoison check --engine`](hosts.md).

";

/// Tries all engines, prints the table and writes it.
///
/// # Errors
/// Where an engine is missing, or something does not hold.
pub fn run() -> Result<()> {
    let file = tempfile::NamedTempFile::new()?;
    let mut test = Command::new("cargo");
    test.args([
        "test",
        "--quiet",
        "--package",
        "unpoison-engines-tests",
        "--features",
        "lts,extism",
    ])
    .args(["--test", "reach", "--test", "extism", "--", "--nocapture"])
    .env(CELLS, file.path())
    .current_dir(run::root());
    let held = run::visible(&mut test);
    let cells: Vec<Cell> =
        serde_json::from_slice(&std::fs::read(file.path())?).context("the test wrote no cells")?;
    let table = table(&cells);
    println!("{table}");
    reach_page::put(&table)?;
    held
}

fn table(cells: &[Cell]) -> String {
    let mut text = format!("{HEADING}\n\n{HEAD}| engine | {} |\n| --- |", MODES.join(" | "));
    text.push_str(&" --- |".repeat(MODES.len()));
    let mut rows: Vec<&str> = Vec::new();
    for cell in cells {
        if !rows.contains(&&*cell.engine) {
            rows.push(&cell.engine);
        }
    }
    let mut notes = String::new();
    for row in rows {
        let _ = write!(text, "\n| {row} |");
        for mode in MODES {
            let found = cells.iter().find(|cell| cell.engine == row && cell.mode == mode);
            match found {
                Some(cell) => {
                    let _ = write!(text, " {}/{} |", cell.held, cell.tried);
                    for fault in &cell.faults {
                        let _ = writeln!(notes, "- {row}, {mode}: {}", fault.replace('\n', " "));
                    }
                }
                None => text.push_str(" |"),
            }
        }
    }
    text.push('\n');
    if !notes.is_empty() {
        let _ = write!(text, "\nWhat did not hold:\n\n{notes}");
    }
    text
}

//! What a call costs through wasm-bindgen's glue: bare, with wasm-bindgen's own guard, and
//! recovered.

use super::calls::{ROUNDS, measured};
use crate::fixture::{self, Point};
use crate::toolchain::Toolchain;
use crate::{node, run, setup, tools};
use anyhow::Result;
use serde::Deserialize;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

/// Calls of one measurement; a tenth of them with strings.
const CALLS: u32 = 2_000_000;

#[derive(Deserialize)]
struct Times {
    method: Row,
    string: Row,
}

/// Nanoseconds a call.
#[derive(Deserialize)]
struct Row {
    bare: f64,
    /// Not in engines without `exnref`.
    guarded: Option<f64>,
    reset: f64,
    recover: f64,
}

/// Measures in the oldest and the newest Node that the tests use, and prints tables.
pub(super) fn run(toolchain: &Toolchain, unpoison: &Path) -> Result<()> {
    let node = {
        let _turn = setup::turn("setup")?;
        node::setup()?
    };
    let link = fixture::record(toolchain, "bindgen", &Point::RELEASE)?;
    let scratch = tempfile::tempdir()?;
    let at = |name: &str| scratch.path().join(name);
    // The same name twice, for the glue has it, too.
    let module = |folder: &str| {
        std::fs::create_dir(at(folder))?;
        anyhow::Ok(at(folder).join("bindgen.wasm"))
    };
    let (plain, unpoisoned) = (module("plain")?, module("unpoisoned")?);
    run::quiet(&mut link.plain(toolchain, &plain)?)?;
    run::quiet(&mut link.unpoison(toolchain, unpoison, &unpoisoned)?)?;
    let bindgen = tools::bindgen()?;
    let glue = |module: &Path, kind: &str| {
        run::quiet(Command::new(&bindgen).arg(module).arg(at(kind)).arg(kind))?;
        anyhow::Ok(at(kind))
    };
    // What comes without unpoison, and what comes with it.
    let folders =
        [glue(&plain, "bare")?, glue(&plain, "guarded")?, glue(&unpoisoned, "bare-reset")?];

    println!();
    println!("wasm-bindgen's glue, medians of {ROUNDS} times {CALLS} calls, nanoseconds a call");
    println!();
    println!(
        "{:<28} {:>9} {:>9} {:>9} {:>9} {:>7}",
        "", "bare", "guarded", "resets", "recover", "more"
    );
    for program in [&node.system, &node.newer] {
        let version = run::quiet(Command::new(program).arg("--version"))?;
        let numbers = [ROUNDS.to_string(), CALLS.to_string()];
        let args = folders.iter().map(|folder| folder.as_os_str());
        let args = args.chain(numbers.iter().map(OsStr::new));
        let times: Times = measured(program, "bindgen-bench.mjs", args)?;
        for (what, row) in [("a method", times.method), ("with strings", times.string)] {
            println!(
                "{:<28} {:>9.1} {:>9} {:>9.1} {:>9.1} {:>7.1}",
                format!("Node {}, {what}", version.trim()),
                row.bare,
                row.guarded.map_or("-".to_owned(), |took| format!("{took:.1}")),
                row.reset,
                row.recover,
                row.recover - row.bare
            );
        }
    }
    Ok(())
}

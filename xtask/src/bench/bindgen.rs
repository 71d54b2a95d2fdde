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
    bundler: Row,
}

/// Nanoseconds a call.
#[derive(Deserialize)]
struct Row {
    bare: f64,
    /// Not in engines without `exnref`.
    guarded: Option<f64>,
    /// Only glue that can reset itself has it.
    reset: Option<f64>,
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
    let glue = |module: &Path, folder: &str, kind: &str| {
        run::quiet(Command::new(&bindgen).arg(module).arg(at(folder)).arg(kind))
    };
    let bundled = |module: &Path, folder: &str, more: &[&str]| {
        let mut command = Command::new(&bindgen);
        command.args(["--target", "bundler", "--out-name", "bindgen"]).args(more);
        run::quiet(command.arg("--out-dir").arg(at(folder)).arg(module))?;
        std::fs::write(at(folder).join("package.json"), r#"{"type":"module"}"#)?;
        anyhow::Ok(())
    };
    // What comes without unpoison, and what comes with it.
    glue(&plain, "bare", "bare")?;
    glue(&plain, "guarded", "guarded")?;
    glue(&unpoisoned, "reset", "bare-reset")?;
    bundled(&plain, "bundler-bare", &[])?;
    bundled(&plain, "bundler-guarded", &["--force-enable-abort-handler"])?;
    bundled(&unpoisoned, "bundler-recover", &[])?;

    println!();
    println!("wasm-bindgen's glue, medians of {ROUNDS} times {CALLS} calls, nanoseconds a call");
    println!();
    println!(
        "{:<32} {:>9} {:>9} {:>9} {:>9} {:>7}",
        "", "bare", "guarded", "resets", "recover", "more"
    );
    for program in [&node.system, &node.newer] {
        let version = run::quiet(Command::new(program).arg("--version"))?;
        let numbers = [ROUNDS.to_string(), CALLS.to_string()];
        let args = [scratch.path().as_os_str()].into_iter();
        let args = args.chain(numbers.iter().map(OsStr::new));
        let times: Times = measured(program, "bindgen-bench.mjs", args)?;
        let rows = [
            ("a method", times.method),
            ("with strings", times.string),
            ("a method, bundler", times.bundler),
        ];
        for (what, row) in rows {
            println!(
                "{:<32} {:>9.1} {:>9} {:>9} {:>9.1} {:>7.1}",
                format!("Node {}, {what}", version.trim()),
                row.bare,
                or_dash(row.guarded),
                or_dash(row.reset),
                row.recover,
                row.recover - row.bare
            );
        }
    }
    Ok(())
}

fn or_dash(took: Option<f64>) -> String {
    took.map_or("-".to_owned(), |took| format!("{took:.1}"))
}

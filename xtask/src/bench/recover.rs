//! What the JavaScript package's `recover` costs.

use super::calls::{CALLS, ROUNDS, measured};
use crate::fixture::{self, Point};
use crate::toolchain::Toolchain;
use crate::{node, run, setup};
use anyhow::Result;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

/// Failures, and checkpoints of each size.
const FAILURES: u32 = 201;

#[derive(Deserialize)]
struct Calls {
    #[serde(rename = "in")]
    into: Call,
    out: Call,
}

/// Nanoseconds a call.
#[derive(Deserialize)]
struct Call {
    bare: f64,
    recover: f64,
}

/// Microseconds from an abort to the first good answer.
#[derive(Deserialize)]
struct Again {
    recover: f64,
    checkpoint: f64,
    compile: f64,
    process: f64,
}

/// Microseconds for so much memory.
#[derive(Deserialize)]
struct Checkpoint {
    mb: u32,
    take: f64,
    restore: f64,
}

/// Measures in the oldest and the newest Node that the tests use, and prints tables.
pub(super) fn run(toolchain: &Toolchain, unpoison: &Path) -> Result<()> {
    let node = {
        let _turn = setup::turn("setup")?;
        node::setup()?
    };
    let scratch = tempfile::tempdir()?;
    let linked = |name: &str| {
        let link = fixture::record(toolchain, name, &Point::RELEASE)?;
        let output = scratch.path().join(name).with_extension("wasm");
        run::quiet(&mut link.unpoison(toolchain, unpoison, &output)?)?;
        anyhow::Ok(output)
    };
    let (calls, ledger) = (linked("calls")?, linked("ledger")?);
    for program in [&node.system, &node.newer] {
        let version = run::quiet(Command::new(program).arg("--version"))?;
        println!();
        println!("recover in Node {}", version.trim());
        println!();
        let numbers = [ROUNDS, CALLS];
        let Calls { into, out } = script(program, "calls", &calls, &numbers)?;
        println!("{:<28} {:>9} {:>9} {:>7}", "nanoseconds a call", "bare", "recover", "more");
        for (way, Call { bare, recover }) in [("call in", into), ("call out", out)] {
            println!("{way:<28} {bare:>9.2} {recover:>9.2} {:>7.2}", recover - bare);
        }
        let again: Again = script(program, "again", &ledger, &[FAILURES])?;
        println!();
        println!("from an abort to the first good answer, microseconds");
        for (how, took) in [
            ("a fresh instance", again.recover),
            ("with a checkpoint", again.checkpoint),
            ("the module compiled again", again.compile),
            ("another process", again.process),
        ] {
            println!("{how:<28} {took:>9.0}");
        }
        let sizes: Vec<Checkpoint> = script(program, "checkpoint", &ledger, &[FAILURES])?;
        println!();
        println!("{:<28} {:>9} {:>9}", "checkpoint, microseconds", "take", "restore");
        for Checkpoint { mb, take, restore } in sizes {
            println!("{:<28} {take:>9.0} {restore:>9.0}", format!("{mb} MB"));
        }
    }
    Ok(())
}

fn script<T: DeserializeOwned>(
    program: &Path,
    what: &str,
    module: &Path,
    numbers: &[u32],
) -> Result<T> {
    let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
    let args = [what.as_ref(), module.as_os_str()];
    let args = args.into_iter().chain(numbers.iter().map(OsStr::new));
    measured(program, "recover-bench.mjs", args)
}

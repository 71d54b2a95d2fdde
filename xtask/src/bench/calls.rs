//! What the guard costs a call, and how many bytes a guard takes.

use crate::fixture::{self, Point};
use crate::toolchain::Toolchain;
use crate::{node, run, setup};
use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

/// Interleaved measurements of each kind; odd, for the median.
pub(super) const ROUNDS: u32 = 7;

/// Calls of one measurement; whole thousands.
pub(super) const CALLS: u32 = 10_000_000;

/// The nanoseconds that the guard may add to a call.
const SLOWEST: f64 = 4.0;

/// The bytes that a guard may take, names aside.
const LARGEST: f64 = 40.0;

/// What `calls.mjs time` answers.
#[derive(Deserialize)]
pub(super) struct Times {
    #[serde(rename = "in")]
    pub(super) into: Row,
    pub(super) out: Row,
}

/// Nanoseconds a call.
#[derive(Deserialize)]
pub(super) struct Row {
    pub(super) plain: f64,
    pub(super) unpoisoned: f64,
    javascript: f64,
}

/// What `calls.mjs size` answers.
#[derive(Deserialize)]
struct Sizes {
    guards: i64,
    added: i64,
    names: i64,
}

/// Measures in the oldest and the newest Node that the tests use, and prints tables.
pub(super) fn run(toolchain: &Toolchain, unpoison: &Path) -> Result<()> {
    let node = {
        let _turn = setup::turn("setup")?;
        node::setup()?
    };
    let link = fixture::record(toolchain, "calls", &Point::RELEASE)?;
    let scratch = tempfile::tempdir()?;
    let output = |name: &str| scratch.path().join(name);
    let (plain, on, off) = (output("plain.wasm"), output("on.wasm"), output("off.wasm"));
    run::quiet(&mut link.plain(toolchain, &plain)?)?;
    run::quiet(&mut link.unpoison(toolchain, unpoison, &on)?)?;
    run::quiet(link.unpoison(toolchain, unpoison, &off)?.arg("--unpoison-guard=off"))?;

    println!();
    println!("the guard, medians of {ROUNDS} times {CALLS} calls, nanoseconds a call");
    println!();
    println!(
        "{:<28} {:>9} {:>10} {:>7} {:>10} {:>7} | {:>6}",
        "", "plain", "unpoisoned", "more", "JavaScript", "more", "target"
    );
    for program in [&node.system, &node.newer] {
        let version = run::quiet(Command::new(program).arg("--version"))?;
        let numbers = [ROUNDS.to_string(), CALLS.to_string()];
        let args = ["time".as_ref(), plain.as_ref(), on.as_ref()];
        let args = args.into_iter().chain(numbers.iter().map(OsStr::new));
        let times: Times = measured(program, "calls.mjs", args)?;
        for (way, row) in [("in", times.into), ("out", times.out)] {
            let more = row.unpoisoned - row.plain;
            println!(
                "{:<28} {:>9.2} {:>10.2} {more:>7.2} {:>10.2} {:>7.2} | {SLOWEST:>6.2} {}",
                format!("Node {}, call {way}", version.trim()),
                row.plain,
                row.unpoisoned,
                row.javascript,
                row.javascript - row.plain,
                verdict(more <= SLOWEST)
            );
        }
    }

    let args: [&OsStr; 3] = ["size".as_ref(), on.as_ref(), off.as_ref()];
    let sizes: Sizes = measured(&node.newer, "calls.mjs", args)?;
    let each = sizes.added as f64 / sizes.guards as f64;
    println!();
    println!("the guard, bytes beside --unpoison-guard=off");
    println!();
    println!(
        "{:<28} {:>9} {:>10} {:>7} {:>10} | {:>6}",
        "", "guards", "added", "each", "and names", "target"
    );
    println!(
        "{:<28} {:>9} {:>10} {each:>7.1} {:>10} | {LARGEST:>6.1} {}",
        "calls, opt-level 3",
        sizes.guards,
        sizes.added,
        sizes.names,
        verdict(each <= LARGEST)
    );
    Ok(())
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "missed" }
}

/// What a script of `tests/js` answers.
pub(super) fn measured<'a, T: DeserializeOwned>(
    program: &Path,
    script: &str,
    args: impl IntoIterator<Item = &'a OsStr>,
) -> Result<T> {
    let path = run::root().join("tests/js").join(script);
    let answer = run::quiet(Command::new(program).arg(path).args(args))?;
    serde_json::from_str(&answer).with_context(|| format!("what {script} answers"))
}

//! `cargo xtask bench`: what unpoison costs a link, beside rust-lld on the same objects
//! in the same run; then what the guard costs a call, what `recover` does, also behind
//! wasm-bindgen's glue, and what unwinding takes.

mod against;
mod bindgen;
mod calls;
mod plugins;
mod recover;
mod unwind;
mod worker;

use crate::fixture::{self, Point};
use crate::toolchain::Toolchain;
use crate::{run, setup, toolchain, tools};
use anyhow::Result;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// A module to measure, and how much unpoison may add to it.
struct Case {
    what: &'static str,
    fixture: &'static str,
    point: Point,
    /// Bytes that may be added, given the plain module's size.
    allowance: fn(u64) -> u64,
}

const CASES: [Case; 3] = [
    Case {
        what: "small, fat LTO, opt-level z",
        fixture: "small",
        point: Point { lto: "fat", opt: "z", debug: "none", strip: "debuginfo" },
        allowance: |_| 6 * 1024,
    },
    Case {
        what: "real crates, opt-level 3",
        fixture: "real",
        point: Point::RELEASE,
        allowance: |plain| plain * 3 / 1000 + 4 * 1024,
    },
    // Third-party crates; without optimization they pass 10 MB, names included.
    Case {
        what: "real crates, opt-level 0",
        fixture: "real",
        point: Point { lto: "off", opt: "0", debug: "none", strip: "none" },
        allowance: |plain| plain * 3 / 1000 + 4 * 1024,
    },
];

/// The slowest that a link may be, beside rust-lld's.
const SLOWEST: f64 = 1.25;

/// Links each case `rounds` times both ways, in turns, and prints a table; beside the
/// linker `against`, if there is one, that comparison alone.
pub fn run(rounds: usize, against: Option<&Path>) -> Result<()> {
    let toolchain = {
        let _turn = setup::turn("setup")?;
        toolchain::setup()?
    };
    let unpoison = tools::unpoison()?;
    let version = run::quiet(Command::new(&toolchain.rustc).arg("-V"))?;
    if let Some(other) = against {
        return against::run(&toolchain, &unpoison, other, rounds.max(1));
    }
    println!("{}, medians of {rounds} links, bytes and milliseconds", version.trim());
    println!();
    println!(
        "{:<28} {:>12} {:>12} {:>8} {:>8} | {:>9} {:>9} {:>6} {:>6}",
        "", "rust-lld", "unpoison", "more", "allowed", "rust-lld", "unpoison", "ratio", "target"
    );
    for case in &CASES {
        measure(case, &toolchain, &unpoison, rounds.max(1))?;
    }
    calls::run(&toolchain, &unpoison)?;
    recover::run(&toolchain, &unpoison)?;
    bindgen::run(&toolchain, &unpoison)?;
    unwind::run(&toolchain, &unpoison)?;
    plugins::run(&toolchain, &unpoison)?;
    worker::run(&toolchain)
}

fn measure(case: &Case, toolchain: &Toolchain, unpoison: &Path, rounds: usize) -> Result<()> {
    let link = fixture::record(toolchain, case.fixture, &case.point)?;
    let scratch = tempfile::tempdir()?;
    let output = |name: &str| scratch.path().join(name);
    let (plain, unpoisoned) = (output("plain.wasm"), output("unpoisoned.wasm"));
    let mut times = (Vec::new(), Vec::new());
    // The first round fills caches, the stubs' among them, and does not count.
    for round in 0..=rounds {
        let one = timed(&mut link.plain(toolchain, &plain)?)?;
        let other = timed(&mut link.unpoison(toolchain, unpoison, &unpoisoned)?)?;
        if round > 0 {
            times.0.push(one);
            times.1.push(other);
        }
    }
    let (was, is) = (plain.metadata()?.len(), unpoisoned.metadata()?.len());
    let (one, other) = (median(times.0), median(times.1));
    println!(
        "{:<28} {was:>12} {is:>12} {:>8} {:>8} | {one:>9.1} {other:>9.1} {:>6.2} {SLOWEST:>6.2}",
        case.what,
        is as i64 - was as i64,
        (case.allowance)(was),
        other / one
    );
    Ok(())
}

fn timed(command: &mut Command) -> Result<Duration> {
    command.env_remove(run::VALIDATE);
    let start = Instant::now();
    run::quiet(command)?;
    Ok(start.elapsed())
}

/// The median, in milliseconds.
fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e3
}

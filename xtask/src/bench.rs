//! `cargo xtask bench`: what unpoison costs a link, beside rust-lld on the same objects
//! in the same run; then what the guard costs a call, what `recover` does, also behind
//! wasm-bindgen's glue, and what unwinding takes.

mod against;
mod bindgen;
mod calls;
mod growth;
mod plugins;
mod profile;
mod recover;
mod unwind;
mod worker;

use crate::fixture::{self, Point};
use crate::record::Recorded;
use crate::toolchain::Toolchain;
use crate::{run, setup, toolchain, tools};
use anyhow::Result;
use clap::ValueEnum;
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

const CASES: [Case; 4] = [
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
    // Compilers and formatters: thirteen megabytes.
    Case {
        what: "large, opt-level 3",
        fixture: "large",
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

/// A part of the benchmark.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Part {
    /// Links, beside rust-lld's
    Links,
    /// How links grow with the module
    Growth,
    /// Calls into a module and out of it, and the bytes of a guard
    Calls,
    /// `recover`: a fresh instance, a checkpoint
    Recover,
    /// Calls through wasm-bindgen's glue
    Bindgen,
    /// Panics that unwind
    Unwind,
    /// Calls in wasmtime
    Plugins,
    /// Requests to a worker
    Worker,
}

/// What is asked of the benchmark.
pub struct Asked<'a> {
    /// What to measure; all where nothing is named.
    pub parts: &'a [Part],
    /// How often each link is done both ways, in turns.
    pub rounds: usize,
    /// Another build of the linker: that comparison alone is made.
    pub against: Option<&'a Path>,
    /// Below each link the phases it consists of.
    pub profile: bool,
    /// Where the growth is drawn to.
    pub drawing: Option<&'a Path>,
}

/// Measures, and prints tables.
pub fn run(asked: &Asked<'_>) -> Result<()> {
    let rounds = asked.rounds.max(1);
    let toolchain = {
        let _turn = setup::turn("setup")?;
        toolchain::setup()?
    };
    let unpoison = tools::unpoison()?;
    let version = run::quiet(Command::new(&toolchain.rustc).arg("-V"))?;
    if let Some(other) = asked.against {
        return against::run(&toolchain, &unpoison, other, rounds);
    }
    println!("{}", version.trim());
    for part in Part::value_variants() {
        if !asked.parts.is_empty() && !asked.parts.contains(part) {
            continue;
        }
        match part {
            Part::Links => links(&toolchain, &unpoison, rounds, asked.profile)?,
            Part::Growth => growth::run(&toolchain, &unpoison, rounds, asked.drawing)?,
            Part::Calls => calls::run(&toolchain, &unpoison)?,
            Part::Recover => recover::run(&toolchain, &unpoison)?,
            Part::Bindgen => bindgen::run(&toolchain, &unpoison)?,
            Part::Unwind => unwind::run(&toolchain, &unpoison)?,
            Part::Plugins => plugins::run(&toolchain, &unpoison)?,
            Part::Worker => worker::run(&toolchain)?,
        }
    }
    Ok(())
}

fn links(toolchain: &Toolchain, unpoison: &Path, rounds: usize, profile: bool) -> Result<()> {
    println!();
    println!("links, medians of {rounds}, bytes and milliseconds");
    println!();
    println!(
        "{:<28} {:>12} {:>12} {:>8} {:>8} | {:>9} {:>9} {:>6} {:>6}",
        "", "rust-lld", "unpoison", "more", "allowed", "rust-lld", "unpoison", "ratio", "target"
    );
    for case in &CASES {
        let link = fixture::record(toolchain, case.fixture, &case.point)?;
        measure(case, &link, toolchain, unpoison, rounds)?;
        if profile {
            profile::run(&link, toolchain, unpoison, rounds)?;
        }
    }
    Ok(())
}

fn measure(
    case: &Case,
    link: &Recorded,
    toolchain: &Toolchain,
    unpoison: &Path,
    rounds: usize,
) -> Result<()> {
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

//! Two builds of the linker in one run, in turns: what a change costs.

use super::calls::{CALLS, ROUNDS, Times, measured};
use super::{median, timed};
use crate::fixture::{Build, Eh, Point};
use crate::toolchain::Toolchain;
use crate::{node, run, setup};
use anyhow::Result;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

/// What is linked: a fixture, and how.
fn cases() -> [(&'static str, &'static str, Build); 5] {
    let small = Point { lto: "fat", opt: "z", debug: "none", strip: "debuginfo" };
    let debug = Point { lto: "off", opt: "0", debug: "none", strip: "none" };
    [
        ("small, fat LTO, opt-level z", "small", small.into()),
        ("real crates, opt-level 0", "real", debug.into()),
        ("real crates, opt-level 3", "real", Point::RELEASE.into()),
        ("small, unwinding", "small", Build::unwinding(small, Eh::Legacy)),
        ("real crates, unwinding", "real", Build::unwinding(Point::RELEASE, Eh::Legacy)),
    ]
}

/// Links each case `rounds` times by rust-lld, `other` and `unpoison`, then calls into and
/// out of what the two made.
pub(super) fn run(
    toolchain: &Toolchain,
    unpoison: &Path,
    other: &Path,
    rounds: usize,
) -> Result<()> {
    println!();
    println!("beside {}, medians of {rounds} links, bytes and milliseconds", other.display());
    println!();
    println!(
        "{:<28} {:>9} {:>9} {:>9} {:>6} | {:>9} {:>9} {:>9} {:>6}",
        "", "rust-lld", "other", "this", "%", "rust-lld", "other", "this", "%"
    );
    for (what, fixture, build) in cases() {
        let link = build.record(toolchain, fixture)?;
        let scratch = tempfile::tempdir()?;
        let outputs = ["plain", "other", "this"].map(|name| scratch.path().join(name));
        let [plain, old, new] = &outputs;
        let mut times = [Vec::new(), Vec::new(), Vec::new()];
        // The first round fills caches and does not count.
        for round in 0..=rounds {
            let took = [
                timed(&mut link.plain(toolchain, plain)?)?,
                timed(&mut link.unpoison(toolchain, other, old)?)?,
                timed(&mut link.unpoison(toolchain, unpoison, new)?)?,
            ];
            if round > 0 {
                times.iter_mut().zip(took).for_each(|(times, took)| times.push(took));
            }
        }
        let mut sizes = [0.0; 3];
        for (size, path) in sizes.iter_mut().zip(&outputs) {
            *size = path.metadata()?.len() as f64;
        }
        let times = times.map(median);
        println!(
            "{what:<28} {:>9} {:>9} {:>9} {:>6.2} | {:>9.1} {:>9.1} {:>9.1} {:>6.2}",
            sizes[0],
            sizes[1],
            sizes[2],
            (sizes[2] / sizes[1] - 1.0) * 100.0,
            times[0],
            times[1],
            times[2],
            (times[2] / times[1] - 1.0) * 100.0
        );
    }
    calls(toolchain, unpoison, other)
}

fn calls(toolchain: &Toolchain, unpoison: &Path, other: &Path) -> Result<()> {
    let node = {
        let _turn = setup::turn("setup")?;
        node::setup()?
    };
    println!();
    println!("{:<44} {:>9} {:>9} {:>6}", "nanoseconds a call", "other", "this", "%");
    let release = Point::RELEASE;
    let builds =
        [("abort", Build::from(release)), ("unwind", Build::unwinding(release, Eh::Legacy))];
    for (panics, build) in builds {
        let link = build.record(toolchain, "calls")?;
        let scratch = tempfile::tempdir()?;
        let [old, new] = ["other.wasm", "this.wasm"].map(|name| scratch.path().join(name));
        run::quiet(&mut link.unpoison(toolchain, other, &old)?)?;
        run::quiet(&mut link.unpoison(toolchain, unpoison, &new)?)?;
        for program in [&node.system, &node.newer] {
            let version = run::quiet(Command::new(program).arg("--version"))?;
            let numbers = [ROUNDS.to_string(), CALLS.to_string()];
            let args = ["time".as_ref(), old.as_ref(), new.as_ref()];
            let args = args.into_iter().chain(numbers.iter().map(OsStr::new));
            let times: Times = measured(program, "calls.mjs", args)?;
            for (way, row) in [("in", times.into), ("out", times.out)] {
                println!(
                    "{:<44} {:>9.2} {:>9.2} {:>6.1}",
                    format!("panic={panics}, Node {}, call {way}", version.trim()),
                    row.plain,
                    row.unpoisoned,
                    (row.unpoisoned / row.plain - 1.0) * 100.0
                );
            }
        }
    }
    Ok(())
}

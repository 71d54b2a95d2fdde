//! `cargo xtask windows`: the linker as a Windows program, under wine.
//!
//! The compiler is rustup's for Windows, of this machine's version: its cargo, rustc and rust-lld
//! run under wine, too. What comes out is compared with what the linker makes here of the same
//! objects, and run in Node.

mod builds;
mod commands;
mod links;
mod machine;
mod paths;

use anyhow::{Result, bail, ensure};
use machine::Machine;
use std::time::Instant;

/// What became of the parts of a case.
#[derive(Debug, Default)]
struct Tally {
    tried: usize,
    lost: Vec<String>,
}

impl Tally {
    /// Counts one; `Err` is lost.
    fn count(&mut self, name: &str, held: Result<()>) {
        self.tried += 1;
        if let Err(e) = held {
            self.lost.push(format!("{name}: {e:#}"));
        }
    }
}

/// A case, by its name in the table.
type Case = (&'static str, fn(&Machine, &mut Tally) -> Result<()>);

const CASES: [Case; 14] = [
    ("the bytes of a link on Linux", links::bytes),
    ("response files", links::response_files),
    ("spellings of paths", paths::spellings),
    ("folders with odd names", paths::folders),
    ("the stub cache", links::cache),
    ("an output that is there", links::outputs),
    ("many links at once", links::crowd),
    ("killed links", links::killed),
    ("refusals", links::refusals),
    ("`cargo build`", builds::cargo),
    ("debug information", builds::debug),
    ("other targets", builds::targets),
    ("commands", commands::of_modules),
    ("`init` and `doctor`", commands::of_projects),
];

/// Sets up, runs the cases, and prints the table of docs/windows.md.
///
/// # Errors
/// Where wine or a toolchain cannot be had, and where something does not hold.
pub fn run(only: Option<&str>) -> Result<()> {
    let machine = Machine::new()?;
    let mut rows = String::from("| case | tried | held |\n| --- | --: | --: |\n");
    let (mut ran, mut lost) = (0, 0);
    for (name, case) in CASES {
        if only.is_some_and(|only| !name.contains(only)) {
            continue;
        }
        ran += 1;
        let begun = Instant::now();
        let mut tally = Tally::default();
        if let Err(e) = case(&machine, &mut tally) {
            tally.count("the case itself", Err(e));
        }
        eprintln!("xtask: {name}: {:.0} s", begun.elapsed().as_secs_f64());
        for words in &tally.lost {
            eprintln!("xtask:   lost: {words}");
        }
        lost += tally.lost.len();
        rows += &format!("| {name} | {} | {} |\n", tally.tried, tally.tried - tally.lost.len());
    }
    ensure!(ran > 0, "no case is called so");
    println!("{}\n\n{rows}", machine.description);
    match lost {
        0 => Ok(()),
        lost => bail!("{lost} did not hold"),
    }
}

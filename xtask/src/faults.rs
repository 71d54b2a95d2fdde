//! `cargo xtask faults`: links that are disturbed, and what must hold whatever happens.
//!
//! A fault is a scenario on one recorded link, with folders and a stub cache of its own. After
//! each disturbance the output is what it was, or whole; the next link with the same folders
//! is right and leaves nothing else; a refusal is short and names its cause and the path.

mod cache;
mod crowd;
mod kill;
mod namespace;
mod paths;
mod places;
mod space;
mod subject;
mod sysroot;

use anyhow::{Result, bail, ensure};
use clap::ValueEnum;
use std::path::Path;
use std::time::Instant;

pub use subject::Subject;

/// A way to disturb links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Fault {
    /// Many links at once, with a cold cache
    Crowd,
    /// `kill -9` while it links, with a warm cache
    KilledLink,
    /// `kill -9` with a cold cache, while it compiles the stubs
    KilledStubs,
    /// `kill -9` of `unpoison sysroot`
    KilledSysroot,
    /// No room in the output's folder, in the cache, for temporary files; a limit to files' size
    DiskFull,
    /// Folders that cannot be written, a cache that is no folder
    ReadOnly,
    /// Files of the cache that are cut, overwritten, exchanged, replaced
    Rubbish,
    /// A cache of another user's
    OtherUser,
    /// Times of another century
    Clock,
    /// Folders with odd names
    Paths,
    /// File locks that fail
    NoLocks,
    /// A cache with too much in it
    Bound,
}

impl Fault {
    /// Its name on the command line.
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// How often by default, where it is a matter of chance or of number.
    fn rounds(self) -> usize {
        match self {
            Self::Crowd => 64,
            Self::KilledLink | Self::KilledStubs => 200,
            Self::KilledSysroot => 5,
            Self::DiskFull => space::ROUNDS,
            _ => 1,
        }
    }

    /// Disturbs links.
    ///
    /// # Errors
    /// Where the scenario itself cannot be set up. What is lost is in the tally.
    pub fn run(self, subject: &Subject, rounds: usize) -> Result<Tally> {
        let mut tally = Tally::default();
        match self {
            Self::Crowd => crowd::run(subject, rounds, &mut tally),
            Self::KilledLink => kill::link(subject, rounds, &mut tally),
            Self::KilledStubs => kill::stubs(subject, rounds, &mut tally),
            Self::KilledSysroot => sysroot::run(subject, rounds, &mut tally),
            Self::DiskFull => space::run(subject, rounds, &mut tally),
            Self::ReadOnly => places::read_only(subject, &mut tally),
            Self::Rubbish => cache::rubbish(subject, &mut tally),
            Self::OtherUser => places::other_user(subject, &mut tally),
            Self::Clock => cache::clock(subject, &mut tally),
            Self::Paths => paths::run(subject, &mut tally),
            Self::NoLocks => crowd::no_locks(subject, &mut tally),
            Self::Bound => cache::bound(subject, &mut tally),
        }?;
        Ok(tally)
    }
}

/// What became of the links of a fault.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// How many were disturbed.
    pub rounds: usize,
    /// Those that failed as they should: with a short error, and nothing changed.
    pub refused: usize,
    /// Those that were killed, by the fault or by the system.
    pub ended: usize,
    /// Those that were right.
    pub right: usize,
    /// What was not as it must be.
    pub lost: Vec<String>,
    /// Parts that this machine cannot do, and why.
    pub missing: Vec<String>,
    /// What else there is to say.
    pub notes: Vec<String>,
}

impl Tally {
    fn lose(&mut self, what: impl Into<String>) {
        self.lost.push(what.into());
    }

    fn miss(&mut self, why: impl Into<String>) {
        self.missing.push(why.into());
    }

    fn note(&mut self, what: impl Into<String>) {
        self.notes.push(what.into());
    }
}

/// What to do, and how much of it.
#[derive(Clone, Debug, Default)]
pub struct Asked<'a> {
    /// These only.
    pub only: &'a [Fault],
    /// How often instead of each fault's own number.
    pub rounds: Option<usize>,
    /// What this machine cannot do is no failure.
    pub allow_missing: bool,
    /// Where random moments and bytes begin.
    pub seed: u64,
    /// Another build of the linker.
    pub linker: Option<&'a Path>,
}

/// Runs them, and prints the table of docs/faults.md.
///
/// # Errors
/// If anything is lost, or missing without leave.
pub fn run(asked: &Asked) -> Result<()> {
    let subject = Subject::new(asked.linker, asked.seed)?;
    let faults = match asked.only {
        [] => Fault::value_variants(),
        only => only,
    };
    let mut rows = Vec::new();
    for fault in faults {
        let begun = Instant::now();
        let tally = fault.run(&subject, asked.rounds.unwrap_or(fault.rounds()))?;
        eprintln!("xtask: {}: {:.0} s", fault.name(), begun.elapsed().as_secs_f64());
        let said = [("lost", &tally.lost), ("not run here", &tally.missing), ("", &tally.notes)];
        for (kind, words) in said {
            for words in words {
                eprintln!("xtask:   {kind}{}{words}", if kind.is_empty() { "" } else { ": " });
            }
        }
        rows.push((fault.name(), tally));
    }
    println!("| fault | links | refused | killed | right | lost |");
    println!("| --- | --: | --: | --: | --: | --: |");
    for (name, t) in &rows {
        let lost = t.lost.len();
        println!(
            "| `{name}` | {} | {} | {} | {} | {lost} |",
            t.rounds, t.refused, t.ended, t.right
        );
    }
    let lost: usize = rows.iter().map(|(_, tally)| tally.lost.len()).sum();
    ensure!(lost == 0, "{lost} lost");
    if rows.iter().any(|(_, tally)| !tally.missing.is_empty()) && !asked.allow_missing {
        bail!("some of it does not run here; --allow-missing takes that for good");
    }
    Ok(())
}

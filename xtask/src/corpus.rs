//! `cargo xtask corpus`: crates that many people use, each as a module of its own, linked by
//! rust-lld and by unpoison: both work alike, and panics arrive.

mod member;
mod node;
mod table;

use crate::fixture::{Build, Eh, Point};
use crate::record::Recorded;
use crate::setup::{self, Setup};
use crate::{run, tools};
use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use member::Member;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Instant;
use wasmparser::{Validator, WasmFeatures};

/// How a crate is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// `cargo build --release`
    Release,
    /// For size, by link-time optimization over all
    Size,
    /// Without optimization, with line tables
    Dev,
    /// As `release`, with the standard library of `unpoison sysroot`
    Unwind,
}

impl Profile {
    fn build(self) -> Build {
        match self {
            Self::Release => Point::RELEASE.into(),
            Self::Size => Point { lto: "fat", opt: "z", debug: "none", strip: "none" }.into(),
            Self::Dev => {
                Point { lto: "off", opt: "0", debug: "line-tables-only", strip: "none" }.into()
            }
            Self::Unwind => Build::unwinding(Point::RELEASE, Eh::Exnref),
        }
    }

    fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().into())
    }
}

/// What came of a crate in a profile.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    /// The crate and its version.
    pub name: String,
    /// How it was built.
    pub profile: Profile,
    /// Bytes by rust-lld, and by unpoison.
    pub size: [u64; 2],
    /// Sites in the table.
    pub sites: usize,
    /// Milliseconds of a link, medians: by rust-lld, and by unpoison.
    pub link: [f64; 2],
    /// Milliseconds of the work in the plain module, and by how many times ours takes longer.
    pub work: (f64, f64),
    /// How many calls failed, in one instance where panics unwind.
    pub failures: usize,
    /// How many different places they named, and how many of those are in the crate or what it
    /// depends on.
    pub places: [usize; 2],
    /// Bytes of memory after a tenth of the failures, and at the end.
    pub memory: Vec<u64>,
}

/// Failures where each costs an instance, and where none does.
const BAD: u32 = 200;
const BAD_UNWINDING: u32 = 10_000;

/// Six that build quickly, for CI.
pub const QUICK: [&str; 6] = ["csv", "indexmap", "minijinja", "petgraph", "regex", "serde_json"];

/// Builds, links, compares and measures; prints rows, and writes each into the target folder.
///
/// # Errors
/// If something is not as it must be.
pub fn run(names: &[String], profiles: &[Profile], rounds: usize) -> Result<()> {
    let setup = setup::run()?;
    let members = member::all(&setup.toolchain)?;
    for name in names {
        ensure!(members.iter().any(|member| member.name == *name), "no crate `{name}`");
    }
    let profiles = if profiles.is_empty() { Profile::value_variants() } else { profiles };
    let mut failed = Vec::new();
    for profile in profiles {
        for member in &members {
            if !names.is_empty() && !names.contains(&member.name) {
                continue;
            }
            if let (Profile::Unwind, Some(why)) = (*profile, &member.no_unwind) {
                println!("{} unwind: {why}", member.name);
                continue;
            }
            match check(&setup, member, *profile, rounds) {
                Ok(row) => {
                    println!("{}", table::row(&row));
                    row.keep(&member.name)?;
                }
                Err(error) => {
                    println!("{} {}: {error:#}", member.name, profile.name());
                    failed.push(format!("{} {}", member.name, profile.name()));
                }
            }
        }
    }
    ensure!(failed.is_empty(), "not as it must be: {}", failed.join(", "));
    Ok(())
}

/// Prints the table of all rows that were written.
///
/// # Errors
/// Where they cannot be read.
pub fn print() -> Result<()> {
    print!("{}", table::all(&Row::kept()?));
    Ok(())
}

/// One crate in one profile.
///
/// # Errors
/// If something is not as it must be.
pub fn check_named(setup: &Setup, name: &str, profile: Profile) -> Result<Row> {
    let members = member::all(&setup.toolchain)?;
    let member = members.iter().find(|member| member.name == name);
    check(setup, member.with_context(|| format!("no crate `{name}`"))?, profile, 1)
}

fn check(setup: &Setup, member: &Member, profile: Profile, rounds: usize) -> Result<Row> {
    let build = profile.build();
    let place = folder().join(&member.name).join(profile.name());
    let link = member.record(setup, &build, &place)?;
    let scratch = tempfile::tempdir_in(&place)?;
    let modules = Modules::link(setup, &link, scratch.path(), rounds)?;
    let read = |path: &Path| std::fs::read(path).with_context(|| path.display().to_string());
    let (plain, ours) = (read(&modules.plain)?, read(&modules.ours)?);
    Validator::new_with_features(WasmFeatures::all())
        .validate_all(&ours)
        .context("the module is not valid")?;
    let bad = if profile == Profile::Unwind { BAD_UNWINDING } else { BAD };
    let seen = node::run(setup, &modules.plain, &modules.ours, profile, bad)?;
    ensure!(seen.wrong.is_empty(), "{}", seen.wrong.join("; "));
    if let (Profile::Unwind, [early, late]) = (profile, &seen.memory[..]) {
        ensure!(early == late, "memory grew from {early} to {late} bytes");
    }
    Ok(Row {
        name: member.title(),
        profile,
        size: [plain.len() as u64, ours.len() as u64],
        sites: node::sites(&modules.ours)?,
        link: modules.times,
        work: (seen.work, seen.ratio),
        failures: bad as usize,
        places: seen.places(),
        memory: seen.memory,
    })
}

/// A crate linked both ways.
struct Modules {
    plain: PathBuf,
    ours: PathBuf,
    times: [f64; 2],
}

impl Modules {
    /// Links in turns; the module is the same in another folder, with a cold cache and a warm
    /// one, with one thread and with sixteen.
    fn link(setup: &Setup, link: &Recorded, scratch: &Path, rounds: usize) -> Result<Self> {
        let unpoison = tools::unpoison()?;
        let folder = |name: &str| -> Result<PathBuf> {
            std::fs::create_dir_all(scratch.join(name))?;
            Ok(scratch.join(name).join(link.output_name()))
        };
        let (plain, ours) = (folder("plain")?, folder("ours")?);
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..rounds.max(1) {
            let by_lld = link.plain(&setup.toolchain, &plain)?;
            let by_us = link.unpoison(&setup.toolchain, &unpoison, &ours)?;
            for (which, mut command) in [by_lld, by_us].into_iter().enumerate() {
                let start = Instant::now();
                run::quiet(command.env_remove(run::VALIDATE))?;
                times[which].push(start.elapsed());
            }
        }
        let first = std::fs::read(&ours)?;
        for (name, threads) in [("another/deeper", "1"), ("third", "16")] {
            let again = folder(name)?;
            let mut command = link.unpoison(&setup.toolchain, &unpoison, &again)?;
            command.env("UNPOISON_CACHE", scratch.join("cache"));
            run::quiet(command.arg(format!("--threads={threads}")))?;
            ensure!(std::fs::read(&again)? == first, "other bytes with {threads} threads");
        }
        let median = |mut all: Vec<std::time::Duration>| {
            all.sort_unstable();
            all.get(all.len() / 2).map_or(0.0, |time| time.as_secs_f64() * 1e3)
        };
        Ok(Self { plain, ours, times: times.map(median) })
    }
}

/// Where all that is made of the corpus goes.
fn folder() -> PathBuf {
    run::target_dir().join("corpus")
}

impl Row {
    fn keep(&self, name: &str) -> Result<()> {
        let file = folder().join("rows").join(format!("{name}-{}.json", self.profile.name()));
        std::fs::create_dir_all(folder().join("rows"))?;
        Ok(std::fs::write(file, serde_json::to_vec_pretty(self)?)?)
    }

    fn kept() -> Result<Vec<Self>> {
        let folder = folder().join("rows");
        let files = run::files_below(&folder).context("no row was written yet")?;
        let read = |file: &PathBuf| Ok(serde_json::from_slice(&std::fs::read(file)?)?);
        files.iter().map(read).collect()
    }
}

//! `cargo xtask soak`: a million requests to one module in each host, some of which fail, and
//! what must hold: every answer is the one that a model gives, every error is typed, memory
//! stays flat.

use crate::fixture::{Build, Eh, Point};
use crate::toolchain::Toolchain;
use crate::{run, setup, tools};
use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Requests by default.
pub const REQUESTS: u32 = 1_000_000;

/// A process may hold so much more at the end than at a tenth of the run, whichever is more.
const MORE: u64 = 16 << 20;
const MORE_PERCENT: u64 = 10;

/// Where the module runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Host {
    /// Node 24, by `recover` of the npm package
    Node,
    /// wasmtime, by the crate `unpoison-wasmtime`, in a release build
    Wasmtime,
    /// workerd, over HTTP, by `recover` in a Worker
    Workerd,
}

/// What becomes of the ledger's state at a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// A fresh instance begins anew.
    Fresh,
    /// It begins with a copy of the memory as it was before the call that failed.
    Checkpoint,
    /// Panics unwind and cost no instance; what else there is begins anew.
    Unwind,
}

impl Mode {
    /// Its name for the programs that ask.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Checkpoint => "checkpoint",
            Self::Unwind => "unwind",
        }
    }

    /// In the table.
    fn words(self) -> &'static str {
        match self {
            Self::Fresh => "abort",
            Self::Checkpoint => "abort, checkpoints",
            Self::Unwind => "unwind",
        }
    }
}

/// What a run came to; `tests/js/soak/model.mjs` and `tests/soak` print it.
#[derive(Clone, Debug, Deserialize)]
pub struct Figures {
    /// Requests made.
    pub requests: u64,
    /// Failures that were answered as they should be, by what was asked for.
    pub failures: BTreeMap<String, u64>,
    /// Answers that the model does not give.
    pub wrong: u64,
    /// Errors that are none of the host's types; they are wrong, too.
    pub untyped: u64,
    /// Some of what was wrong.
    pub examples: Vec<String>,
    /// Instances made.
    pub instances: u64,
    /// Bytes that the process holds: after a tenth of the requests, and after all. Empty where
    /// the system does not say.
    pub resident: Vec<u64>,
    /// Microseconds of the median request.
    pub p50: f64,
    /// Of the slowest hundredth.
    pub p99: f64,
    /// All of it.
    pub seconds: f64,
}

impl Figures {
    fn failures(&self, kinds: &[&str]) -> u64 {
        kinds.iter().filter_map(|kind| self.failures.get(*kind)).sum()
    }

    /// # Errors
    /// Where something is not as it must be.
    pub fn judge(&self) -> Result<()> {
        let Self { wrong, untyped, examples, .. } = self;
        let examples = examples.join("\n");
        ensure!(*wrong == 0, "{wrong} wrong answers, {untyped} errors without a type:\n{examples}");
        if let [early, late] = self.resident[..] {
            let most = early + MORE.max(early * MORE_PERCENT / 100);
            ensure!(late <= most, "memory grew from {early} to {late} bytes");
        }
        Ok(())
    }

    fn row(&self, host: &str, mode: Mode) -> String {
        let megabytes = |at: usize| match self.resident.get(at) {
            Some(bytes) => format!("{:.1}", *bytes as f64 / 1e6),
            None => "?".to_owned(),
        };
        format!(
            "| {host} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.1} | {:.0} | {:.0} |",
            mode.words(),
            self.requests,
            self.failures(&["panic"]),
            self.failures(&["abort"]),
            self.failures(&["stack", "engineStack"]),
            self.failures(&["allocation", "leak"]),
            self.wrong,
            self.instances,
            megabytes(0),
            megabytes(1),
            self.p50,
            self.p99,
            self.seconds,
        )
    }
}

/// The table's head.
const HEAD: &str = "\
| host | panics | requests | panicked | aborted | stack | memory | wrong | instances | MB, early | MB, end | p50, µs | p99, µs | s |
| --- | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |";

/// Sends requests to each host and prints the table of docs/soak.md.
///
/// # Errors
/// If an answer is wrong, an error has no type, or memory grows.
pub fn run(hosts: &[Host], requests: u32) -> Result<()> {
    let setup = setup::run()?;
    let scratch = tempfile::tempdir()?;
    let hosts = match hosts {
        [] => Host::value_variants(),
        some => some,
    };
    println!("{HEAD}");
    let mut failed = Vec::new();
    for host in hosts {
        for mode in Mode::value_variants() {
            let module = module(&setup.toolchain, *host, *mode, scratch.path())?;
            let figures = match host {
                Host::Node => script(&setup.node.newer, "node", &module, *mode, requests)?,
                Host::Wasmtime => wasmtime(&module, *mode, requests)?,
                Host::Workerd => script(&setup.node.newer, "workerd", &module, *mode, requests)?,
            };
            let name = host.to_possible_value().map_or_else(String::new, |v| v.get_name().into());
            println!("{}", figures.row(&name, *mode));
            if let Err(e) = figures.judge() {
                failed.push(format!("{name}, {}: {e:#}", mode.words()));
            }
        }
    }
    ensure!(failed.is_empty(), "{}", failed.join("\n"));
    Ok(())
}

/// How the fixture is built for a host and a mode: wasmtime knows the newer exceptions alone.
fn build(host: Host, mode: Mode) -> Build {
    let eh = match host {
        Host::Wasmtime => Eh::Exnref,
        Host::Node | Host::Workerd => Eh::Legacy,
    };
    match mode {
        Mode::Fresh | Mode::Checkpoint => Build::from(Point::RELEASE),
        Mode::Unwind => Build::unwinding(Point::RELEASE, eh),
    }
}

/// The fixture for a host and a mode, built and linked into a folder.
///
/// # Errors
/// Where it does not build.
pub fn module(toolchain: &Toolchain, host: Host, mode: Mode, folder: &Path) -> Result<PathBuf> {
    let build = build(host, mode);
    let output = folder.join(format!("{build}.wasm"));
    let link = build.record(toolchain, "ledger")?;
    run::quiet(&mut link.unpoison(toolchain, &tools::unpoison()?, &output)?)?;
    Ok(output)
}

/// What `tests/js/soak/NAME.mjs` tells of a module.
///
/// # Errors
/// Where it fails.
pub fn script(
    node: &Path,
    name: &str,
    module: &Path,
    mode: Mode,
    requests: u32,
) -> Result<Figures> {
    let mut command = Command::new(node);
    command.arg("--expose-gc").arg(run::root().join(format!("tests/js/soak/{name}.mjs")));
    figures(command.arg(module).arg(mode.name()).arg(requests.to_string()))
}

/// What `tests/soak` tells of it.
fn wasmtime(module: &Path, mode: Mode, requests: u32) -> Result<Figures> {
    let mut cargo = Command::new("cargo");
    run::without_outer_cargo(&mut cargo).current_dir(run::root());
    cargo.env("CARGO_TARGET_DIR", run::target_dir());
    cargo.args(["run", "--quiet", "--release", "--locked", "--package", "unpoison-soak", "--"]);
    figures(cargo.arg(module).arg(mode.name()).arg(requests.to_string()))
}

fn figures(command: &mut Command) -> Result<Figures> {
    let said = run::quiet(command)?;
    serde_json::from_str(&said).with_context(|| format!("it printed: {said}"))
}

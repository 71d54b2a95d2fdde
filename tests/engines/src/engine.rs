//! The engines, by the names that `unpoison check --engine` knows.

use crate::in_rust;
use crate::steps::{Run, Seen};
use anyhow::{Context, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;
use std::process::Command;
use xtask::{engines, run, setup};

/// An engine that is there.
#[derive(Clone, Copy, Debug)]
pub struct Engine {
    /// What `unpoison check --engine` calls it.
    pub name: &'static str,
    /// Whether it knows `throw`.
    pub exceptions: bool,
    /// Whether it knows `try_table`.
    pub exnref: bool,
    /// Whether it knows `try`.
    pub legacy: bool,
    /// Arguments for the linker that it needs whatever the module is.
    pub link: &'static [&'static str],
    at: At,
}

/// A host's view of runs.
type Walk = fn(&[u8], &[Run]) -> Result<Vec<Vec<Seen>>>;

/// Where it is.
#[derive(Clone, Copy, Debug)]
enum At {
    /// In a process of its own, which is given a module and what is asked.
    Outside(fn() -> Result<Command>),
    /// In this one.
    Inside { walk: Walk, takes: fn(&[u8]) -> bool },
}

const fn engine(name: &'static str, at: At) -> Engine {
    Engine { name, exceptions: true, exnref: true, legacy: true, link: &[], at }
}

const fn outside(name: &'static str, command: fn() -> Result<Command>) -> Engine {
    engine(name, At::Outside(command))
}

const fn without_exceptions(engine: Engine) -> Engine {
    Engine { exceptions: false, exnref: false, legacy: false, ..engine }
}

/// Engines that are small or there anyway: an ordinary run has them.
pub const USUAL: &[Engine] = &[
    Engine { exnref: false, ..outside("node20", || Ok(node(&setup::get().node.system))) },
    outside("node24", || Ok(node(&setup::get().node.newer))),
    outside("chromium", || Ok(started("chromium", "UNPOISON_CHROMIUM", &setup::get().chromium))),
    Engine {
        legacy: false,
        ..engine(
            "wasmtime",
            At::Inside { walk: in_rust::wasmtime::walk, takes: in_rust::wasmtime::takes },
        )
    },
    without_exceptions(engine(
        "wasmi",
        At::Inside { walk: in_rust::wasmi::walk, takes: in_rust::wasmi::takes },
    )),
    // It reads indices of tables in one byte only, and takes a name of the section `name`
    // for an export's.
    Engine {
        link: &["--compress-relocations", "--strip-all"],
        ..without_exceptions(outside("wasm3", || {
            let mut python = Command::new(engines::wasm3()?);
            python.arg(run::root().join("tests/engines/steps_wasm3.py"));
            Ok(python)
        }))
    },
];

/// The others: for `cargo xtask reach --engines`.
pub const OTHERS: &[Engine] = &[
    outside("firefox", || Ok(started("firefox", "UNPOISON_FIREFOX", &engines::firefox()?))),
    outside("jsc", || Ok(started("jsc", "UNPOISON_JSC", &engines::jsc()?))),
    outside("workerd", || Ok(script(Command::new(&setup::get().node.system), "workerd"))),
    outside("deno", || {
        let mut deno = Command::new(engines::deno()?);
        deno.args(["run", "--quiet", "--allow-read"]);
        Ok(script(deno, "node"))
    }),
    outside("bun", || Ok(node(&engines::bun()?))),
    #[cfg(feature = "lts")]
    without_exceptions(engine(
        "wasmtime-lts",
        At::Inside { walk: in_rust::wasmtime_lts::walk, takes: in_rust::wasmtime_lts::takes },
    )),
];

impl Engine {
    /// What this engine's host sees of runs.
    ///
    /// # Errors
    /// Where it does not take the module.
    pub fn walk(&self, module: &Path, runs: &[Run]) -> Result<Vec<Vec<Seen>>> {
        match self.at {
            At::Outside(command) => ask(command()?, module, runs),
            At::Inside { walk, .. } => walk(&std::fs::read(module)?, runs),
        }
        .with_context(|| format!("{} on {}", self.name, module.display()))
    }

    /// Which of these modules it takes.
    ///
    /// # Errors
    /// Where it does not start.
    pub fn takes(&self, modules: &[Vec<u8>]) -> Result<Vec<bool>> {
        let At::Outside(command) = self.at else {
            let At::Inside { takes, .. } = self.at else { unreachable!("there are two") };
            return Ok(modules.iter().map(|module| takes(module)).collect());
        };
        #[derive(Serialize)]
        struct Asked<'a> {
            modules: &'a [Vec<u8>],
        }
        // workerd starts with a module.
        let any = tempfile::NamedTempFile::new()?;
        std::fs::write(any.path(), b"\0asm\x01\0\0\0")?;
        ask(command()?, any.path(), &Asked { modules }).context(self.name)
    }
}

fn node(program: &Path) -> Command {
    script(Command::new(program), "node")
}

/// A browser or a shell that Node starts.
fn started(name: &str, variable: &str, program: &Path) -> Command {
    let mut node = Command::new(&setup::get().node.system);
    node.env(variable, program);
    script(node, name)
}

fn script(mut command: Command, name: &str) -> Command {
    command.arg(run::root().join(format!("tests/js/steps-{name}.mjs")));
    command
}

fn ask<A: DeserializeOwned>(
    mut command: Command,
    module: &Path,
    asked: &(impl Serialize + ?Sized),
) -> Result<A> {
    let file = tempfile::NamedTempFile::new()?;
    serde_json::to_writer(&file, asked)?;
    let said = run::quiet(command.arg(module).arg(file.path()))?;
    serde_json::from_str(&said).with_context(|| format!("not an answer: {said}"))
}

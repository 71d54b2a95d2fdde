//! The engines, by the names that `unpoison check --engine` knows.

use crate::in_rust;
use crate::steps::{Run, Seen};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;
use xtask::{engines, run, setup};

/// An engine that is there.
#[derive(Clone, Copy, Debug)]
pub struct Engine {
    /// What `unpoison check --engine` calls it.
    pub name: &'static str,
    /// Whether it knows exceptions: `throw`, and with it `try`.
    pub exceptions: bool,
    /// Whether it knows `try_table`.
    pub exnref: bool,
    /// Whether it knows `try`.
    pub legacy: bool,
    /// Arguments for the linker that it needs whatever the module is.
    pub link: &'static [&'static str],
    walk: fn(&Path, &[Run]) -> Result<Vec<Vec<Seen>>>,
}

const fn engine(name: &'static str, walk: fn(&Path, &[Run]) -> Result<Vec<Vec<Seen>>>) -> Engine {
    Engine { name, exceptions: true, exnref: true, legacy: true, link: &[], walk }
}

const fn without(engine: Engine) -> Engine {
    Engine { exceptions: false, exnref: false, legacy: false, ..engine }
}

/// Engines that are small or there anyway: an ordinary run has them.
pub const USUAL: &[Engine] = &[
    Engine { exnref: false, ..engine("node20", |m, r| js(&setup::get().node.system, m, r)) },
    engine("node24", |m, r| js(&setup::get().node.newer, m, r)),
    engine("chromium", |m, r| {
        started("chromium", "UNPOISON_CHROMIUM", &setup::get().chromium, m, r)
    }),
    Engine {
        legacy: false,
        ..engine("wasmtime", |m, r| in_rust::wasmtime::walk(&std::fs::read(m)?, r))
    },
    without(engine("wasmi", |m, r| in_rust::wasmi::walk(&std::fs::read(m)?, r))),
    // It reads indices of tables in one byte only, and takes a name of the section `name`
    // for an export's.
    Engine { link: &["--compress-relocations", "--strip-all"], ..without(engine("wasm3", wasm3)) },
];

/// The others: for `cargo xtask reach --engines`.
pub const OTHERS: &[Engine] = &[
    engine("firefox", |m, r| started("firefox", "UNPOISON_FIREFOX", &engines::firefox()?, m, r)),
    engine("jsc", |m, r| started("jsc", "UNPOISON_JSC", &engines::jsc()?, m, r)),
    engine("workerd", |m, r| started("workerd", "UNPOISON_WORKERD", Path::new(""), m, r)),
    engine("deno", |m, r| {
        told(Command::new(engines::deno()?).args(["run", "--quiet", "--allow-read"]), "node", m, r)
    }),
    engine("bun", |m, r| js(&engines::bun()?, m, r)),
    #[cfg(feature = "lts")]
    without(engine("wasmtime-lts", |m, r| in_rust::wasmtime_lts::walk(&std::fs::read(m)?, r))),
];

impl Engine {
    /// What this engine's host sees of runs.
    ///
    /// # Errors
    /// Where it does not take the module.
    pub fn walk(&self, module: &Path, runs: &[Run]) -> Result<Vec<Vec<Seen>>> {
        (self.walk)(module, runs).with_context(|| format!("{} on {}", self.name, module.display()))
    }
}

fn js(program: &Path, module: &Path, runs: &[Run]) -> Result<Vec<Vec<Seen>>> {
    told(&mut Command::new(program), "node", module, runs)
}

fn started(
    name: &str,
    variable: &str,
    program: &Path,
    module: &Path,
    runs: &[Run],
) -> Result<Vec<Vec<Seen>>> {
    let mut node = Command::new(&setup::get().node.system);
    told(node.env(variable, program), name, module, runs)
}

fn told(
    command: &mut Command,
    script: &str,
    module: &Path,
    runs: &[Run],
) -> Result<Vec<Vec<Seen>>> {
    let script = run::root().join(format!("tests/js/steps-{script}.mjs"));
    answer(command.arg(script), module, runs)
}

fn wasm3(module: &Path, runs: &[Run]) -> Result<Vec<Vec<Seen>>> {
    let script: PathBuf = run::root().join("tests/engines/steps_wasm3.py");
    answer(Command::new(engines::wasm3()?).arg(script), module, runs)
}

fn answer(command: &mut Command, module: &Path, runs: &[Run]) -> Result<Vec<Vec<Seen>>> {
    let file = tempfile::NamedTempFile::new()?;
    serde_json::to_writer(&file, runs)?;
    let said = run::quiet(command.arg(module).arg(file.path()))?;
    serde_json::from_str(&said).with_context(|| format!("not an answer: {said}"))
}

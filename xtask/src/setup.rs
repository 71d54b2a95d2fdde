//! `cargo xtask setup`: everything that builds and tests need, once.

use crate::chromium;
use crate::node::{self, Node};
use crate::run;
use crate::toolchain::{self, Toolchain};
use anyhow::{Context, Result};
use std::fs::File;
use std::path::PathBuf;
use std::sync::OnceLock;

/// What the set-up found or made.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The compiler with the wasm target.
    pub toolchain: Toolchain,
    /// Node and its packages.
    pub node: Node,
    /// Chromium's program.
    pub chromium: PathBuf,
}

/// Sets up; quick when there is nothing to do. Processes take turns.
pub fn run() -> Result<Setup> {
    let _turn = turn("setup")?;
    Ok(Setup { toolchain: toolchain::setup()?, node: node::setup()?, chromium: chromium::setup()? })
}

/// The set-up, once in a process.
pub fn get() -> &'static Setup {
    static SETUP: OnceLock<Setup> = OnceLock::new();
    SETUP.get_or_init(|| run().unwrap_or_else(|e| panic!("set-up failed: {e:#}")))
}

/// Waits for other processes that do the same thing in this target folder. The lock
/// ends with the file's handle.
pub fn turn(what: &str) -> Result<File> {
    let file = lock(what)?;
    file.lock().with_context(|| format!("cannot lock {what}"))?;
    Ok(file)
}

/// The file by which processes that use this target folder lock something.
pub fn lock(what: &str) -> Result<File> {
    let dir = run::target_dir().join("locks");
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let path = dir.join(what);
    File::create(&path).with_context(|| format!("cannot create {}", path.display()))
}

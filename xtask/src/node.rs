//! Node and the packages that the tests use.

use crate::run;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest Node whose engine the modules must run on.
const OLDEST: u32 = 20;

/// Programs of JavaScript's world.
#[derive(Clone, Debug)]
pub struct Node {
    /// The `node` of the machine, at least version 20.
    pub system: PathBuf,
    /// A Node of version 24, from the registry unless `UNPOISON_NODE24` names one.
    pub newer: PathBuf,
    /// binaryen's `wasm-opt`, a script for `system`.
    pub wasm_opt: PathBuf,
}

/// The machine's own Node, which is all that the demo needs.
pub fn system() -> Result<PathBuf> {
    let said = run::quiet(Command::new("node").arg("--version"))
        .context("Node is missing: install Node 20 or newer, with npm")?;
    let major = said.trim().trim_start_matches('v').split('.').next();
    match major.and_then(|m| m.parse::<u32>().ok()) {
        Some(major) if major >= OLDEST => Ok(PathBuf::from("node")),
        _ => bail!("Node {} is too old: install Node {OLDEST} or newer", said.trim()),
    }
}

/// Installs `tests/package-lock.json` where that has not happened yet.
pub fn setup() -> Result<Node> {
    let system = system()?;
    let tests = run::root().join("tests");
    let modules = tests.join("node_modules");
    let lock = read(&tests.join("package-lock.json"))?;
    // What was installed is written last, so half an installation does not count.
    let stamp = modules.join(".unpoison-installed");
    if std::fs::read(&stamp).ok().as_deref() != Some(&lock) {
        let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&tests);
        run::quiet(&mut npm).context("npm could not install the tests' packages")?;
        std::fs::write(&stamp, &lock)
            .with_context(|| format!("cannot write {}", stamp.display()))?;
    }
    let newer = newer(&modules)?;
    let wasm_opt = modules.join("binaryen/bin/wasm-opt");
    if !wasm_opt.is_file() {
        bail!("the package binaryen has no {}", wasm_opt.display());
    }
    Ok(Node { system, newer, wasm_opt })
}

fn newer(modules: &Path) -> Result<PathBuf> {
    if let Some(node) = std::env::var_os("UNPOISON_NODE24") {
        return Ok(PathBuf::from(node));
    }
    let arch = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    let package = format!("node-{}-{arch}", std::env::consts::OS);
    let node = modules.join(&package).join("bin/node");
    if !node.is_file() {
        bail!("no Node 24 for this machine (package {package}): set UNPOISON_NODE24 to one");
    }
    Ok(node)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

//! The programs of this workspace that links run through, built once.

use crate::{run, setup};
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// The linker, built for release once in a process.
pub fn unpoison() -> Result<PathBuf> {
    static BUILT: Mutex<Option<PathBuf>> = Mutex::new(None);
    once(&BUILT, || binary("unpoison", "unpoison", &["--bin", "unpoison", "--release"]))
}

/// The linker that writes down what it was asked ([`crate::record`]).
pub fn recorder() -> Result<PathBuf> {
    static BUILT: Mutex<Option<PathBuf>> = Mutex::new(None);
    once(&BUILT, || binary("xtask", "record-link", &["--bin", "record-link"]))
}

/// wasm-bindgen's command (`tests/examples/bindgen.rs`).
pub fn bindgen() -> Result<PathBuf> {
    static BUILT: Mutex<Option<PathBuf>> = Mutex::new(None);
    once(&BUILT, || binary("unpoison-tests", "bindgen", &["--example", "bindgen"]))
}

/// Builds at the first call. Threads wait for each other here, processes at the lock.
fn once(
    built: &Mutex<Option<PathBuf>>,
    build: impl FnOnce() -> Result<PathBuf>,
) -> Result<PathBuf> {
    let mut built = built.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(path) = &*built {
        return Ok(path.clone());
    }
    let _turn = setup::turn("tools")?;
    let path = build()?;
    *built = Some(path.clone());
    Ok(path)
}

/// Builds one program and asks cargo where it lies.
fn binary(package: &str, name: &str, flags: &[&str]) -> Result<PathBuf> {
    let mut cargo = Command::new("cargo");
    // The programs are the workspace's own: they go where the workspace's builds go.
    let target_dir = run::target_dir();
    run::without_outer_cargo(&mut cargo).env("CARGO_TARGET_DIR", target_dir);
    cargo
        .args(["build", "--quiet", "--message-format=json-render-diagnostics"])
        .args(["--package", package])
        .args(flags)
        .current_dir(run::root());
    let output = run::output(&mut cargo)?;
    if !output.status.success() {
        // Not what cargo printed for programs.
        bail!("`{name}` does not build:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    for line in said.lines() {
        let message: serde_json::Value = serde_json::from_str(line).context("cargo's messages")?;
        if message["target"]["name"] == name
            && let Some(path) = message["executable"].as_str()
        {
            return Ok(PathBuf::from(path));
        }
    }
    bail!("cargo built no `{name}`")
}

//! Engines that only the JavaScript package is tested in: of npm's packages, or of Debian's.

use crate::{debian, run, setup};
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::process::Command;

/// Bun, from the tests' packages.
pub fn bun() -> Result<PathBuf> {
    let package =
        if cfg!(target_arch = "aarch64") { "linux-aarch64" } else { "linux-x64-baseline" };
    packaged("UNPOISON_BUN", &format!("@oven/bun-{package}/bin/bun"))
}

/// Deno, from the tests' packages.
pub fn deno() -> Result<PathBuf> {
    let package = if cfg!(target_arch = "aarch64") { "linux-arm64" } else { "linux-x64" };
    packaged("UNPOISON_DENO", &format!("@deno/{package}-glibc/deno"))
}

/// esbuild, from the tests' packages: no engine, but a program beside them.
pub fn esbuild() -> Result<PathBuf> {
    let package = if cfg!(target_arch = "aarch64") { "linux-arm64" } else { "linux-x64" };
    packaged("UNPOISON_ESBUILD", &format!("@esbuild/{package}/bin/esbuild"))
}

/// JavaScriptCore's shell: the engine of Safari and Bun, without what they add.
pub fn jsc() -> Result<PathBuf> {
    installed("UNPOISON_JSC", "jsc", &["-e", "0"], "libjavascriptcoregtk-4.0-bin")
}

/// Firefox.
pub fn firefox() -> Result<PathBuf> {
    installed("UNPOISON_FIREFOX", "firefox-esr", &["--version"], "firefox-esr")
}

fn packaged(variable: &str, path: &str) -> Result<PathBuf> {
    if let Some(named) = std::env::var_os(variable) {
        return Ok(PathBuf::from(named));
    }
    setup::get();
    let program = run::root().join("tests/node_modules").join(path);
    if !program.is_file() {
        bail!("no {path} for this machine: set {variable} to one");
    }
    Ok(program)
}

fn installed(variable: &str, name: &str, probe: &[&str], package: &str) -> Result<PathBuf> {
    if let Some(named) = std::env::var_os(variable) {
        return Ok(PathBuf::from(named));
    }
    let _turn = setup::turn(name)?;
    let starts = || run::quiet(Command::new(name).args(probe)).is_ok();
    if !starts() {
        debian::apt(&[package])
            .with_context(|| format!("{name} is missing: install it, or set {variable}"))?;
        if !starts() {
            bail!("the package {package} has no program {name}");
        }
    }
    Ok(PathBuf::from(name))
}

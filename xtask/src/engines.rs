//! Engines beside Node and Chromium: of npm's packages, of Debian's, of PyPI's.

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

/// clang, which compiles C for wasm: no engine either.
pub fn clang() -> Result<PathBuf> {
    installed("UNPOISON_CLANG", "clang", &["--version"], "clang")
}

/// Firefox.
pub fn firefox() -> Result<PathBuf> {
    installed("UNPOISON_FIREFOX", "firefox-esr", &["--version"], "firefox-esr")
}

/// A Python with wasm3 in it: of PyPI, compiled here by gcc.
pub fn wasm3() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("UNPOISON_WASM3") {
        return Ok(PathBuf::from(named));
    }
    let _turn = setup::turn("wasm3")?;
    let dir = run::target_dir().join("wasm3");
    let python = dir.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let knows = || run::quiet(Command::new(&python).args(["-c", "import wasm3"])).is_ok();
    if !knows() {
        let install = || -> Result<()> {
            run::quiet(Command::new("python3").args(["-m", "venv"]).arg(&dir))?;
            let mut pip = Command::new(&python);
            pip.args(["-m", "pip", "install", "--quiet", WASM3]);
            run::quiet(&mut pip).map(|_| ())
        };
        if install().is_err() {
            // Python's own parts are packages apart there.
            debian::apt(&["python3-venv", "python3-dev", "gcc"])
                .and_then(|()| install())
                .with_context(|| {
                    format!("no wasm3: name a Python with {WASM3} by UNPOISON_WASM3")
                })?;
        }
        if !knows() {
            bail!("{WASM3} was installed into {}, but is not there", dir.display());
        }
    }
    Ok(python)
}

/// What pip installs.
const WASM3: &str = "pywasm3==0.5.0";

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

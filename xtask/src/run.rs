//! Running other programs: quiet while they work, all of their words when they fail.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The root of the repository.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("xtask lies in the repository's root").to_path_buf()
}

/// Where builds go: `CARGO_TARGET_DIR`, or `target` in the root.
pub fn target_dir() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// The command line as a person would type it, for messages.
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|w| w.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// Runs to the end and keeps what was said. An error only if it could not start.
pub fn output(command: &mut Command) -> Result<Output> {
    command.output().with_context(|| format!("cannot start `{}`", shown(command)))
}

/// Runs quietly; a failure is an error with everything the program said.
pub fn quiet(command: &mut Command) -> Result<String> {
    let output = output(command)?;
    if !output.status.success() {
        bail!(
            "`{}` failed ({}):\n{}{}",
            shown(command),
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs with the terminal handed on; a failure is an error.
pub fn visible(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start `{}`", shown(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", shown(command));
    }
    Ok(())
}

/// Set to 1: `unpoison` validates what it writes. Tests and fixtures are linked so; what
/// is timed is not.
pub const VALIDATE: &str = "UNPOISON_VALIDATE";

/// Takes out of a cargo command's environment what an outer cargo, or the person at
/// the keyboard, put there: a fixture is built with what its test says, nothing else.
pub fn without_outer_cargo(command: &mut Command) -> &mut Command {
    const PREFIXES: [&str; 5] =
        ["CARGO_PROFILE_", "CARGO_PKG_", "CARGO_TARGET_", "UNPOISON_", "CARGO_MANIFEST_"];
    const NAMES: [&str; 7] = [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_BUILD_TARGET",
        "CARGO_BUILD_RUSTFLAGS",
        "RUSTC",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
    ];
    for (name, _) in std::env::vars_os() {
        let shown = name.to_string_lossy();
        if PREFIXES.iter().any(|p| shown.starts_with(p)) || NAMES.contains(&&*shown) {
            command.env_remove(&name);
        }
    }
    command
}

/// A program's whole path, if `PATH` leads to it.
pub fn which(program: &Path) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}

/// All files below a folder, sorted.
///
/// # Errors
/// Where a folder cannot be read.
pub fn files_below(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files_below(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

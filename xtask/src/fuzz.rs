//! `cargo xtask fuzz`: random data for the fuzz targets, on any compiler.

use crate::run;
use anyhow::Result;
use std::process::Command;

/// Runs one target, or all of them one after the other, for so long in all; the stream of
/// data begins at a seed.
pub fn run(minutes: f64, seed: u64, target: Option<&str>) -> Result<()> {
    let mut command = Command::new("cargo");
    command
        .args(["run", "--release", "--locked", "--quiet"])
        .args(["--package", "unpoison-fuzz", "--bin", "fuzz", "--"])
        .args(["--minutes", &minutes.to_string(), "--seed", &seed.to_string()])
        .args(target)
        .current_dir(run::root());
    run::visible(&mut command)
}

//! Fixture crates at a point of the matrix of build settings.

use crate::record::{self, Recorded};
use crate::toolchain::Toolchain;
use crate::{run, setup, tools};
use anyhow::{Context, Result};
use std::fmt;
use std::path::{Path, PathBuf};

/// The settings of `[profile.release]` that change what a linker gets or must do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// `lto`: "off", "thin" or "fat".
    pub lto: &'static str,
    /// `opt-level`: "0" to "3", "s", "z".
    pub opt: &'static str,
    /// `debug`: "none", "line-tables-only" or "full".
    pub debug: &'static str,
    /// `strip`: "none", "debuginfo" or "symbols".
    pub strip: &'static str,
}

impl Point {
    /// What `cargo build --release` does without a word in `Cargo.toml`.
    pub const RELEASE: Self = Self { lto: "off", opt: "3", debug: "none", strip: "none" };

    /// The variables by which cargo learns of the point.
    pub fn env(&self) -> [(&'static str, &'static str); 4] {
        [
            ("CARGO_PROFILE_RELEASE_LTO", self.lto),
            ("CARGO_PROFILE_RELEASE_OPT_LEVEL", self.opt),
            ("CARGO_PROFILE_RELEASE_DEBUG", self.debug),
            ("CARGO_PROFILE_RELEASE_STRIP", self.strip),
        ]
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lto-{}-opt-{}-debug-{}-strip-{}", self.lto, self.opt, self.debug, self.strip)
    }
}

/// The folder of a fixture crate.
pub fn crate_dir(name: &str) -> PathBuf {
    run::root().join("tests/fixtures").join(name)
}

/// Where everything made of a fixture at a point goes.
pub fn point_dir(name: &str, point: &Point) -> PathBuf {
    run::target_dir().join("fixtures").join(name).join(point.to_string())
}

/// Builds a fixture at a point and answers its recorded link. Each point has a target
/// folder of its own: cargo then never overwrites one point's recording by another's.
pub fn record(toolchain: &Toolchain, name: &str, point: &Point) -> Result<Recorded> {
    let _turn = setup::turn(&format!("fixture-{name}-{point}"))?;
    record_crate(toolchain, &crate_dir(name), &point_dir(name, point), point)
}

/// [`record()`] for a crate anywhere, with its target folder at `dir/cargo` and the
/// recording at `dir/link`.
pub fn record_crate(
    toolchain: &Toolchain,
    crate_dir: &Path,
    dir: &Path,
    point: &Point,
) -> Result<Recorded> {
    let link = dir.join("link");
    let mut cargo = toolchain.cargo("build", crate_dir);
    cargo
        .args(["--quiet", "--release", "--locked"])
        .arg("--target-dir")
        .arg(dir.join("cargo"))
        .envs(point.env())
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", tools::recorder()?)
        .env(record::RECORD_TO, &link)
        .env(record::RECORD_LINKER, toolchain.lld()?);
    run::quiet(&mut cargo).with_context(|| format!("cannot build {}", crate_dir.display()))?;
    Recorded::load(&link)
        .with_context(|| format!("cargo did not link; remove {} and try again", dir.display()))
}

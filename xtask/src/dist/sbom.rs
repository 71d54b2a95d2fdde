//! What the program is made of, for those who look for crates with known holes.

use crate::run;
use anyhow::{Context, Result};
use std::path::Path;
use std::process::Command;

/// The version of `cargo-sbom` that is asked.
const VERSION: &str = "0.10.0";

/// `unpoison.cdx.json`.
pub(super) fn write(folder: &Path) -> Result<()> {
    let tools = run::target_dir().join("cargo-sbom");
    let mut install = Command::new("cargo");
    run::without_outer_cargo(&mut install);
    install.args(["install", "--quiet", "--locked", "--version", VERSION, "cargo-sbom"]);
    run::visible(install.arg("--root").arg(&tools).current_dir(run::root()))?;
    let mut sbom = Command::new(tools.join("bin/cargo-sbom"));
    sbom.args(["sbom", "--cargo-package", "unpoison", "--output-format", "cyclone_dx_json_1_6"]);
    let text = run::quiet(sbom.current_dir(run::root())).context("cargo-sbom")?;
    super::write(&folder.join("unpoison.cdx.json"), text.as_bytes())
}

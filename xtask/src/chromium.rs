//! Chromium, from the machine or from Debian's packages.

use crate::{debian, run};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The names under which distributions ship it.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// The browser; installed where there is none and Debian's packages can be had.
pub fn setup() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("UNPOISON_CHROMIUM") {
        return Ok(PathBuf::from(named));
    }
    if let Some(found) = find() {
        return Ok(found);
    }
    debian::apt(&["chromium"]).context(
        "Chromium is missing: install it, or set UNPOISON_CHROMIUM to a Chromium or Chrome",
    )?;
    find().context("the package chromium has no program of that name")
}

fn find() -> Option<PathBuf> {
    let answers = |name: &&str| run::quiet(Command::new(name).arg("--version")).is_ok();
    let name = NAMES.into_iter().find(answers)?;
    // The whole path: playwright takes no bare names.
    Some(run::which(Path::new(name)).unwrap_or_else(|| name.into()))
}

//! What `tests/js/corpus.mjs` sees of a crate's modules.

use super::Profile;
use crate::setup::Setup;
use crate::{run, tools};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// What it prints.
#[derive(Debug, Deserialize)]
pub(super) struct Seen {
    /// What is not as it must be.
    pub wrong: Vec<String>,
    failures: Vec<Failure>,
    /// Milliseconds of the work in the plain module.
    pub work: f64,
    /// By how many times ours takes longer.
    pub ratio: f64,
    /// Bytes of memory after a tenth of the failures, and at the end.
    pub memory: Vec<u64>,
}

#[derive(Debug, Deserialize)]
struct Failure {
    file: String,
    line: u32,
}

impl Seen {
    /// How many different places failures named, and how many are not in the corpus itself.
    pub(super) fn places(&self) -> [usize; 2] {
        let all: BTreeSet<(&str, u32)> =
            self.failures.iter().map(|failure| (&*failure.file, failure.line)).collect();
        let own = |(file, _): &&(&str, u32)| file.starts_with("crates/");
        [all.len(), all.len() - all.iter().filter(own).count()]
    }
}

/// Works with both modules, and has the unpoisoned one fail.
pub(super) fn run(
    setup: &Setup,
    plain: &Path,
    ours: &Path,
    profile: Profile,
    bad: u32,
) -> Result<Seen> {
    let mut command = Command::new(&setup.node.newer);
    command.arg(run::root().join("tests/js/corpus.mjs")).args([plain, ours]);
    command.arg(if profile == Profile::Unwind { "unwind" } else { "abort" });
    let said = run::quiet(command.arg(bad.to_string()))?;
    serde_json::from_str(&said).with_context(|| format!("it printed: {said}"))
}

/// How many sites a module has.
pub(super) fn sites(module: &Path) -> Result<usize> {
    let mut command = Command::new(tools::unpoison()?);
    let said = run::quiet(command.arg("inspect").arg("--json").arg(module))?;
    let said: serde_json::Value = serde_json::from_str(&said)?;
    Ok(said
        .get("sites")
        .and_then(|sites| sites.as_array())
        .context("inspect lists no sites")?
        .len())
}

//! Where the time of a link goes: the phases that `UNPOISON_TIME` names.

use super::median;
use crate::record::Recorded;
use crate::run;
use crate::toolchain::Toolchain;
use anyhow::{Context, Result};
use std::path::Path;
use std::time::Duration;

/// Links `rounds` times and prints the medians, in the order of the phases.
pub(super) fn run(
    link: &Recorded,
    toolchain: &Toolchain,
    unpoison: &Path,
    rounds: usize,
) -> Result<()> {
    let scratch = tempfile::tempdir()?;
    let mut phases: Vec<(String, Vec<Duration>)> = Vec::new();
    // The first round fills caches.
    for round in 0..=rounds {
        let log = scratch.path().join(format!("{round}.log"));
        let mut command = link.unpoison(toolchain, unpoison, &scratch.path().join("out.wasm"))?;
        command.env("UNPOISON_TIME", "1").env("UNPOISON_LOG_FILE", &log);
        run::quiet(command.env_remove(run::VALIDATE))?;
        if round == 0 {
            continue;
        }
        for line in std::fs::read_to_string(&log)?.lines() {
            let (phase, took) = phase(line).with_context(|| format!("no phase: {line}"))?;
            match phases.iter_mut().find(|(name, _)| name == phase) {
                Some((_, times)) => times.push(took),
                None => phases.push((phase.to_owned(), vec![took])),
            }
        }
    }
    for (phase, times) in phases {
        println!("    {phase:<24} {:>9.1}", median(times));
    }
    Ok(())
}

/// `[INFO  unpoison::phases] rust-lld: 180.3 ms`
fn phase(line: &str) -> Option<(&str, Duration)> {
    let (phase, took) = line.split_once("] ")?.1.rsplit_once(": ")?;
    let milliseconds: f64 = took.strip_suffix(" ms")?.parse().ok()?;
    Some((phase, Duration::from_secs_f64(milliseconds / 1e3)))
}

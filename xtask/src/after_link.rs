//! Programs that people run on modules after the link, for the wide run of the tests: the
//! ordinary one has npm's binaryen.

use crate::{debian, run, setup};
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::process::Command;

/// The version of `wasm-tools` that is tried.
const WASM_TOOLS: &str = "1.263.0";

/// Where the programs are.
#[derive(Clone, Debug)]
pub struct AfterLink {
    /// `wasm-tools`, with `strip` alone.
    pub wasm_tools: PathBuf,
    /// Debian's `wasm-opt`, years older than npm's.
    pub wasm_opt: PathBuf,
    /// Debian's `wasm-split`, which npm's package has not.
    pub wasm_split: PathBuf,
}

/// Installs what is missing.
pub fn setup() -> Result<AfterLink> {
    let _turn = setup::turn("after-link")?;
    let root = run::target_dir().join("after-link");
    let wasm_tools = root.join("bin").join(format!("wasm-tools{}", std::env::consts::EXE_SUFFIX));
    let is_there = |program: &PathBuf| {
        run::quiet(Command::new(program).arg("--version"))
            .is_ok_and(|said| said.contains(WASM_TOOLS))
    };
    if !is_there(&wasm_tools) {
        let mut cargo = Command::new("cargo");
        run::without_outer_cargo(&mut cargo)
            .args(["install", "--quiet", "--locked", "--force", "wasm-tools"])
            .args(["--version", WASM_TOOLS, "--no-default-features", "--features", "strip"])
            .arg("--root")
            .arg(&root)
            .env("CARGO_TARGET_DIR", root.join("target"))
            // It strips small modules: what counts is that it is there soon.
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
        run::quiet(&mut cargo).context("wasm-tools could not be installed")?;
    }
    let debian = |name: &str| PathBuf::from("/usr/bin").join(name);
    let (wasm_opt, wasm_split) = (debian("wasm-opt"), debian("wasm-split"));
    if !wasm_opt.is_file() || !wasm_split.is_file() {
        debian::apt(&["binaryen"]).context("Debian's binaryen is missing")?;
    }
    Ok(AfterLink { wasm_tools, wasm_opt, wasm_split })
}

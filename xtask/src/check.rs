//! `cargo xtask test`: formatting, lints, tests.

use crate::{run, setup, test_programs, tools};
use anyhow::{Result, ensure};
use std::process::Command;

/// Set for the whole matrix of build settings.
pub const ALL: &str = "UNPOISON_TEST_ALL";

/// Runs everything. Formatting or lints that are wrong end it; tests all have their turn.
pub fn run(all: bool, args: &[String]) -> Result<()> {
    let cargo = |words: &[&str]| {
        let mut command = Command::new("cargo");
        command.args(words).current_dir(run::root());
        command
    };
    run::visible(&mut cargo(&["fmt", "--all", "--check"]))?;
    setup::run()?;
    run::visible(&mut cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ]))?;
    tools::unpoison()?;
    tools::recorder()?;
    let variables: &[(&str, &str)] = if all { &[(ALL, "1")] } else { &[] };
    if !args.is_empty() {
        // What is asked for is cargo's to understand.
        let mut test = cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]);
        return run::visible(test.args(args).envs(variables.iter().copied()));
    }
    let programs = test_programs::build()?;
    let failed = test_programs::run(&programs, variables)?;
    let docs = run::visible(&mut cargo(&["test", "--workspace", "--locked", "--doc"]));
    ensure!(failed.is_empty(), "these tests failed: {}", failed.join(", "));
    docs
}

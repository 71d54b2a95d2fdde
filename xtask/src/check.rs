//! `cargo xtask test`: formatting, lints, tests.

use crate::{run, setup, tools};
use anyhow::Result;
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
    let mut test = cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]);
    test.args(args);
    if all {
        test.env(ALL, "1");
    }
    run::visible(&mut test)
}

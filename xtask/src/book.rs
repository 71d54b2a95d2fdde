//! `cargo xtask book`: the pages of `docs/` as a book, with a search.

use crate::{run, setup};
use anyhow::Result;
use std::path::PathBuf;
use std::process::Command;

/// Makes it, and says where it begins.
pub fn run() -> Result<()> {
    println!("{}", make()?.join("index.html").display());
    Ok(())
}

/// Makes it, and answers its folder. A program of its own does it (`xtask/book`): what that is
/// made of takes a minute to compile, once.
pub fn make() -> Result<PathBuf> {
    let _turn = setup::turn("book")?;
    let folder = run::target_dir().join("book");
    let mut cargo = Command::new("cargo");
    run::without_outer_cargo(&mut cargo).env("CARGO_TARGET_DIR", run::target_dir());
    cargo.args(["run", "--quiet", "--locked", "--package", "unpoison-book", "--"]).arg(&folder);
    run::quiet(cargo.current_dir(run::root()))?;
    Ok(folder)
}

//! `cargo xtask demo`: the same crate linked twice, and what Node sees of each.

use crate::toolchain::{self, TARGET, Toolchain};
use crate::{node, run, setup, tools};
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Sets up, builds twice, runs the comparison.
pub fn run() -> Result<()> {
    let node = node::system()?;
    let toolchain = {
        let _turn = setup::turn("setup")?;
        toolchain::setup()?
    };
    let demo = run::root().join("examples/demo");
    let plain = build(&toolchain, &demo, "plain", None)?;
    let unpoison = tools::unpoison()?;
    let unpoisoned = build(&toolchain, &demo, "unpoisoned", Some(&unpoison))?;

    println!(
        "The crate examples/demo, built twice by `cargo build --release`. The second time with"
    );
    println!();
    println!("    # .cargo/config.toml");
    println!("    [target.{TARGET}]");
    println!("    linker = \"unpoison\"");
    println!();
    let mut command = Command::new(node);
    command.arg(demo.join("run.mjs")).arg(plain).arg(unpoisoned);
    run::visible(&mut command)
}

fn build(toolchain: &Toolchain, demo: &Path, name: &str, linker: Option<&Path>) -> Result<PathBuf> {
    let target_dir = run::target_dir().join("demo").join(name);
    let mut cargo = toolchain.cargo("build", demo);
    cargo.args(["--release", "--locked", "--target-dir"]).arg(&target_dir);
    if let Some(linker) = linker {
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        // cargo looks at the linker's path only: a changed linker must link anew.
        let module = target_dir.join(TARGET).join("release/deps/demo.wasm");
        if is_older(&module, linker) {
            let _ = std::fs::remove_dir_all(&target_dir);
        }
    }
    run::quiet(&mut cargo)?;
    Ok(target_dir.join(TARGET).join("release/demo.wasm"))
}

fn is_older(file: &Path, than: &Path) -> bool {
    let changed = |path: &Path| path.metadata().and_then(|m| m.modified()).ok();
    changed(file) < changed(than)
}

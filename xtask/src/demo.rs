//! `cargo xtask demo`: the same crate linked twice, and what Node sees of each.

use crate::toolchain::{self, TARGET, Toolchain};
use crate::{node, run, setup, sysroot, tools};
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
    let Pair { plain, unpoisoned } = pair(&toolchain)?;

    println!(
        "The crate examples/demo, built twice by `cargo build --release`. The second time with"
    );
    println!();
    println!("    # .cargo/config.toml");
    println!("    [target.{TARGET}]");
    println!("    linker = \"unpoison\"");
    println!();
    let mut command = Command::new(node);
    command.arg(crate_dir().join("run.mjs")).arg(plain).arg(unpoisoned);
    run::visible(&mut command)
}

/// The crate as both linkers made it.
#[derive(Debug)]
pub struct Pair {
    /// By rust-lld.
    pub plain: PathBuf,
    /// By unpoison.
    pub unpoisoned: PathBuf,
}

/// Builds it twice.
pub fn pair(toolchain: &Toolchain) -> Result<Pair> {
    let plain = build(toolchain, "plain", None, &[])?;
    let unpoisoned = build(toolchain, "unpoisoned", Some(&tools::unpoison()?), &[])?;
    Ok(Pair { plain, unpoisoned })
}

/// Builds it by unpoison and with the standard library that unwinds.
pub fn unwinding(toolchain: &Toolchain) -> Result<PathBuf> {
    // Legacy: current browsers run it, and older ones that have exceptions.
    let sysroot = sysroot::unwinding(toolchain, "legacy")?;
    build(toolchain, "unwinding", Some(&tools::unpoison()?), &sysroot.rustflags)
}

fn crate_dir() -> PathBuf {
    run::root().join("examples/demo")
}

fn build(
    toolchain: &Toolchain,
    name: &str,
    linker: Option<&Path>,
    rustflags: &[String],
) -> Result<PathBuf> {
    // Its folder may be removed below.
    let _turn = setup::turn(&format!("demo-{name}"))?;
    let target_dir = run::target_dir().join("demo").join(name);
    let mut cargo = toolchain.cargo("build", &crate_dir());
    cargo.args(["--release", "--locked", "--target-dir"]).arg(&target_dir);
    if !rustflags.is_empty() {
        cargo.env("CARGO_ENCODED_RUSTFLAGS", rustflags.join("\u{1f}"));
    }
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

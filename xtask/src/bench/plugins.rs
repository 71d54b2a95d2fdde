//! What the crate for wasmtime costs a host of plugins: `hosts/wasmtime/benches/plugins.rs`.

use crate::toolchain::{TARGET, Toolchain};
use crate::{run, setup};
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds the plugin of `examples/plugins` both ways, and has the crate's benchmark print its
/// tables.
pub(super) fn run(toolchain: &Toolchain, unpoison: &Path) -> Result<()> {
    let _turn = setup::turn("plugins")?;
    let plain = plugin(toolchain, "plain", &toolchain.lld()?)?;
    let unpoisoned = plugin(toolchain, "unpoisoned", unpoison)?;
    println!();
    let mut cargo = Command::new("cargo");
    cargo.args(["bench", "--quiet", "--package", "unpoison-wasmtime", "--bench", "plugins", "--"]);
    run::visible(cargo.args([plain, unpoisoned]).current_dir(run::root()))
}

fn plugin(toolchain: &Toolchain, folder: &str, linker: &Path) -> Result<PathBuf> {
    let target = run::target_dir().join("plugins").join(folder);
    let mut cargo = toolchain.cargo("build", &run::root().join("examples/plugins"));
    cargo.args(["--quiet", "--release", "--locked", "--target-dir"]).arg(&target);
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
    run::quiet(&mut cargo)?;
    Ok(target.join(TARGET).join("release/plugin.wasm"))
}

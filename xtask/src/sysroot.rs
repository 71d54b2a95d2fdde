//! The standard library with unwinding, built by `unpoison sysroot` once for all tests.

use crate::toolchain::{TARGET, Toolchain};
use crate::{run, tools};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A sysroot with unwinding, and the flags that use it.
#[derive(Clone, Debug)]
pub struct Unwinding {
    /// Its folder.
    pub folder: PathBuf,
    /// `rustflags`, as printed for a config file.
    pub rustflags: Vec<String>,
}

/// Where the sysroots for tests are kept: later runs find them again.
pub fn data_dir() -> PathBuf {
    run::target_dir().join("unpoison-data")
}

/// `unpoison sysroot …` for a compiler, with nothing in its environment but `data` for
/// its data folder.
pub fn command(toolchain: &Toolchain, data: &Path) -> Result<Command> {
    let mut command = Command::new(tools::unpoison()?);
    run::without_outer_cargo(&mut command).arg("sysroot").env("UNPOISON_DATA", data);
    if toolchain.rustc.is_absolute() {
        command.env("RUSTC", &toolchain.rustc);
    }
    Ok(command)
}

/// The sysroot of a flavour, `legacy` or `exnref`. Whoever asks first waits half a
/// minute; unpoison lets processes take turns.
pub fn unwinding(toolchain: &Toolchain, eh: &str) -> Result<Unwinding> {
    let mut command = command(toolchain, &data_dir())?;
    parse(&run::quiet(command.args(["--eh", eh]))?)
}

/// Reads the printed lines.
fn parse(text: &str) -> Result<Unwinding> {
    let document: toml_edit::DocumentMut = text.parse().context("the printed config")?;
    let target = document.get("target").and_then(|targets| targets.get(TARGET));
    let flags = target.and_then(|target| target.get("rustflags")?.as_array());
    let flags = flags.context("no rustflags")?;
    let flags = flags.iter().map(|flag| flag.as_str().map(str::to_owned));
    let rustflags: Vec<_> = flags.collect::<Option<_>>().context("a flag is no string")?;
    let at = rustflags.iter().position(|flag| flag == "--sysroot");
    let folder = at.and_then(|at| rustflags.get(at + 1)).context("no --sysroot")?.into();
    Ok(Unwinding { folder, rustflags })
}

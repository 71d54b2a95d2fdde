//! The compiler that fixtures and the demo are built with, its wasm target, and the
//! source of its standard library.

use crate::{debian, run};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The target that everything here is about.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Targets that some tests are about.
pub const OTHER_TARGETS: [&str; 3] = ["wasm32-wasip1", "wasm32-wasip2", "wasm32v1-none"];

/// Set to anything but nothing: act as if rustup could not reach its server.
const NO_RUSTUP: &str = "UNPOISON_XTASK_NO_RUSTUP";

/// A compiler that has the wasm target.
#[derive(Clone, Debug)]
pub struct Toolchain {
    /// `cargo`.
    pub cargo: PathBuf,
    /// `rustc`.
    pub rustc: PathBuf,
}

impl Toolchain {
    /// `cargo build` and its like for the wasm target, in a crate of its own.
    pub fn cargo(&self, verb: &str, crate_dir: &Path) -> Command {
        self.cargo_for(TARGET, verb, crate_dir)
    }

    /// The same for another target.
    pub fn cargo_for(&self, target: &str, verb: &str, crate_dir: &Path) -> Command {
        let mut command = Command::new(&self.cargo);
        run::without_outer_cargo(&mut command).env(run::VALIDATE, "1");
        command.arg(verb).args(["--target", target]).current_dir(crate_dir);
        if self.rustc.is_absolute() {
            command.env("RUSTC", &self.rustc);
        }
        command
    }

    /// rust-lld, for links without unpoison.
    pub fn lld(&self) -> Result<PathBuf> {
        let lld = self.tools_dir()?.join(format!("rust-lld{}", std::env::consts::EXE_SUFFIX));
        if !lld.is_file() {
            bail!("the toolchain has no {}", lld.display());
        }
        Ok(lld)
    }

    /// The folder that rustc puts first in a linker's `PATH`.
    pub fn tools_dir(&self) -> Result<PathBuf> {
        let rustlib = sysroot(&self.rustc)?.join("lib/rustlib");
        Ok(rustlib.join(host(&self.rustc)?).join("bin"))
    }
}

/// Makes sure of the wasm target and of the library's source. The order: they are
/// there; rustup brings them; Debian's packages bring a compiler and the source.
pub fn setup() -> Result<Toolchain> {
    let rustc = PathBuf::from("rustc");
    let cargo = PathBuf::from("cargo");
    let no_rustup = std::env::var_os(NO_RUSTUP).is_some_and(|v| !v.is_empty());
    let active = Toolchain { cargo, rustc: rustc.clone() };
    if !no_rustup {
        let sysroot = sysroot(&rustc)?;
        let target = || has_target(&sysroot);
        let source = || has_source(&sysroot);
        match by_rustup(&["target", "add", TARGET], &target)
            .and_then(|()| by_rustup(&["component", "add", "rust-src"], &source))
        {
            Ok(()) => {
                let others = || OTHER_TARGETS.iter().all(|target| has_core(&sysroot, target));
                // Without them the tests that need them say so.
                if let Err(e) =
                    by_rustup(&[&["target", "add"][..], &OTHER_TARGETS].concat(), &others)
                {
                    eprintln!("xtask: {}", first_line(&e));
                }
                return Ok(active);
            }
            Err(e) => eprintln!("xtask: {}", first_line(&e)),
        }
    }
    debian::toolchain().context(
        "no standard library for wasm32-unknown-unknown, or not its source: neither the \
         toolchain, nor rustup, nor Debian's packages have it",
    )
}

/// Has rustup bring something, unless it is there.
fn by_rustup(words: &[&str], is_there: &dyn Fn() -> bool) -> Result<()> {
    if is_there() {
        return Ok(());
    }
    eprintln!("xtask: rustup {}", words.join(" "));
    run::quiet(Command::new("rustup").args(words).current_dir(run::root()))?;
    if !is_there() {
        bail!("rustup added it for another compiler than `rustc`");
    }
    Ok(())
}

/// Whether the source of the standard library lies below this sysroot.
pub fn has_source(sysroot: &Path) -> bool {
    sysroot.join("lib/rustlib/src/rust/library/sysroot/Cargo.toml").is_file()
}

/// Whether there is more than one wasm target. Debian's packages have what one is built of;
/// for WASI that would be a C library, and the program that makes components. Says so.
pub fn has_other_targets(toolchain: &Toolchain) -> bool {
    let sysroot = sysroot(&toolchain.rustc).unwrap_or_default();
    let missing = OTHER_TARGETS.iter().find(|target| !has_core(&sysroot, target));
    if let Some(missing) = missing {
        eprintln!("not tried: no {missing} without rustup's server");
    }
    missing.is_none()
}

/// Whether a compiler has a library for a target.
pub fn has_library(toolchain: &Toolchain, target: &str) -> bool {
    sysroot(&toolchain.rustc).is_ok_and(|sysroot| has_core(&sysroot, target))
}

/// Whether `core` for the wasm target lies below this sysroot.
pub fn has_target(sysroot: &Path) -> bool {
    has_core(sysroot, TARGET)
}

fn has_core(sysroot: &Path, target: &str) -> bool {
    let lib = sysroot.join("lib/rustlib").join(target).join("lib");
    let Ok(files) = std::fs::read_dir(lib) else {
        return false;
    };
    files.flatten().any(|file| {
        let name = file.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libcore-") && name.ends_with(".rlib")
    })
}

/// `rustc --print sysroot`.
pub fn sysroot(rustc: &Path) -> Result<PathBuf> {
    let mut command = Command::new(rustc);
    command.args(["--print", "sysroot"]).current_dir(run::root());
    Ok(PathBuf::from(run::quiet(&mut command)?.trim_end()))
}

/// The host triple of a compiler.
pub fn host(rustc: &Path) -> Result<String> {
    let said = run::quiet(Command::new(rustc).arg("-vV").current_dir(run::root()))?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("`rustc -vV` names no host")?.to_owned())
}

fn first_line(error: &anyhow::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

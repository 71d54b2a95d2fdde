//! Where rustup cannot reach its server: Debian's compiler and the standard library's
//! source that matches it, of which the wasm target is built.
//!
//! The result is a folder laid out as rustup lays out a toolchain, with a `rustc` that
//! knows it as its sysroot. So nothing else needs to know: rustc finds the target,
//! puts rust-lld's folder first in a linker's `PATH`, and unpoison finds that rustc.

use crate::run;
use crate::toolchain::{self, TARGET, Toolchain};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
/// A link to an `lld-N` that a package of its own brings.
const LLD: &str = "/usr/bin/rust-lld";
const PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm"];

/// The `rustc` of the folder. A caller that names a sysroot itself has it from this
/// script's answer.
const SCRIPT: &str = r#"#!/bin/sh
here=$(cd "$(dirname "$0")/.." && pwd)
case " $* " in
*" --sysroot"*) exec /usr/bin/rustc "$@" ;;
esac
exec /usr/bin/rustc --sysroot "$here" "$@"
"#;

/// To be raised when [`lay_out`] changes.
const LAYOUT: u32 = 2;

/// A compiler with the wasm target and the library's source, made of Debian's packages.
pub fn toolchain() -> Result<Toolchain> {
    if !cfg!(target_os = "linux") || !Path::new("/etc/debian_version").exists() {
        bail!("this machine is not Debian");
    }
    install()?;
    let dir = run::target_dir().join("debian");
    let sysroot = dir.join("sysroot");
    let rustc = sysroot.join("bin/rustc");
    let version = run::quiet(Command::new(RUSTC).arg("-vV"))?;
    let made_of = format!("{version}{SCRIPT}{LAYOUT}");
    // Written last: a half-built folder does not count, nor one of another compiler.
    let stamp = dir.join("made-of");
    if fs::read_to_string(&stamp).ok().as_deref() != Some(&made_of) {
        eprintln!("xtask: building the standard library for {TARGET}, some minutes, once");
        if dir.exists() {
            fs::remove_dir_all(&dir)?;
        }
        let source = source(&version)?;
        let built = build(&source, &dir)?;
        lay_out(&built, &source, &sysroot, &rustc)?;
        fs::remove_dir_all(dir.join("library"))?;
        fs::remove_dir_all(dir.join("cargo"))?;
        fs::write(&stamp, made_of)?;
    }
    Ok(Toolchain { cargo: PathBuf::from(CARGO), rustc })
}

fn install() -> Result<()> {
    let installed = |package: &str| {
        let mut query = Command::new("dpkg-query");
        let said = run::quiet(query.args(["-W", "-f=${Status}", package]));
        said.is_ok_and(|status| status.ends_with(" installed"))
    };
    if !PACKAGES.iter().all(|package| installed(package)) {
        apt(&PACKAGES)?;
    }
    if !Path::new(LLD).exists() {
        let lld = fs::read_link(LLD).context("rust-web-llvm brings no rust-lld")?;
        apt(&[&lld.to_string_lossy()])?;
    }
    Ok(())
}

/// Installs packages by apt, as the user that runs this.
pub fn apt(packages: &[&str]) -> Result<()> {
    eprintln!("xtask: installing {}", packages.join(" "));
    let apt = |words: &[&str]| {
        let mut command = Command::new("apt-get");
        run::quiet(command.env("DEBIAN_FRONTEND", "noninteractive").args(words))
    };
    apt(&["update"])
        .and_then(|_| apt(&[&["install", "-y", "--no-install-recommends"], packages].concat()))
        .with_context(|| format!("as root: apt-get install {}", packages.join(" ")))?;
    Ok(())
}

/// Where `rust-web-src` puts the library of this compiler.
fn source(version: &str) -> Result<PathBuf> {
    let release = version.lines().find_map(|line| line.strip_prefix("release: "));
    let release = release.context("`rustc -vV` names no release")?;
    let library = Path::new("/usr/src").join(format!("rustc-{release}")).join("library");
    if !library.join("sysroot/Cargo.toml").is_file() {
        bail!("{} is not the library of rustc {release}", library.display());
    }
    Ok(library)
}

/// Builds the library; answers the folder of the `.rlib` files.
fn build(source: &Path, dir: &Path) -> Result<PathBuf> {
    fs::create_dir_all(dir)?;
    // A copy: cargo may want to write beside the source.
    run::quiet(Command::new("cp").arg("-r").arg(source).arg(dir.join("library")))?;
    let mut cargo = Command::new(CARGO);
    run::without_outer_cargo(&mut cargo)
        .current_dir(dir.join("library/sysroot"))
        .args(["build", "--release", "--locked", "--target", TARGET, "--target-dir"])
        .arg(dir.join("cargo"))
        .args(["--no-default-features", "--features", "panic-unwind"])
        .env("RUSTC", RUSTC)
        // The library is written in the language that only its own compiler speaks.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Zforce-unstable-if-unmarked -Cembed-bitcode=yes");
    run::quiet(&mut cargo)?;
    Ok(dir.join("cargo").join(TARGET).join("release/deps"))
}

fn lay_out(built: &Path, source: &Path, sysroot: &Path, rustc: &Path) -> Result<()> {
    let rustlib = sysroot.join("lib/rustlib");
    let target = rustlib.join(TARGET).join("lib");
    fs::create_dir_all(&target)?;
    for file in fs::read_dir(built)? {
        let path = file?.path();
        if path.extension().is_some_and(|e| e == "rlib") {
            let name = path.file_name().context("a file without a name")?;
            fs::rename(&path, target.join(name))?;
        }
    }
    let compiler = Path::new(RUSTC);
    let host = toolchain::host(compiler)?;
    let host_lib = toolchain::sysroot(compiler)?.join("lib/rustlib").join(&host).join("lib");
    let tools = rustlib.join(&host).join("bin");
    fs::create_dir_all(&tools)?;
    link(&host_lib, &rustlib.join(&host).join("lib"))?;
    // The name by which lld knows that `-flavor` follows.
    link(&fs::canonicalize(LLD)?, &tools.join("rust-lld"))?;
    fs::create_dir_all(sysroot.join("bin"))?;
    let component = rustlib.join("src/rust");
    fs::create_dir_all(&component)?;
    link(source, &component.join("library"))?;
    link(Path::new(CARGO), &sysroot.join("bin/cargo"))?;
    fs::write(rustc, SCRIPT)?;
    run::quiet(Command::new("chmod").arg("+x").arg(rustc))?;
    if !toolchain::has_target(sysroot) {
        bail!("the build of the library made no libcore in {}", target.display());
    }
    if !toolchain::has_source(sysroot) {
        bail!("the library's source is not in {}", component.display());
    }
    Ok(())
}

#[cfg(unix)]
fn link(original: &Path, link: &Path) -> Result<()> {
    std::os::unix::fs::symlink(original, link)
        .with_context(|| format!("cannot create {}", link.display()))
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> Result<()> {
    bail!("this machine is not Debian")
}

//! What unwinding costs: a panic that is caught, the module's size, and the build.

use super::calls::measured;
use crate::fixture::{Build, Eh, Panics, Point, crate_dir};
use crate::record::Recorded;
use crate::toolchain::Toolchain;
use crate::{node, run, setup, sysroot, tools};
use anyhow::Result;
use serde::Deserialize;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Panics of one measurement. The plain module leaks each of them.
const PANICS: &str = "20000";

/// What `panics.mjs` answers, in nanoseconds.
#[derive(Deserialize)]
struct Times {
    panic: f64,
    deep: f64,
    call: f64,
}

const BUILDS: [(&str, Panics); 2] =
    [("unpoison sysroot", Panics::Unwind(Eh::Legacy)), ("-Zbuild-std", Panics::BuildStd)];

/// Prints the tables.
pub(super) fn run(toolchain: &Toolchain, unpoison: &Path) -> Result<()> {
    times(toolchain, unpoison)?;
    sizes(toolchain, unpoison)?;
    builds(toolchain)
}

fn times(toolchain: &Toolchain, unpoison: &Path) -> Result<()> {
    let node = {
        let _turn = setup::turn("setup")?;
        node::setup()?
    };
    println!();
    println!("a panic that leaves the module and is caught in JavaScript, microseconds");
    println!();
    println!("{:<44} {:>9} {:>9} {:>9}", "", "panic", "20 deep", "call, ns");
    for (library, panics) in BUILDS {
        let link = Build { point: Point::RELEASE, panics }.record(toolchain, "unwind")?;
        let scratch = tempfile::tempdir()?;
        for (linker, module) in linked(&link, toolchain, unpoison, scratch.path())? {
            for program in [&node.system, &node.newer] {
                let version = run::quiet(Command::new(program).arg("--version"))?;
                let args = [module.as_os_str(), OsStr::new(PANICS)];
                let times: Times = measured(program, "panics.mjs", args)?;
                println!(
                    "{:<44} {:>9.2} {:>9.2} {:>9.2}",
                    format!("{library}, {linker}, Node {}", version.trim()),
                    times.panic / 1e3,
                    times.deep / 1e3,
                    times.call
                );
            }
        }
    }
    Ok(())
}

/// The module by both linkers.
fn linked(
    link: &Recorded,
    toolchain: &Toolchain,
    unpoison: &Path,
    scratch: &Path,
) -> Result<[(&'static str, std::path::PathBuf); 2]> {
    let modules = [("rust-lld", scratch.join("plain.wasm")), ("unpoison", scratch.join("un.wasm"))];
    run::quiet(&mut link.plain(toolchain, &modules[0].1)?)?;
    run::quiet(&mut link.unpoison(toolchain, unpoison, &modules[1].1)?)?;
    Ok(modules)
}

fn sizes(toolchain: &Toolchain, unpoison: &Path) -> Result<()> {
    println!();
    println!("real crates, opt-level 3, bytes");
    println!();
    println!(
        "{:<28} {:>12} {:>12} {:>8} {:>7} {:>14}",
        "", "rust-lld", "unpoison", "more", "%", "% but sites"
    );
    let abort = Build::from(Point::RELEASE);
    let unwind = Build::unwinding(Point::RELEASE, Eh::Legacy);
    for (what, build) in [("panic=abort", abort), ("panic=unwind", unwind)] {
        let link = build.record(toolchain, "real")?;
        let scratch = tempfile::tempdir()?;
        let [(_, plain), (_, with)] = linked(&link, toolchain, unpoison, scratch.path())?;
        let without = scratch.path().join("without.wasm");
        run::quiet(link.unpoison(toolchain, unpoison, &without)?.arg("--unpoison-sites=none"))?;
        let [plain, with, without] =
            [plain, with, without].map(|path| path.metadata().map(|m| m.len() as f64));
        let (plain, with, without) = (plain?, with?, without?);
        println!(
            "{what:<28} {plain:>12} {with:>12} {:>8} {:>7.2} {:>14.2}",
            with - plain,
            (with / plain - 1.0) * 100.0,
            (without / plain - 1.0) * 100.0
        );
    }
    Ok(())
}

/// A project's first build, and the one after an edit.
fn builds(toolchain: &Toolchain) -> Result<()> {
    println!();
    println!("cargo build --release of a small crate, seconds");
    println!();
    println!("{:<28} {:>12} {:>12}", "", "new project", "after an edit");
    let flags = sysroot::unwinding(toolchain, Eh::Legacy.name())?.rustflags;
    for (library, panics) in BUILDS {
        let project = tempfile::tempdir()?;
        copy(&crate_dir("small"), project.path())?;
        let build = |edited: bool| -> Result<f64> {
            let root = project.path().join("src/lib.rs");
            let text = std::fs::read_to_string(&root)?;
            std::fs::write(&root, if edited { format!("{text}\n// An edit.\n") } else { text })?;
            let mut cargo = toolchain.cargo("build", project.path());
            cargo
                .args(["--quiet", "--release", "--locked", "--target-dir"])
                .arg(project.path().join("target"))
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", tools::unpoison()?);
            match panics {
                Panics::BuildStd => {
                    cargo.arg("-Zbuild-std=std,panic_unwind").env("RUSTC_BOOTSTRAP", "1");
                    cargo.env("CARGO_ENCODED_RUSTFLAGS", "-Cpanic=unwind");
                }
                _ => {
                    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
                }
            }
            let start = Instant::now();
            run::quiet(&mut cargo)?;
            Ok(start.elapsed().as_secs_f64())
        };
        println!("{library:<28} {:>12.1} {:>12.1}", build(false)?, build(true)?);
    }
    Ok(())
}

/// Copies a crate.
fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &to)?,
            false => drop(std::fs::copy(entry.path(), to)?),
        }
    }
    Ok(())
}

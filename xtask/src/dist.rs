//! `cargo xtask dist`: what a release consists of, in `target/dist`.
//!
//! | | |
//! | --- | --- |
//! | `unpoison-VERSION-TARGET.tgz` | the program with its completions, manual page and licences, and `BUILD.txt`, by what it was compiled |
//! | `….tgz.sha256` | its checksum, as `sha256sum -c` reads it |
//! | `completions/`, `unpoison.1` | the same files by themselves |
//! | `unpoison.cdx.json` | what the program is made of, as CycloneDX has it (`--sbom`) |
//! | `npm/` | packages for npm: the program for this platform, and the one that finds it |
//!
//! The files that no target makes different are the same wherever they are written, so machines
//! can each build for one target, and their folders be laid over each other.

mod archive;
mod build;
mod command;
mod manual;
pub mod npm;
mod platform;
mod reproduce;
mod sbom;

use crate::{run, toolchain};
use anyhow::{Context, Result};
use clap_complete::Shell;
use std::path::{Path, PathBuf};

use archive::Entry;
use build::Place;

/// Shells, and the names by which they look for completions.
const COMPLETIONS: [(Shell, &str); 3] =
    [(Shell::Bash, "unpoison.bash"), (Shell::Zsh, "_unpoison"), (Shell::Fish, "unpoison.fish")];

/// Where it goes.
pub fn folder() -> PathBuf {
    run::target_dir().join("dist")
}

/// A part that can be asked for alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Completions and the manual page.
    Pages,
    /// The list of what the program is made of.
    Sbom,
}

/// Writes one part; or what there is for these targets, for the machine's own if there are none.
///
/// # Errors
/// Where something does not build, or cannot be written.
pub fn run(targets: &[String], part: Option<Part>) -> Result<()> {
    let folder = folder();
    match part {
        Some(Part::Pages) => drop(write_pages(&folder)?),
        Some(Part::Sbom) => sbom::write(&folder)?,
        None => {
            let pages = write_pages(&folder)?;
            let host = toolchain::host(Path::new("rustc"))?;
            let targets = if targets.is_empty() { &[host][..] } else { targets };
            let here = Place::here()?;
            for target in targets {
                let program = here.build(target)?;
                archive(&folder, target, &program, &pages)?;
                npm::write(&folder, target, &program)?;
            }
        }
    }
    for file in run::files_below(&folder)? {
        println!("{}", file.display());
    }
    Ok(())
}

/// A file of the completions or the manual: its name in an archive, and what is in it.
type Page = (String, Vec<u8>);

/// Completions and the manual page.
fn write_pages(folder: &Path) -> Result<Vec<Page>> {
    let mut pages = Vec::new();
    for (shell, name) in COMPLETIONS {
        pages.push((format!("completions/{name}"), command::completions(shell)));
    }
    pages.push(("unpoison.1".to_owned(), manual::page().into_bytes()));
    for (name, bytes) in &pages {
        write(&folder.join(name), bytes)?;
    }
    Ok(pages)
}

/// Builds the linker twice, and says whether the bytes are the same.
///
/// # Errors
/// Where they are not, or something does not build.
pub fn reproduce(targets: &[String]) -> Result<()> {
    reproduce::run(targets)
}

/// What a person, a package manager or `cargo binstall` downloads.
fn archive(folder: &Path, target: &str, program: &Path, pages: &[Page]) -> Result<()> {
    let name = format!("unpoison-{}-{target}", version());
    let below = |file: &str| format!("{name}/{file}");
    let mut entries = vec![Entry::program(below(platform::program(target)), read(program)?)];
    // What somebody needs who wants the same bytes.
    let built = format!("{}\ncargo xtask dist --target {target}\n", build::compiler()?);
    entries.push(Entry::file(below("BUILD.txt"), built.into_bytes()));
    for file in ["README.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        let path = run::root().join("linker").join(file);
        entries.push(Entry::file(below(file), read(&path)?));
    }
    for (file, bytes) in pages {
        entries.push(Entry::file(below(file), bytes.clone()));
    }
    let file = format!("{name}.tgz");
    let bytes = archive::tgz(&entries)?;
    write(&folder.join(format!("{file}.sha256")), archive::checksum(&file, &bytes).as_bytes())?;
    write(&folder.join(file), &bytes)
}

/// The version of everything here: it is the workspace's.
fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().context("a file without a folder")?;
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, bytes))
        .with_context(|| format!("cannot write {}", path.display()))
}

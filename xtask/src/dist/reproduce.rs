//! `cargo xtask dist --reproduce`: the linker of a release, built twice with nothing in common but
//! the commit and the compiler.

use super::archive::checksum;
use super::build::Place;
use super::{platform, read};
use crate::{run, toolchain};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

/// Builds in two clones, and compares.
///
/// # Errors
/// Where one does not build, or the bytes differ.
pub(super) fn run(targets: &[String]) -> Result<()> {
    let folder = run::target_dir().join("reproduce");
    // Whatever is left of an earlier run would not be built.
    match std::fs::remove_dir_all(&folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            return Err(e).with_context(|| format!("cannot remove {}", folder.display()));
        }
        _ => {}
    }
    let here = Place::here()?;
    let host = toolchain::host(Path::new("rustc"))?;
    let targets = if targets.is_empty() { &[host][..] } else { targets };
    let first = place(&here, &folder.join("one"), false)?;
    let second = place(&here, &folder.join("another one/somewhere else"), true)?;
    for target in targets {
        let files = [first.build(target)?, second.build(target)?];
        let [one, other] = [read(&files[0])?, read(&files[1])?];
        let name = format!("{target}/{}", platform::program(target));
        if one != other {
            let at = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
            let [one, other] = files.map(|file| file.display().to_string());
            bail!("{name} is not the same twice, from byte {at} on: {one}, {other}");
        }
        print!("the same twice: {}", checksum(&name, &one));
    }
    // Two target folders are a gigabyte.
    std::fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))
}

/// A clone, with a target folder beside it; and with a home of cargo's own, which gets the
/// dependencies anew.
fn place(here: &Place, folder: &Path, own_home: bool) -> Result<Place> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;
    let root = folder.join("clone");
    let mut git = Command::new("git");
    git.args(["clone", "--quiet"]).arg(&here.root).arg(&root);
    run::quiet(&mut git)?;
    let mut cargo_home = here.cargo_home.clone();
    if own_home {
        cargo_home = folder.join("cargo");
        std::fs::create_dir_all(&cargo_home)?;
        // Which registry or proxy this machine uses.
        let config = here.cargo_home.join("config.toml");
        if config.is_file() {
            std::fs::copy(config, cargo_home.join("config.toml"))?;
        }
    }
    Ok(Place { root, target_dir: folder.join("built"), cargo_home })
}

//! The standard library's source, in the version of its compiler.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::compiler::{self, Compiler, Programs};
use crate::error::{Error, Result};
use crate::say::note;

/// A library that was found.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// Its workspace: the folder `library`.
    pub(crate) workspace: PathBuf,
    /// Whether its `Cargo.lock` is there.
    pub(crate) has_lock: bool,
    /// The folder with the crates it needs, if the source brings them.
    pub(crate) vendor: Option<PathBuf>,
}

impl Source {
    /// What the user named, else the component `rust-src`, which rustup is asked for
    /// if it is missing.
    pub(crate) fn find(
        compiler: &Compiler,
        programs: &Programs,
        named: Option<&Path>,
    ) -> Result<Self> {
        if let Some(named) = named {
            let source = Self::at(named).or_else(|| Self::at(&named.join("library")));
            let source = source.ok_or_else(|| Error::NoSource {
                why: format!("--src {} has no library/sysroot/Cargo.toml", named.display()),
            })?;
            source.check_version(&compiler.release)?;
            return Ok(source);
        }
        let component = programs.sysroot.join("lib/rustlib/src/rust/library");
        if let Some(source) = Self::at(&component) {
            return Ok(source);
        }
        add_component(programs)?;
        Self::at(&component).ok_or_else(|| Error::NoSource {
            why: format!("rustup did not put it into {}", component.display()),
        })
    }

    /// The library in a folder.
    fn at(folder: &Path) -> Option<Self> {
        let library = std::path::absolute(folder).ok()?;
        let vendor = [library.join("vendor"), library.join("../vendor")];
        library.join("sysroot/Cargo.toml").is_file().then(|| Self {
            has_lock: library.join("Cargo.lock").is_file(),
            vendor: vendor.into_iter().find(|folder| folder.is_dir()),
            workspace: library,
        })
    }

    /// Refuses the source of another version, as far as it says its version.
    fn check_version(&self, release: &str) -> Result<()> {
        let files = ["../version", "../src/version"].map(|file| self.workspace.join(file));
        let Some(said) = files.iter().find_map(|file| std::fs::read_to_string(file).ok()) else {
            return Ok(());
        };
        let number = |text: &str| text.split([' ', '-', '\n']).next().map(str::to_owned);
        if number(&said) == number(release) {
            return Ok(());
        }
        Err(Error::NoSource {
            why: format!(
                "{} is the library of Rust {}, and the compiler is {release}",
                self.workspace.display(),
                said.trim()
            ),
        })
    }
}

/// `rustup component add rust-src`.
fn add_component(programs: &Programs) -> Result<()> {
    let Some(name) = programs.rustup_name() else {
        return Err(Error::NoSource {
            why: format!("{} has no lib/rustlib/src", programs.sysroot.display()),
        });
    };
    note("adding the component rust-src by rustup");
    let mut rustup = Command::new("rustup");
    rustup.args(["component", "add", "rust-src", "--toolchain"]).arg(name);
    match compiler::output(&mut rustup) {
        Ok(_) => Ok(()),
        Err(why) => Err(Error::NoSource { why: format!("rustup cannot add it ({why})") }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_and_what_is_beside_it() {
        let place = tempfile::tempdir().unwrap();
        let library = place.path().join("library");
        assert!(Source::at(&library).is_none());
        std::fs::create_dir_all(library.join("sysroot")).unwrap();
        std::fs::write(library.join("sysroot/Cargo.toml"), "").unwrap();
        let source = Source::at(&library).unwrap();
        assert!(!source.has_lock && source.vendor.is_none());
        std::fs::create_dir(place.path().join("vendor")).unwrap();
        std::fs::write(library.join("Cargo.lock"), "").unwrap();
        let source = Source::at(&library).unwrap();
        assert!(source.has_lock && source.vendor.is_some());
    }

    #[test]
    fn another_version_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let library = place.path().join("library");
        std::fs::create_dir(&library).unwrap();
        let source = Source { workspace: library, has_lock: true, vendor: None };
        source.check_version("1.95.0").unwrap();
        std::fs::write(place.path().join("version"), "1.95.0 (59807616e 2026-04-14)").unwrap();
        source.check_version("1.95.0").unwrap();
        let said = source.check_version("1.96.0-nightly").unwrap_err().to_string();
        assert!(said.contains("1.95.0") && said.contains("1.96.0"), "{said}");
    }
}

//! How the linker of a release is compiled: whatever is of the machine stays out of its bytes.

use super::platform;
use crate::{run, toolchain};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The profile of the workspace that releases are built with. (A profile has a folder of its name
/// in `target`.)
const PROFILE: &str = "published";

/// Where the source lies, and where what is made of it goes.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) root: PathBuf,
    pub(super) target_dir: PathBuf,
    /// Cargo's own folder, with the sources of the dependencies.
    pub(super) cargo_home: PathBuf,
}

impl Place {
    /// This repository.
    pub(super) fn here() -> Result<Self> {
        let (root, target_dir) = (run::root(), run::target_dir());
        Ok(Self { root, target_dir, cargo_home: cargo_home()? })
    }

    fn cargo(&self) -> Command {
        let mut cargo = Command::new("cargo");
        run::without_outer_cargo(&mut cargo)
            .env("CARGO_TARGET_DIR", &self.target_dir)
            .env("CARGO_HOME", &self.cargo_home)
            .current_dir(&self.root);
        cargo
    }

    /// Compiles the linker for a target; answers its file.
    pub(super) fn build(&self, target: &str) -> Result<PathBuf> {
        let mut cargo = self.cargo();
        // One set of flags counts: these go before any of a configuration file's.
        cargo.env("CARGO_ENCODED_RUSTFLAGS", self.flags(target)?.join("\u{1f}"));
        cargo.args(["build", "--locked", "--package", "unpoison", "--bin", "unpoison"]).args([
            "--profile",
            PROFILE,
            "--target",
            target,
        ]);
        run::visible(&mut cargo)?;
        let folder = self.target_dir.join(target).join(PROFILE);
        Ok(folder.join(platform::program(target)))
    }

    /// Other names for the folders: panics say where they are, so paths of the source are in the
    /// program. rustc takes the last one that fits.
    fn flags(&self, target: &str) -> Result<Vec<String>> {
        let compiler = Compiler::ask()?;
        let mut names = vec![
            (self.root.clone(), "/unpoison".to_owned()),
            (self.target_dir.clone(), "/target".to_owned()),
            // Where `rust-src` is installed, rustc names its files instead of these.
            (compiler.sysroot.join("lib/rustlib/src/rust"), format!("/rustc/{}", compiler.commit)),
        ];
        names.extend(self.registries(target)?.into_iter().map(|it| (it, "/crates".to_owned())));
        let flag = |(folder, name): (PathBuf, String)| {
            let folder = folder.to_str().context("a folder whose name is not UTF-8")?;
            Ok(format!("--remap-path-prefix={folder}={name}"))
        };
        names.into_iter().map(flag).collect()
    }

    /// Where the sources of dependencies are. The folder is named after what they come from, which
    /// is a mirror on some machines.
    fn registries(&self, target: &str) -> Result<Vec<PathBuf>> {
        // Gets them, if they are not there.
        let mut tree = self.cargo();
        tree.args(["tree", "--locked", "--package", "unpoison", "--target", target]);
        run::quiet(&mut tree)?;
        let folder = self.cargo_home.join("registry/src");
        let entries = std::fs::read_dir(&folder)
            .with_context(|| format!("cannot read {}", folder.display()))?;
        Ok(entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?)
    }
}

/// The one that cargo runs.
struct Compiler {
    sysroot: PathBuf,
    commit: String,
}

impl Compiler {
    fn ask() -> Result<Self> {
        let sysroot = toolchain::sysroot(Path::new("rustc"))?;
        let version = run::quiet(Command::new("rustc").arg("-vV"))?;
        let commit = version.lines().find_map(|line| line.strip_prefix("commit-hash: "));
        let commit = commit.context("rustc names no commit")?.to_owned();
        Ok(Self { sysroot, commit })
    }
}

/// `rustc --version`, of the compiler that builds.
pub(super) fn compiler() -> Result<String> {
    Ok(run::quiet(Command::new("rustc").arg("--version"))?.trim_end().to_owned())
}

/// `CARGO_HOME`, or where cargo has it by default.
fn cargo_home() -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os("CARGO_HOME") {
        return std::path::absolute(folder).context("CARGO_HOME");
    }
    Ok(std::env::home_dir().context("nobody's home folder is known")?.join(".cargo"))
}

//! Fixtures linked twice, from the same objects: by rust-lld alone and by unpoison.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use xtask::fixture::Build;
use xtask::record::Recorded;
use xtask::toolchain::Toolchain;
use xtask::{run, setup, tools};

/// A recorded link and both its modules.
#[derive(Debug)]
pub struct Pair {
    /// The link as rustc asked for it.
    pub link: Recorded,
    /// What rust-lld made.
    pub plain: PathBuf,
    /// What unpoison made; it may be missing (see [`Pair::link_unpoisoned`]).
    pub unpoisoned: PathBuf,
    /// Where both lie.
    _dir: TempDir,
}

/// The compiler that fixtures are built with.
pub fn toolchain() -> &'static Toolchain {
    &setup::get().toolchain
}

impl Pair {
    /// Builds a fixture at a point and links it by rust-lld.
    pub fn plain(fixture: &str, build: impl Into<Build>) -> Result<Self> {
        let build = build.into();
        let link = build.record(toolchain(), fixture)?;
        // Several tests may link the same build at once.
        let dir = tempfile::tempdir_in(build.dir(fixture))?;
        let module = |kind: &str| -> Result<PathBuf> {
            std::fs::create_dir(dir.path().join(kind))?;
            Ok(dir.path().join(kind).join(link.output_name()))
        };
        let (plain, unpoisoned) = (module("plain")?, module("unpoisoned")?);
        run::quiet(&mut link.plain(toolchain(), &plain)?)?;
        Ok(Self { link, plain, unpoisoned, _dir: dir })
    }

    /// Builds a fixture at a point and links it both ways.
    pub fn both(fixture: &str, build: impl Into<Build>) -> Result<Self> {
        let pair = Self::plain(fixture, build)?;
        pair.link_unpoisoned()?;
        Ok(pair)
    }

    /// Links a pair's objects by unpoison with options, beside the other two.
    pub fn with_options(&self, options: &[&str]) -> Result<PathBuf> {
        let folder = self.unpoisoned.with_file_name(file_name(options));
        std::fs::create_dir_all(&folder)?;
        let output = folder.join(self.link.output_name());
        let mut command = self.link.unpoison(toolchain(), &tools::unpoison()?, &output)?;
        silent(command.args(options))?;
        Ok(output)
    }

    /// Links a pair's objects both ways with arguments for rust-lld, beside the others:
    /// by rust-lld alone, and by unpoison.
    pub fn with_args(&self, args: &[&str]) -> Result<(PathBuf, PathBuf)> {
        let unpoisoned = self.with_options(args)?;
        let plain = self.plain.with_file_name(file_name(args)).with_extension("wasm");
        run::quiet(self.link.plain(toolchain(), &plain)?.args(args))?;
        Ok((plain, unpoisoned))
    }

    /// Links by unpoison, which must not print a word.
    pub fn link_unpoisoned(&self) -> Result<()> {
        silent(&mut self.link.unpoison(toolchain(), &tools::unpoison()?, &self.unpoisoned)?)
    }
}

/// A name for what is linked with options.
fn file_name(options: &[&str]) -> String {
    options.concat().replace(std::path::is_separator, "_")
}

/// Runs a linker that must succeed without printing anything: newer compilers show
/// whatever a linker says as a warning.
pub fn silent(command: &mut Command) -> Result<()> {
    let output = run::output(command)?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    anyhow::ensure!(
        output.status.success(),
        "`{}` failed ({}):\n{said}",
        run::shown(command),
        output.status
    );
    anyhow::ensure!(said.is_empty(), "the linker printed something: {said}");
    Ok(())
}

/// A file's bytes.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

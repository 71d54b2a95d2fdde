//! wasm-bindgen's glue around both links of a fixture.

use crate::links::{silent, toolchain};
use anyhow::Result;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use wasm_bindgen_cli_support::Bindgen;
use xtask::fixture::Build;
use xtask::record::Recorded;
use xtask::{run, setup, tools};

/// Glue and module, as `wasm-bindgen --target web` leaves them.
#[derive(Debug)]
pub struct Glue {
    dir: TempDir,
    name: String,
    /// The module before wasm-bindgen has worked on it.
    pub linked: PathBuf,
}

/// A link by rust-lld and one by unpoison, of the same objects.
#[derive(Debug)]
pub struct GluePair {
    /// rust-lld's.
    pub plain: Glue,
    /// unpoison's.
    pub unpoisoned: Glue,
}

impl GluePair {
    /// Builds a fixture, links it both ways and lets wasm-bindgen work on both.
    pub fn new(fixture: &str, build: impl Into<Build>) -> Result<Self> {
        Self::of(&build.into().record_in_turn(toolchain(), fixture)?)
    }

    /// Links both ways what was recorded.
    pub fn of(link: &Recorded) -> Result<Self> {
        let toolchain = toolchain();
        Ok(Self {
            plain: Glue::new(link, |module| {
                run::quiet(&mut link.plain(toolchain, module)?).map(drop)
            })?,
            unpoisoned: Glue::new(link, |module| {
                silent(&mut link.unpoison(toolchain, &tools::unpoison()?, module)?)
            })?,
        })
    }
}

impl Glue {
    fn new(link: &Recorded, by: impl FnOnce(&Path) -> Result<()>) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        // The glue is named after it.
        let linked = dir.path().join("linked").join(link.output_name());
        std::fs::create_dir(dir.path().join("linked"))?;
        by(&linked)?;
        let mut bindgen = Bindgen::new();
        bindgen.input_path(&linked).export_wasm(true).web(true)?;
        bindgen.generate(dir.path())?;
        // Node takes a `.js` for a module where this says so.
        std::fs::write(dir.path().join("package.json"), r#"{"type": "module"}"#)?;
        let name = linked.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { dir, name, linked })
    }

    /// The JavaScript.
    pub fn script(&self) -> PathBuf {
        self.dir.path().join(format!("{}.js", self.name))
    }

    /// The module.
    pub fn wasm(&self) -> PathBuf {
        self.dir.path().join(format!("{}_bg.wasm", self.name))
    }
}

/// Puts the command `wasm-bindgen` before all else in a program's `PATH`.
pub fn with_wasm_bindgen(command: &mut std::process::Command) -> &mut std::process::Command {
    let path = wasm_bindgen().unwrap_or_else(|e| panic!("{e:#}"));
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(path).chain(std::env::split_paths(&folders));
    command.env("PATH", std::env::join_paths(folders).expect("it was one before"))
}

/// A folder with that command, in the version of the fixtures' crate.
fn wasm_bindgen() -> Result<PathBuf> {
    let program = tools::bindgen()?;
    let folder = run::target_dir().join("wasm-bindgen-command");
    let _turn = setup::turn("wasm-bindgen-command")?;
    std::fs::create_dir_all(&folder)?;
    let name = format!("wasm-bindgen{}", std::env::consts::EXE_SUFFIX);
    // Put in place by a rename: another process may be about to run the one that is there.
    let new = folder.join(format!("{}-{name}", std::process::id()));
    std::fs::hard_link(program, &new)?;
    std::fs::rename(&new, folder.join(name))?;
    // Where both are one file already, a rename leaves both names.
    let _ = std::fs::remove_file(new);
    Ok(folder)
}

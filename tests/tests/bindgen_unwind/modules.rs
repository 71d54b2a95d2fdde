//! The fixture with the unwinding library, linked by rust-lld and by unpoison, behind
//! wasm-bindgen's glue.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use unpoison_tests::links::{silent, toolchain};
use wasm_bindgen_cli_support::Bindgen;
use xtask::fixture::{self, Point};
use xtask::record::{self, Recorded};
use xtask::toolchain::TARGET;
use xtask::{run, setup, sysroot, tools};

const FIXTURE: &str = "bindgen_unwind";

/// Where the unwinding standard library comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Library {
    /// `unpoison sysroot`, with an encoding of exception handling.
    Sysroot(&'static str),
    /// cargo's `-Zbuild-std`, in the legacy encoding.
    BuildStd,
}

/// Glue and module, as `wasm-bindgen --target web` leaves them.
#[derive(Debug)]
pub(crate) struct Glue {
    dir: TempDir,
    /// The module before wasm-bindgen has worked on it.
    pub(crate) linked: PathBuf,
}

/// A link by rust-lld and one by unpoison, of the same objects.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) plain: Glue,
    pub(crate) unpoisoned: Glue,
}

impl Pair {
    pub(crate) fn new(library: Library, point: &Point) -> Result<Self> {
        let link = recorded(library, point)?;
        let toolchain = toolchain();
        Ok(Self {
            plain: Glue::new(&link, |module| {
                run::quiet(&mut link.plain(toolchain, module)?).map(drop)
            })?,
            unpoisoned: Glue::new(&link, |module| {
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
        Ok(Self { dir, linked })
    }

    pub(crate) fn script(&self) -> PathBuf {
        self.dir.path().join(format!("{FIXTURE}.js"))
    }

    pub(crate) fn wasm(&self) -> PathBuf {
        self.dir.path().join(format!("{FIXTURE}_bg.wasm"))
    }
}

/// The link as rustc asks for it. All builds share what cargo made for the host.
fn recorded(library: Library, point: &Point) -> Result<Recorded> {
    let _turn = setup::turn(FIXTURE)?;
    let toolchain = toolchain();
    let dir = run::target_dir().join("fixtures").join(FIXTURE);
    let name = match library {
        Library::Sysroot(eh) => eh,
        Library::BuildStd => "build-std",
    };
    let link = dir.join(format!("{name}-{point}"));
    let mut cargo = toolchain.cargo("build", &fixture::crate_dir(FIXTURE));
    cargo.args(["--quiet", "--release", "--locked", "--target-dir"]).arg(dir.join("cargo"));
    let flags = match library {
        Library::Sysroot(eh) => sysroot::unwinding(toolchain, eh)?.rustflags,
        Library::BuildStd => build_std(&mut cargo),
    };
    cargo
        .envs(point.env())
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"))
        .env(
            format!("CARGO_TARGET_{}_LINKER", TARGET.to_uppercase().replace('-', "_")),
            tools::recorder()?,
        )
        .env(record::RECORD_TO, &link)
        .env(record::RECORD_LINKER, toolchain.lld()?);
    run::quiet(&mut cargo).with_context(|| format!("cannot build {FIXTURE} ({name})"))?;
    Recorded::load(&link)
        .with_context(|| format!("cargo did not link; remove {} and try again", dir.display()))
}

/// What a stable compiler is told to act as a nightly one.
fn build_std(cargo: &mut Command) -> Vec<String> {
    cargo.arg("-Zbuild-std=std,panic_unwind").env("RUSTC_BOOTSTRAP", "1");
    vec!["-Cpanic=unwind".into()]
}

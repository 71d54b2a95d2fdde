//! A Rust program as a string, linked by the real rustc with `linker = "unpoison"`: what a
//! person does who has one file and no project.

use crate::links;
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use xtask::toolchain::Toolchain;
use xtask::{run, tools};

/// A program, and how it is compiled.
#[derive(Clone, Debug)]
pub struct Program<'p> {
    /// Its source.
    pub source: &'p str,
    /// The target.
    pub target: &'p str,
    /// "cdylib" or "bin".
    pub kind: &'p str,
    /// More arguments for rustc.
    pub args: Vec<String>,
    /// The compiler.
    pub toolchain: &'p Toolchain,
}

/// A module or component, in a folder that goes away with it.
#[derive(Debug)]
pub struct Linked {
    /// The file.
    pub path: PathBuf,
    /// What the compiler printed.
    pub said: String,
    _dir: TempDir,
}

impl<'p> Program<'p> {
    /// A library for wasm32-unknown-unknown, optimized, by the tests' compiler.
    pub fn new(source: &'p str) -> Self {
        let target = xtask::toolchain::TARGET;
        let toolchain = links::toolchain();
        let args = vec!["-O".to_owned()];
        Self { source, target, kind: "cdylib", args, toolchain }
    }

    /// The same for another target.
    pub fn target(self, target: &'p str) -> Self {
        Self { target, ..self }
    }

    /// The same as a program with a `main`.
    pub fn bin(self) -> Self {
        Self { kind: "bin", ..self }
    }

    /// The same by another compiler.
    pub fn by(self, toolchain: &'p Toolchain) -> Self {
        Self { toolchain, ..self }
    }

    /// With more arguments for rustc.
    pub fn args<S: Into<String>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Compiles and links; the error has all that was said.
    pub fn link(&self) -> Result<Linked> {
        let mut linker = std::ffi::OsString::from("-Clinker=");
        linker.push(tools::unpoison()?);
        let dir = tempfile::tempdir()?;
        let done = self.rustc(dir.path(), linker)?;
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        if !done.status.success() {
            bail!("{said}");
        }
        Ok(Linked { path: dir.path().join("program.wasm"), said, _dir: dir })
    }

    /// What is said instead of a link: unpoison's own line.
    pub fn refusal(&self) -> String {
        let said = self.link().expect_err("it links").to_string();
        let line = said.lines().find_map(|line| line.split_once("unpoison: error: "));
        line.unwrap_or_else(|| panic!("no sentence of unpoison's in: {said}")).1.to_owned()
    }

    fn rustc(&self, dir: &Path, linker: std::ffi::OsString) -> Result<std::process::Output> {
        std::fs::write(dir.join("program.rs"), self.source)?;
        let mut rustc = Command::new(&self.toolchain.rustc);
        run::without_outer_cargo(&mut rustc).env(run::VALIDATE, "1");
        rustc.current_dir(dir).args([
            "program.rs",
            "--crate-type",
            self.kind,
            "-o",
            "program.wasm",
        ]);
        rustc.args(["--edition=2021", "--target", self.target]).args(&self.args).arg(linker);
        run::output(&mut rustc)
    }
}

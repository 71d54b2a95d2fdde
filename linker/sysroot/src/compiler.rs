//! The compiler that a sysroot is for.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::{Error, Result};
use crate::programs::{self, exe};

/// A rustc and what it says of itself.
#[derive(Clone, Debug)]
pub(crate) struct Compiler {
    /// The program; it may be rustup's proxy.
    program: PathBuf,
    /// All of `rustc -vV`.
    pub(crate) said: String,
    /// `1.95.0`.
    pub(crate) release: String,
    /// The whole hash; some distributions' compilers do not know theirs.
    pub(crate) commit: Option<String>,
}

/// The programs of a compiler's folder.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    /// The compiler's sysroot.
    pub(crate) sysroot: PathBuf,
    /// rustc itself.
    pub(crate) rustc: PathBuf,
    /// The cargo beside it, else the one in `PATH`.
    pub(crate) cargo: PathBuf,
}

impl Compiler {
    /// What it calls itself in the places of its library.
    pub(crate) fn name(&self) -> &str {
        self.commit.as_deref().unwrap_or(&self.release)
    }

    /// Finds a compiler by a toolchain's name or folder. Without one it is the active
    /// compiler: `RUSTC`, else `rustc` in `PATH`, asked in the current folder.
    pub(crate) fn find(toolchain: Option<&str>) -> Result<Self> {
        let program = match toolchain {
            None => {
                let named = std::env::var_os("RUSTC").filter(|rustc| !rustc.is_empty());
                PathBuf::from(named.unwrap_or_else(|| OsString::from("rustc")))
            }
            Some(name) => {
                let rustc = Path::new(name).join("bin").join(exe("rustc"));
                if rustc.is_file() {
                    rustc
                } else if Path::new(name).components().count() > 1 {
                    return Err(no_compiler(&rustc, "there is no such file"));
                } else {
                    rustup_which(name)?
                }
            }
        };
        let said =
            output(Command::new(&program).arg("-vV")).map_err(|why| no_compiler(&program, &why))?;
        let field = |name: &str| said.lines().find_map(|line| line.strip_prefix(name));
        let release = field("release: ").ok_or_else(|| no_compiler(&program, "it is no rustc"))?;
        let commit = field("commit-hash: ").filter(|hash| *hash != "unknown");
        Ok(Self {
            release: release.to_owned(),
            commit: commit.map(str::to_owned),
            said: said.clone(),
            program,
        })
    }

    /// Where its programs are; asks it for its sysroot.
    pub(crate) fn programs(&self) -> Result<Programs> {
        let sysroot = programs::query_sysroot(self.program.as_os_str())
            .ok_or_else(|| no_compiler(&self.program, "it does not say its sysroot"))?;
        let beside = |name: &str| {
            let path = sysroot.join("bin").join(exe(name));
            path.is_file().then_some(path)
        };
        let rustc = beside("rustc")
            .or_else(|| programs::in_path(self.program.as_os_str()))
            .unwrap_or_else(|| self.program.clone());
        let cargo = beside("cargo").unwrap_or_else(|| PathBuf::from("cargo"));
        Ok(Programs { sysroot, rustc, cargo })
    }
}

impl Programs {
    /// The name by which rustup knows the toolchain, if it is one of rustup's.
    pub(crate) fn rustup_name(&self) -> Option<&OsStr> {
        let mark = self.sysroot.join("lib/rustlib/multirust-channel-manifest.toml");
        mark.is_file().then(|| self.sysroot.file_name()).flatten()
    }
}

/// The rustc of a rustup toolchain.
fn rustup_which(name: &str) -> Result<PathBuf> {
    let program = format!("rustc +{name}");
    output(Command::new("rustup").args(["which", "rustc", "--toolchain", name]))
        .map(|path| PathBuf::from(path.trim_end()))
        .map_err(|why| no_compiler(Path::new(&program), &why))
}

/// Runs a program; answers what it prints, or in a line why there is nothing.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().display().to_string();
    let done = command.stdin(Stdio::null()).output().map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => format!("there is no {name}"),
        _ => e.to_string(),
    })?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    let line = said.lines().find(|line| line.starts_with("error"));
    let line = line.or_else(|| said.lines().find(|line| !line.trim().is_empty()));
    Err(line.map_or_else(|| format!("{name} failed ({})", done.status), str::to_owned))
}

fn no_compiler(program: &Path, why: &str) -> Error {
    let why = why.trim_start_matches("error: ").to_owned();
    Error::NoCompiler { program: program.display().to_string(), why }
}

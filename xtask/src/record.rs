//! A link as rustc asked for it, kept with all its inputs, so that it can be done
//! again by rust-lld alone and by unpoison: same objects, same arguments.
//!
//! cargo builds with the binary `record-link` as linker; two environment variables
//! tell that binary where to record and what to link with.

use crate::run;
use crate::toolchain::Toolchain;
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// The folder to record to, for `record-link`.
pub const RECORD_TO: &str = "UNPOISON_RECORD_TO";
/// The linker to call, for `record-link`.
pub const RECORD_LINKER: &str = "UNPOISON_RECORD_LINKER";

/// The file that holds the arguments.
const FILE: &str = "link.json";

/// One recorded link.
#[derive(Clone, Debug)]
pub struct Recorded {
    dir: PathBuf,
    args: Vec<Arg>,
}

/// An argument of a recorded link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arg {
    /// Passed as it is.
    Plain(String),
    /// A file, kept in the recording under this name.
    Input(String),
    /// What follows `-o`; the name only.
    Output(String),
}

impl Recorded {
    /// Reads what `record-link` wrote.
    pub fn load(dir: &Path) -> Result<Self> {
        let path = dir.join(FILE);
        let text =
            std::fs::read(&path).with_context(|| format!("no link in {}", path.display()))?;
        let args = serde_json::from_slice(&text).context("the recorded link")?;
        Ok(Self { dir: dir.to_path_buf(), args })
    }

    /// The file name rustc wanted for the module.
    pub fn output_name(&self) -> &str {
        let last = self.args.iter().rev().find_map(|arg| match arg {
            Arg::Output(name) => Some(name.as_str()),
            _ => None,
        });
        last.unwrap_or("a.out")
    }

    /// The arguments, with inputs where they lie now and the module at `output`.
    pub fn args(&self, output: &Path) -> Vec<OsString> {
        let place = |arg: &Arg| match arg {
            Arg::Plain(text) => text.into(),
            Arg::Input(name) => self.dir.join(name).into(),
            Arg::Output(_) => output.as_os_str().to_owned(),
        };
        self.args.iter().map(place).collect()
    }

    /// The kept input files.
    pub fn inputs(&self) -> Vec<PathBuf> {
        let input = |arg: &Arg| match arg {
            Arg::Input(name) => Some(self.dir.join(name)),
            _ => None,
        };
        self.args.iter().filter_map(input).collect()
    }

    /// The same link with inputs in another folder.
    pub fn copy_to(&self, dir: &Path) -> Result<Self> {
        std::fs::create_dir_all(dir)?;
        for from in self.inputs() {
            let name = from.file_name().context("an input without a name")?;
            std::fs::copy(&from, dir.join(name))
                .with_context(|| format!("cannot copy {}", from.display()))?;
        }
        Ok(self.at(dir))
    }

    /// The same link, with inputs that are there in another folder already.
    pub fn at(&self, dir: &Path) -> Self {
        Self { dir: dir.to_path_buf(), args: self.args.clone() }
    }

    /// The same link of a module that exports these functions alone, or all that it exports
    /// where none is named.
    pub fn exporting(&self, exports: &[&str], strip_debug: bool) -> Self {
        let mut args = Vec::with_capacity(self.args.len() + 1);
        let mut all = self.args.iter();
        while let Some(arg) = all.next() {
            if *arg == Arg::Plain("--export".into()) && !exports.is_empty() {
                let named = all.next();
                if let Some(Arg::Plain(name)) = named
                    && exports.contains(&name.as_str())
                {
                    args.extend([arg.clone(), Arg::Plain(name.clone())]);
                }
                continue;
            }
            args.push(arg.clone());
        }
        args.extend(strip_debug.then(|| Arg::Plain("--strip-debug".into())));
        Self { dir: self.dir.clone(), args }
    }

    /// The link by rust-lld alone.
    pub fn plain(&self, toolchain: &Toolchain, output: &Path) -> Result<Command> {
        let mut command = linker(toolchain, &toolchain.lld()?)?;
        command.args(self.args(output));
        Ok(command)
    }

    /// The link by `unpoison`, in the environment rustc makes for it.
    pub fn unpoison(
        &self,
        toolchain: &Toolchain,
        unpoison: &Path,
        output: &Path,
    ) -> Result<Command> {
        let mut command = linker(toolchain, unpoison)?;
        command.args(self.args(output));
        Ok(command)
    }
}

/// A linker in the environment that rustc makes: its tools first in `PATH`, and
/// nothing of unpoison's that the person at the keyboard has set.
pub fn linker(toolchain: &Toolchain, program: &Path) -> Result<Command> {
    let mut command = Command::new(program);
    run::without_outer_cargo(&mut command);
    let mut path = vec![toolchain.tools_dir()?];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    command.env("PATH", std::env::join_paths(path)?).env("LC_ALL", "C");
    command.env(run::VALIDATE, "1");
    Ok(command)
}

/// The whole of `record-link`.
pub fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match record_and_link(&args) {
        Ok(code) => code,
        Err(e) => {
            eprintln!("record-link: error: {e:#}");
            ExitCode::FAILURE
        }
    }
}

fn record_and_link(args: &[String]) -> Result<ExitCode> {
    let dir = std::env::var_os(RECORD_TO).with_context(|| format!("{RECORD_TO} is not set"))?;
    let program =
        std::env::var_os(RECORD_LINKER).with_context(|| format!("{RECORD_LINKER} is not set"))?;
    record(Path::new(&dir), &expand(args)?)?;
    let status = Command::new(program).args(args).status().context("cannot start the linker")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn record(dir: &Path, args: &[String]) -> Result<()> {
    if dir.exists() {
        std::fs::remove_dir_all(dir)?;
    }
    std::fs::create_dir_all(dir)?;
    let mut kept = Vec::with_capacity(args.len());
    let mut before = "";
    for (number, arg) in args.iter().enumerate() {
        let path = Path::new(arg);
        kept.push(if before == "-o" {
            let name = path.file_name().context("an output without a name")?;
            Arg::Output(name.to_string_lossy().into_owned())
        } else if is_input(path) {
            let name = path.file_name().context("an input without a name")?.to_string_lossy();
            let name = format!("{number:03}-{name}");
            keep(path, &dir.join(&name)).with_context(|| format!("cannot keep {arg}"))?;
            Arg::Input(name)
        } else {
            Arg::Plain(arg.clone())
        });
        before = arg;
    }
    std::fs::write(dir.join(FILE), serde_json::to_vec_pretty(&kept)?)?;
    Ok(())
}

/// A library is never written to again, and the standard one has 70 MB: it need not be on the
/// disk once more. The compiler's objects it may overwrite.
fn keep(from: &Path, to: &Path) -> std::io::Result<()> {
    let is_library = from.extension().is_some_and(|extension| extension == "rlib");
    if is_library && std::fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    std::fs::copy(from, to).map(|_| ())
}

fn is_input(path: &Path) -> bool {
    let object = matches!(path.extension(), Some(e) if e == "o" || e == "rlib" || e == "a");
    object && path.is_file()
}

/// Replaces each `@file` by the arguments in it: one a line, `\` escapes.
fn expand(args: &[String]) -> Result<Vec<String>> {
    let mut out = Vec::new();
    for arg in args {
        let Some(file) = arg.strip_prefix('@') else {
            out.push(arg.clone());
            continue;
        };
        if cfg!(windows) {
            bail!("response files are not recorded on Windows");
        }
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?;
        for line in text.lines() {
            let mut unescaped = String::new();
            let mut chars = line.chars();
            while let Some(c) = chars.next() {
                unescaped.extend(if c == '\\' { chars.next() } else { Some(c) });
            }
            out.push(unescaped);
        }
    }
    Ok(out)
}

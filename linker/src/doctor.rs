//! `unpoison doctor`: whether a link works here, and whether cargo would ask for one.
//!
//! Each part answers lines: what was looked at, and how to mend it. They stand in the order
//! in which a build comes to them, and a part that cannot be looked at is left out.

mod cargo_config;
mod trial;

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::Result;
use crate::lld::Lld;
use crate::stubs::Cache;
use unpoison_sysroot::programs;

/// What the links of a project are made for, unless it is said.
pub(crate) const DEFAULT_TARGET: &str = "wasm32-unknown-unknown";

/// Something that was looked at.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    verdict: Verdict,
    what: String,
    /// What to do about it.
    way_out: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Ok,
    /// Builds work, but perhaps not as is thought.
    Warning,
    Error,
}

impl Line {
    fn ok(what: impl Into<String>) -> Self {
        Self { verdict: Verdict::Ok, what: what.into(), way_out: None }
    }

    fn warning(what: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self { verdict: Verdict::Warning, what: what.into(), way_out: Some(way_out.into()) }
    }

    fn error(what: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self { verdict: Verdict::Error, what: what.into(), way_out: Some(way_out.into()) }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.verdict {
            Verdict::Ok => "ok",
            Verdict::Warning => "warning",
            Verdict::Error => "error",
        };
        write!(f, "{word:8} {}", self.what)?;
        match &self.way_out {
            Some(way_out) => write!(f, "\n{:8} {way_out}", ""),
            None => Ok(()),
        }
    }
}

/// Prints what is found for a target, in the folder where it is called; whether nothing is
/// an error.
///
/// # Errors
/// [`crate::error::Error::Io`] where there is no folder for a trial.
pub(crate) fn run(target: &str) -> Result<bool> {
    let mut good = true;
    let mut say = |line: Line| {
        good &= line.verdict != Verdict::Error;
        crate::cli::say(&format!("{line}\n"));
    };
    say(Line::ok(format!("unpoison {} ({})", env!("CARGO_PKG_VERSION"), itself().display())));
    say(cache());
    let Some(sysroot) = programs::query_sysroot(OsStr::new("rustc")) else {
        say(Line::error("no rustc is in PATH", "install Rust: https://rustup.rs"));
        return Ok(false);
    };
    say(Line::ok(first_line(Command::new("rustc").arg("-V"))));
    say(lld(&sysroot));
    let library = library(&sysroot, target);
    let can_link = library.verdict == Verdict::Ok;
    say(library);
    if can_link {
        trial::run(target)?.into_iter().for_each(&mut say);
    }
    say(sysroots());
    cargo_config::look(target).into_iter().for_each(&mut say);
    Ok(good)
}

/// This program.
fn itself() -> PathBuf {
    std::env::current_exe().ok().and_then(|path| programs::real_path(&path)).unwrap_or_default()
}

/// The first line that a program prints.
fn first_line(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    text.unwrap_or_default().lines().next().unwrap_or_default().to_owned()
}

/// The cache of compiled stubs.
fn cache() -> Line {
    match Cache::open().try_out() {
        Ok(Some(folder)) => Line::ok(format!("stub cache {}", folder.display())),
        Ok(None) => Line::warning(
            "no folder for the stub cache: the stubs are compiled for each link",
            "set UNPOISON_CACHE to a folder",
        ),
        Err((folder, e)) => Line::warning(
            format!("the stub cache {} cannot be written: {}", folder.display(), e.kind()),
            "set UNPOISON_CACHE to a folder that can, or the stubs are compiled for each link",
        ),
    }
}

fn lld(sysroot: &Path) -> Line {
    // As rustc would find it, which puts its own tools into PATH first.
    let own = || programs::host_tool(sysroot, "rust-lld").ok_or(());
    let path = match std::env::var_os("UNPOISON_LLD").filter(|p| !p.is_empty()) {
        Some(_) => Lld::find().map(|lld| lld.path).map_err(|_| ()),
        None => own().or_else(|()| Lld::find().map(|lld| lld.path).map_err(|_| ())),
    };
    match path {
        Ok(path) => {
            let version = first_line(Command::new(&path).args(["-flavor", "wasm", "--version"]));
            Line::ok(format!("{version} ({})", path.display()))
        }
        Err(()) => Line::error(
            "rust-lld was not found",
            "install Rust by rustup, or set UNPOISON_LLD to a wasm-ld",
        ),
    }
}

/// The standard library for the target.
fn library(sysroot: &Path, target: &str) -> Line {
    let folder = sysroot.join("lib/rustlib").join(target).join("lib");
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    match files.map(|entry| entry.path()).any(|path| programs::is_rlib(&path, "core")) {
        true => Line::ok(format!("the standard library for {target}")),
        false => Line::error(
            format!("no standard library for {target}"),
            format!("rustup target add {target}"),
        ),
    }
}

/// The libraries whose panics unwind.
fn sysroots() -> Line {
    match unpoison_sysroot::names() {
        Ok(names) if names.is_empty() => {
            Line::ok("no library that unwinds (`unpoison sysroot` builds one)")
        }
        Ok(names) => Line::ok(format!("libraries that unwind: {}", names.join(", "))),
        Err(e) => Line::warning(
            format!("the libraries that unwind cannot be looked at: {e}"),
            "set UNPOISON_DATA to a folder that can be read",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_the_way_out_below() {
        assert_eq!(Line::ok("all").to_string(), "ok       all");
        let line = Line::error("nothing", "something").to_string();
        assert_eq!(line, "error    nothing\n         something");
    }
}

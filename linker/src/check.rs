//! `unpoison check FILE`: what can be said of a module without running it.
//!
//! A check is a function from a module to findings. Without an engine the checks of
//! [`protection`] are made: what a tool behind the linker may have taken away. With one,
//! that of [`engines`]: whether it takes the module at all. With an export, that of
//! [`no_fail`]: whether a call of it can fail.

pub(crate) mod diff;
mod engines;
mod features;
mod no_fail;
mod protection;
mod subject;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use crate::cli::say;
use crate::error::{Error, Result, malformed};
use crate::wasm::section::HEADER;
pub(crate) use protection::Entry;
use subject::Subject;
pub(crate) use subject::is_added;

/// What is wrong with a module.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// What was found.
    pub what: String,
    /// What to do about it.
    pub way_out: String,
}

/// The bytes of a module.
///
/// # Errors
/// [`Error::Io`], and [`Error::Checked`] for another file.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut opened = File::open(file).map_err(Error::io("read", file))?;
    // The head first: what has another one may have no end (`/dev/zero`).
    let head = opened.by_ref().take(HEADER.len() as u64).read_to_end(&mut bytes);
    head.map_err(Error::io("read", file))?;
    if bytes == HEADER {
        // At once, where the size is known.
        let size = opened.metadata().map_or(0, |metadata| metadata.len());
        let reserved = bytes.try_reserve_exact(usize::try_from(size).unwrap_or(usize::MAX));
        reserved.map_err(|_| Error::io("read", file)(ErrorKind::OutOfMemory.into()))?;
        opened.read_to_end(&mut bytes).map_err(Error::io("read", file))?;
        return Ok(bytes);
    }
    // What comes behind the magic number is the version, then the layer: 1 of components.
    let is_component = bytes.starts_with(b"\0asm") && bytes.get(6..8) == Some(&[1, 0]);
    let what = match is_component {
        true => {
            "is a component: ask of a core module in it (`wasm-tools component unbundle` takes them out)"
        }
        false => "is no WebAssembly module",
    };
    Err(Error::Checked(format!("{} {what}", file.display())))
}

/// The error for a module that is malformed.
pub(crate) fn invalid(file: &Path) -> impl Fn(wasmparser::BinaryReaderError) -> Error {
    move |e| Error::Checked(format!("{} is no valid module: {}", file.display(), malformed(&e)))
}

/// What can be seen of a module.
#[derive(Debug)]
pub(crate) struct Look<'a> {
    /// What it is protected by, in a few words; none where that is missing.
    pub protection: Option<String>,
    /// What is missing.
    pub findings: Vec<Finding>,
    /// The functions that the host calls by a name, in the order of the exports.
    pub entries: Vec<Entry<'a>>,
    /// The encodings of exceptions that its code has: `none`, `legacy`, `exnref` or both.
    pub exceptions: &'static str,
    /// How many functions unpoison added; none are known of a stripped module.
    pub added: usize,
    /// Their bytes.
    pub added_bytes: u64,
}

/// Looks at a module.
///
/// # Errors
/// For a module that is malformed.
pub(crate) fn look(bytes: &[u8]) -> Result<Look<'_>, wasmparser::BinaryReaderError> {
    let subject = Subject::read(bytes)?;
    let findings = protection::findings(&subject);
    let sizes: Vec<u64> = subject.added().collect();
    Ok(Look {
        protection: findings.is_empty().then(|| protection::summary(&subject)),
        findings,
        entries: protection::entries(&subject),
        exceptions: match (subject.legacy, subject.exnref) {
            (false, false) => "none",
            (true, false) => "legacy",
            (false, true) => "exnref",
            (true, true) => "legacy and exnref",
        },
        added: sizes.len(),
        added_bytes: sizes.iter().sum(),
    })
}

/// What is asked of a module.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Asked<'a> {
    /// Whether it has kept its protection.
    Protection,
    /// Whether an engine of this name runs it.
    Engine(&'a str),
    /// Whether a call of an export can fail.
    NoFail(&'a str),
}

/// Prints what is found of a module in a file; whether nothing is wrong.
///
/// # Errors
/// [`Error::Usage`] for an engine that is not known, [`Error::Io`], and [`Error::Checked`]
/// for a file that is no module.
pub(crate) fn run(file: &Path, asked: Asked<'_>) -> Result<bool> {
    let engine = match asked {
        Asked::Engine(name) => Some(engines::find(name)?),
        Asked::Protection | Asked::NoFail(_) => None,
    };
    let bytes = read(file)?;
    let subject = Subject::read(&bytes).map_err(invalid(file))?;
    // A module that is not valid at all is nobody's.
    features::validate(&bytes, features::every()).map_err(invalid(file))?;
    let (findings, good, bad) = match (asked, engine) {
        (Asked::NoFail(export), _) => (
            no_fail::findings(&subject, export).map_err(invalid(file))?,
            format!("does not fail in `{export}`"),
            format!("may fail in `{export}`"),
        ),
        (_, Some(engine)) => (
            engine.findings(&subject),
            format!("runs in {}", engine.title),
            format!("does not run in {}", engine.title),
        ),
        (_, None) => {
            let mut findings = protection::findings(&subject);
            let bad = if findings.is_empty() { "is for rehearsals" } else { "is not protected" };
            findings.extend(protection::rehearsal(&subject));
            let good = format!("is protected: {}", protection::summary(&subject));
            (findings, good, bad.to_owned())
        }
    };
    if findings.is_empty() {
        say(&format!("{} {good}\n", file.display()));
        return Ok(true);
    }
    let mut text = format!("{} {bad}\n", file.display());
    for Finding { what, way_out } in &findings {
        text.push_str(&format!("- {what}\n  {way_out}\n"));
    }
    say(&text);
    Ok(false)
}

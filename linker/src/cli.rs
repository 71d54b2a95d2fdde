//! What a person gets who calls `unpoison` by hand: rustc never takes these paths.

pub(crate) mod commands;
mod help;

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use crate::args::SourceMapMode;
use crate::check::Asked;
use crate::debug::by_hand as debug;
use crate::error::{Error, Result};
use crate::{explain, inspect, report};

/// Does what a call by hand asks for; `None` if the line is a link.
pub(crate) fn by_hand(line: &[OsString]) -> Option<ExitCode> {
    let Some(first) = line.first() else {
        let _ = std::io::stderr().write_all(help::help().as_bytes());
        return Some(ExitCode::from(2));
    };
    match (first.to_str()?, &line[1..]) {
        ("--unpoison-help", _) => {
            say(&help::help());
            Some(ExitCode::SUCCESS)
        }
        ("--unpoison-version", _) => {
            say(concat!("unpoison ", env!("CARGO_PKG_VERSION"), "\n"));
            Some(ExitCode::SUCCESS)
        }
        ("inspect", [file]) if !is_option(file) => Some(done(of(file, inspect::table))),
        ("inspect", [json, file] | [file, json]) if json == "--json" => {
            Some(done(of(file, inspect::json)))
        }
        ("inspect", [html, file] | [file, html]) if html == "--html" => {
            Some(done(of(file, inspect::html::print)))
        }
        ("explain", [file, stack]) if stack == "--stack" => {
            Some(done(of(file, |file| explain::stack(file, std::io::stdin().lock()))))
        }
        ("explain", [file, ids @ ..]) if !ids.is_empty() && !is_option(file) => {
            let ids: Vec<_> = ids.iter().map(|id| id.to_str().unwrap_or_default()).collect();
            Some(done(of(file, |file| explain::sites(file, &ids))))
        }
        ("explain", _) => Some(code(Err(Error::Usage(
            "explain takes a file, and numbers of sites or --stack with a stack trace on standard input".into(),
        )))),
        ("check", rest) => Some(code(check(rest))),
        ("split", [file]) if !is_option(file) => Some(done(of(file, debug::split))),
        ("split", _) => Some(code(Err(Error::Usage("split takes one file".into())))),
        ("source-map", rest) => Some(done(source_map(rest))),
        ("doctor", rest) => Some(code(target("doctor", rest).and_then(doctor))),
        ("init", rest) => Some(done(target("init", rest).and_then(init))),
        ("sysroot", rest) => Some(code(unpoison_sysroot::run(rest))),
        ("inspect", [plan, file]) if plan == "--plan" => {
            Some(done(of(file, show_plan)))
        }
        ("inspect", _) => {
            Some(code(Err(Error::Usage("inspect takes one file, and perhaps one of --html, --json and --plan".into()))))
        }
        _ => None,
    }
}

fn is_option(word: &OsString) -> bool {
    word.to_str().is_some_and(|word| word.starts_with("--"))
}

/// The target that is named behind a word, if one is.
fn target<'w>(word: &str, rest: &'w [OsString]) -> Result<Option<&'w str>> {
    match rest {
        [] => Ok(None),
        [option, target] if option == "--target" => Ok(Some(target.to_str().unwrap_or_default())),
        _ => Err(Error::Usage(format!("{word} takes --target with a name, or nothing"))),
    }
}

/// Does something with a file that somebody named, which no link is about: what is wrong with it
/// is said of the file.
fn of<T>(file: &OsStr, todo: impl FnOnce(&Path) -> Result<T>) -> Result<T> {
    let file = Path::new(file);
    todo(file).map_err(|error| match error {
        Error::Module(what) => Error::Checked(format!("{}: {what}", file.display())),
        other => other,
    })
}

/// The exit code of a verdict.
fn verdict(good: bool) -> ExitCode {
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The exit code of what prints and has no verdict.
fn done(result: Result<()>) -> ExitCode {
    code(result.map(|()| ExitCode::SUCCESS))
}

/// The exit code of what was asked for; says why it failed.
fn code<E: std::error::Error>(done: Result<ExitCode, E>) -> ExitCode {
    done.unwrap_or_else(|error| {
        report(&error);
        ExitCode::FAILURE
    })
}

/// `check`'s words, and its exit code: 1 if something is wrong.
fn check(words: &[OsString]) -> Result<ExitCode> {
    let texts: Vec<&str> = words.iter().map(|word| word.to_str().unwrap_or_default()).collect();
    let is_file = |word: &str| !word.starts_with("--");
    let (file, asked) = match texts[..] {
        ["--diff", ..] => {
            let [_, old, new] = words else {
                return Err(Error::Usage(
                    "check --diff takes an older file and a newer one".into(),
                ));
            };
            return crate::check::diff::run(Path::new(old), Path::new(new)).map(verdict);
        }
        [file] if is_file(file) => (&words[0], Asked::Protection),
        [file, "--engine", name] if is_file(file) => (&words[0], Asked::Engine(name)),
        ["--engine", name, file] if is_file(file) => (&words[2], Asked::Engine(name)),
        [file, "--no-fail", export] if is_file(file) => (&words[0], Asked::NoFail(export)),
        ["--no-fail", export, file] if is_file(file) => (&words[2], Asked::NoFail(export)),
        _ => {
            return Err(Error::Usage(
                "check takes one file, and perhaps --engine with the name of one or --no-fail with an export".into(),
            ));
        }
    };
    of(file, |file| crate::check::run(file, asked)).map(verdict)
}

/// `source-map`'s words.
fn source_map(words: &[OsString]) -> Result<()> {
    match words {
        [file] if !is_option(file) => of(file, |file| debug::source_map(file, SourceMapMode::On)),
        [sources, file] | [file, sources] if sources == "--sources" && !is_option(file) => {
            of(file, |file| debug::source_map(file, SourceMapMode::Sources))
        }
        _ => Err(Error::Usage("source-map takes one file, and perhaps --sources".into())),
    }
}

/// In the folder where it is called.
fn init(target: Option<&str>) -> Result<()> {
    let folder = std::env::current_dir().map_err(Error::io("read", "."))?;
    crate::init::run(&folder, target)
}

/// `doctor`'s lines, and its exit code: 1 if something must be mended.
fn doctor(target: Option<&str>) -> Result<ExitCode> {
    crate::doctor::run(target.unwrap_or(crate::doctor::DEFAULT_TARGET)).map(verdict)
}

/// Prints what would change in a module that rust-lld linked.
fn show_plan(file: &Path) -> Result<()> {
    let bytes = crate::check::read(file)?;
    if crate::meta::section(&bytes)?.is_some() {
        let message = format!(
            "{} was linked by unpoison already: `unpoison inspect` shows what was done",
            file.display()
        );
        return Err(Error::Checked(message));
    }
    let rewritten = crate::rewrite(&bytes, &[], crate::Stubs::Missing, None)?;
    say(&rewritten.plan.to_string());
    Ok(())
}

/// Prints. Who reads may stop in the middle (`| head`): no reason to fail.
pub(crate) fn say(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Prints a line about what is being done, in the same way.
pub(crate) fn note(line: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr(), "unpoison: {line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Help, completions and the manual page are of the table; what is done is not.
    #[test]
    fn what_the_table_names_is_no_link() {
        for usage in commands::BY_HAND {
            let line = [usage.command, "--nonsense"].map(OsString::from);
            assert!(by_hand(&line).is_some(), "{}", usage.command);
        }
    }

    #[test]
    fn the_help_fits_a_terminal() {
        for line in help::help().lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
    }
}

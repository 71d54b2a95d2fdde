//! What a person gets who calls `unpoison` by hand: rustc never takes these paths.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use crate::error::{Error, Result};
use crate::{explain, inspect, report};

const HELP: &str = "\
unpoison is a linker for Rust on WebAssembly: panics, aborts and traps leave the
module as typed exceptions. rustc calls it; put this into .cargo/config.toml:

    [target.wasm32-unknown-unknown]
    linker = \"unpoison\"

Options, given as linker arguments (rustflags = [\"-Clink-arg=--unpoison-…\"]):
    --unpoison-abort throw|trap|error how an abort leaves the module
    --unpoison-exceptions on|off      whether failures are thrown; if not, they trap
    --unpoison-guard on|off           seal the module after an abort or a trap
    --unpoison-jspi on|off            whether the host suspends imports (JSPI)
    --unpoison-sites embed|file|none  where the table of failing places goes
All others are rust-lld's.

Environment:
    UNPOISON_LLD, UNPOISON_RUSTC      rust-lld and rustc, if not the calling toolchain's
    UNPOISON_CACHE                    where compiled runtime stubs are kept
    UNPOISON_DATA                     where `unpoison sysroot` keeps what it builds
    UNPOISON_VALIDATE                 1: validate what is written
    UNPOISON_LOG                      debug or trace: what unpoison does
    UNPOISON_LOG_FILE                 the file that goes to, instead of stderr

By hand:
    unpoison init [--target NAME]     puts the lines above into the project here
    unpoison inspect FILE             shows what unpoison did to a module (--json: for programs)
    unpoison inspect --plan FILE      shows what it would do to a plain module
    unpoison explain FILE SITE        says where in the source a site of a report is
    unpoison explain FILE --stack     puts functions and places into a stack trace (standard input)
    unpoison check FILE               says whether a module still has its protection
    unpoison check FILE --engine NAME says whether an engine runs it
    unpoison check --diff OLD NEW     says at which places the newer module fails and the older
                                      did not; its exit code is 1 if there are any
    unpoison doctor [--target NAME]   whether links work here, and whether cargo asks for them
    unpoison sysroot                  builds the standard library with unwinding, once
                                      (`unpoison sysroot --help`)
";

/// Does what a call by hand asks for; `None` if the line is a link.
pub(crate) fn by_hand(line: &[OsString]) -> Option<ExitCode> {
    let Some(first) = line.first() else {
        eprint!("{HELP}");
        return Some(ExitCode::from(2));
    };
    match (first.to_str()?, &line[1..]) {
        ("--unpoison-help", _) => {
            print!("{HELP}");
            Some(ExitCode::SUCCESS)
        }
        ("--unpoison-version", _) => {
            println!("unpoison {}", env!("CARGO_PKG_VERSION"));
            Some(ExitCode::SUCCESS)
        }
        ("inspect", [file]) if !is_option(file) => Some(done(inspect::table(Path::new(file)))),
        ("inspect", [json, file] | [file, json]) if json == "--json" => {
            Some(done(inspect::json(Path::new(file))))
        }
        ("explain", [file, stack]) if stack == "--stack" => {
            Some(done(explain::stack(Path::new(file), std::io::stdin().lock())))
        }
        ("explain", [file, ids @ ..]) if !ids.is_empty() && !is_option(file) => {
            let ids: Vec<_> = ids.iter().map(|id| id.to_str().unwrap_or_default()).collect();
            Some(done(explain::sites(Path::new(file), &ids)))
        }
        ("explain", _) => Some(code(Err(Error::Usage(
            "explain takes a file, and numbers of sites or --stack with a stack trace on standard input".into(),
        )))),
        ("check", rest) => Some(code(check(rest))),
        ("doctor", rest) => Some(code(target("doctor", rest).and_then(doctor))),
        ("init", rest) => Some(done(target("init", rest).and_then(init))),
        ("sysroot", rest) => Some(code(unpoison_sysroot::run(rest))),
        ("inspect", [plan, file]) if plan == "--plan" => {
            Some(done(show_plan(Path::new(file))))
        }
        ("inspect", _) => {
            Some(code(Err(Error::Usage("inspect takes one file, and perhaps --plan or --json".into()))))
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
    let (file, engine) = match texts[..] {
        [file] if !file.starts_with("--") => (&words[0], None),
        [file, "--engine", name] if !file.starts_with("--") => (&words[0], Some(name)),
        ["--diff", ..] => {
            let [_, old, new] = words else {
                return Err(Error::Usage(
                    "check --diff takes an older file and a newer one".into(),
                ));
            };
            return crate::check::diff::run(Path::new(old), Path::new(new)).map(verdict);
        }
        ["--engine", name, file] if !file.starts_with("--") => (&words[2], Some(name)),
        _ => {
            return Err(Error::Usage(
                "check takes one file, and perhaps --engine with the name of one".into(),
            ));
        }
    };
    crate::check::run(Path::new(file), engine).map(verdict)
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
    let bytes = std::fs::read(file).map_err(Error::io("read", file))?;
    let rewritten = crate::rewrite(&bytes, &[], crate::Stubs::Missing, None)?;
    say(&rewritten.plan.to_string());
    Ok(())
}

/// Prints. Who reads may stop in the middle (`| head`): no reason to fail.
pub(crate) fn say(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

//! What a person gets who calls `unpoison` by hand: rustc never takes these paths.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use crate::error::{Error, Result};
use crate::meta::Meta;
use crate::report;

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
    unpoison inspect FILE             shows what unpoison did to a module
    unpoison inspect --plan FILE      shows what it would do to a plain module
    unpoison check FILE               says whether a module still has its protection
    unpoison check FILE --engine NAME says whether an engine runs it
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
        ("inspect", [file]) => Some(code(inspect(Path::new(file)).map(|()| ExitCode::SUCCESS))),
        ("check", rest) => Some(code(check(rest))),
        ("doctor", []) => Some(code(doctor(crate::doctor::DEFAULT_TARGET))),
        ("doctor", [option, target]) if option == "--target" => {
            Some(code(doctor(target.to_str().unwrap_or_default())))
        }
        ("doctor", _) => {
            Some(code(Err(Error::Usage("doctor takes --target with a name, or nothing".into()))))
        }
        ("sysroot", rest) => Some(code(unpoison_sysroot::run(rest))),
        ("inspect", [plan, file]) if plan == "--plan" => {
            Some(code(show_plan(Path::new(file)).map(|()| ExitCode::SUCCESS)))
        }
        ("inspect", _) => {
            Some(code(Err(Error::Usage("inspect takes one file, and --plan before it".into()))))
        }
        _ => None,
    }
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
        ["--engine", name, file] if !file.starts_with("--") => (&words[2], Some(name)),
        _ => {
            return Err(Error::Usage(
                "check takes one file, and perhaps --engine with the name of one".into(),
            ));
        }
    };
    let good = crate::check::run(Path::new(file), engine)?;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `doctor`'s lines, and its exit code: 1 if something must be mended.
fn doctor(target: &str) -> Result<ExitCode> {
    Ok(if crate::doctor::run(target)? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints what a module says of itself.
fn inspect(file: &Path) -> Result<()> {
    let bytes = std::fs::read(file).map_err(Error::io("read", file))?;
    let section = wasmparser::Parser::new(0).parse_all(&bytes).find_map(|payload| match payload {
        Ok(wasmparser::Payload::CustomSection(s)) if s.name() == "unpoison" => Some(Ok(s.data())),
        Ok(_) => None,
        Err(e) => Some(Err(Error::from(e))),
    });
    match section.transpose()? {
        Some(section) => {
            // With the sites as a list. What is of another version is shown as it is.
            let json = match Meta::read(section) {
                Some(meta) => meta.json()?,
                None => section.to_owned(),
            };
            say(&format!("{}\n", String::from_utf8_lossy(&json)));
        }
        None => say(&format!("{} was not linked by unpoison\n", file.display())),
    }
    Ok(())
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

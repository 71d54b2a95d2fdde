//! `unpoison`: a linker for Rust on WebAssembly.
//!
//! A link goes one way through the house, and each phase borrows what the earlier
//! ones made:
//!
//! [`args`] → [`link`] (rust-lld) → [`read`] (what came out) → [`plan`] (what must
//! change, as plain data) → [`patch`] (bytes out) → [`strip`] → [`publish`] (rename).

mod args;
mod check;
mod cli;
mod component;
mod debug;
mod doctor;
mod error;
mod explain;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod ids;
mod init;
mod inspect;
mod link;
mod link_map;
mod lld;
mod lock;
mod meta;
mod objects;
mod packed;
mod parallel;
mod patch;
mod phases;
mod plan;
mod process;
mod publish;
mod read;
mod rewrite;
mod save;
mod strip;
mod stubs;
mod toolchain;
mod validate;
mod wasm;
mod workdir;

pub use error::Error;
pub use rewrite::{Rewritten, Stubs, rewrite};

use std::ffi::OsString;
use std::process::{ExitCode, ExitStatus};

use args::Args;
use error::Result;
use lld::Lld;
use process::Processed;
use publish::Beside;

/// The command: reads the program's arguments, links, and says what went wrong.
pub fn main() -> ExitCode {
    start_log();
    let line: Vec<_> = std::env::args_os().skip(1).collect();
    if let Some(code) = cli::by_hand(&line) {
        return code;
    }
    let saved = save::folder().map(|folder| (folder, line.clone()));
    phases::timed("in all", || run(line)).unwrap_or_else(|error| {
        report(&error);
        if let Some((folder, line)) = saved {
            match save::link(&folder, line, &error) {
                Ok(place) => cli::note(format_args!("the link was saved: {}", place.display())),
                Err(e) => cli::note(format_args!("warning: the link was not saved: {e}")),
            }
        }
        match error {
            Error::LldFailed(status) => exit_code(status),
            _ => ExitCode::FAILURE,
        }
    })
}

/// What is done goes to stderr, or to the end of a file: rustc does not show what a linker
/// says that succeeds.
fn start_log() {
    let mut log = env_logger::Builder::from_env(env_logger::Env::new().filter("UNPOISON_LOG"));
    let file = std::env::var_os("UNPOISON_LOG_FILE").filter(|path| !path.is_empty()).map(|path| {
        let opened = std::fs::OpenOptions::new().create(true).append(true).open(&path);
        opened.map_err(Error::io("write to UNPOISON_LOG_FILE", &path))
    });
    match file {
        Some(Ok(file)) => {
            log.target(env_logger::Target::Pipe(Box::new(file)));
        }
        // The link does not need it.
        Some(Err(e)) => cli::note(format_args!("warning: {e}")),
        None => {}
    }
    if phases::is_asked() {
        log.filter_module(phases::LOG, log::LevelFilter::Info);
    }
    log.format_timestamp(None).init();
}

/// Says what went wrong, where rustc shows it.
fn report(error: &dyn std::error::Error) {
    cli::note(format_args!("error: {error}"));
}

/// Links, as a command line without the program's name asks for.
fn run(line: Vec<OsString>) -> Result<ExitCode> {
    let inside = component::Inside::of_process();
    let options = inside.iter().flat_map(|inside| inside.options.iter().cloned());
    let args = Args::parse(line.into_iter().chain(options))?;
    args.threads.into_iter().for_each(parallel::limit);
    let lld = Lld::find()?;
    if let Some(why) = args.passthrough {
        log::debug!("{why:?}: rust-lld alone");
        let line: Vec<_> = args.verbatim().cloned().collect();
        return lld.in_place(&line, args.from_response, &[]).map(exit_code);
    }
    let makes_component =
        toolchain::triple(&args).is_some_and(|triple| component::is_made_for(&triple));
    // Whoever has `wasm-component-ld` call unpoison by hand gives it no flavour.
    if makes_component && inside.is_none() && args.named_flavor {
        return component::link(&args, &lld).map(exit_code);
    }
    let (mut linked, mut running) = link::link(&args, lld)?;
    // Where the module will be, or what it becomes a part of: other files go beside that.
    let target = inside.map_or_else(|| linked.work.target().to_owned(), |inside| inside.output);
    loop {
        let bytes = std::mem::take(&mut linked.bytes);
        let processed = process::process(&bytes, &linked, &args);
        // Its failure says more than what was made of half a module.
        let lld_output = running.end()?;
        match processed {
            Ok(Processed::Rewritten { module, has_build_id, sites_file }) => {
                let strip = linked.strip;
                let outputs = process::finish(module, has_build_id, strip, &args, &target)?;
                let (module, files) = outputs.into_files(&target, sites_file);
                phases::timed("write", || publish::publish(&linked.work, Some(&module), &files))?;
                lld_output.forward();
                phases::timed("clear", || drop(linked));
                return Ok(ExitCode::SUCCESS);
            }
            Ok(Processed::LinkSmaller) => {
                (linked, running) = link::link_smaller(linked, &args)?;
            }
            Ok(Processed::NothingToDo) => {
                let (plain, lld_output) = link::relink_plain(linked, &args)?;
                if debug::is_asked(&args.options) {
                    let module = plain.bytes.into();
                    let outputs = process::finish(module, true, plain.strip, &args, &target)?;
                    let (module, files) = outputs.into_files(&target, None);
                    publish::publish(&plain.work, Some(&module), &files)?;
                } else {
                    let table = Beside { path: publish::sites_path(&target), content: None };
                    publish::publish(&plain.work, None, &[table])?;
                }
                lld_output.forward();
                return Ok(ExitCode::SUCCESS);
            }
            Err(error) => {
                // A warning of rust-lld's may explain it.
                lld_output.forward();
                return Err(error);
            }
        }
    }
}

/// rust-lld's exit code as ours; 1 if a signal ended it.
fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    match code {
        Some(0) if !status.success() => ExitCode::FAILURE,
        Some(code) => ExitCode::from(code),
        None => ExitCode::FAILURE,
    }
}

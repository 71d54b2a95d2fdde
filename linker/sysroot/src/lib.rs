//! `unpoison sysroot`: the standard library with unwinding, built once by the user's
//! own compiler, so that later builds are ordinary ones.
//!
//! [`options`] (the command line) → [`compiler`] (for which rustc) → [`store`] (is it
//! there?) → [`source`] → [`build`] (cargo, once) → [`store`] (one rename) → [`config`]
//! (the lines that use it).

mod build;
mod cargo;
mod compiler;
mod config;
mod eh;
mod error;
mod failure;
pub mod files;
mod install;
mod options;
pub mod programs;
mod progress;
mod record;
mod rustflags;
mod say;
mod source;
mod store;

use crate::say::{note, say};
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use compiler::Compiler;
use config::ConfigFragment;
pub use error::{Error, Result};
use options::{Action, Build, Options, Remove, Selectors};
use record::{Key, Record};
use store::Store;

/// Puts unpoison into a config file as the linker for a target, keeping all else that is in
/// it. Answers what the user should know.
///
/// # Errors
/// Where the file cannot be read, understood or written.
pub fn configure(file: &Path, target: &str) -> Result<Vec<String>> {
    config::write(file, &ConfigFragment::linker(target))
}

/// The command line of [`run`], for what is made of it: completions and the manual page.
#[doc(hidden)]
pub fn command() -> clap::Command {
    <Options as clap::CommandFactory>::command()
}

/// Does what the words after `unpoison sysroot` ask for.
pub fn run(line: &[OsString]) -> Result<ExitCode> {
    let options = match Options::parse_line(line) {
        Ok(options) => options,
        // Help is one of these, too.
        Err(said) => {
            // Nobody is left to tell of a closed stream.
            let _ = said.print();
            return Ok(u8::try_from(said.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from));
        }
    };
    match options.action {
        None => build(&options.build),
        Some(Action::Build(args)) => build(&args),
        Some(Action::List) => list(),
        Some(Action::Path(args)) => path(&args),
        Some(Action::Remove(args)) => remove(&args),
    }?;
    Ok(ExitCode::SUCCESS)
}

fn build(args: &Build) -> Result<()> {
    let store = Store::open()?;
    let compiler = Compiler::find(args.selectors.toolchain.as_deref())?;
    let key = Key::new(&compiler, &args.selectors.target)?;
    let (folder, record) = build::ensure(&store, &compiler, &key, args)?;
    let fragment = ConfigFragment::new(&folder, &record)?;
    match &args.write {
        None => say(fragment.text().trim_end_matches('\n')),
        Some(file) => {
            for notice in config::write(file, &fragment)? {
                note(notice);
            }
        }
    }
    Ok(())
}

fn list() -> Result<()> {
    for (name, _) in Store::open()?.all()? {
        say(name.display());
    }
    Ok(())
}

/// The names of the sysroots that are there.
///
/// # Errors
/// Where the folder that they are in cannot be read.
pub fn names() -> Result<Vec<String>> {
    let all = Store::open()?.all()?.into_iter();
    Ok(all.map(|(folder, _)| display_name(&folder).to_string()).collect())
}

fn path(args: &Selectors) -> Result<()> {
    let compiler = Compiler::find(args.toolchain.as_deref())?;
    let key = Key::new(&compiler, &args.target)?;
    match Store::open()?.find(&key, args.eh)? {
        Some((folder, _)) => say(folder.display()),
        None => return Err(Error::NotBuilt(describe(&key, args))),
    }
    Ok(())
}

fn remove(args: &Remove) -> Result<()> {
    let store = Store::open()?;
    let selected: Box<dyn Fn(&Record) -> bool> = if args.all {
        Box::new(|_| true)
    } else {
        let compiler = Compiler::find(args.selectors.toolchain.as_deref())?;
        let key = Key::new(&compiler, &args.selectors.target)?;
        let eh = args.selectors.eh;
        // Without a flavour all of them, and what older versions of unpoison made.
        Box::new(move |record| {
            record.key.identity == key.identity && eh.is_none_or(|eh| eh == record.eh)
        })
    };
    for (folder, record) in store.all()?.into_iter().filter(|(_, record)| selected(record)) {
        let _lock = store.lock(&record.key)?;
        store.remove(&folder)?;
        note(format_args!("removed {}", display_name(&folder)));
    }
    if args.all {
        store.clear()?;
    }
    Ok(())
}

/// The sysroot that selectors mean, for messages.
fn describe(key: &Key, args: &Selectors) -> String {
    match args.eh {
        Some(eh) => format!("{}, {eh}", key.identity),
        None => key.identity.clone(),
    }
}

/// A sysroot's name, which is its folder's.
fn display_name(folder: &Path) -> std::path::Display<'_> {
    Path::new(folder.file_name().unwrap_or_default()).display()
}

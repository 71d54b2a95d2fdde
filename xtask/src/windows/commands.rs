//! The linker's commands: what they say and write is what they say and write here.

use super::Tally;
use super::machine::Machine;
use crate::fixture::{self, Point};
use crate::run;
use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::process::{Command, Stdio};

const FILE: &str = "größe of a  module.wasm";

pub(super) fn of_modules(machine: &Machine, tally: &mut Tally) -> Result<()> {
    let point = Point { debug: "full", ..Point::RELEASE };
    let link = fixture::record(&machine.toolchain, "small", &point)?;
    let made = machine.folder()?.join(FILE);
    run::quiet(&mut link.unpoison(&machine.toolchain, &machine.linux, &made)?)?;
    let trace = made.with_file_name("trace");
    std::fs::write(&trace, "at wasm://wasm/0a1b:wasm-function[3]:0x200\r\nelsewhere\r\n")?;

    for (words, written) in [
        (&["inspect", FILE][..], &[][..]),
        (&["inspect", "--json", FILE], &[]),
        (&["inspect", "--html", FILE], &[]),
        (&["check", FILE], &[]),
        (&["check", "--diff", FILE, FILE], &[]),
        (&["explain", FILE, "1"], &[]),
        (&["explain", FILE, "--stack"], &[]),
        (&["source-map", FILE], &[FILE, "größe of a  module.wasm.map"]),
        (&["split", FILE], &[FILE, "größe of a  module.debug.wasm"]),
    ] {
        let (there, here) = (machine.folder()?, machine.folder()?);
        let mut said = Vec::new();
        for (folder, mut command) in
            [(&there, machine.unpoison()), (&here, Command::new(&machine.linux))]
        {
            std::fs::copy(&made, folder.join(FILE))?;
            command.args(words).current_dir(folder).stdin(std::fs::File::open(&trace)?);
            said.push(run::quiet(&mut command));
        }
        let held = same(said).and_then(|()| {
            written.iter().try_for_each(|name| {
                let read = |folder: &Path| {
                    std::fs::read(folder.join(name)).with_context(|| format!("no {name}"))
                };
                ensure!(read(&there)? == read(&here)?, "another {name}");
                Ok(())
            })
        });
        tally.count(&words.join(" "), held);
        // By other names of the same file.
        let whole = machine.seen(&there.join(FILE));
        for name in [whole.clone(), whole.replace('\\', "/"), format!(r"\\?\{whole}")] {
            let mut check = machine.unpoison();
            let said = run::quiet(check.args(["inspect", "--json"]).arg(&name));
            tally.count(&format!("after {}: {name}", words.join(" ")), said.map(drop));
        }
    }
    Ok(())
}

/// Both said the same.
fn same(said: Vec<Result<String>>) -> Result<()> {
    let said: Vec<String> = said.into_iter().collect::<Result<_>>()?;
    ensure!(said[0] == said[1], "{}\ninstead of\n{}", said[0], said[1]);
    Ok(())
}

pub(super) fn of_projects(machine: &Machine, tally: &mut Tally) -> Result<()> {
    for (what, old) in [
        ("no file", None),
        ("a file of Windows", Some("# mine\r\n[build]\r\ntarget-dir = \"t\"\r\n")),
        ("a file of Unix", Some("# mine\n[build]\ntarget-dir = \"t\"\n")),
    ] {
        let folder = machine.folder()?.join("with  spaces größe");
        let config = folder.join(".cargo/config.toml");
        std::fs::create_dir_all(folder.join(".cargo"))?;
        std::fs::create_dir(folder.join("src"))?;
        std::fs::write(folder.join("src/lib.rs"), "")?;
        let manifest = "[package]\r\nname = \"a\"\r\nversion = \"0.1.0\"\r\n";
        std::fs::write(folder.join("Cargo.toml"), manifest)?;
        if let Some(old) = old {
            std::fs::write(&config, old)?;
        }
        let run = |word: &str| {
            let mut command = machine.unpoison();
            let programs = machine.linker.parent().unwrap_or(&machine.linker);
            let path = [machine.seen(&machine.sysroot.join("bin")), machine.seen(programs)];
            command.env("WINEPATH", path.join(";")).env("UNPOISON_CACHE", r"C:\unpoison\a cache");
            run::quiet(command.arg(word).current_dir(&folder).stdin(Stdio::null()))
        };
        let written = run("init").and_then(|said| {
            ensure!(said.starts_with(r"wrote .cargo\config.toml"), "{said}");
            let new = std::fs::read_to_string(&config)?;
            ensure!(new.contains("linker = \"unpoison\""), "{new}");
            ensure!(new.starts_with(old.unwrap_or_default()), "changed: {new:?}");
            let ends = new.matches("\r\n").count();
            let all = if what == "a file of Windows" { new.matches('\n').count() } else { 0 };
            ensure!(ends == all, "ends of lines: {new:?}");
            Ok(())
        });
        tally.count(&format!("init, {what}"), written);
        let again = run("init").and_then(|said| {
            ensure!(said.contains("says so already"), "{said}");
            Ok(())
        });
        tally.count(&format!("init again, {what}"), again);
        let well = run("doctor").and_then(|said| {
            ensure!(said.contains("the module is protected"), "{said}");
            ensure!(said.contains("cargo links by unpoison ("), "{said}");
            ensure!(!said.contains(r"\\?\") && !said.contains("error "), "{said}");
            Ok(())
        });
        tally.count(&format!("doctor, {what}"), well);
    }
    Ok(())
}

//! `unpoison sysroot`, killed at random moments.

use super::subject::Subject;
use super::{Tally, kill};
use crate::run;
use crate::toolchain::TARGET;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// A sysroot's files, by path below it.
type Files = BTreeMap<PathBuf, Vec<u8>>;

pub(super) fn run(subject: &Subject, rounds: usize, tally: &mut Tally) -> Result<()> {
    let place = subject.place()?;
    let data = place.root.join("data");
    let begun = Instant::now();
    run::quiet(&mut command(subject, &data, &[]))?;
    let longest = begun.elapsed();
    let reference = usable(subject, &data)?;
    for round in 0..rounds {
        run::quiet(&mut command(subject, &data, &["remove", "--all"]))?;
        let moment = Duration::from_millis(subject.random(longest.as_millis() as u64));
        let mut child = kill::alone(&mut command(subject, &data, &[]))?;
        std::thread::sleep(moment);
        kill::kill(&mut child, true)?;
        tally.rounds += 1;
        match check(subject, &data, &reference) {
            Ok(()) => tally.ended += 1,
            Err(e) => tally.lose(format!("round {round}, after {moment:?}: {e:#}")),
        }
    }
    tally.note(format!("an undisturbed one takes {longest:?}"));
    Ok(())
}

/// What a killed one left is not used, or whole; the next one is whole, and the only one.
fn check(subject: &Subject, data: &Path, reference: &Files) -> Result<()> {
    if run::output(&mut command(subject, data, &["path"]))?.status.success() {
        anyhow::ensure!(usable(subject, data)? == *reference, "half a sysroot is used");
    }
    run::quiet(&mut command(subject, data, &[]))?;
    anyhow::ensure!(usable(subject, data)? == *reference, "another sysroot came out");
    let entries = std::fs::read_dir(data.join("sysroots"))?.flatten();
    let folders = entries.filter(|entry| entry.path().is_dir());
    let left: Vec<_> = folders.map(|entry| entry.file_name()).collect();
    anyhow::ensure!(left.len() == 1, "left behind: {left:?}");
    Ok(())
}

fn command(subject: &Subject, data: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(&subject.linker);
    run::without_outer_cargo(&mut command).arg("sysroot").args(words).env("UNPOISON_DATA", data);
    if subject.toolchain.rustc.is_absolute() {
        command.env("RUSTC", &subject.toolchain.rustc);
    }
    command
}

/// The files of the sysroot, by which a program with panics that unwind is compiled.
fn usable(subject: &Subject, data: &Path) -> Result<Files> {
    let said = run::quiet(&mut command(subject, data, &["path"]))?;
    let sysroot = PathBuf::from(said.trim_end());
    let program = data.join("program.rs");
    let text = "#[unsafe(no_mangle)] pub extern \"C\" fn f() -> i32 { \
        std::panic::catch_unwind(|| panic!(\"p\")).is_err() as i32 }";
    std::fs::write(&program, text)?;
    let mut rustc = Command::new(&subject.toolchain.rustc);
    rustc.args(["--edition=2024", "--crate-type=cdylib", "-Cpanic=unwind", "--target", TARGET]);
    rustc.arg("--sysroot").arg(&sysroot).arg("-o").arg(data.join("program.wasm")).arg(&program);
    run::quiet(&mut rustc).context("nothing compiles with it")?;
    let files = run::files_below(&sysroot)?.into_iter();
    files.map(|file| Ok((file.strip_prefix(&sysroot)?.to_owned(), std::fs::read(&file)?))).collect()
}

//! `unpoison sysroot`: the unwinding library, and ordinary crates built with it. Where
//! only the handling matters, the library is a small one that builds in a second.

mod config;
mod errors;
mod locks;
mod modules;
mod page;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;
use unpoison_tests::links::toolchain;
use xtask::{run, sysroot};

/// A data folder of its own, and a library that stands in for the real one.
struct Small {
    dir: TempDir,
}

/// What `core` of the prebuilt library allows: one landing pad.
const LANDING_PAD: &str = "\
#![no_std]
unsafe extern \"C-unwind\" { fn call(); }
unsafe extern \"C\" { fn dropped(); }
struct Guard;
impl Drop for Guard { fn drop(&mut self) { unsafe { dropped() } } }
pub unsafe fn f() { let _guard = Guard; unsafe { call() } }
";

/// Notes each build in a file beside the library, and takes its time if asked to.
const BUILD_SCRIPT: &str = "\
use std::io::Write;
fn main() {
    let here = std::path::Path::new(env!(\"CARGO_MANIFEST_DIR\"));
    let mut notes = std::fs::OpenOptions::new().create(true).append(true)
        .open(here.join(\"../../builds\")).unwrap();
    notes.write_all(b\"built\\n\").unwrap();
    if here.join(\"../../slow\").exists() {
        std::thread::sleep(std::time::Duration::from_secs(20));
    }
}
";

const MANIFEST: &str = "\
[package]
name = \"sysroot\"
version = \"0.0.0\"
edition = \"2024\"
[features]
panic-unwind = []
backtrace = []
[workspace]
";

const LOCK: &str = "\
version = 4

[[package]]
name = \"sysroot\"
version = \"0.0.0\"
";

impl Small {
    fn new() -> Self {
        let small = Self { dir: tempfile::tempdir().unwrap() };
        let package = small.workspace().join("sysroot");
        std::fs::create_dir_all(package.join("src")).unwrap();
        for (file, text) in [
            ("Cargo.toml", MANIFEST),
            ("Cargo.lock", LOCK),
            ("build.rs", BUILD_SCRIPT),
            ("src/lib.rs", LANDING_PAD),
        ] {
            std::fs::write(package.join(file), text).unwrap();
        }
        // The real one's lock lies here; this one's workspace is the package.
        std::fs::write(small.workspace().join("Cargo.lock"), LOCK).unwrap();
        small
    }

    fn workspace(&self) -> PathBuf {
        self.dir.path().join("source/library")
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// `unpoison sysroot WORDS`; the library only where something may be built.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = sysroot::command(toolchain(), &self.data()).unwrap();
        command.args(words).current_dir(self.dir.path());
        if words.first().is_none_or(|word| word.starts_with('-') || *word == "build") {
            command.arg("--src").arg(self.workspace());
        }
        command
    }

    fn run(&self, words: &[&str]) -> String {
        run::quiet(&mut self.command(words)).unwrap()
    }

    /// How often the library was built.
    fn builds(&self) -> usize {
        let notes = std::fs::read_to_string(self.dir.path().join("source/builds"));
        notes.unwrap_or_default().lines().count()
    }

    /// What is in the data folder but locks and logs.
    fn kept(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.data().join("sysroots")) else {
            return Vec::new();
        };
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| !name.starts_with(".lock-") && !name.ends_with(".log")).collect()
    }
}

/// The error line of a command that must fail; it is short and the only word.
fn error_of(command: &mut Command) -> String {
    let output: Output = run::output(command).unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    let line = said.lines().find(|line| line.starts_with("unpoison: error: "));
    let line = line.unwrap_or_else(|| panic!("no `unpoison: error: …` in: {said}"));
    // Two paths may be long.
    assert!(line.chars().count() < 500, "{} characters: {line}", line.chars().count());
    line.to_owned()
}

#[test]
fn a_second_call_builds_nothing_and_prints_the_same() {
    let small = Small::new();
    let first = small.run(&[]);
    let mut again = small.command(&[]);
    let begin = std::time::Instant::now();
    let second = run::output(&mut again).unwrap();
    let took = begin.elapsed();
    assert_eq!(String::from_utf8_lossy(&second.stdout), first);
    assert!(second.stderr.is_empty(), "{}", String::from_utf8_lossy(&second.stderr));
    // Twenty times what it takes: the machine may have other things to do.
    assert!(took < std::time::Duration::from_secs(1), "{took:?}");
    assert_eq!(small.builds(), 1);
    assert!(
        first.starts_with("[target.wasm32-unknown-unknown]\nlinker = \"unpoison\"\n"),
        "{first}"
    );
    assert!(first.contains("\"--sysroot\"") && first.contains("\"-Cpanic=unwind\""), "{first}");
}

#[test]
fn list_path_and_remove() {
    let small = Small::new();
    assert_eq!(small.run(&["list"]), "");
    let said = error_of(&mut small.command(&["path"]));
    assert!(said.contains("unpoison sysroot"), "{said}");
    small.run(&["--eh", "exnref"]);
    let exnref = small.run(&["path", "--eh", "exnref"]);
    assert!(Path::new(exnref.trim_end()).join("unpoison.json").is_file(), "{exnref}");
    error_of(&mut small.command(&["path", "--eh", "legacy"]));
    small.run(&["--eh", "legacy"]);
    let legacy = small.run(&["path", "--eh", "legacy"]);
    assert_eq!(small.run(&["list"]), format!("{exnref}{legacy}"));
    // Without a flavour the compiler's own is meant, and it is there already.
    small.run(&[]);
    assert_eq!(small.builds(), 2);
    small.run(&["remove", "--eh", "exnref"]);
    assert_eq!(small.run(&["list"]), legacy);
    small.run(&["remove", "--all"]);
    assert_eq!(small.kept(), [""; 0]);
}

//! Every command of the help, tried on a module and on what is none: what it says is kept beside
//! this file. `UNPOISON_BLESS=1` writes it anew.

#[path = "../../linker/src/cli/commands.rs"]
#[allow(dead_code, reason = "the help and the manual page use the rest of the table")]
mod commands;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use commands::{BY_HAND, Usage, Word};
use xtask::tools;

/// They look at the machine or at a project, not at a file: `--test doctor`, `init` and `sysroot`
/// have them.
const ELSEWHERE: [&str; 3] = ["doctor", "init", "sysroot"];

/// The longest line of an error that a person reads.
const SHORT: usize = 200;

/// What the commands are tried on: a name, and its bytes if it is there.
fn subjects() -> Vec<(&'static str, Option<Vec<u8>>)> {
    let text = include_str!("../plan/sites_in_place.out.wat");
    let linked = wat::parse_str(text).unwrap();
    let component = b"\0asm\x0d\0\x01\0".to_vec();
    let mut too_long = b"\0asm\x01\0\0\0".to_vec();
    // A type section of 4 GiB.
    too_long.extend([1, 0xff, 0xff, 0xff, 0xff, 0x0f]);
    vec![
        ("cut.wasm", Some(linked[..linked.len() * 2 / 3].to_vec())),
        ("header.wasm", Some(linked[..6].to_vec())),
        ("too-long.wasm", Some(too_long)),
        ("component.wasm", Some(component)),
        ("text.wasm", Some(text.as_bytes().to_vec())),
        ("empty.wasm", Some(Vec::new())),
        ("missing.wasm", None),
        ("linked.wasm", Some(linked)),
    ]
}

/// A folder that holds one of them.
struct Subject {
    folder: tempfile::TempDir,
    name: &'static str,
    bytes: Option<Vec<u8>>,
}

impl Subject {
    fn new((name, bytes): (&'static str, Option<Vec<u8>>)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        if let Some(bytes) = &bytes {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        Self { folder, name, bytes }
    }

    fn call(&self, usage: &Usage) -> Output {
        let mut command = Command::new(tools::unpoison().unwrap());
        command.current_dir(self.folder.path()).arg(usage.command).stdin(Stdio::null());
        for word in usage.words {
            match word {
                Word::File(_) => command.arg(self.name),
                Word::Text(_) => command.arg("1"),
                Word::Flag(flag) | Word::Maybe(flag, _) => command.arg(flag),
                Word::Value(flag, "NAME") => command.args([flag, "node24"]),
                Word::Value(flag, _) => command.args([flag, "run"]),
            };
        }
        command.output().unwrap()
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    /// Nothing was written, and nothing was changed.
    fn is_as_it_was(&self) {
        let file = self.folder.path().join(self.name);
        assert_eq!(std::fs::read(&file).ok(), self.bytes, "{}", file.display());
        let expected: Vec<_> = self.bytes.iter().map(|_| file.clone()).collect();
        assert_eq!(self.files(), expected);
    }
}

fn of_files() -> impl Iterator<Item = &'static Usage> {
    let is_here = |usage: &&Usage| usage.words.iter().any(|word| matches!(word, Word::File(_)));
    BY_HAND.iter().filter(|usage| !ELSEWHERE.contains(&usage.command)).filter(is_here)
}

/// A page of HTML is looked at by `--test inspect_html`; here its length would change with a
/// colour.
fn shown(usage: &Usage, text: &[u8]) -> String {
    let text = String::from_utf8(text.to_vec()).unwrap();
    assert!(!text.contains("panicked at"), "{}: {text}", usage.form());
    match text.strip_prefix("<!doctype html>") {
        Some(_) => "(a page of HTML)\n".into(),
        None => text,
    }
}

#[test]
fn what_every_command_says() {
    let mut all = String::new();
    for subject in subjects() {
        let subject = Subject::new(subject);
        for usage in of_files() {
            let output = subject.call(usage);
            let line = usage.form();
            let (said, error) = (shown(usage, &output.stdout), shown(usage, &output.stderr));
            let code = output.status.code().unwrap_or_else(|| panic!("{line}: {output:?}"));
            if subject.name != "linked.wasm" {
                assert_eq!(code, 1, "{line}: {said}{error}");
                assert_eq!(said, "", "{line}");
                assert_eq!(error.lines().count(), 1, "{line}: {error}");
                assert!(error.starts_with("unpoison: error: "), "{line}: {error}");
                assert!(error.chars().count() <= SHORT, "{line}: {error}");
                assert!(error.contains(subject.name), "{line}: {error}");
                subject.is_as_it_was();
            }
            writeln!(all, "$ unpoison {} # {}, exit code {code}", line, subject.name).unwrap();
            write!(all, "{said}{error}").unwrap();
        }
    }
    for usage in BY_HAND.iter().filter(|usage| usage.command.starts_with("--")) {
        let output = Command::new(tools::unpoison().unwrap()).arg(usage.command).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        writeln!(all, "$ unpoison {}", usage.command).unwrap();
        all.push_str(&shown(usage, &output.stdout));
    }
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/commands.txt");
    if std::env::var_os("UNPOISON_BLESS").is_some() {
        std::fs::write(&kept, &all).unwrap();
    }
    let expected = std::fs::read_to_string(&kept).unwrap();
    for (said, expected) in all.lines().zip(expected.lines()) {
        assert_eq!(said, expected, "UNPOISON_BLESS=1 writes {}", kept.display());
    }
    assert_eq!(all, expected);
}

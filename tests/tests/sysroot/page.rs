//! docs/sysroot.md, word for word. Versions, times and hashes are a machine's own: of those, the
//! form is compared.

use crate::Small;
use std::path::Path;
use unpoison_tests::pages;
use unpoison_tests::reader::Reader;
use xtask::{run, sysroot};

fn page() -> String {
    std::fs::read_to_string(run::root().join("docs/sysroot.md")).unwrap()
}

/// A line without what differs: numbers are `N`, the names of commits and hashes `X`.
fn form(line: &str) -> String {
    let is_separator = |c: char| !c.is_ascii_alphanumeric();
    let part = |part: &str| {
        let word = part.trim_end_matches(is_separator);
        let is_hash = word.len() >= 8 && word.bytes().all(|b| b.is_ascii_hexdigit());
        match word {
            _ if is_hash => part.replace(word, "X"),
            _ if word.parse::<u32>().is_ok() => part.replace(word, "N"),
            _ => part.to_owned(),
        }
    };
    line.split_inclusive(is_separator).map(part).collect()
}

fn forms(text: &str) -> Vec<String> {
    text.lines().map(form).collect()
}

/// The lines of a configuration, with a folder for the one of the page.
fn shortened(config: &str, data: &Path) -> String {
    config.replace(data.to_str().unwrap(), "…")
}

#[test]
fn the_page_shows_what_is_said_and_written() {
    let page = page();
    let top = pages::section(&page, "");
    let command = pages::block(top, "console");
    assert_eq!(command, "$ unpoison sysroot --write");
    let small = Small::new();
    let said = run::output(&mut small.command(&["--write"])).unwrap();
    let said = String::from_utf8(said.stderr).unwrap();
    assert_eq!(forms(&pages::block(top, "text")), forms(&said));

    let lines = pages::block(pages::section(&page, "What it writes"), "toml");
    let printed = shortened(&small.run(&[]), &small.data());
    assert_eq!(forms(&lines), forms(&printed));
    let written = std::fs::read_to_string(small.dir.path().join(".cargo/config.toml")).unwrap();
    assert_eq!(shortened(&written, &small.data()), printed);
}

/// With the library that other tests have built already.
#[test]
fn a_reader_follows_the_page() {
    let page = page();
    let dir = tempfile::tempdir().unwrap();
    let data = sysroot::data_dir();
    let mut reader = Reader::new(dir.path()).with("UNPOISON_DATA", &data);
    assert_eq!(reader.follow(pages::section(&page, "A panic that costs one call")), 6);
    let written = std::fs::read_to_string(reader.dir().join(".cargo/config.toml")).unwrap();
    let lines = pages::block(pages::section(&page, "What it writes"), "toml");
    assert_eq!(forms(&lines), forms(&shortened(&written, &data)));
}

#[test]
fn of_what_is_a_machine_s_own_the_form_is_compared() {
    assert_eq!(form("…/1.95.0-59807616e-wasm32-c09ba569\", \"-C"), "…/N.N.N-X-wasm32-X\", \"-C");
    assert_eq!(form("in 23 s"), form("in 1 s"));
    assert_ne!(form("in 23 s"), form("in 23 m"));
}

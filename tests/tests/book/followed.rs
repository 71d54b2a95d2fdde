//! Pages, followed by a reader in an empty folder.

use unpoison_tests::links::toolchain;
use unpoison_tests::pages;
use unpoison_tests::reader::Reader;
use xtask::run;
use xtask::toolchain::has_other_targets;

fn page(name: &str) -> String {
    std::fs::read_to_string(run::root().join("docs").join(name)).unwrap()
}

/// The sections of a page, by their headings.
fn headings(page: &str) -> Vec<&str> {
    page.lines().filter_map(|line| line.strip_prefix("## ")).collect()
}

/// Follows a page from its top to its end; answers how many commands it has.
fn follow(name: &str) -> usize {
    let dir = tempfile::tempdir().unwrap();
    Reader::new(dir.path()).follow(&page(name))
}

/// The first command is for the clone. What it installs is what the rest of the page is done with.
#[test]
fn the_first_five_minutes() {
    let page = page("start.md");
    let dir = tempfile::tempdir().unwrap();
    let installed = dir.path().join("installed");
    let mut clone = Reader::new(&run::root())
        .with("CARGO_INSTALL_ROOT", &installed)
        .with("CARGO_TARGET_DIR", run::target_dir());
    let install = pages::section(&page, "Install");
    let (first, rest) = install.split_once("\n$ rustup").unwrap();
    assert_eq!(clone.follow(&format!("{first}\n```\n")), 1);
    assert!(rest.starts_with(" target add wasm32-unknown-unknown\n"), "{rest}");
    let program = format!("bin/unpoison{}", std::env::consts::EXE_SUFFIX);
    assert!(installed.join(program).is_file());

    let folder = dir.path().join("mine");
    std::fs::create_dir(&folder).unwrap();
    let mut reader = Reader::new(&folder);
    let sections = headings(&page);
    let (followed, others) = sections.split_at(sections.len() - 2);
    assert_eq!((followed[0], others), ("Install", &["The demo", "What next"][..]));
    let ran: usize =
        followed[1..].iter().map(|name| reader.follow(pages::section(&page, name))).sum();
    assert_eq!(ran, 9);
}

#[test]
fn plugins() {
    assert_eq!(follow("plugins.md"), 6);
}

#[test]
fn continuous_integration() {
    assert_eq!(follow("ci.md"), 7);
}

#[test]
fn wasi() {
    if has_other_targets(toolchain()) {
        assert_eq!(follow("wasi.md"), 8);
    }
}

#[test]
fn without_the_standard_library() {
    if has_other_targets(toolchain()) {
        assert_eq!(follow("no-std.md"), 6);
    }
}

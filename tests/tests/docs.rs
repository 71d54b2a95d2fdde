//! What the documentation says is what happens: its code is run, its output compared.

use std::path::{Path, PathBuf};
use std::process::Command;
use xtask::{run, setup, tools};

fn page(name: &str) -> String {
    std::fs::read_to_string(run::root().join(name)).unwrap()
}

/// The fenced blocks of a page, as (language, text).
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push((language.to_owned(), text.join("\n")));
        }
    }
    blocks
}

fn block(page: &str, language: &str) -> String {
    let mut found = blocks(page).into_iter().filter(|(l, _)| l == language).map(|(_, text)| text);
    found.next().unwrap_or_else(|| panic!("no block of {language}"))
}

fn stdout(command: &mut Command) -> String {
    let output = run::output(command).unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

/// `cargo xtask demo`, as README tells a newcomer; and what it builds.
fn demo() -> (String, PathBuf) {
    let shown = stdout(
        Command::new("cargo")
            .args(["xtask", "demo"])
            .current_dir(run::root())
            .env("CARGO_TARGET_DIR", run::target_dir()),
    );
    let module = "demo/unpoisoned/wasm32-unknown-unknown/release/demo.wasm";
    (shown, run::target_dir().join(module))
}

#[test]
fn the_readme_shows_what_the_demo_prints_and_the_pages_what_their_code_does() {
    let (shown, module) = demo();
    assert_eq!(shown.trim_end(), block(&page("README.md"), "text").trim_end());

    let dir = tempfile::tempdir().unwrap();
    install(dir.path());
    for (name, examples) in [("docs/module.md", 1), ("docs/javascript.md", 3)] {
        let blocks = blocks(&page(name));
        let pairs = blocks.windows(2).filter(|pair| pair[0].0 == "js");
        let pairs: Vec<_> = pairs.map(|pair| (&pair[0].1, &pair[1])).collect();
        assert_eq!(pairs.len(), examples, "{name}");
        for (code, (language, prints)) in pairs {
            assert_eq!(language, "text", "{name}: what comes after {code}");
            let script = dir.path().join("host.mjs");
            std::fs::write(&script, code).unwrap();
            let said = stdout(Command::new(&setup::get().node.system).arg(&script).arg(&module));
            assert_eq!(said.trim_end(), prints.trim_end(), "{name}");
        }
    }
}

/// The package `unpoison`, as npm would put it there: what its `files` name.
fn install(dir: &Path) {
    let (from, to) = (run::root().join("hosts/js"), dir.join("node_modules/unpoison"));
    std::fs::create_dir_all(to.join("src")).unwrap();
    std::fs::copy(from.join("package.json"), to.join("package.json")).unwrap();
    for file in std::fs::read_dir(from.join("src")).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join("src").join(file.file_name())).unwrap();
    }
}

#[test]
fn the_options_in_the_readme_are_those_that_an_error_names() {
    let output = Command::new(tools::unpoison().unwrap())
        .args(["-flavor", "wasm", "--unpoison-nonsense"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let readme = page("README.md");
    let documented = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(option, _)| option);
    let known: Vec<&str> = said
        .split(|c: char| c != '-' && !c.is_ascii_alphabetic())
        .filter(|word| word.starts_with("--unpoison-") && *word != "--unpoison-nonsense")
        .collect();
    assert_eq!(documented.collect::<Vec<_>>(), known, "{said}");
}

#[test]
fn links_between_the_pages_lead_somewhere() {
    let docs = run::root().join("docs");
    let mut pages = vec![run::root().join("README.md"), run::root().join("CHANGELOG.md")];
    pages.extend(std::fs::read_dir(docs).unwrap().map(|entry| entry.unwrap().path()));
    for path in pages {
        let text = std::fs::read_to_string(&path).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap();
            if !file.is_empty() && !file.contains("://") {
                let file = path.parent().unwrap().join(file);
                assert!(file.exists(), "{}: {target}", path.display());
            }
        }
    }
}

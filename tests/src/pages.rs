//! Pages of the documentation: their code is run, its output compared.

use std::path::Path;
use std::process::Command;
use xtask::{run, setup};

/// The fenced blocks of a page, as (language, text).
pub fn blocks(page: &str) -> Vec<(String, String)> {
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

/// What is between a heading of the second level and the next; before the first for "".
pub fn section<'p>(page: &'p str, heading: &str) -> &'p str {
    let mut sections = page.split("\n## ");
    if heading.is_empty() {
        return sections.next().unwrap_or_default();
    }
    let mut found = sections.filter_map(|section| section.split_once('\n'));
    let found = found.find(|(title, _)| *title == heading);
    found.unwrap_or_else(|| panic!("no section {heading}")).1
}

/// The first block of a language.
pub fn block(page: &str, language: &str) -> String {
    let mut found = blocks(page).into_iter().filter(|(l, _)| l == language).map(|(_, text)| text);
    found.next().unwrap_or_else(|| panic!("no block of {language}"))
}

/// Runs each script of a page in Node, with one argument; it must print the block of
/// text behind it. Answers how many there were.
pub fn run_scripts(page: &str, argument: &Path) -> usize {
    let dir = tempfile::tempdir().unwrap();
    install(dir.path());
    let script = dir.path().join("host.mjs");
    let blocks = blocks(page);
    let scripts = blocks.windows(2).filter(|pair| pair[0].0 == "js");
    let ran = scripts.map(|pair| {
        let [(_, code), (language, prints)] = pair else { panic!("windows of two") };
        assert_eq!(language, "text", "what comes after {code}");
        std::fs::write(&script, code).unwrap();
        let mut node = Command::new(&setup::get().node.system);
        let said = run::quiet(node.arg(&script).arg(argument)).unwrap();
        assert_eq!(said.trim_end(), prints.trim_end());
    });
    ran.count()
}

/// The package `unpoison`, as npm would put it there: what its `files` name.
pub fn install(dir: &Path) {
    let (from, to) = (run::root().join("hosts/js"), dir.join("node_modules/unpoison"));
    std::fs::create_dir_all(&to).unwrap();
    std::fs::copy(from.join("package.json"), to.join("package.json")).unwrap();
    for folder in ["src", "dist"] {
        std::fs::create_dir_all(to.join(folder)).unwrap();
        for file in std::fs::read_dir(from.join(folder)).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), to.join(folder).join(file.file_name())).unwrap();
        }
    }
}

//! Whose code it is that the pages show: each page with code has a test that runs it, or one here.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use unpoison_tests::pages;
use xtask::{run, tools};

/// Where tests are that read pages.
const TESTS: [&str; 3] = ["tests/tests", "tests/engines/tests", "hosts/wasmtime/tests"];

/// Pages whose only command is a task that takes long, and what it is.
const TASKS: [(&str, &str); 5] = [
    ("corpus.md", "corpus"),
    ("faults.md", "faults"),
    ("performance.md", "bench"),
    ("soak.md", "soak"),
    ("windows.md", "windows"),
];

/// The page of a whole example, which other tests build and load.
const WORKERS: &str = "workers.md";

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn docs() -> std::path::PathBuf {
    run::root().join("docs")
}

#[test]
fn each_page_with_code_has_somebody_who_runs_it() {
    let mut tests = String::new();
    for folder in TESTS {
        for file in run::files_below(&run::root().join(folder)).unwrap() {
            if file.extension().is_some_and(|kind| kind == "rs") && !file.ends_with("book/code.rs")
            {
                tests += &read(&file);
            }
        }
    }
    let mut nobodys = BTreeSet::new();
    for file in run::files_below(&docs()).unwrap() {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let is_page = file.extension().is_some_and(|kind| kind == "md");
        if is_page && !pages::blocks(&read(&file)).is_empty() {
            let read_by = |path: &str| tests.contains(&format!("\"{path}{name}\""));
            if !read_by("docs/") && !read_by("") {
                nobodys.insert(name);
            }
        }
    }
    let known: BTreeSet<String> =
        TASKS.iter().map(|(page, _)| *page).chain([WORKERS]).map(str::to_owned).collect();
    assert_eq!(nobodys, known, "left, pages that no test reads; right, those that are listed here");
}

#[test]
fn the_tasks_that_pages_name_are_there() {
    let mut xtask = Command::new("cargo");
    let help = run::quiet(xtask.args(["xtask", "--help"]).current_dir(run::root())).unwrap();
    for (page, task) in TASKS {
        let blocks = pages::blocks(&read(&docs().join(page)));
        assert_eq!(blocks, [("console".to_owned(), format!("$ cargo xtask {task}"))], "{page}");
        assert!(help.lines().any(|line| line.trim().starts_with(task)), "{task}");
    }
}

/// `tests/tests/workers_rs.rs` builds the example by these lines, and sends requests to it.
#[test]
fn the_lines_of_the_workers_page_are_those_of_the_example() {
    let page = read(&docs().join(WORKERS));
    let example = run::root().join("examples/workers-rs");
    let lines: Vec<_> =
        pages::blocks(&page).into_iter().filter(|(language, _)| language == "toml").collect();
    let config = read(&example.join(".cargo/config.toml"));
    assert_eq!(lines[0].1, format!("# .cargo/config.toml\n{}", config.trim_end()));
    // What `unpoison init` says to such an app.
    let command = lines[1].1.split('"').nth(1).unwrap();
    assert!(read(&run::root().join("linker/src/init.rs")).contains(command), "{command}");
    // An option of the page's is one.
    let entry = read(&run::root().join("hosts/js/src/workers.js"));
    for line in pages::block(&page, "js").lines() {
        if let Some((option, _)) = line.strip_prefix("  ").and_then(|line| line.split_once(':')) {
            assert!(entry.contains(option), "{option}");
        }
    }
}

/// Lines for a configuration file: they can be read, and an option of the linker's is one.
#[test]
fn configurations_are_toml_and_their_options_are_known() {
    let mut unpoison = Command::new(tools::unpoison().unwrap());
    let help = run::quiet(unpoison.arg("--unpoison-help")).unwrap();
    let is_known = |name: &str, value: &str| {
        let line = help.lines().find(|line| line.trim_start().starts_with(name));
        line.is_some_and(|line| line.split([' ', '|']).any(|word| word == value))
    };
    let (mut files, mut options) = (0, 0);
    for page in run::files_below(&docs()).unwrap() {
        if page.extension().is_none_or(|kind| kind != "md") {
            continue;
        }
        let blocks = pages::blocks(&read(&page));
        for (_, block) in blocks.iter().filter(|(language, _)| language == "toml") {
            let document = block.parse::<toml_edit::DocumentMut>();
            assert!(document.is_ok(), "{}: {block}\n{document:?}", page.display());
            files += 1;
            for option in block.split("-Clink-arg=--unpoison").skip(1) {
                let option = format!("--unpoison{}", option.split('"').next().unwrap());
                let (name, value) = option.split_once('=').unwrap();
                assert!(is_known(name, value), "{}: {option}", page.display());
                options += 1;
            }
        }
    }
    assert!(files > 20 && options > 5, "{files}, {options}");
}

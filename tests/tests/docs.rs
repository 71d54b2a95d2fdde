//! What the documentation says is what happens: its code is run, its output compared.

use std::path::PathBuf;
use std::process::Command;
use unpoison_tests::links::Pair;
use unpoison_tests::pages;
use xtask::fixture::Point;
use xtask::{run, setup, tools};

/// README is one screen: the most lines that it may have.
const SCREEN: usize = 90;

fn page(name: &str) -> String {
    std::fs::read_to_string(run::root().join(name)).unwrap()
}

fn stdout(command: &mut Command) -> String {
    let output = run::output(command).unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

/// `cargo xtask demo`, as a newcomer is told; and what it builds.
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
fn the_pages_show_what_the_demo_prints_and_what_their_code_does() {
    let (shown, module) = demo();
    let start = page("docs/start.md");
    let block = pages::block(pages::section(&start, "The demo"), "text");
    assert_eq!(shown.trim_end(), block.trim_end());

    for (name, examples) in [("docs/module.md", 2), ("docs/javascript.md", 3)] {
        assert_eq!(pages::run_scripts(&page(name), &module), examples, "{name}");
    }
}

#[test]
fn the_options_of_the_page_are_those_that_an_error_names() {
    let output = Command::new(tools::unpoison().unwrap())
        .args(["-flavor", "wasm", "--unpoison-nonsense"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let page = page("docs/options.md");
    let documented = pages::section(&page, "Linker arguments")
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(option, _)| option);
    let (_, list) = said.trim_end().split_once("there are ").expect("no list of options");
    let known: Vec<&str> = list.split(", ").collect();
    assert_eq!(documented.collect::<Vec<_>>(), known, "{said}");
}

#[test]
fn the_readme_is_one_screen_with_a_picture_and_the_two_commands() {
    let readme = page("README.md");
    assert!(readme.lines().count() <= SCREEN);
    assert!(readme.contains("](docs/images/"), "no picture");
    let blocks = pages::blocks(&readme);
    for wanted in ["$ cargo xtask demo", "$ cargo xtask test"] {
        let is_there =
            |(language, text): &(String, String)| language == "console" && text == wanted;
        assert!(blocks.iter().any(is_there), "{wanted}");
    }
    let config = pages::block(&readme, "toml");
    assert!(pages::block(&page("docs/start.md"), "toml") != config && config.lines().count() == 3);
    assert!(page("docs/start.md").contains(&config), "{config}");
}

/// The words by which people search: they are in what programs are made of today.
#[test]
fn the_errors_of_the_page_are_what_programs_say() {
    let page = page("docs/errors.md");
    let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
    let headings: Vec<&str> = page.lines().filter(|line| line.starts_with("## ")).collect();
    let says = |text: &str| {
        headings.iter().any(|line| line.contains(text)) || words.contains(&format!("`{text}`"))
    };
    let pair = Pair::both("bindgen", Point::RELEASE).unwrap();
    let glue = guarded(&pair);
    let script = std::fs::read(glue.path().join("bindgen.js")).unwrap();
    let module = std::fs::read(&pair.plain).unwrap();
    let package = std::fs::read(run::root().join("hosts/js/dist/index.cjs")).unwrap();
    for (text, source) in [
        (
            "recursive use of an object detected which would lead to unsafe aliasing in rust",
            &module,
        ),
        ("null pointer passed to rust", &module),
        ("attempted to take ownership of Rust value while it was borrowed", &module),
        ("closure invoked recursively or after being dropped", &module),
        ("already borrowed", &module),
        ("already mutably borrowed", &module),
        ("Module terminated", &script),
        ("sealed by an earlier failure", &package),
        ("which failed; this is instance", &package),
    ] {
        assert!(says(text), "the page has no {text}");
        let is_there = source.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(is_there, "nothing says {text}");
    }
}

/// wasm-bindgen's glue with its own handler, of a module that rust-lld linked.
fn guarded(pair: &Pair) -> tempfile::TempDir {
    let glue = tempfile::tempdir().unwrap();
    let mut bindgen = Command::new(tools::bindgen().unwrap());
    run::quiet(bindgen.arg(&pair.plain).arg(glue.path()).arg("guarded")).unwrap();
    glue
}

/// `docs/comparison.md` says what wasm-bindgen's own handler sees, and what it does not.
#[test]
fn the_handler_that_others_are_compared_with_knows_what_goes_through_its_glue() {
    let glue = guarded(&Pair::both("bindgen", Point::RELEASE).unwrap());
    let script = std::fs::read_to_string(glue.path().join("bindgen.js")).unwrap();
    let script = script
        + r#"
        const calls = [
            () => exports.fail("it failed"),
            () => exports.greet("you"),
            () => typeof wasm.counter_new(8, 0, 0),
        ];
        for (const call of calls) {
            try { console.log(call()) } catch (e) { console.log(`${e}`) }
        }
    "#;
    std::fs::write(glue.path().join("bindgen.js"), script).unwrap();
    let mut node = Command::new(&setup::get().node.newer);
    let said = run::quiet(node.arg(glue.path().join("bindgen.js"))).unwrap();
    let wanted = ["RuntimeError: unreachable", "Error: Module terminated", "number"];
    assert_eq!(said.lines().collect::<Vec<_>>(), wanted);
}

/// A command that a contributor is told is one: tests are there by that name, tasks too.
#[test]
fn the_commands_for_contributors_are_there() {
    let help =
        stdout(Command::new(env!("CARGO")).args(["xtask", "--help"]).current_dir(run::root()));
    let page = page("CONTRIBUTING.md");
    let commands: Vec<&str> = page
        .split(['`', '\n'])
        .map(|text| text.trim_start_matches("$ "))
        .filter_map(|text| text.split_once("cargo ").map(|(_, words)| words))
        .collect();
    assert!(commands.len() > 8, "{commands:?}");
    for command in commands {
        let words: Vec<&str> = command.split(' ').collect();
        if let ["test", "-p", "unpoison-tests", "--test", name, ..] = words[..] {
            let tests = run::root().join("tests/tests");
            let is_there = tests.join(name).join("main.rs").is_file()
                || tests.join(name).with_extension("rs").is_file();
            assert!(is_there, "{command}");
        } else if let ["xtask", task, ..] = words[..] {
            let is_there = help.lines().any(|line| line.trim().starts_with(task));
            assert!(is_there, "{command}");
        } else {
            let known = ["test -p unpoison --lib", "package -p", "publish"];
            assert!(known.iter().any(|known| command.starts_with(known)), "{command}");
        }
    }
}

//! What `docs/recipes.md` shows, built and run as its reader would.

use crate::project::{Crate, Project};
use crate::said;
use std::process::Command;
use unpoison_tests::links::Pair;
use unpoison_tests::pages;
use xtask::fixture::Point;
use xtask::{run, setup, tools};

fn page() -> String {
    std::fs::read_to_string(run::root().join("docs/recipes.md")).unwrap()
}

fn recipe(section: &str) -> Project {
    let mut all = Project::of(&page(), section);
    assert_eq!(all.len(), 1, "{section}");
    all.remove(0)
}

/// The fixture has the functions of the page's crate, and more.
fn pair() -> Pair {
    Pair::both("bindgen", Point::RELEASE).unwrap()
}

#[test]
fn the_crate_of_the_page_is_what_the_others_say_it_is() {
    let source = pages::block(&page(), "rust");
    for function in ["pub fn greet(name: &str) -> String", "pub fn fail(why: &str)"] {
        assert!(source.contains(function), "{function}");
    }
}

#[test]
fn vitest_and_jest_go_on_after_a_panic() {
    let pair = pair();
    let pkg = Crate::new(&pair.unpoisoned, false);
    for section in ["Vitest", "Jest"] {
        recipe(section).tests(|dir| pkg.install(dir));
    }
    recipe("Jest, CommonJS").common_js().tests(|dir| {
        let to = dir.join("node_modules/my-crate");
        let mut bindgen = Command::new(tools::bindgen().unwrap());
        run::quiet(bindgen.arg(&pair.unpoisoned).arg(&to).arg("bare-reset")).unwrap();
        let package = r#"{"name":"my-crate","version":"0.1.0","main":"bindgen.js"}"#;
        std::fs::write(to.join("package.json"), package).unwrap();
    });
}

#[test]
fn a_web_worker_says_what_failed() {
    let project = recipe("A Web Worker");
    project.build(Some(&Crate::new(&pair().unpoisoned, false)));
    let said = said(std::slice::from_ref(&project));
    assert_eq!(said[0], project.prints);
}

#[test]
fn wrangler_dev_answers_after_a_panic() {
    let project = recipe("wrangler dev");
    let pkg = Crate::new(&pair().unpoisoned, false);
    let dir = project.write(|dir| pkg.install(dir)).unwrap();
    let mut node = Command::new(&setup::get().node.newer);
    node.arg(run::root().join("tests/js/wrangler.mjs"));
    node.arg(run::root().join("tests/node_modules/wrangler/bin/wrangler.js"));
    node.args(["/?name=you", "/", "/?name=again"]).current_dir(dir);
    let answers: Vec<String> = serde_json::from_str(&run::quiet(&mut node).unwrap()).unwrap();
    assert_eq!(answers, project.prints);
}

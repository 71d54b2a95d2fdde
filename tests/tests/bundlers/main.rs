//! Bundlers: what `docs/bundlers.md` shows is built as a newcomer would, and says in
//! Chromium what the page says.

mod project;
mod recipes;

use project::{Crate, Project};
use std::process::Command;
use unpoison_tests::links::Pair;
use xtask::fixture::Point;
use xtask::{run, setup};

/// The bundlers, by the headings of their sections.
const BUNDLERS: [&str; 5] = ["webpack", "Vite", "Rollup", "esbuild", "Parcel"];
/// Those that find the module of the target `web` by themselves.
const FIND_THE_MODULE: [&str; 2] = ["webpack", "Vite"];

fn page() -> String {
    std::fs::read_to_string(run::root().join("docs/bundlers.md")).unwrap()
}

/// What the pages of the projects say in Chromium, one browser for all.
fn said(projects: &[Project]) -> Vec<Vec<String>> {
    let mut node = Command::new(&setup::get().node.system);
    node.arg(run::root().join("tests/js/bundled.mjs"));
    node.env("UNPOISON_CHROMIUM", &setup::get().chromium);
    node.args(
        projects.iter().map(|project| {
            format!("{}:{}", project.prints.len(), project.site().to_str().unwrap())
        }),
    );
    serde_json::from_str(&run::quiet(&mut node).unwrap()).unwrap()
}

#[test]
fn every_bundler_takes_the_crate_and_the_next_call_is_answered() {
    let pair = Pair::both("bindgen", Point::RELEASE).unwrap();
    let bundler = Crate::new(&pair.unpoisoned, false);
    let page = page();
    let mut projects = Vec::new();
    for name in BUNDLERS {
        projects.extend(Project::of(&page, name));
    }
    let mut imports = Project::of(&page, "webpack").swap_remove(1);
    projects.push(Project::of(&page, "Vite").swap_remove(0).doing(&mut imports));
    for project in &projects {
        project.build(Some(&bundler));
    }
    let web = Crate::new(&pair.unpoisoned, true);
    for name in FIND_THE_MODULE {
        let project = Project::of(&page, name).swap_remove(0).of_the_web(&page);
        project.build(Some(&web));
        projects.push(project);
    }
    for raw in raw() {
        raw.build(None);
        projects.push(raw);
    }
    let said = said(&projects);
    let wrong = projects.iter().zip(&said).filter(|(project, lines)| project.prints != **lines);
    let wrong: Vec<_> =
        wrong.map(|(project, lines)| format!("{}: {lines:#?}", project.name)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Modules without wasm-bindgen in webpack: by URL as they are, and imported if they have no
/// tags to export.
fn raw() -> [Project; 2] {
    let pair = Pair::both("small", Point::RELEASE).unwrap();
    let off = pair.with_options(&["--unpoison-exceptions=off"]).unwrap();
    let by_url = r#"
        import { recover } from "unpoison";
        const { exports } = await recover(fetch(new URL("./raw.wasm", import.meta.url)));
        console.log(`${exports.halve(4)}`);
        try {
            exports.halve(3);
        } catch (e) {
            console.log(`${e}`);
        }
        console.log(`${exports.halve(8)}`);
    "#;
    let imported = r#"
        import { decode } from "unpoison";
        import * as wasm from "./raw.wasm";
        console.log(`${wasm.halve(4)}`);
        for (const n of [3, 8]) {
            try {
                wasm.halve(n);
            } catch (e) {
                console.log(`${decode(wasm, e)}`);
            }
        }
    "#;
    let panic = "PanicError: 3 is odd";
    let sealed = "SealedError: sealed by an earlier failure: 3 is odd";
    [
        Project::webpack("raw-by-url", &pair.unpoisoned, by_url, &["2", panic, "4"]),
        Project::webpack("raw-imported", &off, imported, &["2", panic, sealed]),
    ]
}

/// So that the test above is known to show something: webpack cannot read a module that
/// exports a tag. Once it can, tags need not be kept from it.
#[test]
fn webpack_takes_no_module_that_exports_a_tag() {
    let pair = Pair::both("small", Point::RELEASE).unwrap();
    let text = r#"import * as wasm from "./raw.wasm"; console.log(wasm);"#;
    let project = Project::webpack("raw-tags", &pair.unpoisoned, text, &[]);
    let said = project.try_build(None).unwrap_err().to_string();
    assert!(said.contains("Module parse failed: Unexpected section"), "{said}");
}

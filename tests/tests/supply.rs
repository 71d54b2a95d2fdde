//! What the published crates are made of is what docs/dependencies.md says, and each has its reason
//! there.

use serde_json::Value;
use unpoison_tests::pages;
use xtask::{dependencies, run};

fn read(file: &str) -> String {
    std::fs::read_to_string(run::root().join(file)).unwrap()
}

#[test]
fn the_page_has_what_is_counted_and_a_reason_for_each() {
    let page = read("docs/dependencies.md");
    let tables = dependencies::tables(&page).unwrap_or_else(|e| panic!("{e:#}"));
    let sections = ["How many", "Why each is there", "`unsafe` by crate", "`unsafe` by file"];
    assert_eq!(tables.len(), sections.len());
    for (heading, table) in sections.iter().zip(tables) {
        let section = pages::section(&page, heading);
        let shown: Vec<_> = section.lines().filter(|line| line.starts_with('|')).collect();
        assert_eq!(
            shown.join("\n"),
            table,
            "{heading}, as `cargo xtask dependencies` prints it:\n{table}"
        );
    }
}

/// Neither at run time nor for whoever installs it: `cargo xtask dist` puts in the platforms'.
#[test]
fn the_npm_package_depends_on_nothing() {
    let package: Value = serde_json::from_str(&read("hosts/js/package.json")).unwrap();
    let fields = package.as_object().unwrap().keys();
    let named: Vec<_> =
        fields.filter(|field| field.to_lowercase().contains("dependencies")).collect();
    assert!(named.is_empty(), "{named:?}");
    assert!(package.get("scripts").is_none(), "something would run while it is installed");
}

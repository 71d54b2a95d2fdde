//! Habits of the house that a compiler does not check.
//!
//! A list of exceptions only shrinks: one that is no longer needed fails, too.

use std::path::{Path, PathBuf};
use xtask::run;

/// Files with more lines than a person reads at once. Each is to be split.
const LONG: &[&str] = &["linker/src/plan/cleanup/scan.rs"];

/// The most lines of a file.
const MOST_LINES: usize = 500;

/// Where a missing value becomes an empty one on the way to the output, and how often: a
/// broken invariant should be an error there. Paths of places in the source and names for
/// people are not on that way.
const DEFAULTS: &[(&str, usize)] = &[
    ("linker/src/patch/dwarf/addresses.rs", 2),
    ("linker/src/patch/dwarf/editor.rs", 2),
    ("linker/src/patch/dwarf/lines.rs", 2),
    ("linker/src/plan/builder.rs", 1),
    ("linker/src/plan/cleanup.rs", 1),
    ("linker/src/plan/edits/room.rs", 1),
    ("linker/src/plan/location.rs", 2),
    ("linker/src/plan/sites.rs", 1),
];

/// Folders that hold no source of this repository.
const SKIPPED: &[&str] = &["target", "node_modules", ".git"];

/// A text file: its path from the root, with `/`, and what is in it.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Its lines before the tests at its end.
    fn code(&self) -> impl Iterator<Item = &str> {
        self.text.lines().take_while(|line| line.trim() != "mod tests {")
    }
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    walk(&run::root(), &mut found);
    assert!(found.iter().any(|source| source.path == "tests/tests/tidy.rs"), "not this file?");
    found
}

fn walk(folder: &Path, found: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !SKIPPED.contains(&&*name) {
                walk(&path, found);
            }
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            let below = path.strip_prefix(run::root()).unwrap();
            let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
            found.push(Source { path: parts.join("/"), text });
        }
    }
}

#[test]
fn files_are_short() {
    let long: Vec<_> = sources()
        .into_iter()
        .filter(|source| source.is_rust() && source.text.lines().count() > MOST_LINES)
        .map(|source| source.path)
        .collect();
    assert_eq!(long, LONG, "more than {MOST_LINES} lines, beside what is listed here");
}

/// Clippy sees the workspace only; fixtures, examples and stubs are apart.
#[test]
fn a_lint_that_is_off_says_why() {
    for source in sources().iter().filter(|source| source.is_rust()) {
        let mut rest = source.text.as_str();
        while let Some(at) = ["[allow(", "[expect("].iter().filter_map(|a| rest.find(a)).min() {
            let attribute = rest[at..].split_once(")]").map_or(&rest[at..], |(inside, _)| inside);
            let is_attribute = rest[..at].ends_with(['#', '!']);
            let why = attribute.contains("reason = \"");
            assert!(!is_attribute || why, "{}: #{attribute})] has no reason", source.path);
            rest = &rest[at + 1..];
        }
    }
}

#[test]
fn nothing_is_made_up_on_the_way_to_the_output() {
    let on_the_way = |source: &Source| {
        ["linker/src/patch", "linker/src/plan"].iter().any(|room| source.path.starts_with(room))
            && !source.path.contains("/tests")
    };
    let mut found: Vec<(String, usize)> = sources()
        .into_iter()
        .filter(|source| source.is_rust() && on_the_way(source))
        .map(|source| {
            let count = source.code().filter(|line| line.contains("unwrap_or_default")).count();
            (source.path, count)
        })
        .filter(|(_, count)| *count > 0)
        .collect();
    found.sort();
    let listed: Vec<_> =
        DEFAULTS.iter().map(|(path, count)| ((*path).to_owned(), *count)).collect();
    assert_eq!(found, listed, "unwrap_or_default by file; left, found; right, listed here");
}

#[test]
fn nobody_s_folders_are_in_a_file() {
    let mut folders = vec![run::root().display().to_string()];
    folders.extend(std::env::var("HOME").ok().filter(|home| home.len() > 1));
    for source in sources() {
        for folder in folders.iter().map(|folder| format!("{folder}/")) {
            assert!(!source.text.contains(&folder), "{}: {folder}", source.path);
        }
    }
}

//! How a source file is called in a source map: as short as it can be, alike on every machine, and
//! never as another file.

use std::collections::BTreeMap;

use crate::plan::location;

/// A path as DWARF has it, and a name for it. `folder` is where the compiler ran.
pub(super) fn name(path: &str, folder: &str) -> String {
    if let Some(known) = location::known(path) {
        return known;
    }
    let path = path.replace('\\', "/");
    let inside = path.strip_prefix(&folder.replace('\\', "/"));
    let inside = inside.and_then(|rest| rest.strip_prefix('/'));
    match inside {
        Some(inside) => inside.trim_start_matches("./").to_owned(),
        None => location::portable(&path).0.into_owned(),
    }
}

/// Names for paths: where two would share one, both get as many of their folders as tell them
/// apart.
pub(super) fn names(wanted: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, name) in wanted {
        by_name.entry(name).or_default().push(path);
    }
    let mut names = BTreeMap::new();
    for (name, paths) in by_name {
        match paths[..] {
            [path] => {
                names.insert(path.to_owned(), name.to_owned());
            }
            _ => names.extend(distinct(&paths, name.split('/').count())),
        }
    }
    names
}

/// For each path its shortest end, of at least so many parts, that no other one has.
fn distinct(paths: &[&str], least: usize) -> Vec<(String, String)> {
    let parts = |path: &&str| path.split(['/', '\\']).rev().map(str::to_owned).collect();
    // From their ends, so that those with one end are neighbours.
    let mut sorted: Vec<(Vec<String>, &str)> =
        paths.iter().map(|path| (parts(path), *path)).collect();
    sorted.sort();
    let common = |one: &[String], other: &[String]| {
        one.iter().zip(other).take_while(|(one, other)| one == other).count()
    };
    let mut before = 0;
    let mut names = Vec::with_capacity(sorted.len());
    for (at, (parts, path)) in sorted.iter().enumerate() {
        let behind = sorted.get(at + 1).map_or(0, |(next, _)| common(parts, next));
        let count = least.max(1 + before.max(behind));
        let name = match parts.get(..count).filter(|_| count < parts.len()) {
            Some(end) => end.iter().rev().map(String::as_str).collect::<Vec<_>>().join("/"),
            None => (*path).to_owned(),
        };
        names.push(((*path).to_owned(), name));
        before = behind;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_path_in_the_workspace() {
        for (path, folder, expected) in [
            ("/home/me/app/crates/a/src/lib.rs", "/home/me/app", "crates/a/src/lib.rs"),
            ("/home/me/app/./src/lib.rs", "/home/me/app", "src/lib.rs"),
            (r"C:\app\src\lib.rs", r"C:\app", "src/lib.rs"),
            ("/elsewhere/tool/src/lib.rs", "/home/me/app", "src/lib.rs"),
            ("/rustc/abc/library/core/src/a.rs", "/rustc/abc", "library/core/src/a.rs"),
            (
                "/home/me/.cargo/registry/src/index-1/regex-1.2.3/src/a.rs",
                "/home/me/.cargo/registry/src/index-1/regex-1.2.3",
                "regex-1.2.3/src/a.rs",
            ),
            (
                "/home/me/.cargo/git/checkouts/tool-0a1b/9f8e7d/src/lib.rs",
                "/home/me/.cargo/git/checkouts/tool-0a1b/9f8e7d",
                "tool-0a1b/9f8e7d/src/lib.rs",
            ),
            ("src/lib.rs", "", "src/lib.rs"),
        ] {
            assert_eq!(name(path, folder), expected, "{path}");
        }
    }

    #[test]
    fn two_files_never_share_a_name() {
        let wanted = ["/w/a/src/lib.rs", "/w/b/src/lib.rs", "/w/b/src/other.rs"]
            .map(|path| (path.to_owned(), path[5..].trim_start_matches('/').to_owned()));
        let names = names(&BTreeMap::from(wanted));
        let names: Vec<&str> = names.values().map(String::as_str).collect();
        assert_eq!(names, ["a/src/lib.rs", "b/src/lib.rs", "src/other.rs"]);
        let wanted = ["/x/a/lib.rs", "/y/a/lib.rs", r"C:\y\b\lib.rs", "a/lib.rs", "lib.rs"]
            .map(|path| (path.to_owned(), "lib.rs".to_owned()));
        let names = super::names(&BTreeMap::from(wanted));
        let names: Vec<&str> = names.values().map(String::as_str).collect();
        assert_eq!(names, ["x/a/lib.rs", "y/a/lib.rs", "b/lib.rs", "a/lib.rs", "lib.rs"]);
    }
}

//! How a source file is called in a source map: as short as it can be, alike on every machine, and
//! never as another file.

use std::collections::{BTreeMap, BTreeSet};

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
        for path in &paths {
            let name = match paths[..] {
                [_] => name.to_owned(),
                _ => distinct(path, &paths, name),
            };
            names.insert((*path).to_owned(), name);
        }
    }
    names
}

/// The shortest end of a path, at least as long as `name`, that no other of `paths` has.
fn distinct(path: &str, paths: &[&str], name: &str) -> String {
    let least = name.split('/').count();
    let parts: Vec<&str> = path.split(['/', '\\']).collect();
    let others: BTreeSet<&str> = paths.iter().copied().filter(|other| *other != path).collect();
    for count in least..parts.len() {
        let end = parts[parts.len() - count..].join("/");
        let clashes =
            others.iter().any(|other| other.replace('\\', "/").ends_with(&format!("/{end}")));
        if !clashes {
            return end;
        }
    }
    path.to_owned()
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
    }
}

//! A module's functions as a tree of crates, modules and functions, with their sites.

use std::collections::BTreeMap;

use super::anatomy::Function;
use super::paths;
use crate::check;
use crate::meta::SiteEntry;
use crate::plan::Kind;
use crate::plan::roles::demangled;

/// A crate, a module or a function, and all that is in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Node {
    /// What it is called where there is room.
    pub name: String,
    /// What it is called by itself.
    pub label: String,
    pub bytes: u64,
    pub functions: usize,
    pub sites: BTreeMap<Kind, usize>,
    /// In the order of their sizes.
    pub inner: Vec<Self>,
}

/// Functions whose symbols name no crate: exports, and those of C. No crate can be called so, nor
/// as the others.
pub(super) const NO_CRATE: &str = "plain names";
const NO_NAME: &str = "no name";
const UNPOISON: &str = "added by unpoison";

/// The crates, the largest first.
pub(super) fn crates(functions: &[Function<'_>], sites: &[SiteEntry<'_>]) -> Vec<Node> {
    let mut by_function: BTreeMap<&str, BTreeMap<Kind, usize>> = BTreeMap::new();
    for site in sites {
        *by_function.entry(&site.function).or_default().entry(site.kind).or_default() += 1;
    }
    // Of one name there may be many: copies for types, and those of several crates.
    let mut named: BTreeMap<(String, Option<String>, String), Node> = BTreeMap::new();
    for function in functions {
        let name = function.symbol.map(demangled).unwrap_or_default();
        let (of, module) = owner(function.symbol, &name);
        let key = (of.to_owned(), module.map(str::to_owned), name);
        let node = named.entry(key).or_default();
        node.bytes += function.bytes;
        node.functions += 1;
    }
    let mut modules: BTreeMap<(String, Option<String>), Node> = BTreeMap::new();
    for ((of, module, name), mut node) in named {
        let what = if name.is_empty() { "functions without a name" } else { paths::short(&name) };
        node.label = what.to_owned();
        if let Some(sites) = by_function.remove(&*name).filter(|_| !name.is_empty()) {
            node.sites = sites;
        }
        node.name = if name.is_empty() { what.to_owned() } else { name };
        modules.entry((of, module)).or_default().take(node);
    }
    let mut crates: BTreeMap<String, Node> = BTreeMap::new();
    for ((of, module), mut node) in modules {
        let all = crates.entry(of.clone()).or_default();
        if let Some(module) = module {
            node.sort();
            node.name = format!("{of}::{module}");
            node.label = module;
            all.take(node);
        } else {
            // What is at a crate's root stands beside its modules.
            node.inner.into_iter().for_each(|function| all.take(function));
        }
    }
    let mut all = Node::default();
    for (name, mut node) in crates {
        node.sort();
        node.label.clone_from(&name);
        node.name = name;
        all.take(node);
    }
    all.sort();
    all.inner
}

impl Node {
    /// Takes another one in.
    pub(super) fn take(&mut self, inner: Self) {
        self.bytes += inner.bytes;
        self.functions += inner.functions;
        for (kind, count) in &inner.sites {
            *self.sites.entry(*kind).or_default() += count;
        }
        self.inner.push(inner);
    }

    fn sort(&mut self) {
        self.inner.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
    }

    /// Whether it is what the linker added.
    pub(super) fn is_unpoison(&self) -> bool {
        self.name == UNPOISON
    }
}

/// The crate and the module of a function.
fn owner<'n>(symbol: Option<&str>, name: &'n str) -> (&'n str, Option<&'n str>) {
    match symbol {
        None => (NO_NAME, None),
        Some(symbol) if check::is_added(symbol) => (UNPOISON, None),
        Some(_) => {
            let place = paths::place(name);
            (place.krate.unwrap_or(NO_CRATE), place.module)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(symbol: Option<&str>, bytes: u64) -> Function<'_> {
        Function { bytes, symbol }
    }

    #[test]
    fn functions_are_in_their_crates_with_their_sites() {
        let functions = [
            function(Some("app::parse::number"), 30),
            function(Some("app::parse::number"), 10),
            function(Some("app::parse::text"), 50),
            function(Some("app::main"), 100),
            function(Some("memcpy"), 5),
            function(Some("__unpoison_fail_abort"), 7),
            function(None, 3),
        ];
        let site = |id, function: &'static str| SiteEntry {
            id,
            kind: Kind::Abort,
            function: function.into(),
            location: None,
        };
        let sites = [
            site(1, "app::parse::number"),
            site(2, "app::parse::number"),
            site(3, "gone"),
            site(4, ""),
        ];
        let crates = crates(&functions, &sites);
        let shown: Vec<_> =
            crates.iter().map(|node| (&*node.name, node.bytes, node.functions)).collect();
        assert_eq!(shown, [("app", 190, 4), (UNPOISON, 7, 1), (NO_CRATE, 5, 1), (NO_NAME, 3, 1)]);
        let app = &crates[0];
        assert_eq!(app.sites, BTreeMap::from([(Kind::Abort, 2)]));
        let inner: Vec<_> = app.inner.iter().map(|node| (&*node.name, node.bytes)).collect();
        assert_eq!(inner, [("app::main", 100), ("app::parse", 90)]);
        assert_eq!(app.inner[1].inner[1].name, "app::parse::number");
        assert_eq!(app.inner[1].inner[1].functions, 2);
        assert!(crates[1].is_unpoison());
    }
}

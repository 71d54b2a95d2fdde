//! How much of the repository's own code is `unsafe`, by its tokens: also inside of macros, never
//! in a text or a comment.

use super::{Member, nothing_more, reason, reasons};
use crate::run;
use anyhow::{Result, bail};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Folders that hold no source of this repository.
const SKIPPED: [&str; 3] = ["target", "node_modules", ".git"];

/// Programs for tests and for readers, each a workspace of its own, counted together.
const TOGETHER: [&str; 3] = ["examples", "tests/corpus", "tests/fixtures"];

/// How often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    blocks: usize,
    functions: usize,
    impls: usize,
    /// `unsafe extern { … }`, `#[unsafe(…)]`
    others: usize,
}

impl Count {
    fn of(text: &str) -> Result<Self> {
        let mut count = Self::default();
        match text.parse::<TokenStream>() {
            Ok(tokens) => count.add(tokens)?,
            Err(e) => bail!("{e}"),
        }
        Ok(count)
    }

    fn add(&mut self, tokens: TokenStream) -> Result<()> {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Group(group) => self.add(group.stream())?,
                TokenTree::Ident(word) if word == "unsafe" => {
                    // Between it and what it is of: `extern` and an ABI, which may be a macro's.
                    let mut foreign = false;
                    while let Some(between) = tokens.next_if(|token| match token {
                        TokenTree::Ident(word) => word == "extern" || word == "abi",
                        TokenTree::Punct(mark) => mark.as_char() == '$',
                        TokenTree::Literal(_) => true,
                        TokenTree::Group(_) => false,
                    }) {
                        foreign |= matches!(between, TokenTree::Ident(_));
                    }
                    let Some(of) = tokens.next() else { bail!("`unsafe` before nothing") };
                    match &of {
                        TokenTree::Group(group) => match (group.delimiter(), foreign) {
                            (Delimiter::Brace, true) => self.others += 1,
                            (Delimiter::Brace, false) => self.blocks += 1,
                            (Delimiter::Parenthesis, false) => self.others += 1,
                            _ => bail!("`unsafe` before {group}"),
                        },
                        TokenTree::Ident(word) if word == "impl" => self.impls += 1,
                        // Without a name it is a type.
                        TokenTree::Ident(word) if word == "fn" => {
                            let named = matches!(tokens.peek(), Some(TokenTree::Ident(_)));
                            self.functions += usize::from(named);
                        }
                        other => bail!("`unsafe` before {other}"),
                    }
                    if let TokenTree::Group(group) = of {
                        self.add(group.stream())?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn plus(self, other: Self) -> Self {
        Self {
            blocks: self.blocks + other.blocks,
            functions: self.functions + other.functions,
            impls: self.impls + other.impls,
            others: self.others + other.others,
        }
    }

    fn cells(self) -> String {
        let Self { blocks, functions, impls, others } = self;
        format!("{blocks} | {functions} | {impls} | {others}")
    }
}

/// The heads of the columns, between the first and what may follow.
const COLUMNS: &str = "blocks | functions | impls | others";
const RULES: &str = "--: | --: | --: | --:";

/// All files of Rust, with `/`, from the root.
fn counted() -> Result<BTreeMap<String, Count>> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let skipped = SKIPPED.iter().any(|name| path.ends_with(name));
            if path.is_dir() && !skipped {
                walk(&path, found)?;
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                found.push(path);
            }
        }
        Ok(())
    }
    let mut files = Vec::new();
    walk(&run::root(), &mut files)?;
    let mut counted = BTreeMap::new();
    for file in files {
        let count = Count::of(&std::fs::read_to_string(&file)?)
            .map_err(|e| e.context(file.display().to_string()))?;
        counted.insert(below(&file), count);
    }
    Ok(counted)
}

/// A path from the root, with `/`.
fn below(path: &Path) -> String {
    let path = path.strip_prefix(run::root()).unwrap_or(path);
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// Whose file it is: a member's, or one of those that are counted together.
fn owner(file: &str, members: &[Member]) -> Option<String> {
    let inside = |folder: &str| file.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    if let Some(folder) = TOGETHER.iter().find(|folder| inside(folder)) {
        return Some(format!("{folder}/"));
    }
    let of = members.iter().filter(|member| inside(&below(&member.folder)));
    Some(of.max_by_key(|member| member.folder.iter().count())?.name.clone())
}

pub(super) fn by_crate(members: &[Member]) -> Result<String> {
    let mut crates: BTreeMap<String, Count> = BTreeMap::new();
    for (file, count) in counted()? {
        let Some(owner) = owner(&file, members) else { bail!("{file} is in no crate") };
        let sum = crates.entry(owner).or_default();
        *sum = sum.plus(count);
    }
    let mut table = format!("| crate or folder | {COLUMNS} |\n| --- | {RULES} |");
    for (name, count) in crates {
        write!(table, "\n| `{name}` | {} |", count.cells())?;
    }
    Ok(table)
}

/// Of the members: a test's program may do what it wants.
pub(super) fn by_file(members: &[Member], section: &str) -> Result<String> {
    let mut reasons = reasons(section, "a file")?;
    let mut table = format!("| file | {COLUMNS} | why |\n| --- | {RULES} | --- |");
    for (file, count) in counted()? {
        let together = owner(&file, members).is_none_or(|owner| owner.ends_with('/'));
        if !together && count != Count::default() {
            let why = reason(&mut reasons, &file)?;
            write!(table, "\n| `{file}` | {} | {why} |", count.cells())?;
        }
    }
    nothing_more(&reasons)?;
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_counted_in_macros_too_and_no_text() {
        let count = Count::of(
            r##"
            // unsafe {}
            const TEXT: &str = "unsafe { }"; const RAW: &str = r#"unsafe fn"#;
            unsafe extern "C" { fn host(); }
            #[unsafe(no_mangle)] unsafe extern "C" fn f(p: *const u8) -> u8 { unsafe { *p } }
            unsafe impl Sync for X {}
            macro_rules! m { ($abi:literal) => { unsafe { unsafe { host() } } } }
            type T = unsafe extern "C" fn(); macro_rules! t { () => { unsafe extern $abi fn() } }
            "##,
        );
        let wanted = Count { blocks: 3, functions: 1, impls: 1, others: 2 };
        assert_eq!(count.unwrap(), wanted);
        assert!(Count::of("unsafe trait T {}").is_err(), "a kind that has no column");
    }
}

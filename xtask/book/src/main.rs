//! `unpoison-book FOLDER`: makes the book of `docs/` there. A link that leads nowhere, in the book
//! or in the pages beside it, is an error; so is a page that the book has not.

mod labels;
mod links;

use anyhow::{Context, Result, ensure};
use mdbook_driver::MDBook;
use mdbook_driver::config::Config;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Pages that the book has not, whose links are looked at all the same.
const BESIDE: [&str; 6] = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "examples/web/README.md",
    "linker/README.md",
];

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1) else {
        eprintln!("unpoison-book: which folder?");
        return ExitCode::FAILURE;
    };
    match make(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("unpoison-book: error: {e:#}");
            ExitCode::FAILURE
        }
    }
}

fn make(folder: &Path) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let docs = root.join("docs");
    let mut pages = pages(&docs)?;
    listed(&docs, &pages)?;
    pages.push(docs.join("SUMMARY.md"));
    pages.extend(BESIDE.iter().map(|page| root.join(page)));
    let dangling = links::dangling(&pages)?;
    ensure!(dangling.is_empty(), "these links lead nowhere:\n{}", dangling.join("\n"));

    let mut config = Config::from_disk(docs.join("book.toml"))?;
    config.build.build_dir = std::path::absolute(folder)?;
    let mut book = MDBook::load_with_config(&docs, config)?;
    book.with_preprocessor(labels::Labels);
    book.build()
}

/// The pages of the book, by their files.
fn pages(docs: &Path) -> Result<Vec<PathBuf>> {
    let mut pages = Vec::new();
    for entry in std::fs::read_dir(docs).with_context(|| docs.display().to_string())? {
        let path = entry?.path();
        let is_page = path.extension().is_some_and(|kind| kind == "md");
        if is_page && path.file_name().is_some_and(|name| name != "SUMMARY.md") {
            pages.push(path);
        }
    }
    pages.sort();
    Ok(pages)
}

/// Whether all of them are in the table of contents: mdBook leaves out what is not.
fn listed(docs: &Path, pages: &[PathBuf]) -> Result<()> {
    let summary = std::fs::read_to_string(docs.join("SUMMARY.md"))?;
    for page in pages {
        let name = page.file_name().unwrap_or_default().to_string_lossy();
        ensure!(summary.contains(&format!("({name})")), "{name} is not in docs/SUMMARY.md");
    }
    Ok(())
}

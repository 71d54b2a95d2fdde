//! Links as a book has them. In the repository a page is called by its file's name; in the book by
//! its title. Files that the book has not: where `git-repository-url` says where the repository is
//! to be had, links lead there; else they are the file's path, without a link.

use crate::links::MARKDOWN;
use mdbook_driver::book::{Book, BookItem};
use mdbook_driver::errors::Result;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};
use pulldown_cmark::{Event, Parser, Tag};
use std::collections::HashMap;

/// Where the repository's newest files are below its address.
const NEWEST: &str = "blob/HEAD";

/// Rewrites them.
pub(crate) struct Labels;

impl Preprocessor for Labels {
    fn name(&self) -> &'static str {
        "labels"
    }

    fn run(&self, context: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let address = context.config.get::<String>("output.html.git-repository-url")?;
        let titles = titles(&book);
        book.for_each_mut(|item| {
            if let BookItem::Chapter(chapter) = item {
                chapter.content = rewritten(&chapter.content, &titles, address.as_deref());
            }
        });
        Ok(book)
    }
}

/// The titles of the pages, by their files' names.
fn titles(book: &Book) -> HashMap<String, String> {
    let chapters = book.iter().filter_map(|item| match item {
        BookItem::Chapter(chapter) => Some(chapter),
        _ => None,
    });
    let named = chapters.filter_map(|chapter| {
        let file = chapter.source_path.as_ref()?.file_name()?;
        Some((file.to_string_lossy().into_owned(), chapter.name.clone()))
    });
    named.collect()
}

fn rewritten(text: &str, titles: &HashMap<String, String>, address: Option<&str>) -> String {
    let mut links = Vec::new();
    for (event, range) in Parser::new_ext(text, MARKDOWN).into_offset_iter() {
        if let Event::Start(Tag::Link { dest_url: target, .. }) = event
            && let Some((label, _)) = text[range.clone()].rsplit_once("](")
        {
            let label = label.strip_prefix('[').unwrap_or(label);
            let file = target.split('#').next().unwrap_or(&target);
            let instead = match file.strip_prefix("../") {
                Some(file) => outside(label, file, &target, address),
                None if label == file && titles.contains_key(file) => {
                    format!("[{}]({target})", titles[file])
                }
                None => continue,
            };
            links.push((range, instead));
        }
    }
    let mut text = text.to_owned();
    for (range, instead) in links.into_iter().rev() {
        text.replace_range(range, &instead);
    }
    text
}

/// A link to a file of the repository's, by its path there.
fn outside(label: &str, file: &str, target: &str, address: Option<&str>) -> String {
    match address {
        Some(address) => {
            format!("[{label}]({address}/{NEWEST}/{})", target.trim_start_matches("../"))
        }
        None if label.trim_matches('`') == file => format!("`{file}`"),
        None => format!("{label} (`{file}`)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "See [examples/demo](../examples/demo), the\n\
                        [README](../README.md#one-line), [its bounds](limits.md) and\n\
                        [limits.md](limits.md#threads).\n";

    fn shown(address: Option<&str>) -> String {
        let titles = [("limits.md".to_owned(), "What is not covered".to_owned())].into();
        rewritten(TEXT, &titles, address)
    }

    #[test]
    fn a_page_is_called_by_its_title_and_a_file_by_its_path() {
        let wanted = "See `examples/demo`, the\nREADME (`README.md`), [its bounds](limits.md) and\n\
                      [What is not covered](limits.md#threads).\n";
        assert_eq!(shown(None), wanted);
    }

    #[test]
    fn with_an_address_links_lead_there() {
        let shown = shown(Some("https://example.com/unpoison"));
        let link = "[examples/demo](https://example.com/unpoison/blob/HEAD/examples/demo)";
        assert!(shown.contains(link), "{shown}");
    }
}

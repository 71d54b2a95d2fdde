//! Links between the pages as they lie in the repository: a file has to be there, and in a page
//! the heading that is named.

use anyhow::{Context, Result};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use std::path::{Path, PathBuf};

/// What the pages' texts are written in, for all who read them here.
pub(crate) const MARKDOWN: Options = Options::ENABLE_TABLES;

/// The links of these pages that lead nowhere, each with its page.
pub(crate) fn dangling(pages: &[PathBuf]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for page in pages {
        for target in targets(&read(page)?) {
            if let Some(why) = fault(page, &target)? {
                found.push(format!("{}: {target}: {why}", page.display()));
            }
        }
    }
    Ok(found)
}

fn read(page: &Path) -> Result<String> {
    std::fs::read_to_string(page).with_context(|| format!("cannot read {}", page.display()))
}

/// Links and pictures.
fn targets(text: &str) -> Vec<String> {
    Parser::new_ext(text, MARKDOWN)
        .filter_map(|event| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                Some(dest_url.into_string())
            }
            _ => None,
        })
        .collect()
}

/// What is wrong with a link. Other sites' pages are theirs.
fn fault(page: &Path, target: &str) -> Result<Option<&'static str>> {
    if target.contains("://") {
        return Ok(None);
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = match file {
        "" => page.to_owned(),
        file => page.parent().unwrap_or(Path::new("")).join(file),
    };
    if !path.exists() {
        return Ok(Some("no such file"));
    }
    let there = anchor.is_empty() || headings(&read(&path)?).iter().any(|id| id == anchor);
    Ok((!there).then_some("no such heading"))
}

/// What a page's headings are called in links: so does GitHub, and so does mdBook.
fn headings(text: &str) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(text, MARKDOWN) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(part) | Event::Code(part) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&part);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let id = id(&heading.take().unwrap_or_default());
                let again = ids.iter().filter(|other| **other == id).count();
                ids.push(if again == 0 { id } else { format!("{id}-{again}") });
            }
            _ => {}
        }
    }
    ids
}

fn id(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_s_id_is_as_in_its_links() {
        let text = "# One, two\n## `wasm32v1-none`, and more\n## Is it on?\n## Is it on?\n";
        let ids = ["one-two", "wasm32v1-none-and-more", "is-it-on", "is-it-on-1"];
        assert_eq!(headings(text), ids);
    }

    #[test]
    fn a_link_that_leads_nowhere_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let page = dir.path().join("page.md");
        let text = "# Page\n[a](#page) [b](#nothing) [c](other.md) [d](other.md#there)\n\
                    ![e](gone.svg) [f](https://example.com/)\n```text\n[g](gone.md)\n```\n";
        std::fs::write(&page, text).unwrap();
        std::fs::write(dir.path().join("other.md"), "# Here\n").unwrap();
        let named: Vec<String> = dangling(std::slice::from_ref(&page))
            .unwrap()
            .iter()
            .map(|line| line.rsplit_once("page.md: ").unwrap().1.to_owned())
            .collect();
        let wanted = [
            "#nothing: no such heading",
            "other.md#there: no such heading",
            "gone.svg: no such file",
        ];
        assert_eq!(named, wanted);
    }
}

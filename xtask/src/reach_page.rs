//! docs/reach.md, of which each chore writes a part.

use crate::run;
use anyhow::{Context, Result};

/// The first lines of the parts behind the first one, in order.
const PARTS: [&str; 2] = [crate::reach_targets::HEADING, crate::reach_engines::HEADING];

/// Puts a part in the place of the one that begins with the same heading; without one of
/// [`PARTS`] it is the first.
///
/// # Errors
/// If the page cannot be written.
pub fn put(part: &str) -> Result<()> {
    let path = run::root().join("docs/reach.md");
    let page = std::fs::read_to_string(&path).unwrap_or_default();
    std::fs::write(&path, with(&page, part))
        .with_context(|| format!("cannot write {}", path.display()))
}

fn with(page: &str, part: &str) -> String {
    let mut parts = vec![String::new()];
    for line in page.lines() {
        if PARTS.contains(&line) {
            parts.push(String::new());
        }
        if let Some(last) = parts.last_mut() {
            last.push_str(line);
            last.push('\n');
        }
    }
    let place = |part: &str| PARTS.iter().position(|heading| part.starts_with(heading));
    parts.retain(|old| place(old) != place(part));
    parts.push(part.to_owned());
    parts.sort_by_key(|part| place(part).map_or(0, |at| at + 1));
    parts.iter().map(|part| part.trim_end()).collect::<Vec<_>>().join("\n\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_takes_its_own_place_and_no_other() {
        let [targets, engines] = PARTS;
        let page = with("# Reach\n\nold\n", &format!("{engines}\n\ne\n"));
        assert_eq!(page, format!("# Reach\n\nold\n\n{engines}\n\ne\n"));
        let page = with(&page, &format!("{targets}\n\nt\n"));
        assert_eq!(page, format!("# Reach\n\nold\n\n{targets}\n\nt\n\n{engines}\n\ne\n"));
        let page = with(&page, "# Reach\n\nnew\n");
        assert_eq!(page, format!("# Reach\n\nnew\n\n{targets}\n\nt\n\n{engines}\n\ne\n"));
    }
}

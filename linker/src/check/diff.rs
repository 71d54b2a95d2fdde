//! `unpoison check --diff OLD NEW`: the places where the newer module can fail and the older
//! one could not, and those that are gone.

use std::collections::BTreeMap;
use std::path::Path;

use crate::cli::say;
use crate::error::{Error, Result};
use crate::meta::Meta;

/// Prints what was gained and lost; whether nothing was gained.
///
/// # Errors
/// [`Error::Io`], and [`Error::Checked`] for a file that has no table of sites.
pub(crate) fn run(old: &Path, new: &Path) -> Result<bool> {
    let (before, after) = (sites(old)?, sites(new)?);
    let more = |some: &Sites, others: &Sites, sign: char| {
        let mut lines = Vec::new();
        for (site, count) in some {
            let others = others.get(site).copied().unwrap_or(0);
            lines.extend((others..*count).map(|_| format!("{sign} {site}\n")));
        }
        lines
    };
    let (gained, lost) = (more(&after, &before, '+'), more(&before, &after, '-'));
    say(&format!("sites: {} gained, {} lost\n", gained.len(), lost.len()));
    say(&gained.concat());
    say(&lost.concat());
    Ok(gained.is_empty())
}

/// How often a module fails at a place, by what is said of it.
type Sites = BTreeMap<String, usize>;

fn sites(file: &Path) -> Result<Sites> {
    let bytes = super::read(file)?;
    let meta = Meta::of_module(file, &bytes).map_err(super::invalid(file))?.ok_or_else(|| {
        Error::Checked(format!(
            "{} says nothing of its sites: it was linked without unpoison, or a tool took the section",
            file.display()
        ))
    })?;
    let mut sites = Sites::new();
    for site in meta.sites() {
        *sites.entry(site.to_string()).or_default() += 1;
    }
    Ok(sites)
}

//! `unpoison inspect FILE`: what the linker did to a module, for people; as JSON, and as a page.

mod anatomy;
pub(crate) mod html;
mod markup;
mod outline;
mod paths;
mod picture;
mod treemap;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::args::AbortMode;
use crate::check;
use crate::cli::say;
use crate::error::Result;
use crate::meta::{self, Meta};

/// Prints what a module says of itself, as JSON.
///
/// # Errors
/// [`Error::Io`](crate::error::Error::Io), and [`Error::Checked`](crate::error::Error::Checked)
/// for another file than a module.
pub(crate) fn json(file: &Path) -> Result<()> {
    let bytes = check::read(file)?;
    let Some(section) = meta::section(&bytes).map_err(check::invalid(file))? else {
        say(&format!("{} was not linked by unpoison\n", file.display()));
        return Ok(());
    };
    // With the sites as a list. What is of another version is shown as it is.
    let json = match Meta::read(section) {
        Some(meta) => meta.json()?,
        None => section.to_owned(),
    };
    say(&format!("{}\n", String::from_utf8_lossy(&json)));
    Ok(())
}

/// Prints the same for people, and what it costs.
///
/// # Errors
/// As [`json`].
pub(crate) fn table(file: &Path) -> Result<()> {
    let bytes = check::read(file)?;
    let invalid = check::invalid(file);
    let Some(meta) = Meta::of_module(file, &bytes).map_err(&invalid)? else {
        say(&format!(
            "{} says nothing of unpoison: it was linked without, or a tool took the section\n",
            file.display()
        ));
        return Ok(());
    };
    let look = check::look(&bytes).map_err(&invalid)?;
    let table = meta::section(&bytes).map_err(&invalid)?.map_or(0, <[u8]>::len);
    let (panic, eh, abort) = meta.said();
    let abort = how_aborts_leave(abort);
    let sites = meta.sites();
    let mut kinds: BTreeMap<_, usize> = BTreeMap::new();
    for site in sites {
        *kinds.entry(site.kind).or_default() += 1;
    }
    let kinds: Vec<_> = kinds.iter().map(|(kind, n)| format!("{n} {}", kind.name())).collect();
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(out, "{}, {} bytes", file.display(), bytes.len());
    let _ = writeln!(out, "  panic       {panic}");
    let _ = writeln!(out, "  exceptions  {eh}");
    let _ = writeln!(out, "  aborts      {abort}");
    let missing = "not whole: `unpoison check` says what is missing".to_owned();
    let _ = writeln!(out, "  protection  {}", look.protection.unwrap_or(missing));
    if let Some(places) = meta.rehearsed() {
        let _ = writeln!(
            out,
            "  rehearsal   {places} places fail when the host says so: not for production"
        );
    }
    let _ = writeln!(
        out,
        "  it costs    {} bytes in {} functions, {table} of site table, and the guards in your own functions",
        look.added_bytes, look.added
    );
    let _ = writeln!(out, "  sites       {}", sites.len());
    if !kinds.is_empty() {
        let _ = writeln!(out, "              {}", kinds.join(", "));
    }
    for site in sites {
        let _ = writeln!(out, "{:>6}  {site}", site.id);
    }
    say(&out);
    Ok(())
}

/// In a few words.
fn how_aborts_leave(mode: AbortMode) -> &'static str {
    match mode {
        AbortMode::Throw => "thrown, with a tag",
        AbortMode::Trap => "a trap",
        AbortMode::Error => "an Error of the glue's",
    }
}

//! `unpoison inspect FILE`: what the linker did to a module, for people; and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::args::AbortMode;
use crate::check;
use crate::cli::say;
use crate::error::{Error, Result};
use crate::meta::Meta;
use wasmparser::{KnownCustom, Name, Parser, Payload};

/// Of the functions that a link adds to.
const OURS: [&str; 2] = ["__unpoison_", "___unpoison_runtime"];

/// Prints what a module says of itself, as JSON.
///
/// # Errors
/// [`Error::Io`], and for a file that is malformed.
pub(crate) fn json(file: &Path) -> Result<()> {
    let bytes = std::fs::read(file).map_err(Error::io("read", file))?;
    let Some(section) = section(&bytes)? else {
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
/// [`Error::Io`], and [`Error::Checked`] for another file than a module.
pub(crate) fn table(file: &Path) -> Result<()> {
    let bytes = check::read(file)?;
    let section = section(&bytes).map_err(|_| {
        Error::Checked(format!("{} is no valid module: `unpoison check` says why", file.display()))
    })?;
    let Some(meta) = Meta::beside(file, section) else {
        say(&format!(
            "{} says nothing of unpoison: it was linked without, or a tool took the section\n",
            file.display()
        ));
        return Ok(());
    };
    let invalid = check::invalid(file);
    let protection = check::summary(&bytes).map_err(&invalid)?;
    let added = added(&bytes).map_err(&invalid)?;
    let (panic, eh, abort) = meta.said();
    let abort = match abort {
        AbortMode::Throw => "thrown, with a tag",
        AbortMode::Trap => "a trap",
        AbortMode::Error => "an Error of the glue's",
    };
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
    let _ = writeln!(out, "  protection  {}", protection.unwrap_or(missing));
    let _ = writeln!(
        out,
        "  it costs    {} bytes in {} functions, {} of site table, and the guards in your own functions",
        added.bytes,
        added.functions,
        section.map_or(0, <[u8]>::len)
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

/// The section `unpoison`; of a component, that of the first module that has one.
pub(crate) fn section(bytes: &[u8]) -> Result<Option<&[u8]>> {
    for payload in Parser::new(0).parse_all(bytes) {
        if let Payload::CustomSection(section) = payload?
            && section.name() == "unpoison"
        {
            return Ok(Some(section.data()));
        }
    }
    Ok(None)
}

/// Functions that are there because of unpoison.
#[derive(Default)]
struct AddedCode {
    functions: usize,
    bytes: u64,
}

/// By their names: a stripped module has none.
fn added(bytes: &[u8]) -> Result<AddedCode, wasmparser::BinaryReaderError> {
    let mut sizes = Vec::new();
    let mut imported = 0;
    let mut added = AddedCode::default();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    imported += usize::from(matches!(import?.ty, wasmparser::TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => sizes.push(body.range().end - body.range().start),
            Payload::CustomSection(custom) => {
                let KnownCustom::Name(names) = custom.as_known() else { continue };
                for name in names.into_iter().flatten() {
                    let Name::Function(map) = name else { continue };
                    for named in map.into_iter().flatten() {
                        let size = (named.index as usize).checked_sub(imported);
                        let size = size.and_then(|defined| sizes.get(defined));
                        if let Some(size) = size
                            && OURS.iter().any(|ours| named.name.contains(ours))
                        {
                            added.functions += 1;
                            added.bytes += size;
                        }
                    }
                }
            }
            _ => {}
        }
    }
    Ok(added)
}

//! `unpoison explain FILE SITE…` and `unpoison explain FILE --stack`: what the numbers that
//! hosts show are in the source.

mod stack;
mod symbols;

use std::io::BufRead;
use std::path::Path;

use crate::check;
use crate::cli::{note, say};
use crate::debug::split::debug_file;
use crate::error::{Error, Result};
use crate::meta::Meta;
use symbols::Symbols;

/// Says what is at each of the sites.
///
/// # Errors
/// [`Error::Checked`] for a file that has no table of sites, and [`Error::Usage`] for a
/// number that is none of its.
pub(crate) fn sites(file: &Path, wanted: &[&str]) -> Result<()> {
    let bytes = check::read(file)?;
    let meta = Meta::of_module(file, &bytes).map_err(check::invalid(file))?;
    let sites = meta.as_ref().map_or(&[][..], Meta::sites);
    if sites.is_empty() {
        return Err(Error::Checked(format!(
            "there is no table of sites in {} and none beside it: link with --unpoison-sites=embed or file, and keep custom sections",
            file.display()
        )));
    }
    for id in wanted {
        let site = sites.iter().find(|site| site.id.to_string() == *id);
        let site = site.ok_or_else(|| {
            Error::Usage(format!("there is no site {id}: the table has 1 to {}", sites.len()))
        })?;
        say(&format!("site {id}: {site}\n"));
    }
    Ok(())
}

/// How many bytes of explanations are written at most. A frame may stand for some hundred
/// functions that were inlined.
const MOST_EXPLAINED: usize = 64 << 20;
/// How far an explanation follows its line to the right.
const DEEPEST_INDENT: usize = 80;

/// Copies a stack trace, and says below each line that is of the module what it is in the
/// source.
///
/// # Errors
/// [`Error::Checked`] for a file that is no module.
pub(crate) fn stack(file: &Path, trace: impl BufRead) -> Result<()> {
    let bytes = check::read(file)?;
    let debug = debug_file(file, &bytes);
    let symbols = Symbols::read(&bytes, debug.as_deref()).map_err(check::invalid(file))?;
    let mut explained = 0;
    for line in trace.split(b'\n') {
        let line = line.map_err(Error::io("read", "the stack trace"))?;
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end();
        say(&format!("{line}\n"));
        let Some(place) = stack::place(line) else { continue };
        if explained > MOST_EXPLAINED {
            continue;
        }
        let indent = " ".repeat((line.len() - line.trim_start().len()).min(DEEPEST_INDENT) + 4);
        for frame in symbols.frames(place) {
            explained += indent.len() + frame.len();
            say(&format!("{indent}{frame}\n"));
        }
    }
    if explained > MOST_EXPLAINED {
        note("the trace is too long: not all of its lines are explained");
    }
    Ok(())
}

//! DWARF in a file of its own (<https://github.com/WebAssembly/tool-conventions/blob/main/Debugging.md>).
//!
//! The file is the whole module with nothing left out, as debuggers and collectors of symbols
//! expect it; the module that is shipped says its URL, and both have one `build_id`.

use std::path::Path;

use super::{sections, url};
use crate::check;
use crate::error::Result;
use crate::patch::build_id;
use crate::strip::Stripper;

/// The section with the file's URL.
pub(super) const SECTION: &str = "external_debug_info";

/// A module in two files.
#[derive(Debug)]
pub(super) struct Split {
    /// Without debug information.
    pub module: Vec<u8>,
    /// With all that there was.
    pub debug: Vec<u8>,
}

/// Splits a module. `keep_id` keeps its `build_id`, if it has one.
pub(super) fn split(
    mut whole: Vec<u8>,
    debug_path: &Path,
    strip: &Stripper<'_>,
    keep_id: bool,
) -> Result<Split> {
    let keep_id = keep_id && build_id::of(&whole)?.is_some();
    build_id::ensure(&mut whole)?;
    let removed = |name: &str| name.starts_with(".debug_") || strip.removes(name);
    let module = sections::without(&whole, removed)?;
    let mut module = sections::with_string(&module, SECTION, &url(debug_path))?;
    if !keep_id {
        build_id::refresh(&mut module)?;
    }
    if let Some(id) = build_id::of(&module)? {
        build_id::put(&mut whole, id)?;
    }
    Ok(Split { module, debug: whole })
}

/// The file with the debug information of the module in `file`, if the module names one, and it is
/// there and of this module.
pub(crate) fn debug_file(file: &Path, module: &[u8]) -> Option<Vec<u8>> {
    let named = sections::string(module, SECTION).ok()??;
    // The name in a foreign module may be anything; whatever path it has, it lies beside.
    let is_ours = named == url(&super::split_path(file));
    let path = if is_ours { super::split_path(file) } else { file.with_file_name(base(named)?) };
    // A pipe would be waited for.
    let bytes = path.is_file().then(|| check::read(&path).ok()).flatten()?;
    let ids = (build_id::of(module).ok()?, build_id::of(&bytes).ok()?);
    if ids.0.is_none() || ids.0 != ids.1 {
        log::warn!("{} is of another build: its build_id differs", path.display());
        return None;
    }
    Some(bytes)
}

/// The last part of a URL.
fn base(url: &str) -> Option<&str> {
    url.rsplit(['/', '\\']).next().filter(|name| !name.is_empty() && *name != "..")
}

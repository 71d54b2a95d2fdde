//! `unpoison split FILE` and `unpoison source-map FILE`: the same of a module that another tool
//! wrote behind the linker, such as wasm-bindgen with `--keep-debug`.

use std::path::Path;

use super::{map_path, sections, source_map, split, split_path};
use crate::args::SourceMapMode;
use crate::check;
use crate::cli::say;
use crate::error::{Error, Result};
use crate::strip::{Strip, Stripper};
use unpoison_sysroot::files;

/// Moves the debug information of a module into a file beside it.
///
/// # Errors
/// [`Error::Checked`] for a file that is no module or has no debug information; [`Error::Io`].
pub(crate) fn split(file: &Path) -> Result<()> {
    let module = read(file)?;
    if !sections::has_dwarf(&module)? {
        return Err(none(file));
    }
    let debug_path = split_path(file);
    let strip = Stripper::new(Strip::Debug, &[]);
    let split = split::split(module, &debug_path, &strip, false)?;
    // Whoever is stopped in between has the whole module, and the file beside it once more.
    put(&debug_path, &split.debug)?;
    put(file, &split.module)?;
    say(&format!("wrote {}\n", debug_path.display()));
    Ok(())
}

/// Writes a source map beside a module, and its URL into the module.
///
/// # Errors
/// As [`split`].
pub(crate) fn source_map(file: &Path, mode: SourceMapMode) -> Result<()> {
    let module = read(file)?;
    let debug = split::debug_file(file, &module);
    let map = source_map::of_both(&module, debug.as_deref().unwrap_or(&module), mode)?;
    let map = map.ok_or_else(|| none(file))?;
    let path = map_path(file);
    let changed = source_map::refer(&module, &path)?;
    put(&path, &map)?;
    put(file, &changed)?;
    say(&format!("wrote {}\n", path.display()));
    Ok(())
}

/// A module that is well-formed.
fn read(file: &Path) -> Result<Vec<u8>> {
    let module = check::read(file)?;
    for payload in wasmparser::Parser::new(0).parse_all(&module) {
        payload.map_err(check::invalid(file))?;
    }
    Ok(module)
}

fn none(file: &Path) -> Error {
    Error::Checked(format!(
        "there is no debug information in {}: set `debug = \"line-tables-only\"` in the profile, and have the tools behind the linker keep it (wasm-bindgen --keep-debug)",
        file.display()
    ))
}

/// Puts a file in place, all bytes or none, with the permissions of an older one.
fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    files::replace(path, bytes).map_err(Error::io("write", path))
}

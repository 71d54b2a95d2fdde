//! `unpoison split FILE` and `unpoison source-map FILE`: the same of a module that another tool
//! wrote behind the linker, such as wasm-bindgen with `--keep-debug`.

use std::io::Write;
use std::path::Path;

use super::{map_path, sections, source_map, split, split_path};
use crate::args::SourceMapMode;
use crate::check;
use crate::cli::say;
use crate::error::{Error, Result};
use crate::strip::{Strip, Stripper};

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
    let written = || -> std::io::Result<()> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut new = tempfile::Builder::new()
            .prefix(".unpoison-")
            .tempfile_in(folder.unwrap_or(Path::new(".")))?;
        new.write_all(bytes)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let old = std::fs::metadata(path).map(|old| old.permissions());
            let usual = std::fs::Permissions::from_mode(0o644);
            new.as_file().set_permissions(old.unwrap_or(usual))?;
        }
        new.persist(path).map(drop).map_err(|e| e.error)
    };
    written().map_err(Error::io("write", path))
}

//! Puts files where a sysroot has them.

use std::path::{Path, PathBuf};

use super::record::File;
use crate::error::{Error, Result};

/// Installs the rlibs of a library where rustc looks for them; returns what is there.
pub(crate) fn install(rlibs: &[PathBuf], sysroot: &Path, target: &str) -> Result<Vec<File>> {
    let below = format!("lib/rustlib/{target}/lib");
    let folder = sysroot.join(&below);
    std::fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
    let mut files = Vec::with_capacity(rlibs.len());
    for rlib in rlibs {
        let name = rlib.file_name().unwrap_or_default();
        let to = folder.join(name);
        // Both lie in the same folder of the store.
        std::fs::rename(rlib, &to)
            .or_else(|_| std::fs::copy(rlib, &to).map(drop))
            .map_err(Error::io("write", &to))?;
        let bytes = std::fs::metadata(&to).map_err(Error::io("read", &to))?.len();
        files.push(File { path: format!("{below}/{}", name.display()), bytes });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Puts in the C library that a toolchain has for WASI, ready for linking: rustc looks for it
/// beside the standard library.
pub(crate) fn c_library(toolchain: &Path, sysroot: &Path, target: &str) -> Result<Vec<File>> {
    if !target.contains("-wasi") {
        return Ok(Vec::new());
    }
    let below = format!("lib/rustlib/{target}/lib/self-contained");
    let from = toolchain.join(&below);
    if !from.is_dir() {
        return Err(Error::Usage(format!(
            "the toolchain has no C library for {target}; run `rustup target add {target}`"
        )));
    }
    let to = sysroot.join(&below);
    copy_folder(&from, &to)?;
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&to).map_err(Error::io("read", &to))? {
        let path = entry.map_err(Error::io("read", &to))?.path();
        let bytes = std::fs::metadata(&path).map_err(Error::io("read", &path))?.len();
        let name = path.file_name().unwrap_or_default();
        files.push(File { path: format!("{below}/{}", name.display()), bytes });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Copies a folder with all that is in it.
pub(crate) fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to).map_err(Error::io("create", to))?;
    for entry in std::fs::read_dir(from).map_err(Error::io("read", from))? {
        let path = entry.map_err(Error::io("read", from))?.path();
        let copy = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy_folder(&path, &copy)?;
        } else {
            std::fs::copy(&path, &copy).map_err(Error::io("copy", &path))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rlibs_go_where_rustc_looks() {
        let place = tempfile::tempdir().unwrap();
        let rlib = place.path().join("libcore-1.rlib");
        std::fs::write(&rlib, "12345").unwrap();
        let sysroot = place.path().join("sysroot");
        let files = install(&[rlib], &sysroot, "wasm32-unknown-unknown").unwrap();
        assert_eq!(files[0].path, "lib/rustlib/wasm32-unknown-unknown/lib/libcore-1.rlib");
        assert_eq!(files[0].bytes, 5);
        assert!(sysroot.join(&files[0].path).is_file());
    }

    #[test]
    fn a_folder_is_copied_whole() {
        let place = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(place.path().join("a/b")).unwrap();
        std::fs::write(place.path().join("a/b/c"), "c").unwrap();
        copy_folder(&place.path().join("a"), &place.path().join("d")).unwrap();
        assert_eq!(std::fs::read(place.path().join("d/b/c")).unwrap(), b"c");
    }
}

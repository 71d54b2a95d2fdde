//! Where a link is made before anybody sees it: a folder beside the output, so
//! that the result gets there by a rename.
//!
//! The folder goes away with the value, on success, failure and panic alike.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::{Error, Result};

/// A temporary folder beside the output.
#[derive(Debug)]
pub(crate) struct WorkDir {
    folder: TempDir,
    output: PathBuf,
    target: PathBuf,
}

impl WorkDir {
    /// Makes the folder for a link to `target`.
    pub(crate) fn beside(target: &Path) -> Result<Self> {
        let Some(name) = target.file_name() else {
            return Err(Error::Usage(format!("-o {} names no file", target.display())));
        };
        let parent = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        // What is no plain file (`/dev/null`) has no neighbours to be put beside.
        let parent = if is_special(target) { std::env::temp_dir() } else { parent.to_owned() };
        let folder = tempfile::Builder::new()
            .prefix(".unpoison-")
            .tempdir_in(&parent)
            // The kind alone: the error's own text repeats the path.
            .map_err(|e| Error::io("write to the folder", parent)(e.kind().into()))?;
        // rust-lld writes the output's file name into the module, so it stays.
        let output = folder.path().join(name);
        Ok(Self { folder, output, target: target.to_owned() })
    }

    /// The folder, for whatever the link needs.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where rust-lld writes.
    pub(crate) fn output(&self) -> &Path {
        &self.output
    }

    /// Where the result belongs.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }
}

/// Whether something other than a file is there already: a device, a pipe. A
/// folder is not: putting a file in its place fails, as it should.
pub(crate) fn is_special(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_beside_the_output_and_goes_away() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("a.wasm");
        let work = WorkDir::beside(&target).unwrap();
        assert_eq!(work.path().parent(), Some(place.path()));
        assert_eq!(work.output().file_name(), target.file_name());
        drop(work);
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_is_not_there_is_a_short_error() {
        let error = WorkDir::beside(Path::new("/nonexistent/a.wasm")).unwrap_err();
        assert!(error.to_string().starts_with("cannot write to the folder /nonexistent"));
    }
}

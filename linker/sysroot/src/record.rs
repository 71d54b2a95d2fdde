//! `unpoison.json`, the last file written into a sysroot: what it is, and what is in
//! it. A folder without it, or with other files than it says, is no sysroot.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::compiler::Compiler;
use super::eh::Eh;
use crate::error::{Error, Result};

/// The file's name.
const FILE: &str = "unpoison.json";

/// To be raised when what [`super::build`] makes changes: older sysroots then do not
/// count.
const FORMAT: u32 = 3;

/// What one sysroot must have in common with another for both flavours to be alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Key {
    /// Release, commit and target, as in the folder's name.
    pub(crate) identity: String,
    /// A digest of all else that matters.
    pub(crate) digest: String,
    /// The target's triple.
    pub(crate) target: String,
}

/// The file's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// Whose it is.
    pub(crate) key: Key,
    /// The compiler's version.
    pub(crate) release: String,
    /// Its commit, if it knows it.
    pub(crate) commit: Option<String>,
    /// The flavour of exception handling.
    pub(crate) eh: Eh,
    /// The flavour that the compiler emits unless told otherwise.
    pub(crate) compiler_default: Eh,
    /// The version of unpoison that built it.
    pub(crate) unpoison: String,
    /// The library, relative to the sysroot.
    pub(crate) files: Vec<File>,
}

/// A file of the library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct File {
    /// Relative to the sysroot, with `/`.
    pub(crate) path: String,
    /// Its length.
    pub(crate) bytes: u64,
}

impl Key {
    /// The key for a compiler and a target.
    pub(crate) fn new(compiler: &Compiler, target: &str) -> Result<Self> {
        let bare = target.starts_with("wasm") && target.ends_with("-unknown-unknown");
        if !bare && target != "wasm32-wasip1" {
            return Err(Error::Usage(format!(
                "the target {target} is not one that `unpoison sysroot` builds for; wasm32-unknown-unknown and wasm32-wasip1 are"
            )));
        }
        let commit = compiler.commit.as_deref().unwrap_or("unknown");
        let short = commit.get(..9).unwrap_or(commit);
        let identity = format!("{}-{short}-{target}", compiler.release);
        let mut digest = Sha256::new();
        digest.update(FORMAT.to_le_bytes());
        digest.update(&compiler.said);
        if compiler.commit.is_none() {
            // A distribution may build the same release twice.
            let rustc = compiler.programs()?.rustc;
            let built = std::fs::metadata(&rustc).map_err(Error::io("read", &rustc))?;
            digest.update(built.len().to_le_bytes());
            let time = built.modified().ok();
            let time = time.and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok());
            digest.update(time.map_or(0, |t| t.as_nanos()).to_le_bytes());
        }
        let digest = digest.finalize()[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { identity, digest, target: target.to_owned() })
    }

    /// The name of the folder for a flavour.
    pub(crate) fn name(&self, eh: Eh) -> String {
        format!("{}-{eh}-{}", self.identity, self.digest)
    }
}

impl Record {
    /// Reads the file of a folder; `None` if the folder is not a whole sysroot.
    pub(crate) fn load(folder: &Path) -> Option<Self> {
        let record: Self = serde_json::from_slice(&std::fs::read(folder.join(FILE)).ok()?).ok()?;
        let whole = record.files.iter().all(|file| {
            std::fs::metadata(folder.join(&file.path)).is_ok_and(|m| m.len() == file.bytes)
        });
        (whole && !record.files.is_empty()).then_some(record)
    }

    /// Writes the file.
    pub(crate) fn save(&self, folder: &Path) -> Result<()> {
        let path: PathBuf = folder.join(FILE);
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        std::fs::write(&path, text).map_err(Error::io("write", &path))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A sysroot with one file.
    pub(crate) fn sysroot(folder: &Path, eh: Eh) -> Record {
        std::fs::create_dir_all(folder.join("lib")).unwrap();
        std::fs::write(folder.join("lib/a.rlib"), "abc").unwrap();
        let record = Record {
            key: Key {
                identity: "1.2.3-abcdef012-wasm32-unknown-unknown".into(),
                digest: "01234567".into(),
                target: "wasm32-unknown-unknown".into(),
            },
            release: "1.2.3".into(),
            commit: None,
            eh,
            compiler_default: Eh::Legacy,
            unpoison: "0".into(),
            files: vec![File { path: "lib/a.rlib".into(), bytes: 3 }],
        };
        record.save(folder).unwrap();
        record
    }

    #[test]
    fn what_was_saved_is_loaded_while_the_files_are_whole() {
        let place = tempfile::tempdir().unwrap();
        let record = sysroot(place.path(), Eh::Exnref);
        assert_eq!(Record::load(place.path()), Some(record));
        std::fs::write(place.path().join("lib/a.rlib"), "ab").unwrap();
        assert_eq!(Record::load(place.path()), None);
        std::fs::remove_file(place.path().join("lib/a.rlib")).unwrap();
        assert_eq!(Record::load(place.path()), None);
    }
}

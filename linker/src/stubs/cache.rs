//! The cache of compiled stubs: one file an object, named by everything the object
//! depends on.
//!
//! A file is written under a name of its own and renamed, so links may run at the
//! same time; two may both compile. It begins with a checksum of what follows: a
//! file cut short by a full disk is compiled anew. The cache is a convenience;
//! without a writable home the stubs are compiled for each link.

use std::io::Write;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// A folder with compiled stubs, or none.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: Option<PathBuf>,
    /// Whether the user named the folder: then failing to use it is an error.
    named: bool,
}

/// The name of an object in the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key(String);

/// Makes a [`Key`] of what an object depends on.
pub(super) struct KeyBuilder(Sha256);

/// Bytes of the checksum in front of an object.
const CHECKSUM: usize = 32;

impl Cache {
    /// `UNPOISON_CACHE`, else `unpoison` in the user's cache folder.
    pub(crate) fn open() -> Self {
        use etcetera::BaseStrategy;
        if let Some(folder) = std::env::var_os("UNPOISON_CACHE").filter(|f| !f.is_empty()) {
            return Self::at(folder);
        }
        let folder =
            etcetera::choose_base_strategy().ok().map(|user| user.cache_dir().join("unpoison"));
        Self { folder, named: false }
    }

    /// A cache in a folder that the user named.
    pub(crate) fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()), named: true }
    }

    /// Whether it can be written to: its folder, or why it cannot.
    ///
    /// # Errors
    /// The folder, and what the system says.
    pub(crate) fn try_out(&self) -> Result<Option<&Path>, (&Path, std::io::Error)> {
        let Some(folder) = self.folder.as_deref() else { return Ok(None) };
        let tried = std::fs::create_dir_all(folder).and_then(|()| {
            tempfile::NamedTempFile::new_in(folder)?;
            Ok(Some(folder))
        });
        tried.map_err(|e| (folder, e))
    }

    /// The object, if it is there and whole.
    pub(crate) fn get(&self, key: &Key) -> Option<Vec<u8>> {
        let path = self.path(key)?;
        let mut bytes = std::fs::read(&path).ok()?;
        let whole = bytes
            .split_at_checked(CHECKSUM)
            .is_some_and(|(sum, object)| sum == Sha256::digest(object).as_slice());
        if !whole {
            log::debug!("{} is damaged, compiling anew", path.display());
            return None;
        }
        Some(bytes.split_off(CHECKSUM))
    }

    /// Keeps an object for the next link.
    pub(crate) fn put(&self, key: &Key, object: &[u8]) -> Result<()> {
        let Some(path) = self.path(key) else {
            return Ok(());
        };
        match write(&path, object) {
            Ok(()) => Ok(()),
            Err(e) if self.named => Err(Error::Io {
                action: "write to the stub cache (UNPOISON_CACHE)",
                path: self.folder.clone().unwrap_or_default(),
                // The kind alone: the error's own text repeats the path.
                source: e.kind().into(),
            }),
            Err(e) => {
                log::debug!("the stubs are not cached: {e}");
                Ok(())
            }
        }
    }

    fn path(&self, key: &Key) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        Some(folder.join(format!("stubs-{}", key.0)))
    }
}

fn write(path: &Path, object: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&Sha256::digest(object))?;
    file.write_all(object)?;
    file.persist(path)?;
    Ok(())
}

impl KeyBuilder {
    pub(super) fn new() -> Self {
        Self(Sha256::new())
    }

    /// Adds a text, so that it and the next cannot be mistaken for two others.
    pub(super) fn add(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// Adds a file by path, size and time of change.
    pub(super) fn file(&mut self, path: &Path) -> &mut Self {
        self.bytes(path.as_os_str().as_encoded_bytes());
        let metadata = std::fs::metadata(path).ok();
        let time = metadata.as_ref().and_then(|m| m.modified().ok());
        let time = time
            .and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok())
            .map_or(0, |d| d.as_nanos());
        self.bytes(&metadata.map_or(0, |m| m.len()).to_le_bytes()).bytes(&time.to_le_bytes())
    }

    pub(super) fn optional_file(&mut self, path: Option<&Path>) -> &mut Self {
        match path {
            Some(path) => self.file(path),
            None => self.add("none"),
        }
    }

    pub(super) fn finish(self) -> Key {
        let sum = self.0.finalize();
        Key(sum[..16].iter().map(|b| format!("{b:02x}")).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(texts: &[&str]) -> Key {
        let mut key = KeyBuilder::new();
        for text in texts {
            key.add(text);
        }
        key.finish()
    }

    #[test]
    fn what_was_put_comes_back() {
        let place = tempfile::tempdir().unwrap();
        let cache = Cache::at(place.path().join("new/folder"));
        let key = key(&["a"]);
        assert_eq!(cache.get(&key), None);
        cache.put(&key, b"object").unwrap();
        assert_eq!(cache.get(&key).as_deref(), Some(&b"object"[..]));
    }

    #[test]
    fn a_damaged_file_is_not_there() {
        let place = tempfile::tempdir().unwrap();
        let cache = Cache::at(place.path());
        let key = key(&["a"]);
        cache.put(&key, b"object").unwrap();
        let path = cache.path(&key).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for end in 0..whole.len() {
            std::fs::write(&path, &whole[..end]).unwrap();
            assert_eq!(cache.get(&key), None, "cut at {end}");
        }
        cache.put(&key, b"object").unwrap();
        assert!(cache.get(&key).is_some());
    }

    #[test]
    fn keys_do_not_run_together() {
        assert_ne!(key(&["ab", "c"]), key(&["a", "bc"]));
        assert_eq!(key(&["ab", "c"]), key(&["ab", "c"]));
    }

    #[test]
    fn only_a_named_cache_must_be_writable() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("file");
        std::fs::write(&file, "").unwrap();
        let mut cache = Cache::at(file.join("below"));
        let error = cache.put(&key(&["a"]), b"object").unwrap_err();
        assert!(error.to_string().contains("UNPOISON_CACHE"));
        cache.named = false;
        cache.put(&key(&["a"]), b"object").unwrap();
        cache.folder = None;
        cache.put(&key(&["a"]), b"object").unwrap();
        assert_eq!(cache.get(&key(&["a"])), None);
    }
}

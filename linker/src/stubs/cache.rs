//! The cache of compiled stubs: one file an object, named by everything the object
//! depends on.
//!
//! A file is written under a name of its own and renamed, so links may run at the
//! same time; those that want the same object take turns where files can be locked. It
//! begins with a checksum of its name and of what follows: a file cut short by a full disk,
//! or one that belongs elsewhere, is compiled anew. What was not used for longest goes when
//! there is too much ([`bound`]). The cache is a convenience; without a writable home the
//! stubs are compiled for each link.

mod bound;
mod turn;

use std::io::Write;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use turn::Turn;

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

/// How the names of objects begin.
const OBJECT: &str = "stubs-";
/// How the names of files begin that are being written.
const UNFINISHED: &str = ".stubs-";
/// How the names of locks begin.
const TURN: &str = ".turn-";

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
        // A pipe would be waited for, and what is larger was not written here.
        let metadata = std::fs::metadata(&path).ok()?;
        if !metadata.is_file() || metadata.len() > bound::MOST.bytes {
            return None;
        }
        let mut bytes = std::fs::read(&path).ok()?;
        let whole = bytes
            .split_at_checked(CHECKSUM)
            .is_some_and(|(sum, object)| sum == key.checksum(object).as_slice());
        if !whole {
            log::debug!("{} is damaged, compiling anew", path.display());
            return None;
        }
        bound::used(&path, &metadata);
        Some(bytes.split_off(CHECKSUM))
    }

    /// Waits for another link that compiles the same object.
    pub(super) fn turn(&self, key: &Key) -> Option<Turn> {
        Turn::take(self.folder.as_deref()?, &key.0)
    }

    /// Keeps an object for the next link.
    pub(crate) fn put(&self, key: &Key, object: &[u8]) -> Result<()> {
        let Some(path) = self.path(key) else {
            return Ok(());
        };
        match write(&path, &key.checksum(object), object) {
            Ok(()) => {
                bound::keep(&path, bound::MOST);
                Ok(())
            }
            // Somebody else's is there, who may let nobody replace it.
            Err(_) if self.get(key).is_some() => Ok(()),
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
        Some(folder.join(format!("{OBJECT}{}", key.0)))
    }
}

fn write(path: &Path, checksum: &[u8], object: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    #[cfg(unix)]
    // As any file of the user's: others who share the folder may read it.
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(checksum)?;
    file.write_all(object)?;
    if path.is_dir() {
        // Nobody but this cache has such a name.
        std::fs::remove_dir_all(path)?;
    }
    file.persist(path)?;
    Ok(())
}

impl Key {
    /// Of an object that is kept under this name.
    fn checksum(&self, object: &[u8]) -> [u8; CHECKSUM] {
        Sha256::new().chain_update(&self.0).chain_update(object).finalize().into()
    }
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

    #[test]
    fn a_file_of_another_key_is_not_there() {
        let place = tempfile::tempdir().unwrap();
        let cache = Cache::at(place.path());
        let (one, another) = (key(&["a"]), key(&["b"]));
        cache.put(&one, b"object").unwrap();
        std::fs::copy(cache.path(&one).unwrap(), cache.path(&another).unwrap()).unwrap();
        assert_eq!(cache.get(&another), None);
        assert!(cache.get(&one).is_some());
    }

    #[test]
    fn a_folder_in_a_file_s_place_goes() {
        let place = tempfile::tempdir().unwrap();
        let cache = Cache::at(place.path());
        let key = key(&["a"]);
        std::fs::create_dir_all(cache.path(&key).unwrap().join("deeper")).unwrap();
        assert_eq!(cache.get(&key), None);
        cache.put(&key, b"object").unwrap();
        assert!(cache.get(&key).is_some());
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_what_is_kept() {
        use std::os::unix::fs::PermissionsExt;
        let place = tempfile::tempdir().unwrap();
        let cache = Cache::at(place.path());
        let key = key(&["a"]);
        cache.put(&key, b"object").unwrap();
        let plain = place.path().join("plain");
        std::fs::write(&plain, "").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&cache.path(&key).unwrap()), mode(&plain));
    }

    /// In a folder that others may write to.
    #[cfg(unix)]
    #[test]
    fn nothing_outside_is_written_or_removed() {
        use std::os::unix::fs::symlink;
        let place = tempfile::tempdir().unwrap();
        let (folder, outside) = (place.path().join("cache"), place.path().join("outside"));
        for path in [&folder, &outside] {
            std::fs::create_dir(path).unwrap();
        }
        let kept = outside.join("kept");
        std::fs::write(&kept, "kept").unwrap();
        let cache = Cache::at(&folder);
        let keys = [key(&["a"]), key(&["b"]), key(&["c"])];
        // The lock's name, an object's to a file and to a folder, and old ones' to be evicted.
        symlink(&kept, folder.join(format!("{TURN}{}", keys[0].0))).unwrap();
        symlink(&kept, cache.path(&keys[0]).unwrap()).unwrap();
        symlink(&outside, cache.path(&keys[1]).unwrap()).unwrap();
        std::fs::hard_link(&kept, cache.path(&keys[2]).unwrap()).unwrap();
        for name in [UNFINISHED, OBJECT, TURN] {
            symlink(&outside, folder.join(format!("{name}old"))).unwrap();
        }
        for key in &keys {
            drop(cache.turn(key));
            assert_eq!(cache.get(key), None);
            cache.put(key, b"object").unwrap();
            assert_eq!(cache.get(key).as_deref(), Some(&b"object"[..]));
        }
        bound::keep(&cache.path(&keys[0]).unwrap(), bound::Bound { bytes: 0, files: 0 });
        assert_eq!(std::fs::read(&kept).unwrap(), b"kept");
        assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 1);
    }

    #[test]
    fn links_that_want_the_same_take_turns() {
        let place = tempfile::tempdir().unwrap();
        let cache = Cache::at(place.path().join("new"));
        let key = key(&["a"]);
        let compiled = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let _turn = cache.turn(&key);
                    if cache.get(&key).is_none() {
                        compiled.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        std::thread::sleep(std::time::Duration::from_millis(50));
                        cache.put(&key, b"object").unwrap();
                    }
                });
            }
        });
        assert_eq!(compiled.into_inner(), 1);
        assert_eq!(std::fs::read_dir(place.path().join("new")).unwrap().count(), 1);
    }
}

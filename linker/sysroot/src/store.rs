//! Where finished sysroots are kept: `sysroots` in the user's data folder.
//!
//! Whoever builds or removes one holds a lock of its compiler and target. A build
//! happens in a folder beside the finished ones, whose name begins with a dot, and one
//! rename ends it. The lock ends with its process, so a folder with a dot that is found
//! while holding the lock is what an interrupted build left.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::eh::Eh;
use super::record::{Key, Record};
use crate::error::{Error, Result};
use crate::say::note;

/// The folder.
#[derive(Debug)]
pub(crate) struct Store {
    folder: PathBuf,
}

impl Store {
    /// In `UNPOISON_DATA`, else in `unpoison` in the user's data folder.
    pub(crate) fn open() -> Result<Self> {
        use etcetera::BaseStrategy;
        let data = match std::env::var_os("UNPOISON_DATA").filter(|folder| !folder.is_empty()) {
            Some(folder) => std::path::absolute(&folder).map_err(Error::io("find", &folder))?,
            None => etcetera::choose_base_strategy()
                .map(|user| user.data_dir().join("unpoison"))
                .map_err(|_| {
                Error::Usage("the user has no data folder; set UNPOISON_DATA to one".into())
            })?,
        };
        Ok(Self { folder: data.join("sysroots") })
    }

    /// All finished sysroots, by name.
    pub(crate) fn all(&self) -> Result<Vec<(PathBuf, Record)>> {
        let mut found: Vec<_> = self
            .entries("")?
            .into_iter()
            .filter(|path| !file_name(path).starts_with('.'))
            .filter_map(|path| Record::load(&path).map(|record| (path, record)))
            .collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(found)
    }

    /// The sysroot of a key and a flavour; without one, of the compiler's own.
    pub(crate) fn find(&self, key: &Key, eh: Option<Eh>) -> Result<Option<(PathBuf, Record)>> {
        Ok(self.of(key).find(|(_, record)| record.eh == eh.unwrap_or(record.compiler_default)))
    }

    /// The flavour that the compiler emits by itself, if a sysroot says so.
    pub(crate) fn compiler_default(&self, key: &Key) -> Option<Eh> {
        self.of(key).next().map(|(_, record)| record.compiler_default)
    }

    /// The finished sysroots of a key.
    fn of(&self, key: &Key) -> impl Iterator<Item = (PathBuf, Record)> {
        let flavours = [Eh::Legacy, Eh::Exnref].map(|eh| self.folder.join(key.name(eh)));
        flavours.into_iter().filter_map(|path| Record::load(&path).map(|record| (path, record)))
    }

    /// Waits for others who build or remove sysroots of a key, and removes what
    /// interrupted ones left. The lock ends with the file's handle.
    pub(crate) fn lock(&self, key: &Key) -> Result<File> {
        std::fs::create_dir_all(&self.folder).map_err(Error::io("create", &self.folder))?;
        let path = self.folder.join(format!(".lock-{}", key.identity));
        let file = File::create(&path).map_err(Error::io("write", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                note("waiting for another `unpoison sysroot`");
                file.lock().map_err(Error::io("lock", &path))?;
            }
            Err(TryLockError::Error(e)) => return Err(Error::io("lock", &path)(e)),
        }
        for left in self.entries(&hidden(key))? {
            log::debug!("removing {}, left behind", left.display());
            // What cannot be removed now, the next to hold the lock will.
            let _ = std::fs::remove_dir_all(&left);
        }
        Ok(file)
    }

    /// A folder to build in.
    pub(crate) fn scratch(&self, key: &Key) -> Result<TempDir> {
        let made = tempfile::Builder::new().prefix(&hidden(key)).tempdir_in(&self.folder);
        made.map_err(Error::io("write to the folder", &self.folder))
    }

    /// The file for cargo's words.
    pub(crate) fn log(&self, key: &Key) -> PathBuf {
        self.folder.join(format!("{}.log", key.identity))
    }

    /// Gives a sysroot its name; from then on it is there.
    pub(crate) fn publish(&self, made: &Path, name: &str) -> Result<PathBuf> {
        let path = self.folder.join(name);
        if path.exists() {
            // Not whole, or it would have been found.
            self.remove(&path)?;
        }
        std::fs::rename(made, &path).map_err(Error::io("write", &path))?;
        Ok(path)
    }

    /// Removes a sysroot: first its name, then its files.
    pub(crate) fn remove(&self, path: &Path) -> Result<()> {
        let hidden = self.folder.join(format!(".{}", file_name(path)));
        let _ = std::fs::remove_dir_all(&hidden);
        std::fs::rename(path, &hidden).map_err(Error::io("remove", path))?;
        std::fs::remove_dir_all(&hidden).map_err(Error::io("remove", &hidden))
    }

    /// Removes what is no finished sysroot either and nobody works on.
    pub(crate) fn clear(&self) -> Result<()> {
        for path in self.entries("")? {
            let name = file_name(&path);
            if let Some(identity) = name.strip_prefix(".lock-") {
                let free = File::open(&path).is_ok_and(|file| file.try_lock().is_ok());
                if free {
                    for left in self.entries(&format!(".{identity}"))? {
                        let _ = std::fs::remove_dir_all(&left);
                    }
                }
            } else if name.ends_with(".log") {
                let _ = std::fs::remove_file(&path);
            }
        }
        Ok(())
    }

    /// What is in the folder; nothing if there is no folder.
    fn entries(&self, prefix: &str) -> Result<Vec<PathBuf>> {
        match std::fs::read_dir(&self.folder) {
            Ok(entries) => Ok(entries
                .flatten()
                .map(|entry| entry.path())
                .filter(|path| file_name(path).starts_with(prefix))
                .collect()),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(e) => Err(Error::io("read", &self.folder)(e)),
        }
    }
}

/// How the names of a key's unfinished folders begin.
fn hidden(key: &Key) -> String {
    format!(".{}", key.identity)
}

fn file_name(path: &Path) -> std::borrow::Cow<'_, str> {
    path.file_name().unwrap_or_default().to_string_lossy()
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::sysroot;
    use super::*;

    fn store() -> (TempDir, Store) {
        let place = tempfile::tempdir().unwrap();
        let store = Store { folder: place.path().join("data/sysroots") };
        (place, store)
    }

    /// Builds one as [`super::super::build`] does.
    fn build(store: &Store, eh: Eh) -> (PathBuf, Record) {
        let sample = tempfile::tempdir().unwrap();
        let key = sysroot(sample.path(), eh).key;
        let _lock = store.lock(&key).unwrap();
        let scratch = store.scratch(&key).unwrap();
        let record = sysroot(&scratch.path().join("sysroot"), eh);
        let path = store.publish(&scratch.path().join("sysroot"), &key.name(eh)).unwrap();
        (path, record)
    }

    #[test]
    fn without_a_flavour_the_compiler_s_own_is_meant() {
        let (_place, store) = store();
        assert!(store.all().unwrap().is_empty());
        let (_, record) = build(&store, Eh::Exnref);
        assert_eq!(store.find(&record.key, None).unwrap(), None);
        assert_eq!(store.compiler_default(&record.key), Some(Eh::Legacy));
        let legacy = build(&store, Eh::Legacy);
        assert_eq!(store.find(&record.key, None).unwrap(), Some(legacy));
        assert_eq!(store.all().unwrap().len(), 2);
    }

    #[test]
    fn what_an_interrupted_build_left_is_not_there_and_goes() {
        let (_place, store) = store();
        let (path, record) = build(&store, Eh::Legacy);
        let left = store.scratch(&record.key).unwrap().keep();
        sysroot(&left, Eh::Legacy);
        assert_eq!(store.all().unwrap(), [(path, record.clone())]);
        drop(store.lock(&record.key).unwrap());
        assert!(!left.exists());
    }

    #[test]
    fn a_damaged_one_is_replaced() {
        let (_place, store) = store();
        let (path, record) = build(&store, Eh::Legacy);
        std::fs::remove_file(path.join("lib/a.rlib")).unwrap();
        assert_eq!(store.find(&record.key, None).unwrap(), None);
        build(&store, Eh::Legacy);
        assert!(store.find(&record.key, None).unwrap().is_some());
        store.remove(&path).unwrap();
        assert!(store.all().unwrap().is_empty());
    }
}

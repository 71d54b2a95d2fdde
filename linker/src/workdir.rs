//! Where a link is made before anybody sees it: a folder beside the output, so
//! that the result gets there by a rename.
//!
//! The folder goes away with the value, on success, failure and panic alike. A link that is
//! killed leaves it: a file in it is locked for as long as its link lives, and the next link
//! into the same place takes away each folder whose lock is free.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::lock::{self, Folder};

/// How the folders' names begin.
const PREFIX: &str = ".unpoison-";
/// The file that is locked.
const LOCK: &str = "lock";
/// How many folders a link makes that another one takes away before they are locked.
const TRIES: usize = 16;

/// A temporary folder beside the output.
#[derive(Debug)]
pub(crate) struct WorkDir {
    folder: PathBuf,
    /// `None` where files cannot be locked: there no link takes anything away.
    lock: Option<File>,
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
        let parent = if is_special(target) {
            std::env::temp_dir()
        } else {
            sweep(parent);
            parent.to_owned()
        };
        let (folder, lock) = make(&parent)
            // The kind alone: the error's own text repeats the path.
            .map_err(|e| Error::io("write to the folder", parent)(e.kind().into()))?;
        // rust-lld writes the output's file name into the module, so it stays.
        let output = folder.join(name);
        Ok(Self { folder, lock, output, target: target.to_owned() })
    }

    /// The folder, for whatever the link needs.
    pub(crate) fn path(&self) -> &Path {
        &self.folder
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

impl Drop for WorkDir {
    fn drop(&mut self) {
        if let Ok(open) = Folder::open(&self.folder) {
            clear(&self.folder, &open, self.lock.take());
        }
    }
}

/// Makes a folder, and locks it.
fn make(parent: &Path) -> std::io::Result<(PathBuf, Option<File>)> {
    for _ in 0..TRIES {
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
        match hold(folder.path()) {
            Ok(lock) => return Ok((folder.keep(), lock)),
            // Another link took it for what a killed one left.
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::WouldBlock) => {}
            Err(e) => return Err(e),
        }
    }
    Err(ErrorKind::ResourceBusy.into())
}

/// Locks a folder that was just made.
fn hold(folder: &Path) -> std::io::Result<Option<File>> {
    let path = folder.join(LOCK);
    let file = File::create_new(&path)?;
    match file.try_lock() {
        Ok(()) if path.exists() => Ok(Some(file)),
        Ok(()) => Err(ErrorKind::NotFound.into()),
        Err(TryLockError::WouldBlock) => Err(ErrorKind::WouldBlock.into()),
        Err(TryLockError::Error(e)) => {
            log::debug!("{} cannot be locked: {e}", path.display());
            Ok(None)
        }
    }
}

/// Takes away what killed links left in a folder.
fn sweep(parent: &Path) {
    let Ok(entries) = std::fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let is_ours = entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes())
            && entry.file_type().is_ok_and(|kind| kind.is_dir());
        if !is_ours {
            continue;
        }
        let folder = entry.path();
        let Ok(open) = Folder::open(&folder) else { continue };
        match lock::open(&open.path().join(LOCK), false) {
            Ok(lock) if lock.try_lock().is_ok() => {
                log::debug!("removing {}, left behind", folder.display());
                // Under another name: a rustc that outlives its link puts nothing into it.
                let mut away = folder.clone().into_os_string();
                away.push("-left");
                let away = PathBuf::from(away);
                // Windows renames no folder of an open file: there it is cleared where it is.
                match std::fs::rename(&folder, &away) {
                    Ok(()) => clear(&away, &open.renamed(&away), Some(lock)),
                    Err(_) => clear(&folder, &open, Some(lock)),
                }
            }
            // Killed before there was a lock, or after: it goes if it is empty. A link that
            // is about to lock it makes another one.
            Err(e) if e.kind() == ErrorKind::NotFound => {
                let _ = std::fs::remove_dir(&folder);
            }
            _ => {}
        }
    }
}

/// Removes a folder, its lock last: whoever is killed here leaves what the next link takes
/// away. What cannot be removed stays until then, too. What is removed is what is in the folder
/// that is open.
fn clear(folder: &Path, open: &Folder, lock: Option<File>) {
    for entry in std::fs::read_dir(open.path()).into_iter().flatten().flatten() {
        if entry.file_name() == LOCK {
            continue;
        }
        let _ = match entry.file_type() {
            Ok(kind) if kind.is_dir() => std::fs::remove_dir_all(entry.path()),
            _ => std::fs::remove_file(entry.path()),
        };
    }
    // NFS keeps a name for what is removed while it is open, and Windows the file.
    drop(lock);
    let _ = std::fs::remove_file(open.path().join(LOCK));
    let _ = std::fs::remove_dir(folder);
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

    #[test]
    fn what_a_killed_link_left_goes_and_what_is_in_use_stays() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("a.wasm");
        let living = WorkDir::beside(&target).unwrap();
        let left = place.path().join(".unpoison-left");
        std::fs::create_dir_all(left.join("stubs")).unwrap();
        std::fs::write(left.join("stubs/a.o"), "").unwrap();
        std::fs::write(left.join(LOCK), "").unwrap();
        let unlocked = place.path().join(".unpoison-early");
        std::fs::create_dir(&unlocked).unwrap();
        // Not what a link makes.
        let other = place.path().join(".unpoison-other");
        std::fs::create_dir(&other).unwrap();
        std::fs::write(other.join("kept"), "").unwrap();
        let second = WorkDir::beside(&target).unwrap();
        assert!(!left.exists() && !unlocked.exists());
        assert!(living.path().exists() && second.path().exists() && other.exists());
        drop((living, second));
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_was_left_and_cannot_be_renamed_goes_too() {
        let place = tempfile::tempdir().unwrap();
        let left = place.path().join(".unpoison-left");
        std::fs::create_dir_all(left.join("stubs")).unwrap();
        std::fs::write(left.join(LOCK), "").unwrap();
        let in_the_way = place.path().join(".unpoison-left-left");
        std::fs::create_dir(&in_the_way).unwrap();
        std::fs::write(in_the_way.join("kept"), "").unwrap();
        sweep(place.path());
        assert!(!left.exists() && in_the_way.join("kept").exists());
    }

    /// Who may write to the output's folder makes folders that look like those of links.
    #[cfg(unix)]
    #[test]
    fn nothing_outside_is_removed_or_waited_for() {
        use std::os::unix::fs::symlink;
        let place = tempfile::tempdir().unwrap();
        let (folder, outside) = (place.path().join("out"), place.path().join("outside"));
        for path in [&folder, &outside] {
            std::fs::create_dir(path).unwrap();
        }
        std::fs::write(outside.join("kept"), "kept").unwrap();
        std::fs::write(outside.join(LOCK), "").unwrap();
        let trap = |name: &str| {
            let trap = folder.join(format!("{PREFIX}{name}"));
            std::fs::create_dir(&trap).unwrap();
            trap
        };
        // A whole folder, what is in one, and the lock.
        symlink(&outside, folder.join(format!("{PREFIX}folder"))).unwrap();
        let inside = trap("inside");
        symlink(&outside, inside.join("deeper")).unwrap();
        std::fs::write(inside.join(LOCK), "").unwrap();
        symlink(outside.join("kept"), trap("lock").join(LOCK)).unwrap();
        let pipe = trap("pipe").join(LOCK);
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.is_ok_and(|status| status.success()) || cfg!(not(target_os = "linux")));
        sweep(&folder);
        assert!(!inside.exists());
        assert_eq!(std::fs::read(outside.join("kept")).unwrap(), b"kept");
        assert!(outside.join(LOCK).exists());
    }

    #[test]
    fn links_at_once_do_not_take_each_other_s_folder() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("a.wasm");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let work = WorkDir::beside(&target).unwrap();
                        std::fs::write(work.output(), "").unwrap();
                        assert!(work.output().exists() && work.path().join(LOCK).exists());
                    }
                });
            }
        });
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
    }
}

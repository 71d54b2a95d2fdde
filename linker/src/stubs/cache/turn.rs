//! One link compiles, others that want the same object wait for it.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::TURN;
use crate::lock;

/// The longest that a link waits. Who holds a lock for longer is stopped, or on another
/// machine that is gone: then the object is compiled twice.
const LONGEST: Duration = Duration::from_secs(60);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(10);

/// A lock that ends with the value, or with the process. Whoever has it looks into the cache
/// first: a lock may be of a file that has lost its name.
#[derive(Debug)]
pub(in crate::stubs) struct Turn {
    file: Option<File>,
    path: PathBuf,
}

impl Turn {
    /// Waits for it. `None` where files cannot be locked, or written.
    pub(super) fn take(folder: &Path, name: &str) -> Option<Self> {
        std::fs::create_dir_all(folder).ok()?;
        let path = folder.join(format!("{TURN}{name}"));
        let begun = Instant::now();
        loop {
            // Anew each time: who had it last removed its name.
            let file = lock::open(&path, true).ok()?;
            match file.try_lock() {
                Ok(()) => return Some(Self { file: Some(file), path }),
                Err(TryLockError::WouldBlock) if begun.elapsed() < LONGEST => {
                    std::thread::sleep(PAUSE);
                }
                Err(TryLockError::WouldBlock) => {
                    log::debug!("{} is locked for long, compiling all the same", path.display());
                    return None;
                }
                Err(TryLockError::Error(e)) => {
                    log::debug!("{} cannot be locked: {e}", path.display());
                    let _ = std::fs::remove_file(&path);
                    return None;
                }
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // It stays where it cannot be removed, and is used again.
        let _ = std::fs::remove_file(&self.path);
        drop(self.file.take());
    }
}

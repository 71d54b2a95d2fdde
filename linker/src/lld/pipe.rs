//! A named pipe in the place of rust-lld's output.
//!
//! A module that is rewritten needs no file of what it was before: through a pipe it is here
//! while rust-lld still writes it, nothing is read twice or taken away, and nobody waits for
//! rust-lld to give back its memory.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// A pipe that somebody is about to write into by its name.
#[derive(Debug)]
pub(super) struct Pipe {
    reader: File,
    keeper: Keeper,
}

/// Holds a pipe open for writing until its writer has come, or will not come any more.
#[derive(Clone, Debug)]
pub(super) struct Keeper(Arc<Mutex<Option<File>>>);

impl Keeper {
    /// Whoever reads sees the end as soon as nobody else writes.
    pub(super) fn let_go(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

impl Pipe {
    /// Makes a pipe; `None` where there are none.
    #[cfg(target_os = "linux")]
    pub(super) fn make(path: &Path) -> Option<Self> {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        /// As much as goes in before it is taken out; the system's limit for a user who is
        /// not root.
        const SIZE: usize = 1 << 20;
        // The bits of rust-lld's output, which are those of the module that is published.
        let mode = Mode::RWXU | Mode::RWXG | Mode::RWXO;
        mknodat(CWD, path, FileType::Fifo, mode, 0).ok()?;
        // Opened for both, which waits for nobody, then for one.
        let both = File::options().read(true).write(true).open(path);
        let pipe = both.and_then(|both| Ok((File::open(path)?, both)));
        let Ok((reader, keeper)) = pipe else {
            let _ = std::fs::remove_file(path);
            return None;
        };
        // Slower, if it stays as it is.
        let _ = rustix::pipe::fcntl_setpipe_size(&reader, SIZE);
        Some(Self { reader, keeper: Keeper(Arc::new(Mutex::new(Some(keeper)))) })
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn make(_path: &Path) -> Option<Self> {
        None
    }

    /// What [`read`](Self::read) waits for unless somebody writes.
    pub(super) fn keeper(&self) -> Keeper {
        self.keeper.clone()
    }

    /// All that is written; nothing if the keeper lets go before anybody writes.
    ///
    /// # Errors
    /// Those of reading.
    pub(super) fn read(mut self) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; 64 << 10];
        let first = loop {
            match self.reader.read(&mut bytes) {
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.keeper.let_go();
        bytes.truncate(first);
        self.reader.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_to_its_end() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("pipe");
        let written: Vec<u8> = (0..3_000_000u32).map(|at| (at % 251) as u8).collect();
        let pipe = Pipe::make(&path).unwrap();
        let read = std::thread::scope(|scope| {
            scope.spawn(|| std::fs::write(&path, &written).unwrap());
            pipe.read().unwrap()
        });
        assert!(read == written);
    }

    #[test]
    fn a_writer_that_never_comes_is_not_waited_for() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("pipe");
        let pipe = Pipe::make(&path).unwrap();
        let keeper = pipe.keeper();
        // As if rust-lld had put a file of its own there.
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "file").unwrap();
        let read = std::thread::scope(|scope| {
            scope.spawn(move || keeper.let_go());
            pipe.read().unwrap()
        });
        assert!(read.is_empty());
    }

    #[test]
    fn where_there_is_no_place_there_is_no_pipe() {
        assert!(Pipe::make(Path::new("/nonexistent/pipe")).is_none());
    }
}

//! Files that are locked, and folders that are cleared, where others may write, too.
//!
//! Who can write to a folder can give any name in it to a link to another file, or to a pipe. So
//! neither is opened, and a folder is gone through by itself, whatever is called by its name
//! meanwhile.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Result};
use std::path::{Path, PathBuf};

/// Opens a plain file to lock it, or to change its time; makes it if asked. What is in it stays.
pub(crate) fn open(path: &Path, make: bool) -> Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(make);
    flags(&mut options, Flags::File);
    // Where there are no such flags, it is looked at before.
    if cfg!(not(target_os = "linux")) && path.symlink_metadata().is_ok_and(|of| !of.is_file()) {
        return Err(ErrorKind::InvalidInput.into());
    }
    let file = options.open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(ErrorKind::InvalidInput.into()),
    }
}

/// A folder that is open: its path leads to it, whatever becomes of its name.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// Where the system has a name for what is open.
    _open: Option<File>,
}

impl Folder {
    /// Opens a folder, and no link to one.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        if !path.symlink_metadata()?.is_dir() {
            return Err(ErrorKind::NotADirectory.into());
        }
        let plain = Self { path: path.to_owned(), _open: None };
        if cfg!(not(target_os = "linux")) {
            return Ok(plain);
        }
        let mut options = OpenOptions::new();
        options.read(true);
        flags(&mut options, Flags::Folder);
        let open = options.open(path)?;
        let by_itself = descriptor(&open).filter(|path| path.is_dir());
        Ok(by_itself.map_or(plain, |path| Self { path, _open: Some(open) }))
    }

    /// The same once it has another name, where its path is by that.
    pub(crate) fn renamed(self, to: &Path) -> Self {
        match self._open {
            Some(_) => self,
            None => Self { path: to.to_owned(), _open: None },
        }
    }

    /// What leads to what is in it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// What is opened.
#[derive(Clone, Copy)]
enum Flags {
    File,
    Folder,
}

#[cfg(target_os = "linux")]
fn flags(options: &mut OpenOptions, of: Flags) {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    let kind = match of {
        // A pipe without a reader would be waited for.
        Flags::File => OFlags::NONBLOCK,
        Flags::Folder => OFlags::DIRECTORY,
    };
    options.custom_flags((OFlags::NOFOLLOW | kind).bits().cast_signed());
}

#[cfg(not(target_os = "linux"))]
fn flags(_: &mut OpenOptions, _: Flags) {}

#[cfg(target_os = "linux")]
fn descriptor(file: &File) -> Option<PathBuf> {
    use std::os::fd::AsRawFd;
    Some(format!("/proc/self/fd/{}", file.as_raw_fd()).into())
}

#[cfg(not(target_os = "linux"))]
fn descriptor(_: &File) -> Option<PathBuf> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn neither_links_nor_folders_are_opened_as_files() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        std::fs::write(at("outside"), "kept").unwrap();
        symlink(at("outside"), at("link")).unwrap();
        symlink(at("nowhere"), at("dangling")).unwrap();
        std::fs::create_dir(at("folder")).unwrap();
        for name in ["link", "dangling", "folder"] {
            assert!(open(&at(name), true).is_err(), "{name}");
        }
        assert!(!at("nowhere").exists());
        open(&at("outside"), true).unwrap();
        assert_eq!(std::fs::read(at("outside")).unwrap(), b"kept");
        open(&at("new"), true).unwrap();
        assert!(open(&at("missing"), false).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn nobody_waits_for_a_pipe() {
        let place = tempfile::tempdir().unwrap();
        let pipe = place.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(open(&pipe, true).is_err());
    }

    #[test]
    fn a_folder_is_itself_whatever_its_name_is_given_to() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        for name in ["folder", "outside"] {
            std::fs::create_dir(at(name)).unwrap();
            std::fs::write(at(name).join(name), "").unwrap();
        }
        let folder = Folder::open(&at("folder")).unwrap();
        if cfg!(target_os = "linux") {
            std::fs::rename(at("folder"), at("renamed")).unwrap();
            symlink(at("outside"), at("folder")).unwrap();
            assert!(Folder::open(&at("folder")).is_err());
        }
        let mut entries = std::fs::read_dir(folder.path()).unwrap();
        assert_eq!(entries.next().unwrap().unwrap().file_name(), "folder");
    }
}

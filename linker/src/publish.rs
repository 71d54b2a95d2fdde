//! Puts the finished files in place, all bytes or none.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::wasm::output::Output;
use crate::workdir::{WorkDir, is_special};

/// A file that goes beside the module.
#[derive(Debug)]
pub(crate) struct Beside {
    /// Where.
    pub path: PathBuf,
    /// What is in it; `None` takes an older one away.
    pub content: Option<Vec<u8>>,
}

/// Puts the finished module where rustc expects it and, if there are any, its other files
/// beside it. Older ones go: they speak of other code.
///
/// The module keeps the permission bits that rust-lld gave its output.
pub(crate) fn publish(
    work: &WorkDir,
    module: Option<&Output<'_>>,
    beside: &[Beside],
) -> Result<()> {
    let finished = match module {
        Some(module) => written(work, module)?,
        None => work.output().to_owned(),
    };
    for (at, Beside { path, content }) in beside.iter().enumerate() {
        if let Some(bytes) = content {
            if path.is_dir() {
                return Err(Error::io("write", path)(std::io::ErrorKind::IsADirectory.into()));
            }
            let made = made(work, at);
            std::fs::write(&made, bytes).map_err(Error::io("write", &made))?;
        }
    }
    // Whoever is killed between two steps leaves a module without these files, never one with
    // another's. The old ones stay where the old module does; as a rule there are none.
    let mut taken = Vec::new();
    for (at, Beside { path, .. }) in beside.iter().enumerate() {
        let old = work.path().join(format!("old-{at}"));
        if path.is_file() && put(path, &old).is_ok() {
            // Where it was copied.
            let _ = std::fs::remove_file(path);
            taken.push((old, path));
        }
    }
    place(&finished, work.target()).inspect_err(|_| {
        for (old, path) in &taken {
            let _ = put(old, path);
        }
    })?;
    for (at, Beside { path, content }) in beside.iter().enumerate() {
        if content.is_some() {
            place(&made(work, at), path).inspect_err(|_| {
                // Half a result is none.
                let _ = std::fs::remove_file(work.target());
                for Beside { path, content } in beside.iter().take(at) {
                    if content.is_some() {
                        let _ = std::fs::remove_file(path);
                    }
                }
            })?;
        }
    }
    Ok(())
}

/// Writes the module into a new file with the permission bits of rust-lld's. Not into rust-lld's:
/// some file systems write a file to the disk at once that was cut to nothing before.
fn written(work: &WorkDir, module: &Output<'_>) -> Result<PathBuf> {
    let path = work.path().join("module");
    File::create(&path).and_then(|file| module.write(file)).map_err(Error::io("write", &path))?;
    #[cfg(unix)]
    {
        let bits = std::fs::metadata(work.output()).map(|linked| linked.permissions());
        bits.and_then(|bits| std::fs::set_permissions(&path, bits))
            .map_err(Error::io("write", &path))?;
    }
    Ok(path)
}

/// Where a file is made that goes beside the module.
fn made(work: &WorkDir, at: usize) -> PathBuf {
    work.path().join(format!("beside-{at}"))
}

/// `NAME.unpoison.json` beside the output `NAME.wasm`, or beside `NAME`.
pub(crate) fn sites_path(target: &Path) -> PathBuf {
    let name = match target.extension() {
        Some(extension) if extension == "wasm" => target.with_extension(""),
        _ => target.to_owned(),
    };
    let mut path = name.into_os_string();
    path.push(".unpoison.json");
    path.into()
}

fn place(made: &Path, target: &Path) -> Result<()> {
    put(made, target).map_err(Error::io("write", target))
}

fn put(made: &Path, target: &Path) -> std::io::Result<()> {
    if is_special(target) {
        // Never a rename over a device.
        return std::fs::read(made).and_then(|bytes| std::fs::write(target, bytes));
    }
    if swap(made, target) {
        return Ok(());
    }
    let renamed = match cfg!(windows) {
        true => replace(made, target, |from, to| std::fs::rename(from, to)),
        false => std::fs::rename(made, target),
    };
    match renamed {
        // A component's table: its module is linked in the system's place for such.
        Err(e) if e.kind() == std::io::ErrorKind::CrossesDevices => {
            let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new("."));
            let mut copy = tempfile::Builder::new().prefix(".unpoison-").tempfile_in(folder)?;
            std::io::copy(&mut File::open(made)?, &mut copy)?;
            copy.as_file().set_permissions(std::fs::metadata(made)?.permissions())?;
            copy.persist(target).map(drop).map_err(|e| e.error)
        }
        done => done,
    }
}

/// Puts a file in the place of an older one, which is where it was then; false if that cannot be
/// had here. A rename over a file makes some file systems (ext4) write the new one to the disk at
/// once, for which a link would wait.
#[cfg(target_os = "linux")]
fn swap(made: &Path, target: &Path) -> bool {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    std::fs::symlink_metadata(target).is_ok_and(|old| old.is_file())
        && renameat_with(CWD, made, CWD, target, RenameFlags::EXCHANGE).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn swap(_made: &Path, _target: &Path) -> bool {
    false
}

/// How long it is tried to replace a file that others have open: longer than a scanner looks at
/// what is new, or another link at what it replaces.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(25);

/// A rename where a file that somebody has open may not be replaced, or one that is read-only.
/// Whoever lets others remove it lets them rename it, too: then it goes to `made`'s folder, as
/// rust-lld does it. `rename` is the system's.
fn replace(
    made: &Path,
    target: &Path,
    rename: impl Fn(&Path, &Path) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let mut away = OsString::from(made);
    away.push(".away");
    let away = Path::new(&away);
    let mut is_away = false;
    let mut tries = 0;
    let why = loop {
        let Err(e) = rename(made, target) else { return Ok(()) };
        tries += 1;
        if !is_in_use(&e) || tries == TRIES {
            break e;
        }
        if !is_away && target.is_file() && rename(target, away).is_ok() {
            is_away = true;
        } else {
            std::thread::sleep(PAUSE);
        }
    };
    if is_away && !target.exists() {
        // As it was.
        let _ = rename(away, target);
    }
    Err(why)
}

fn is_in_use(e: &std::io::Error) -> bool {
    /// `ERROR_SHARING_VIOLATION`
    const SHARED: i32 = 32;
    e.kind() == std::io::ErrorKind::PermissionDenied
        || cfg!(windows) && e.raw_os_error() == Some(SHARED)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As on Windows: a file that is there is not replaced.
    fn rename(from: &Path, to: &Path) -> std::io::Result<()> {
        match to.exists() {
            true => Err(std::io::ErrorKind::PermissionDenied.into()),
            false => std::fs::rename(from, to),
        }
    }

    #[test]
    fn a_file_that_is_open_makes_room() {
        let place = tempfile::tempdir().unwrap();
        let (made, target) = (place.path().join("made"), place.path().join("a.wasm"));
        std::fs::write(&made, "new").unwrap();
        replace(&made, &target, rename).unwrap();
        std::fs::write(&made, "newer").unwrap();
        replace(&made, &target, rename).unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"newer");
    }

    #[test]
    fn a_file_that_cannot_be_moved_stays() {
        let place = tempfile::tempdir().unwrap();
        let (made, target) = (place.path().join("made"), place.path().join("a.wasm"));
        std::fs::write(&target, "old").unwrap();
        // There is nothing to put in place; or all is denied.
        let denied = |_: &Path, _: &Path| Err(std::io::ErrorKind::PermissionDenied.into());
        for done in [replace(&made, &target, rename), replace(&made, &target, denied)] {
            done.unwrap_err();
            assert_eq!(std::fs::read(&target).unwrap(), b"old");
            assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
        }
    }

    fn work(place: &Path) -> WorkDir {
        let work = WorkDir::beside(&place.join("a.wasm")).unwrap();
        std::fs::write(work.output(), "from lld").unwrap();
        work
    }

    fn new() -> Output<'static> {
        b"new".to_vec().into()
    }

    fn table(target: &Path, content: Option<&[u8]>) -> Beside {
        Beside { path: sites_path(target), content: content.map(<[u8]>::to_vec) }
    }

    #[test]
    fn the_module_replaces_an_older_one_and_keeps_its_bits() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("a.wasm");
        std::fs::write(&target, "old").unwrap();
        let work = work(place.path());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let bits = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(work.output(), bits).unwrap();
        }
        publish(&work, Some(&new()), &[table(&target, Some(b"{}"))]).unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"new");
        assert_eq!(std::fs::read(sites_path(&target)).unwrap(), b"{}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&target).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o755);
        }
    }

    #[test]
    fn an_older_site_table_goes() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("a.wasm");
        std::fs::write(sites_path(&target), "old").unwrap();
        publish(&work(place.path()), None, &[table(&target, None)]).unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"from lld");
        assert!(!sites_path(&target).exists());
    }

    #[test]
    fn a_folder_in_the_way_is_an_error_and_nothing_is_left() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("a.wasm");
        std::fs::create_dir(&target).unwrap();
        std::fs::write(target.join("x"), "").unwrap();
        let work = work(place.path());
        publish(&work, Some(&new()), &[table(&target, Some(b"{}"))]).unwrap_err();
        drop(work);
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_module_that_stays_keeps_its_table() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("a.wasm");
        std::fs::write(&target, "old").unwrap();
        std::fs::write(sites_path(&target), "old table").unwrap();
        let work = work(place.path());
        // As if the disk were gone: there is nothing to put in place.
        std::fs::remove_file(work.output()).unwrap();
        publish(&work, None, &[table(&target, Some(b"{}"))]).unwrap_err();
        drop(work);
        assert_eq!(std::fs::read(&target).unwrap(), b"old");
        assert_eq!(std::fs::read(sites_path(&target)).unwrap(), b"old table");
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 2);
    }

    #[test]
    fn of_several_files_all_are_placed_or_none() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("a.wasm");
        let beside = |name: &str| Beside {
            path: place.path().join(name),
            content: Some(name.as_bytes().to_vec()),
        };
        let files = [beside("a.debug.wasm"), beside("a.wasm.map")];
        publish(&work(place.path()), Some(&new()), &files).unwrap();
        for file in &files {
            assert_eq!(std::fs::read(&file.path).ok(), file.content);
        }
        // As if the folder of one had gone in the meantime.
        let gone = Beside { path: place.path().join("gone/a"), content: Some(Vec::new()) };
        publish(&work(place.path()), Some(&new()), &[beside("a.debug.wasm"), gone]).unwrap_err();
        assert!(!target.exists() && !files[0].path.exists());
    }

    #[test]
    fn a_folder_in_the_table_s_place_changes_nothing() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("a.wasm");
        std::fs::write(&target, "old").unwrap();
        std::fs::create_dir(sites_path(&target)).unwrap();
        publish(&work(place.path()), Some(&new()), &[table(&target, Some(b"{}"))]).unwrap_err();
        assert_eq!(std::fs::read(&target).unwrap(), b"old");
        assert!(sites_path(&target).is_dir());
    }
}

//! How much is kept: what was not used for longest goes first.
//!
//! A file's time of change says when it was used last, to the day. A link that reads a file
//! while another one removes it reads on; on Windows it is not removed then.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::{OBJECT, TURN, UNFINISHED};
use crate::lock;

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    /// The most bytes.
    pub bytes: u64,
    /// The most files.
    pub files: usize,
}

/// An object has some 40 kB, one with a whole `core` of the program's own a few times that.
pub(super) const MOST: Bound = Bound { bytes: 32 << 20, files: 500 };

/// How exactly the time of use is known; and how long a link may take to write a file.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Notes that a file was used.
pub(super) fn used(path: &Path, metadata: &Metadata) {
    let now = SystemTime::now();
    if metadata.modified().is_ok_and(|then| apart(now, then) < DAY) {
        return;
    }
    // In a cache that is somebody else's it is not noted.
    let file = lock::open(path, false);
    let _ = file.and_then(|file| file.set_modified(now));
}

/// Removes what is too much, and what killed links left; `new` stays.
pub(super) fn keep(new: &Path, most: Bound) {
    let Some(entries) = new.parent().and_then(|folder| std::fs::read_dir(folder).ok()) else {
        return;
    };
    let now = SystemTime::now();
    let mut objects: Vec<(Duration, u64, PathBuf)> = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name();
        let begins = |prefix: &str| name.as_encoded_bytes().starts_with(prefix.as_bytes());
        let Ok(metadata) = entry.metadata() else { continue };
        let Ok(then) = metadata.modified() else { continue };
        if !metadata.is_file() {
            continue;
        }
        let path = entry.path();
        if begins(OBJECT) {
            let age = if path == new { Duration::ZERO } else { age(now, then) };
            objects.push((age, metadata.len(), path));
        } else if (begins(UNFINISHED) || begins(TURN)) && apart(now, then) > DAY {
            let _ = std::fs::remove_file(path);
        }
    }
    objects.sort();
    let mut bytes = 0_u64;
    for (number, (_, length, path)) in objects.into_iter().enumerate() {
        bytes = bytes.saturating_add(length);
        if path != new && (number >= most.files || bytes > most.bytes) {
            log::debug!("removing {}, not used for long", path.display());
            let _ = std::fs::remove_file(path);
        }
    }
}

/// How long ago it was. What is of another day to come is of a clock that was wrong: it is
/// older than all else.
fn age(now: SystemTime, then: SystemTime) -> Duration {
    match now.duration_since(then) {
        Ok(age) => age,
        Err(e) if e.duration() < DAY => Duration::ZERO,
        Err(_) => Duration::MAX,
    }
}

/// How long lies between two times, whichever is first.
fn apart(now: SystemTime, then: SystemTime) -> Duration {
    now.duration_since(then).unwrap_or_else(|e| e.duration())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::OpenOptions;

    /// A folder with files of ten bytes each, used so many days ago.
    fn folder(files: &[(&str, f64)]) -> tempfile::TempDir {
        let place = tempfile::tempdir().unwrap();
        for (name, days) in files {
            let path = place.path().join(name);
            std::fs::write(&path, "0123456789").unwrap();
            set(&path, *days);
        }
        place
    }

    fn set(path: &Path, days: f64) {
        let now = SystemTime::now();
        let time = if days < 0.0 { now + DAY.mul_f64(-days) } else { now - DAY.mul_f64(days) };
        OpenOptions::new().write(true).open(path).unwrap().set_modified(time).unwrap();
    }

    fn left(place: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(place).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn what_was_not_used_for_longest_goes() {
        let files = [("stubs-a", 3.0), ("stubs-b", 1.5), ("stubs-c", 9.0), ("stubs-d", 50.0)];
        let place = folder(&files);
        // The newest one stays, whatever its time is.
        keep(&place.path().join("stubs-d"), Bound { bytes: 35, files: 9 });
        assert_eq!(left(place.path()), ["stubs-a", "stubs-b", "stubs-d"]);
        keep(&place.path().join("stubs-d"), Bound { bytes: 35, files: 2 });
        assert_eq!(left(place.path()), ["stubs-b", "stubs-d"]);
        keep(&place.path().join("stubs-d"), Bound { bytes: 0, files: 0 });
        assert_eq!(left(place.path()), ["stubs-d"]);
    }

    #[test]
    fn a_clock_that_jumped_keeps_nothing_for_ever() {
        let place = folder(&[("stubs-a", 8000.0), ("stubs-b", -8000.0), ("stubs-c", -0.5)]);
        keep(&place.path().join("stubs-n"), Bound { bytes: 25, files: 9 });
        assert_eq!(left(place.path()), ["stubs-a", "stubs-c"]);
    }

    #[test]
    fn what_killed_links_left_goes_and_a_stranger_s_files_stay() {
        let files = [
            (".stubs-a", 2.0),
            (".stubs-b", 0.1),
            (".turn-a", -2.0),
            (".turn-b", 0.0),
            ("mine", 9.0),
        ];
        let place = folder(&files);
        keep(&place.path().join("stubs-n"), MOST);
        assert_eq!(left(place.path()), [".stubs-b", ".turn-b", "mine"]);
    }

    #[test]
    fn use_is_noted_once_a_day() {
        let place = folder(&[("stubs-a", 2.0), ("stubs-b", 0.5), ("stubs-c", -2.0)]);
        for (name, noted) in [("stubs-a", true), ("stubs-b", false), ("stubs-c", true)] {
            let path = place.path().join(name);
            let before = std::fs::metadata(&path).unwrap();
            used(&path, &before);
            let after = std::fs::metadata(&path).unwrap().modified().unwrap();
            assert_eq!(after != before.modified().unwrap(), noted, "{name}");
            let near = apart(SystemTime::now(), after) < DAY;
            assert!(near, "{name}");
        }
    }
}

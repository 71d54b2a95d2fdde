//! A stub cache with rubbish in it, with odd times, with too much.

use super::Tally;
use super::subject::{Case, Must, Place, Subject};
use crate::run;
use anyhow::{Context, Result};
use std::fs::OpenOptions;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

/// The most bytes that are kept, as docs/options.md promises.
const MOST: u64 = 32 << 20;
/// 1 January 2100.
const YEAR_2100: u64 = 4_102_444_800;

/// What is done to a file.
type Damage = (&'static str, fn(&Subject, &Path, &[u8]) -> Result<()>);

const DAMAGES: [Damage; 11] = [
    ("empty", |_, path, _| Ok(std::fs::write(path, "")?)),
    ("cut in the middle", |_, path, was| Ok(std::fs::write(path, &was[..was.len() / 2])?)),
    ("cut at its end", |_, path, was| Ok(std::fs::write(path, &was[..was.len() - 1])?)),
    ("zeros", |_, path, was| Ok(std::fs::write(path, vec![0; was.len()])?)),
    ("random bytes", |subject, path, was| {
        let random: Vec<u8> = was.iter().map(|_| subject.random(256) as u8).collect();
        Ok(std::fs::write(path, random)?)
    }),
    ("a bit that is not what it was", |subject, path, was| {
        let mut bytes = was.to_vec();
        let at = subject.random(bytes.len() as u64) as usize;
        bytes[at] ^= 1;
        Ok(std::fs::write(path, bytes)?)
    }),
    ("much longer", |_, path, _| {
        let file = OpenOptions::new().write(true).open(path)?;
        // Nothing of it is on the disk.
        Ok(file.set_len(1 << 40)?)
    }),
    ("a folder", |_, path, _| {
        std::fs::remove_file(path)?;
        std::fs::create_dir(path)?;
        Ok(std::fs::write(path.join("file"), "")?)
    }),
    ("a link to nothing", |_, path, _| {
        std::fs::remove_file(path)?;
        Ok(std::os::unix::fs::symlink("nothing", path)?)
    }),
    ("a link to itself", |_, path, _| {
        std::fs::remove_file(path)?;
        Ok(std::os::unix::fs::symlink(path, path)?)
    }),
    ("a pipe", |_, path, _| {
        std::fs::remove_file(path)?;
        run::quiet(Command::new("mkfifo").arg(path)).map(drop)
    }),
];

/// Each file damaged in each way, and two exchanged.
pub(super) fn rubbish(subject: &Subject, tally: &mut Tally) -> Result<()> {
    let place = subject.warm_place()?;
    let object = only_object(&place)?;
    let was = std::fs::read(&object)?;
    for (name, damage) in DAMAGES {
        damage(subject, &object, &was).with_context(|| name.to_owned())?;
        link(subject, &place, name, tally)?;
        mended(&object, &was, name, tally);
    }
    // Whole, and of other stubs: those that lack a layer.
    let other = subject.place()?;
    let mut lesser = subject.command(&other)?;
    run::quiet(lesser.env("UNPOISON_STUBS_WITHOUT", "payload"))?;
    std::fs::copy(only_object(&other)?, &object)?;
    link(subject, &place, "another layer's", tally)?;
    mended(&object, &was, "another layer's", tally);
    // What a killed link left, of this version or of another one; and somebody else's.
    for name in [".stubs-left", ".turn-left", ".tmpleft", "stubs-", "notes.txt"] {
        std::fs::write(place.cache.join(name), "rubbish")?;
    }
    let turn = object.file_name().unwrap_or_default().to_string_lossy().replace("stubs-", ".turn-");
    std::fs::remove_file(&object)?;
    std::fs::create_dir(place.cache.join(turn))?;
    link(subject, &place, "files of others", tally)
}

/// Files that were written when clocks were wrong.
pub(super) fn clock(subject: &Subject, tally: &mut Tally) -> Result<()> {
    let place = subject.warm_place()?;
    let object = only_object(&place)?;
    let far = SystemTime::UNIX_EPOCH + Duration::from_secs(YEAR_2100);
    for (name, time) in [("1970", SystemTime::UNIX_EPOCH), ("2100", far)] {
        for path in [&object, &place.cache, &place.out] {
            std::fs::File::open(path)?.set_modified(time)?;
        }
        let left = place.out.join(".unpoison-left");
        std::fs::create_dir_all(&left)?;
        std::fs::File::create(left.join("lock"))?.set_modified(time)?;
        std::fs::File::open(&left)?.set_modified(time)?;
        link(subject, &place, name, tally)?;
        let now = std::fs::metadata(&object)?.modified()?;
        if now == time {
            tally.lose(format!("{name}: its use was not noted"));
        }
    }
    Ok(())
}

/// More than is kept: what was not used for longest goes.
pub(super) fn bound(subject: &Subject, tally: &mut Tally) -> Result<()> {
    let place = subject.place()?;
    let megabyte = vec![0; 1 << 20];
    let now = SystemTime::now();
    let path = |number: u64| place.cache.join(format!("stubs-{number:032x}"));
    for number in 0..40 {
        std::fs::write(path(number), &megabyte)?;
        let time = now - Duration::from_secs((number + 1) * 24 * 60 * 60);
        OpenOptions::new().write(true).open(path(number))?.set_modified(time)?;
    }
    link(subject, &place, "40 MiB", tally)?;
    let mut bytes = 0;
    for object in place.objects()? {
        bytes += std::fs::metadata(object)?.len();
    }
    let (newest, oldest) = (path(0).exists(), path(39).exists());
    if bytes > MOST || !newest || oldest {
        tally.lose(format!("{bytes} bytes are kept; newest: {newest}, oldest: {oldest}"));
    }
    // The stubs are read and thrown out again and again.
    let ours: Vec<_> = place.objects()?.into_iter().filter(|p| *p != path(0)).collect();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                for path in &ours {
                    // It is there every other time.
                    let _ = std::fs::remove_file(path);
                }
                std::thread::sleep(Duration::from_millis(3));
            }
        });
        let linked = (0..8).try_for_each(|_| link(subject, &place, "thrown out", tally));
        done.store(true, Ordering::Relaxed);
        linked
    })
}

fn link(subject: &Subject, place: &Place, name: &str, tally: &mut Tally) -> Result<()> {
    subject.prepare(place, true)?;
    // One that waits for a pipe would wait for ever.
    let command = super::subject::wrapped(["timeout", "100"], &subject.command(place)?);
    let output = run::output(&mut { command })?;
    let case = Case { name, place, old: true, must: Must::Succeed, path: &place.cache };
    subject.judge(&case, &output, tally);
    if output.status.success() {
        subject.settle(&case, &mut subject.command(place)?, tally)?;
    }
    Ok(())
}

fn only_object(place: &Place) -> Result<std::path::PathBuf> {
    place.objects()?.pop().context("nothing is in the cache")
}

/// The file is what it was; for the next damage in any case.
fn mended(path: &Path, was: &[u8], name: &str, tally: &mut Tally) {
    if std::fs::symlink_metadata(path).is_ok_and(|m| m.is_file() && m.len() == was.len() as u64)
        && std::fs::read(path).is_ok_and(|is| is == was)
    {
        return;
    }
    tally.lose(format!("{name}: the file stays damaged"));
    let _ = std::fs::remove_dir_all(path);
    let _ = std::fs::remove_file(path);
    let _ = std::fs::write(path, was);
}

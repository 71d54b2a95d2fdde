//! Folders that cannot be written, and those of others.

use super::Tally;
use super::namespace::{MISSING, Namespace};
use super::subject::{Case, Must, Place, Subject, wrapped};
use crate::run;
use anyhow::Result;
use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::Command;

/// Root without what lets it pass all permissions.
const POWERLESS: [&str; 4] =
    ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all"];
/// `nobody`.
const NOBODY: u32 = 65534;

/// A folder of a link, whether its cache is warm, and what must become of it.
type Part = (&'static str, fn(&Place) -> &Path, bool, Must);

const PARTS: [Part; 5] = [
    ("output", |p| &p.out, true, Must::Refuse),
    ("cold output", |p| &p.out, false, Must::Refuse),
    ("cold cache", |p| &p.cache, false, Must::Refuse),
    ("warm cache", |p| &p.cache, true, Must::Succeed),
    ("temporary", |p| &p.temp, false, Must::Succeed),
];

/// By a file system, by permissions, and by what is no folder.
pub(super) fn read_only(subject: &Subject, tally: &mut Tally) -> Result<()> {
    for (name, folder, warm, must) in PARTS {
        let place = if warm { subject.warm_place()? } else { subject.place()? };
        let at = folder(&place);
        subject.prepare(&place, true)?;
        let case = Case { name, place: &place, old: true, must, path: at };
        match Namespace::new() {
            Some(namespace) => {
                let path = at.display().to_string();
                namespace.mount(&["--bind", &path], at)?;
                namespace.mount(&["-o", "remount,ro,bind"], at)?;
                let output = run::output(&mut namespace.enter(&subject.command(&place)?))?;
                subject.judge(&case, &output, tally);
            }
            None => tally.miss(MISSING),
        }
        if !warm {
            place.cool()?;
        }
        subject.prepare(&place, true)?;
        std::fs::set_permissions(at, Permissions::from_mode(0o555))?;
        let judged = with_permissions(subject, &case, tally);
        std::fs::set_permissions(at, Permissions::from_mode(0o755))?;
        judged?;
        subject.settle(&case, &mut subject.command(&place)?, tally)?;
    }
    no_folder(subject, tally)
}

/// Makes something at a path.
type Make = fn(&Path) -> std::io::Result<()>;

/// The cache is something else than a folder, or cannot be one.
fn no_folder(subject: &Subject, tally: &mut Tally) -> Result<()> {
    let mut place = subject.place()?;
    std::fs::remove_dir(&place.cache)?;
    let kinds: [(&str, Make); 4] = [
        ("a file", |path| std::fs::write(path, "")),
        ("a link to nothing", |path| symlink("/nothing/there", path)),
        ("a link to itself", |path| symlink(path, path)),
        ("a device", |path| symlink("/dev/null", path)),
    ];
    for (name, make) in kinds {
        make(&place.cache)?;
        subject.prepare(&place, true)?;
        let output = run::output(&mut subject.command(&place)?)?;
        let must = Must::Refuse;
        let case = Case { name, place: &place, old: true, must, path: &place.cache };
        subject.judge(&case, &output, tally);
        std::fs::remove_file(&place.cache)?;
        subject.settle(&case, &mut subject.command(&place)?, tally)?;
        std::fs::remove_dir_all(&place.cache)?;
    }
    // Below a file there is none either.
    let file = place.root.join("file");
    std::fs::write(&file, "")?;
    place.cache = file.join("cache");
    subject.prepare(&place, false)?;
    let output = run::output(&mut subject.command(&place)?)?;
    let case =
        Case { name: "below a file", place: &place, old: false, must: Must::Refuse, path: &file };
    subject.judge(&case, &output, tally);
    Ok(())
}

/// The cache is another user's, alone or shared.
pub(super) fn other_user(subject: &Subject, tally: &mut Tally) -> Result<()> {
    if !is_root(subject)? {
        tally.miss("only root can give files to another user");
        return Ok(());
    }
    // The folder's mode, the files' if they are not as the linker made them, and the end.
    let cases = [
        ("theirs, with all in it", 0o755, None, Must::Succeed),
        ("theirs, with nothing that may be read", 0o755, Some(0o600), Must::Refuse),
        ("theirs, shut", 0o700, None, Must::Refuse),
        ("shared", 0o777, None, Must::Succeed),
        ("shared, with what may not be read", 0o777, Some(0o600), Must::Succeed),
        ("shared, where none may replace another's", 0o1777, None, Must::Succeed),
        ("the same with what may not be read", 0o1777, Some(0o600), Must::Refuse),
    ];
    for (name, folder, file, must) in cases {
        let place = subject.warm_place()?;
        for object in place.objects()? {
            if let Some(mode) = file {
                std::fs::set_permissions(&object, Permissions::from_mode(mode))?;
            }
            chown(&object, Some(NOBODY), Some(NOBODY))?;
        }
        std::fs::set_permissions(&place.cache, Permissions::from_mode(folder))?;
        chown(&place.cache, Some(NOBODY), Some(NOBODY))?;
        subject.prepare(&place, true)?;
        let case = Case { name, place: &place, old: true, must, path: &place.cache };
        with_permissions(subject, &case, tally)?;
        subject.settle(&case, &mut subject.command(&place)?, tally)?;
    }
    Ok(())
}

/// Links as somebody for whom permissions count.
fn with_permissions(subject: &Subject, case: &Case, tally: &mut Tally) -> Result<()> {
    let mut command = subject.command(case.place)?;
    if is_root(subject)? {
        let works = run::output(Command::new(POWERLESS[0]).args(&POWERLESS[1..]).arg("true"));
        if !works.is_ok_and(|output| output.status.success()) {
            tally.miss("no setpriv, and permissions do not count for root");
            return Ok(());
        }
        command = wrapped(POWERLESS, &command);
    }
    let output = run::output(&mut command)?;
    subject.judge(case, &output, tally);
    Ok(())
}

fn is_root(subject: &Subject) -> Result<bool> {
    Ok(std::fs::metadata(&subject.place()?.root)?.uid() == 0)
}

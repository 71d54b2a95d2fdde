//! No room: a small file system for each of a link's folders, and a limit to files' size.

use super::Tally;
use super::namespace::{MISSING, Namespace};
use super::subject::{Case, Must, Place, Subject, wrapped};
use crate::run;
use anyhow::Result;
use std::path::Path;

/// Sizes in KiB: the disk is full at different moments of a link.
const SIZES: [u32; 12] = [8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 384, 4096];
/// Numbers of files and folders, where they are what is short.
const FILES: [u32; 8] = [3, 4, 5, 6, 7, 8, 12, 40];
/// One of a link's folders.
type Folder = fn(&Place) -> &Path;

/// Room for all.
const ALL: &str = "remount,size=64m,nr_inodes=10000";

/// How many of them by default.
pub(super) const ROUNDS: usize = SIZES.len() + FILES.len();

/// `rounds` says how many of the sizes are tried.
pub(super) fn run(subject: &Subject, rounds: usize, tally: &mut Tally) -> Result<()> {
    let step = ROUNDS.div_ceil(rounds.clamp(1, ROUNDS));
    match Namespace::new() {
        Some(namespace) => {
            let folders: [(&str, Folder); 3] =
                [("output", |p| &p.out), ("cache", |p| &p.cache), ("temporary", |p| &p.temp)];
            for (name, folder) in folders {
                let place = subject.place()?;
                namespace.mount(&["-t", "tmpfs", "tmpfs"], folder(&place))?;
                for cold in [false, true] {
                    let sizes = SIZES.map(|size| format!("size={size}k"));
                    let files = FILES.map(|files| format!("nr_inodes={files}"));
                    for limit in sizes.iter().chain(&files).skip(step / 2).step_by(step) {
                        let name = format!("{name}, {}, {limit}", heat(cold));
                        full(subject, &namespace, &place, folder, cold, limit, &name, tally)?;
                    }
                }
            }
        }
        None => tally.miss(MISSING),
    }
    limited(subject, step, tally)
}

fn heat(cold: bool) -> &'static str {
    if cold { "cold" } else { "warm" }
}

#[expect(clippy::too_many_arguments, reason = "each is one dimension of the table of cases")]
fn full(
    subject: &Subject,
    namespace: &Namespace,
    place: &Place,
    folder: Folder,
    cold: bool,
    limit: &str,
    name: &str,
    tally: &mut Tally,
) -> Result<()> {
    let seen = namespace.seen(place);
    let (old, at) = (cold, folder(place));
    namespace.mount(&["-o", ALL], at)?;
    for entry in std::fs::read_dir(&seen.cache)?.flatten() {
        std::fs::remove_file(entry.path())?;
    }
    let mut command = namespace.enter(&subject.command(place)?);
    if !cold {
        run::quiet(&mut command)?;
    }
    subject.prepare(&seen, old)?;
    // Where less is asked for than there is already, nothing is left.
    let asked = format!("remount,{limit}");
    if namespace.mount(&["-o", &asked], at).is_err() {
        return Ok(());
    }
    let case = Case { name, place: &seen, old, must: Must::End, path: at };
    let output = run::output(&mut command)?;
    subject.judge(&case, &output, tally);
    namespace.mount(&["-o", ALL], at)?;
    subject.settle(&case, &mut command, tally)
}

/// `ulimit -f`, a quota's little sister: with its signal, which ends a program, and without.
fn limited(subject: &Subject, step: usize, tally: &mut Tally) -> Result<()> {
    let place = subject.place()?;
    for (signal, cold) in [(false, false), (false, true), (true, false), (true, true)] {
        for size in SIZES.into_iter().skip(step / 2).step_by(step) {
            let ignore = if signal { "" } else { "trap '' XFSZ; " };
            // In blocks of 512 bytes.
            let script = format!("{ignore}ulimit -c 0; ulimit -f {}; exec \"$@\"", size * 2);
            if cold {
                place.cool()?;
            } else {
                run::quiet(&mut subject.command(&place)?)?;
            }
            subject.prepare(&place, cold)?;
            let name = format!("{}, ulimit {size} KiB, signal: {signal}", heat(cold));
            // A program that its own signal ended says nothing of files.
            let path = if signal { Path::new("") } else { &place.root };
            let case = Case { name: &name, place: &place, old: cold, must: Must::End, path };
            let words = ["sh", "-c", &script, "sh"];
            let output = run::output(&mut wrapped(words, &subject.command(&place)?))?;
            subject.judge(&case, &output, tally);
            subject.settle(&case, &mut subject.command(&place)?, tally)?;
        }
    }
    Ok(())
}

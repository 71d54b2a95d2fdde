//! Links at once, and locks that fail.

use super::Tally;
use super::subject::{Case, Must, Place, Subject, wrapped};
use crate::run;
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// How often the stubs may be compiled where one compilation would do.
const FEW: usize = 3;

/// Many links at once, with a cache that is cold: few of them compile.
pub(super) fn run(subject: &Subject, links: usize, tally: &mut Tally) -> Result<()> {
    let first = subject.place()?;
    let compiler = Counted::new(subject, &first)?;
    run::quiet(compiler.calls(&mut subject.command(&first)?))?;
    let once = compiler.count()?;
    first.cool()?;
    let places = places(subject, &first, links)?;
    at_once(subject, &places, tally, |command| {
        compiler.calls(command);
    })?;
    let again = compiler.count()? - once;
    tally.note(format!("the compiler ran {again} times for {links} links, {once} for one"));
    if again > FEW * once {
        tally.lose(format!("the compiler ran {again} times"));
    }
    Ok(())
}

/// Locks fail as they do where a file server has none.
pub(super) fn no_locks(subject: &Subject, tally: &mut Tally) -> Result<()> {
    const STRACE: [&str; 8] = [
        "strace",
        "-f",
        "-qq",
        "-o/dev/null",
        "-e",
        "trace=flock",
        "-e",
        "inject=flock:error=ENOLCK",
    ];
    let mut strace = Command::new(STRACE[0]);
    strace.args(&STRACE[1..]).arg("true").stdout(Stdio::null()).stderr(Stdio::null());
    if !strace.status().is_ok_and(|status| status.success()) {
        tally.miss("no strace that may trace");
        return Ok(());
    }
    let place = subject.place()?;
    for (name, old) in [("cold", true), ("warm", false)] {
        subject.prepare(&place, old)?;
        let mut command = wrapped(STRACE, &subject.command(&place)?);
        let output = run::output(&mut command)?;
        let case = Case { name, place: &place, old, must: Must::Succeed, path: &place.out };
        subject.judge(&case, &output, tally);
        subject.settle(&case, &mut subject.command(&place)?, tally)?;
    }
    place.cool()?;
    let places = places(subject, &place, 4)?;
    at_once(subject, &places, tally, |command| *command = wrapped(STRACE, command))
}

/// Folders for links at once, with one cache.
fn places(subject: &Subject, first: &Place, links: usize) -> Result<Vec<Place>> {
    let place = || Ok(Place { cache: first.cache.clone(), ..subject.place()? });
    (0..links).map(|_| place()).collect()
}

fn at_once(
    subject: &Subject,
    places: &[Place],
    tally: &mut Tally,
    set: impl Fn(&mut Command),
) -> Result<()> {
    let mut running = Vec::new();
    for place in places {
        let mut command = subject.command(place)?;
        set(&mut command);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        running.push(command.spawn().context("cannot start the linker")?);
    }
    let ended: Vec<Output> = running
        .into_iter()
        .map(|child| child.wait_with_output())
        .collect::<std::io::Result<_>>()?;
    let cases = places.iter().map(|place| Case {
        name: "at once",
        place,
        old: false,
        must: Must::Succeed,
        path: &place.out,
    });
    for (case, output) in cases.clone().zip(ended) {
        subject.judge(&case, &output, tally);
    }
    let left: Vec<_> =
        std::fs::read_dir(&places[0].cache)?.flatten().map(|entry| entry.file_name()).collect();
    if left.len() != 1 {
        tally.lose(format!("more than the stubs is in the cache: {left:?}"));
    }
    for case in cases {
        subject.settle(&case, &mut subject.command(case.place)?, tally)?;
    }
    Ok(())
}

/// A compiler that counts how often it compiles.
#[derive(Debug)]
struct Counted {
    script: PathBuf,
    count: PathBuf,
}

impl Counted {
    fn new(subject: &Subject, place: &Place) -> Result<Self> {
        let count = place.root.join("count");
        let text = format!(
            "#!/bin/sh\ncase \"$*\" in *--crate-name*) echo >> '{}';; esac\nexec '{}' \"$@\"\n",
            count.display(),
            subject.rustc().display()
        );
        let script = place.script("rustc", &text)?;
        std::fs::write(&count, "")?;
        Ok(Self { script, count })
    }

    fn calls<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env("UNPOISON_RUSTC", &self.script)
    }

    fn count(&self) -> Result<usize> {
        Ok(std::fs::read(&self.count)?.len())
    }
}

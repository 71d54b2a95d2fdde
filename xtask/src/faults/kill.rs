//! Links that are killed at random moments.

use super::Tally;
use super::subject::{Case, Must, Place, Subject};
use anyhow::Result;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How many of the kills reach the linker alone: what it runs goes on without it.
const ALONE: usize = 4;

/// While it links, with the stubs in the cache.
pub(super) fn link(subject: &Subject, rounds: usize, tally: &mut Tally) -> Result<()> {
    let place = subject.warm_place()?;
    rounds_of(subject, rounds, &place, false, tally)
}

/// While it compiles the stubs.
pub(super) fn stubs(subject: &Subject, rounds: usize, tally: &mut Tally) -> Result<()> {
    let place = subject.place()?;
    compiler_alone(subject, &place, tally)?;
    rounds_of(subject, rounds, &place, true, tally)
}

/// A compiler that is killed alone, with half an object written: it is not kept.
fn compiler_alone(subject: &Subject, place: &Place, tally: &mut Tally) -> Result<()> {
    let rustc = subject.rustc().display().to_string();
    let text = format!(
        "#!/bin/sh\nfor word; do\n  if [ \"$before\" = --out-dir ]; then\n    '{rustc}' \"$@\"\n    \
         head -c 999 \"$word/__unpoison_runtime.o\" > \"$word/half\"\n    \
         mv \"$word/half\" \"$word/__unpoison_runtime.o\"\n    kill -KILL $$\n  fi\n  \
         before=$word\ndone\nexec '{rustc}' \"$@\"\n"
    );
    let script = place.script("rustc", &text)?;
    subject.prepare(place, true)?;
    let must = Must::Refuse;
    let case = Case { name: "the compiler alone", place, old: true, must, path: Path::new("") };
    let mut command = subject.command(place)?;
    let output = crate::run::output(command.env("UNPOISON_RUSTC", &script))?;
    subject.judge(&case, &output, tally);
    // Nor is it that of another link by the same compiler.
    let kept = place.objects()?;
    if !kept.is_empty() {
        tally.lose(format!("the compiler alone: half an object is kept: {kept:?}"));
    }
    subject.settle(&case, &mut subject.command(place)?, tally)
}

fn rounds_of(
    subject: &Subject,
    rounds: usize,
    place: &Place,
    cold: bool,
    tally: &mut Tally,
) -> Result<()> {
    let longest = longest(subject, place, cold)?;
    let mut early = 0;
    for round in 0..rounds {
        let old = round % 2 == 0;
        subject.prepare(place, old)?;
        if cold {
            place.cool()?;
        }
        let moment = Duration::from_micros(subject.random(longest.as_micros() as u64));
        let name = format!("round {round}, after {moment:?}");
        let mut command = subject.command(place)?;
        let mut child = alone(&mut command)?;
        std::thread::sleep(moment);
        if child.try_wait()?.is_none() {
            early += 1;
        }
        let with_children = round % ALONE != 0;
        kill(&mut child, with_children)?;
        let case = Case { name: &name, place, old, must: Must::End, path: &place.out };
        subject.judge_killed(&case, tally);
        if !with_children {
            // What goes on has its end, too: it writes where nobody looks for it.
            subject.settle(&case, &mut subject.command(place)?, tally)?;
            kill_group(child.id())?;
            std::thread::sleep(Duration::from_millis(5));
        }
        subject.settle(&case, &mut subject.command(place)?, tally)?;
    }
    tally.note(format!("{early} were killed before their end, which came after {longest:?}"));
    Ok(())
}

/// How long an undisturbed link takes as a rule, and a little more.
fn longest(subject: &Subject, place: &Place, cold: bool) -> Result<Duration> {
    let mut times = [Duration::ZERO; 5];
    for time in &mut times {
        if cold {
            place.cool()?;
        }
        let begun = Instant::now();
        crate::run::quiet(&mut subject.command(place)?)?;
        *time = begun.elapsed();
    }
    times.sort();
    Ok(times[times.len() / 2].mul_f64(1.1))
}

/// Starts a command in a process group of its own, where it can be killed with all it runs.
pub(super) fn alone(command: &mut Command) -> Result<Child> {
    command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Ok(command.spawn()?)
}

/// `kill -9`, of a process alone or with all it runs.
pub(super) fn kill(child: &mut Child, with_children: bool) -> Result<()> {
    if with_children {
        // The number is nobody else's before it is waited for.
        kill_group(child.id())?;
    }
    child.kill()?;
    child.wait()?;
    Ok(())
}

/// Those that are left of it, if any are.
fn kill_group(leader: u32) -> Result<()> {
    let mut kill = Command::new("kill");
    kill.args(["-KILL", "--", &format!("-{leader}")]).stderr(Stdio::null()).status()?;
    Ok(())
}

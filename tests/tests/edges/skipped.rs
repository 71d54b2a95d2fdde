//! Frames that an exception of the host's skips, or an end of the engine's stack in the
//! host (invariant 6 of the contract).

use std::path::Path;
use unpoison_tests::hosted::{self, Note, Script, engines, exhausts, passes, swallows, throws};
use unpoison_tests::links::Pair;
use unpoison_tests::node::{self, Outcome};
use xtask::fixture::{Build, Eh, Point};

/// What comes out of an import that is none of Rust's.
fn foreign() -> [serde_json::Value; 3] {
    [throws("error"), throws("exception"), exhausts()]
}

/// A release whose panics abort, one for size, and a debug build.
fn aborting() -> [Point; 3] {
    let point = |lto, opt| Point { lto, opt, debug: "none", strip: "none" };
    [Point::RELEASE, point("fat", "z"), point("off", "0")]
}

/// Runs a script on a module, and shows the end of its log if the check fails.
fn run(engine: &Path, build: Build, script: &Script, check: &impl Fn(&[Note])) {
    let pair = Pair::both("edges", build).unwrap();
    let logs = hosted::run(engine, &pair.unpoisoned, std::slice::from_ref(script)).unwrap();
    let log = &logs[0];
    println!("{build}, {}: {:#?}", engine.display(), &log[log.len().saturating_sub(9)..]);
    check(log);
}

/// Runs a script where panics abort.
fn where_panics_abort(script: &Script, check: impl Fn(&[Note])) {
    for point in aborting() {
        for engine in node::nodes() {
            run(&engine, point.into(), script, &check);
        }
    }
}

fn where_panics_unwind(script: &Script, check: impl Fn(&[Note])) {
    for eh in [Eh::Legacy, Eh::Exnref] {
        for engine in engines(eh) {
            run(&engine, Build::unwinding(Point::RELEASE, eh), script, &check);
        }
    }
}

/// The fixture's words: `payloads` counts frames with others' bytes, `left` steps.
fn overwritten(note: &Note) -> u32 {
    note.watch.panicking
}

/// No step was made after the `at`th note.
#[track_caller]
fn nothing_ran_after(log: &[Note], at: usize) {
    for note in &log[at..] {
        assert_eq!(note.watch, log[at].watch, "Rust ran: {note:?}");
    }
}

/// To the outermost call: the instance may live, for the frames keep their memory.
#[test]
fn an_exception_reaches_the_outermost_call() {
    for what in foreign() {
        let script = Script::default().host(&[what]).call("lends", &[0]);
        let script = (0..3).fold(script, |script, n| script.call("reads", &[n]));
        where_panics_abort(&script, |log| {
            assert!(!matches!(log[0].outcome, Outcome::Ok(_)), "{:?}", log[0]);
            for note in &log[1..] {
                assert_eq!(overwritten(note), 0, "another frame's bytes were read: {note:?}");
                match note.state {
                    // What was lent is there for ever.
                    Some(0) => note.answered(1),
                    _ => nothing_ran_after(log, 0),
                }
            }
        });
    }
}

/// A nested function of the host's catches it and answers; the outer call ends there.
#[test]
fn an_exception_is_caught_above_frames_that_would_go_on() {
    for what in foreign() {
        let script = Script::default()
            .host(&[swallows("lends", &[1])])
            .host(std::slice::from_ref(&what))
            .call("goes_on", &[0])
            .call("reads", &[7]);
        where_panics_abort(&script, |log| {
            assert_eq!((log[0].export.as_str(), log[1].export.as_str()), ("lends", "goes_on"));
            assert_eq!(overwritten(&log[2]), 0, "another frame's bytes were read: {log:?}");
            for note in &log[1..] {
                let (tag, _) = note.exception();
                assert_eq!(tag, "__unpoison_sealed", "{note:?}");
                assert_ne!(note.state, Some(0), "{note:?}");
            }
            nothing_ran_after(log, 0);
        });
    }
}

/// The same with more of Rust's and the host's frames in between, and more calls made
/// while the outer one waits.
#[test]
fn an_exception_is_caught_at_any_depth() {
    for what in foreign() {
        let script = Script::default()
            .host(&[passes("goes_on", &[1])])
            .host(&[swallows("lends", &[2]), swallows("adds", &[1])])
            .host(&[passes("borrows", &[3])])
            .host(std::slice::from_ref(&what))
            .call("goes_on", &[0])
            .call("adds", &[1]);
        where_panics_abort(&script, |log| {
            // The calls that the exception passed: `borrows` and `lends`.
            assert_eq!(log[1].export, "lends");
            for note in log {
                assert_eq!(overwritten(note), 0, "{note:?}");
            }
            // `adds` may run in a frame of its own: nobody has gone on yet. Whoever waits
            // further out ends.
            let outer: Vec<&Note> = log.iter().filter(|note| note.export == "goes_on").collect();
            assert_eq!(outer.len(), 2);
            for note in outer {
                assert_eq!(note.exception().0, "__unpoison_sealed", "{note:?}");
                assert_ne!(note.state, Some(0), "{note:?}");
            }
            let last = log.last().unwrap();
            assert_eq!(last.exception().0, "__unpoison_sealed", "{last:?}");
            let after = log.iter().position(|note| note.export == "adds").unwrap();
            nothing_ran_after(log, after);
        });
    }
}

/// Frames are dropped, and the instance lives on.
#[test]
fn where_panics_unwind_destructors_run() {
    for what in [throws("error"), throws("exception")] {
        let script = Script::default()
            .host(&[swallows("lends", &[1])])
            .host(std::slice::from_ref(&what))
            .call("goes_on", &[0])
            .call("reads", &[7])
            .call("borrows", &[1])
            .call("borrows", &[1])
            .call("adds", &[41]);
        where_panics_unwind(&script, |log| {
            log[1].answered(0);
            // Both frames are dropped, one by the exception.
            assert_eq!(log[1].watch.dropped, 2, "{:?}", log[1]);
            log[2].answered(0);
            // The second finds nothing borrowed.
            assert_eq!(log[4].outcome, log[3].outcome);
            assert_eq!(log[4].watch.dropped, 4, "{:?}", log[4]);
            log[5].answered(42);
            assert_eq!(overwritten(&log[5]), 0);
        });
    }
}

/// V8's own error at the end of its stack passes every `catch_all`: its frames are
/// skipped where panics unwind, too. What goes on above them must not have their memory, if
/// the host is known not to switch stacks.
#[test]
fn the_end_of_the_engines_stack_may_pass_destructors() {
    let script = Script::default()
        .host(&[swallows("lends", &[1])])
        .host(&[exhausts()])
        .call("goes_on", &[0])
        .call("reads", &[7]);
    for eh in [Eh::Legacy, Eh::Exnref] {
        let pair = Pair::plain("edges", Build::unwinding(Point::RELEASE, eh)).unwrap();
        let module = pair.with_options(&["--unpoison-jspi=off"]).unwrap();
        for engine in engines(eh) {
            let logs = hosted::run(&engine, &module, std::slice::from_ref(&script)).unwrap();
            let [first, outer, after] = &logs[0][..] else { panic!("{logs:?}") };
            assert_ne!(outer.state, Some(0), "{outer:?}");
            assert_eq!(after.exception().0, "__unpoison_sealed", "{after:?}");
            assert_eq!(after.watch, first.watch, "Rust ran: {after:?}");
        }
    }
}

/// A walk through one import a level, until the engine has no stack left.
#[test]
fn a_walk_to_the_end_of_the_engines_stack() {
    // The host's node 0 calls `lends(0)`, which calls the host's node 0.
    let script = Script::default()
        .host(&[passes("lends", &[0])])
        .call("lends", &[0])
        .call("reads", &[1])
        .call("reads", &[2]);
    let check = |log: &[Note]| {
        let [walk @ .., first, second] = log else { panic!("{log:?}") };
        assert!(walk.len() > 100, "{}", walk.len());
        let last = walk.last().unwrap();
        assert!(matches!(last.outcome, Outcome::Trap(_) | Outcome::Exception { .. }), "{last:?}");
        for note in [first, second] {
            assert_eq!(overwritten(note), 0, "another frame's bytes were read: {note:?}");
            match note.state {
                // Nothing is lent any more where the frames were dropped; else it is for ever.
                Some(0) => note.answered(i32::from(note.watch.dropped == 0)),
                _ => assert_eq!(note.watch, last.watch, "Rust ran: {note:?}"),
            }
        }
    };
    where_panics_abort(&script, check);
    where_panics_unwind(&script, check);
}

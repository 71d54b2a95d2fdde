//! What a program sees of its own panics, and what they leave behind.

use crate::hosted::{Note, Script, Watch, everywhere};
use unpoison_tests::expect::Place;

#[test]
fn a_panic_drops_each_frame_once() {
    let script = Script::default()
        .call("stack", &[])
        .call("frames", &[50, 0, 7])
        .call("frames", &[0, 2, 7])
        .call("panicking", &[])
        .call("stack", &[]);
    everywhere(&[], &script, |log| {
        log[1].panicked("formatted with 7 and \"text\"");
        let frames = 52;
        assert_eq!(log[1].watch, Watch { dropped: frames, panicking: frames, ..Watch::default() });
        let frames = frames + 2;
        let payloads = 1;
        log[2].panicked("Box<dyn Any>");
        assert_eq!(
            log[2].watch,
            Watch { dropped: frames, panicking: frames, payloads, ..Watch::default() }
        );
        log[3].answered(0);
        assert_eq!(log[4].outcome, log[0].outcome);
    });
}

#[test]
fn a_caught_panic_is_the_program_s_own() {
    // Text, `String`, a payload of its own, the same by `resume_unwind`.
    let mut script = Script::default();
    for sort in 0..4 {
        script = script.call("catches", &[3, sort, 1]);
    }
    script = script.call("catches_then", &[0]).call("catches_then", &[3]);
    script = script.call("catches_and_resumes", &[5]).call("panicking", &[]).call("add", &[1, 1]);
    everywhere(&[], &script, |log| {
        // `panic!` with arguments has a `String`.
        for (at, kind) in [(0, 2), (1, 2), (2, 3), (3, 3)] {
            log[at].answered(kind);
        }
        // Of six frames the one that catches is left in the ordinary way.
        let watch = Watch { dropped: 24, panicking: 20, payloads: 2, ..Watch::default() };
        assert_eq!(log[3].watch, watch);
        for note in &log[4..6] {
            note.panicked("the second one");
        }
        assert_eq!((log[5].watch.caught, log[5].watch.payloads), (2, 3));
        log[6].panicked("formatted with 5 and \"text\"");
        log[7].answered(0);
        log[8].answered(2);
        assert_eq!(log[8].watch.hooks, 0);
    });
}

#[test]
fn a_lock_is_poisoned_if_it_was_held() {
    let script = Script::default()
        .call("locks", &[0])
        .call("ledger", &[])
        .call("locks", &[1])
        .call("ledger", &[])
        .call("locks", &[1])
        .call("ledger", &[]);
    everywhere(&[], &script, |log| {
        log[0].panicked("formatted with 0 and \"text\"");
        log[1].answered(1);
        log[2].panicked("formatted with 1 and \"text\"");
        log[3].answered(102);
        log[4].panicked("formatted with 1 and \"text\"");
        log[5].answered(103);
    });
}

#[test]
fn a_borrow_ends_with_its_frame() {
    let script = Script::default();
    let script = script.call("borrows", &[4]).call("open", &[]).call("borrows", &[5]);
    everywhere(&[], &script.call("open", &[]), |log| {
        log[0].panicked("formatted with 4 and \"text\"");
        log[1].answered(1);
        log[2].panicked("formatted with 5 and \"text\"");
        log[3].answered(2);
    });
}

/// Panics that destructors catch leave the one that unwinds as it is.
#[test]
fn a_panic_caught_in_a_destructor() {
    let mut script = Script::default();
    for depth in 0..4 {
        script = script.call("caught_in_drop", &[depth]).call("panicking", &[]);
    }
    everywhere(&[], &script, |log| {
        let mut caught = 0;
        for (depth, pair) in log.chunks(2).enumerate() {
            let report = pair[0].panicked("formatted with 77 and \"text\"");
            assert_eq!(report.file.as_deref(), Some("src/panics.rs"));
            caught += depth as u32 + 1;
            let dropped = 5 * (depth as u32 + 1);
            let watch = Watch { dropped, panicking: dropped, caught, ..Watch::default() };
            assert_eq!(pair[0].watch, watch);
            pair[1].answered(0);
        }
    });
}

/// A payload's destructor is the last of a panic: what it catches is its own.
#[test]
fn a_payload_s_destructor_that_catches() {
    let script = Script::default().call("payload_catches", &[0]).call("payload_catches", &[2]);
    everywhere(&[], &script.call("panicking", &[]), |log| {
        for note in &log[..2] {
            let report = note.panicked("Box<dyn Any>");
            assert_eq!(report.file.as_deref(), Some("src/drops.rs"));
        }
        assert_eq!(log[1].watch, Watch { dropped: 2, panicking: 2, caught: 4, ..Watch::default() });
        log[2].answered(0);
    });
}

/// One that lets a panic out has no place to unwind to.
#[test]
fn a_payload_s_destructor_that_panics() {
    let script = Script::default().call("payload_panics", &[0]).call("add", &[1, 1]);
    everywhere(&["--unpoison-abort=throw"], &script, |log| {
        log[0].sealed("__unpoison_abort", 4);
        log[1].sealed("__unpoison_sealed", 4);
        let watch = Watch { dropped: 1, panicking: 1, payloads: 1, hooks: 1, ..Watch::default() };
        for note in log {
            assert_eq!(note.watch, watch);
        }
    });
    everywhere(&[], &script, |log| {
        log[0].trapped(Some(4));
        log[1].sealed("__unpoison_sealed", 4);
        assert_eq!(log[1].watch.hooks, 1);
    });
}

/// A panic inside the message of another.
#[test]
fn a_message_that_panics() {
    let calls = ["display_caught", "display_escapes", "display_caught"];
    let script = calls.iter().fold(Script::default(), |script, call| script.call(call, &[0]));
    everywhere(&[], &script.call("panicking", &[]), |log: &[Note]| {
        log[0].panicked("before calm after");
        // The one that leaves is the inner one: the outer was never begun.
        let report = log[1].panicked("inside Display");
        assert!(Place::Marked("src/panics.rs", "display").fits("unwind", report), "{report:?}");
        assert_eq!(log[1].watch, Watch { dropped: 2, panicking: 2, ..Watch::default() });
        log[2].panicked("before calm after");
        log[3].answered(0);
    });
}

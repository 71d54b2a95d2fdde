//! Failures, Rust's and the host's, on their way through frames of both.

use crate::hosted::{Note, Script, Watch, everywhere, passes, swallows, throws};
use unpoison_tests::node::Outcome;

#[track_caller]
fn is_the_hosts_own(note: &Note) {
    assert_eq!(note.outcome, Outcome::Thrown("the host's own".into()), "{note:?}");
    assert_eq!(note.state, Some(0), "{note:?}");
}

/// Objects of the host's, and exceptions of another module's: destructors run for them,
/// and they arrive as they were.
#[test]
fn what_the_host_throws_passes() {
    for what in ["error", "exception"] {
        for options in [&[][..], &["--unpoison-abort=throw"], &["--unpoison-guard=off"]] {
            let mut script = Script::default().call("stack", &[]);
            for _ in 0..2 {
                script = script.call("frames", &[20, 7, 0]).call("stack", &[]);
            }
            let script = script.call("panicking", &[]).host(&[throws(what)]);
            everywhere(options, &script, |log| {
                for (at, dropped) in [(1, 22), (3, 44)] {
                    is_the_hosts_own(&log[at]);
                    // No panic is under way.
                    assert_eq!(log[at].watch, Watch { dropped, ..Watch::default() });
                    assert_eq!(log[at + 1].outcome, log[0].outcome);
                }
                log[5].answered(0);
            });
        }
    }
}

/// The same through two activations: the inner one's frames, the host's, the outer's.
#[test]
fn what_the_host_throws_passes_nested_calls() {
    for what in ["error", "exception"] {
        let script = Script::default().call("stack", &[]).call("frames", &[4, 7, 0]);
        let script = script.call("stack", &[]).call("panicking", &[]);
        let inner = passes("frames", &[2, 7, 1]);
        let script = script.host(&[inner]).host(&[throws(what)]);
        everywhere(&[], &script, |log| {
            is_the_hosts_own(&log[1]);
            assert_eq!(log[1].watch, Watch { dropped: 4, ..Watch::default() });
            is_the_hosts_own(&log[2]);
            assert_eq!(log[2].watch, Watch { dropped: 10, ..Watch::default() });
            assert_eq!(log[3].outcome, log[0].outcome);
            log[4].answered(0);
        });
    }
}

/// A panic that the host swallows costs the inner call only; the outer goes on.
#[test]
fn the_host_swallows_a_panic() {
    let script = Script::default().call("host_once", &[0]).call("panicking", &[]).host(&[
        swallows("formatted", &[1]),
        swallows("any_dropping", &[2]),
        swallows("add", &[2, 3]),
    ]);
    everywhere(&[], &script, |log| {
        log[0].panicked("formatted with 1 and \"text\"");
        log[1].panicked("Box<dyn Any>");
        log[2].answered(5);
        log[3].answered(0);
        let watch = Watch { dropped: 3, panicking: 2, payloads: 1, left: 1, ..Watch::default() };
        assert_eq!(log[3].watch, watch);
        log[4].answered(0);
    });
}

/// One that the host lets through is an exception of the host's for the outer frames:
/// no panic is under way in them any more, and nothing catches it as one.
#[test]
fn the_host_passes_a_panic_on() {
    let script = Script::default().call("host_once", &[0]).call("panicking", &[]);
    let script = script.call("add", &[1, 1]).host(&[passes("formatted", &[3])]);
    everywhere(&[], &script, |log| {
        for note in &log[..2] {
            let report = note.panicked("formatted with 3 and \"text\"");
            assert_eq!(report.file.as_deref(), Some("src/panics.rs"));
        }
        assert_eq!(log[1].watch, Watch { dropped: 2, panicking: 1, ..Watch::default() });
        log[2].answered(0);
        log[3].answered(2);
    });
}

/// A destructor calls the host while a panic unwinds; the host calls what panics, and
/// swallows that. Both messages are right, and so is every count.
#[test]
fn panics_nested_through_the_host() {
    let script = Script::default().call("host_in_drop", &[0]).call("panicking", &[]);
    let script = script.call("host_in_drop", &[1]).call("panicking", &[]);
    let script = script
        .host(&[swallows("formatted", &[1]), swallows("any_string", &[2])])
        // Deeper: in it the same again.
        .host(&[swallows("host_in_drop", &[0])]);
    everywhere(&[], &script, |log| {
        let inner = |notes: &[Note], outer: &str| {
            notes[0].panicked("formatted with 1 and \"text\"");
            notes[1].panicked("any String 2");
            notes[2].panicked(outer);
        };
        inner(&log[..3], "formatted with 500 and \"text\"");
        // The outer frame, two of `descend`, `formatted`; `host_once`; two swallowed.
        assert_eq!(log[2].watch, Watch { dropped: 7, panicking: 7, left: 1, ..Watch::default() });
        log[3].answered(0);
        inner(&log[4..7], "formatted with 500 and \"text\"");
        let report = log[7].panicked("formatted with 501 and \"text\"");
        assert_eq!(report.file.as_deref(), Some("src/panics.rs"));
        log[8].answered(0);
        assert_eq!(log[8].watch.dropped, log[8].watch.panicking);
        assert_eq!((log[8].watch.dropped, log[8].watch.left), (19, 3));
    });
}

/// While a panic unwinds, the host makes another call abort: nothing of either runs on.
#[test]
fn an_abort_while_another_call_unwinds() {
    let script = Script::default().call("host_in_drop", &[0]).call("add", &[1, 1]);
    let script = script.host(&[swallows("frames", &[3, 4, 0])]);
    // The outer call's own frames before its destructor began.
    let watch = Watch { dropped: 3, panicking: 3, hooks: 1, ..Watch::default() };
    everywhere(&["--unpoison-abort=throw"], &script, |log| {
        log[0].sealed("__unpoison_abort", 2);
        for note in &log[1..] {
            note.sealed("__unpoison_sealed", 2);
        }
        assert!(log.iter().all(|note| note.watch == watch), "{log:#?}");
    });
    everywhere(&[], &script, |log| {
        log[0].trapped(Some(2));
        log[1].trapped(Some(2));
        log[2].sealed("__unpoison_sealed", 2);
        assert!(log.iter().all(|note| note.watch == watch), "{log:#?}");
    });
}

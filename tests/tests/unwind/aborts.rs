//! Ends of which no destructor may know: `process::abort`, `unreachable`, an allocation
//! that fails, a panic where none may unwind.

use crate::hosted::{Note, Script, Watch, everywhere, passes, swallows};

/// The option by which aborts are thrown.
const THROW: &str = "--unpoison-abort=throw";

/// Ends as numbers in the fixture's `SORTS`, with their kinds.
const ENDS: [(i32, u32); 3] = [(4, 2), (5, 2), (6, 3)];

/// Ways to them: past frames; past frames and `catch_unwind`s in turn.
const WAYS: [&str; 2] = ["frames", "behind_catches"];

/// Each end, each way, on an instance of its own, and calls after it.
fn each_end(check: impl Fn(&Script, u32)) {
    for (sort, kind) in ENDS {
        for way in WAYS {
            let script = Script::default().call(way, &[20, sort, 0]);
            check(&script.call("add", &[1, 1]).call("panicking", &[]), kind);
        }
    }
}

/// The hook ran, and nothing else.
const NOTHING: Watch =
    Watch { dropped: 0, panicking: 0, payloads: 0, left: 0, caught: 0, hooks: 1 };

#[track_caller]
fn nothing_ran(log: &[Note]) {
    for note in log {
        assert_eq!(note.watch, NOTHING, "{note:?}");
    }
}

#[track_caller]
fn still_sealed(log: &[Note], kind: u32) {
    for note in log {
        let report = note.sealed("__unpoison_sealed", kind);
        said(report.kind, report.message.as_deref());
        assert!(report.site > 0, "{note:?}");
    }
}

#[track_caller]
fn said(kind: u32, message: Option<&str>) {
    let expected = (kind == 3).then_some("memory allocation of 1879048192 bytes failed");
    assert_eq!(message, expected);
}

#[test]
fn aborts_trap() {
    each_end(|script, kind| {
        everywhere(&[], script, |log| {
            log[0].trapped(Some(kind));
            still_sealed(&log[1..], kind);
            nothing_ran(log);
        });
    });
}

#[test]
fn aborts_are_thrown() {
    each_end(|script, kind| {
        everywhere(&[THROW], script, |log| {
            let report = log[0].sealed("__unpoison_abort", kind);
            said(kind, report.message.as_deref());
            still_sealed(&log[1..], kind);
            nothing_ran(log);
        });
    });
}

/// A destructor that aborts while a panic unwinds: what ran before it did, nothing else.
#[test]
fn an_abort_in_a_destructor() {
    let script = Script::default().call("behind_catches", &[3, 8, 0]).call("add", &[1, 1]);
    // Those of `formatted` and `descend` inside it.
    let watch = Watch { dropped: 2, panicking: 2, hooks: 1, ..Watch::default() };
    everywhere(&[THROW], &script, |log| {
        log[0].sealed("__unpoison_abort", 2);
        log[1].sealed("__unpoison_sealed", 2);
        assert!(log.iter().all(|note| note.watch == watch), "{log:#?}");
    });
    everywhere(&[], &script, |log| {
        log[0].trapped(Some(2));
        assert!(log.iter().all(|note| note.watch == watch), "{log:#?}");
    });
}

/// A panic out of a function that may not unwind: frames below it are dropped on the
/// way, none above it. The report is that of the panic.
#[test]
fn a_panic_out_of_extern_c() {
    for calls in [("c_export", &[6][..]), ("out_of_c", &[6]), ("behind_catches", &[3, 9, 6])] {
        let script = Script::default().call(calls.0, calls.1).call("add", &[1, 1]);
        // `formatted` and three of `descend`.
        let watch = Watch { dropped: 4, panicking: 4, hooks: 1, ..Watch::default() };
        for options in [&[][..], &[THROW]] {
            everywhere(options, &script, |log| {
                match options {
                    [] => log[0].trapped(Some(4)),
                    _ => drop(log[0].sealed("__unpoison_abort", 4).clone()),
                }
                let report = log[1].sealed("__unpoison_sealed", 4);
                assert_eq!(report.message.as_deref(), Some("formatted with 6 and \"text\""));
                assert_eq!(report.file.as_deref(), Some("src/panics.rs"));
                assert!(report.line > 0 && report.column > 0);
                assert!(log.iter().all(|note| note.watch == watch), "{log:#?}");
            });
        }
    }
}

/// An outer call waits for the host, in which another call aborts. The host swallows
/// that and returns: the outer call stops there, and drops nothing.
#[test]
fn an_outer_call_stops() {
    for (sort, kind) in ENDS {
        for outer in ["host_once", "host_catching"] {
            let script = Script::default().call(outer, &[0]).call("add", &[1, 1]);
            let script = script.host(&[swallows("frames", &[2, sort, 0])]);
            for options in [&[][..], &[THROW]] {
                everywhere(options, &script, |log| {
                    // In the order in which they ended.
                    assert_eq!(log[0].export, "frames");
                    assert_eq!(log[1].export, outer);
                    match options {
                        // Whatever is thrown there, landing pads would run.
                        [] => log[1].trapped(Some(kind)),
                        _ => still_sealed(&log[1..2], kind),
                    }
                    still_sealed(&log[2..], kind);
                    nothing_ran(log);
                });
            }
        }
    }
}

/// The host lets the failure through, so that it passes the outer call's frames, too.
#[test]
fn a_failure_passes_the_outer_call() {
    for (sort, kind) in ENDS {
        for outer in ["host_once", "host_catching"] {
            let script = Script::default().call(outer, &[0]).call("add", &[1, 1]);
            let script = script.host(&[passes("frames", &[2, sort, 0])]);
            everywhere(&[THROW], &script, |log| {
                log[0].sealed("__unpoison_abort", kind);
                // It came back into a sealed instance.
                still_sealed(&log[1..], kind);
                nothing_ran(log);
            });
            everywhere(&[], &script, |log| {
                for note in &log[..2] {
                    note.trapped(Some(kind));
                }
                still_sealed(&log[2..], kind);
                nothing_ran(log);
            });
        }
    }
}

/// Without guards the failure is typed all the same, and the next call goes on.
#[test]
fn without_guards() {
    each_end(|script, kind| {
        everywhere(&[THROW, "--unpoison-guard=off"], script, |log| {
            let (tag, report) = log[0].exception();
            assert_eq!((tag, report.kind), ("__unpoison_abort", kind));
            nothing_ran(log);
            log[1].answered(2);
            log[2].answered(0);
        });
        everywhere(&["--unpoison-guard=off"], script, |log| {
            log[0].trapped(Some(0));
            nothing_ran(log);
            log[1].answered(2);
        });
    });
    let panics = Script::default().call("frames", &[3, 0, 1]).call("panicking", &[]);
    everywhere(&["--unpoison-guard=off"], &panics, |log| {
        log[0].panicked("formatted with 1 and \"text\"");
        assert_eq!((log[0].watch.dropped, log[0].watch.hooks), (5, 0));
        log[1].answered(0);
    });
}

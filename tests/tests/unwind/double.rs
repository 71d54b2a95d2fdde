//! Destructors that panic. While another panic unwinds that is the end: kind 4 with the
//! first one's message and place, and no further destructor runs.

use crate::hosted::{Script, Watch, everywhere, throws};
use unpoison_tests::expect::Place;
use unpoison_tests::node::Report;

const THROW: &str = "--unpoison-abort=throw";

#[track_caller]
fn is_the_destructors(report: &Report) {
    assert_eq!(report.message.as_deref(), Some("in a destructor"));
    assert!(Place::Marked("src/drops.rs", "double").fits("unwind", report), "{report:?}");
}

/// The panic whose way the destructor was on.
#[track_caller]
fn is_the_first(report: &Report) {
    assert_eq!(report.message.as_deref(), Some("formatted with 0 and \"text\""));
    assert!(Place::Marked("src/panics.rs", "formatted").fits("unwind", report), "{report:?}");
}

/// Runs a failing call in each way of giving up.
fn ends(export: &str, watch: Watch, is_expected: fn(&Report)) {
    let script = Script::default().call(export, &[0]).call("add", &[1, 1]);
    let script = script.host(&[throws("error")]);
    for options in [&[][..], &[THROW]] {
        everywhere(options, &script, |log| {
            match options {
                [] => log[0].trapped(Some(4)),
                _ => is_expected(log[0].sealed("__unpoison_abort", 4)),
            }
            is_expected(log[1].sealed("__unpoison_sealed", 4));
            for note in log {
                assert_eq!(note.watch, watch, "{note:?}");
            }
        });
    }
}

/// What was dropped before: the frames inside, and those of the destructor itself.
#[test]
fn a_destructor_panics_while_a_panic_unwinds() {
    ends("double", Watch { dropped: 4, panicking: 4, hooks: 1, ..Watch::default() }, is_the_first);
}

#[test]
fn an_element_s_destructor_panics_while_a_panic_unwinds() {
    ends(
        "double_deep",
        Watch { dropped: 3, panicking: 3, hooks: 1, ..Watch::default() },
        is_the_first,
    );
}

/// An exception of the host's is on its way instead of a first panic: the destructor's is
/// the first.
#[test]
fn a_destructor_panics_while_a_foreign_exception_unwinds() {
    ends(
        "double_foreign",
        Watch { dropped: 2, panicking: 1, hooks: 1, ..Watch::default() },
        is_the_destructors,
    );
}

/// With nothing on its way it is a panic like any other.
#[test]
fn a_destructor_panics_by_itself() {
    let script = Script::default().call("single", &[0]).call("panicking", &[]);
    everywhere(&[], &script, |log| {
        is_the_destructors(log[0].panicked("in a destructor"));
        let watch = Watch { dropped: 3, panicking: 3, ..Watch::default() };
        assert_eq!(log[0].watch, watch);
        log[1].answered(0);
    });
}

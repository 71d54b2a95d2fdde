//! The sorts of panics, and what a host must see of each.

use crate::hosted::{Note, Script, Watch};
use unpoison_tests::expect::{Message, Part, Place};
use unpoison_tests::node::Outcome;

/// A panic out of an export.
pub(crate) struct Sort {
    pub(crate) export: &'static str,
    arg: i32,
    message: Message,
    place: Place,
    /// Frames that it passes.
    frames: u32,
    /// Payloads that are dropped.
    payloads: u32,
    /// What fat link-time optimization removes before any linker sees the module.
    fat_may_drop: &'static [Part],
}

const fn marked(export: &'static str, arg: i32, message: &'static str) -> Sort {
    let (message, place) = (Message::Is(message), Place::Marked("src/panics.rs", export));
    Sort { export, arg, message, place, frames: 1, payloads: 0, fat_may_drop: &[] }
}

const fn payload(sort: Sort) -> Sort {
    Sort { fat_may_drop: &[Part::Message, Part::Place], ..sort }
}

/// Every sort of panic.
pub(crate) const SORTS: &[Sort] = &[
    marked("formatted", -3, "formatted with -3 and \"text\""),
    marked("literal", 0, "a literal"),
    marked("unwrap", 7, "called `Result::unwrap()` on an `Err` value: Odd(7)"),
    marked("expect", 9, "an element there"),
    marked("assert", 1, "assertion failed: n > 100"),
    marked("assert_eq", 1, "assertion `left == right` failed: with words\n  left: 1\n right: 2"),
    marked("overflow", 1, "attempt to add with overflow"),
    marked("divide", 1, "attempt to divide by zero"),
    marked("index", 7, "index out of bounds: the len is 3 but the index is 7"),
    Sort { message: Message::Has("borrowed"), ..marked("borrowed", 0, "") },
    marked("any_str", 0, "any str"),
    payload(marked("any_string", 5, "any String 5")),
    payload(Sort { payloads: 1, ..marked("any_dropping", 5, "Box<dyn Any>") }),
    payload(Sort { place: Place::Unknown, ..marked("resume_str", 0, "resumed str") }),
    payload(Sort {
        place: Place::Unknown,
        payloads: 1,
        ..marked("resume_dropping", 5, "Box<dyn Any>")
    }),
    Sort { message: Message::CutOf(|| "€".repeat(4000)), ..marked("long", 4000, "") },
    marked("display_caught", 0, "before calm after"),
    // Cleanup in several steps: two elements and the list, then the outer frame.
    Sort {
        place: Place::Marked("src/panics.rs", "formatted"),
        frames: 5,
        ..marked("listed", 0, "formatted with 77 and \"text\"")
    },
];

/// A panic, twice, each time with calls after it that tell what it left behind.
pub(crate) fn script(sort: &Sort) -> Script {
    let mut script = Script::default().call("stack", &[]);
    for _ in 0..2 {
        script = script.call(sort.export, &[sort.arg]).call("panicking", &[]).call("stack", &[]);
    }
    script.call("add", &[2, 40])
}

pub(crate) fn faults(sort: &Sort, log: &[Note], fat: bool) -> Vec<String> {
    let mut faults = Vec::new();
    let mut expect = |right: bool, what: String| {
        if !right {
            faults.push(what);
        }
    };
    for (at, time) in [(1, 1), (4, 2)] {
        let note = &log[at];
        let watch = Watch {
            dropped: time * sort.frames,
            panicking: time * sort.frames,
            payloads: time * sort.payloads,
            // `display_caught` catches one inside; that is not counted.
            ..Watch::default()
        };
        expect(note.watch == watch, format!("{:?}", note.watch));
        expect(note.state == Some(0), format!("state {:?}", note.state));
        let Outcome::Exception { tag, report } = &note.outcome else {
            expect(false, format!("{:?}", note.outcome));
            continue;
        };
        let head = (tag.as_str(), report.version, report.kind, report.site);
        expect(head == ("__unpoison_panic", 1, 1, 0), format!("{head:?}"));
        let may_drop = |part| fat && sort.fat_may_drop.contains(&part);
        expect(
            sort.message.fits(report.message.as_deref())
                || report.message.is_none() && may_drop(Part::Message),
            format!("message {:?}", report.message),
        );
        expect(
            sort.place.fits("unwind", report) || report.file.is_none() && may_drop(Part::Place),
            format!("place {:?}:{}:{}", report.file, report.line, report.column),
        );
        expect(
            log[at + 1].outcome == Outcome::Ok(0.into()),
            format!("still panicking: {:?}", log[at + 1]),
        );
        expect(log[at + 2].outcome == log[0].outcome, format!("stack: {:?}", log[at + 2]));
    }
    expect(log[7].outcome == Outcome::Ok(42.into()), format!("the next call: {:?}", log[7]));
    faults
}

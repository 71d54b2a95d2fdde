//! What a host must see of each export of `fixtures/kinds` that fails.

use unpoison_tests::expect::{Message, Part, Place};
use unpoison_tests::node::Report;
use xtask::fixture::Point;

/// The kinds of the module contract.
pub(crate) const PANIC: u32 = 1;
pub(crate) const ABORT: u32 = 2;
pub(crate) const ALLOC: u32 = 3;
pub(crate) const UNREACHABLE: u32 = 6;

/// One way to fail.
pub(crate) struct Kind {
    pub(crate) export: &'static str,
    pub(crate) args: &'static [i32],
    /// The kinds that the report may name; the tag follows from it.
    pub(crate) kinds: &'static [u32],
    pub(crate) message: Message,
    pub(crate) place: Place,
    /// Size and alignment of the failed allocation.
    pub(crate) layout: (u32, u32),
    /// What link-time optimization removes before any linker sees the module: the
    /// host then gets the failure without it.
    pub(crate) lto_may_drop: &'static [Part],
}

const LIB: &str = "src/lib.rs";
const OLD: &str = "old/src/lib.rs";

const fn panic(export: &'static str, args: &'static [i32], message: Message, place: Place) -> Kind {
    let kinds = &[PANIC];
    Kind { export, args, kinds, message, place, layout: (0, 0), lto_may_drop: &[] }
}

const fn payload(
    export: &'static str,
    args: &'static [i32],
    message: Message,
    place: Place,
) -> Kind {
    let lto_may_drop = &[Part::Message, Part::Place];
    Kind { lto_may_drop, ..panic(export, args, message, place) }
}

const fn abort(export: &'static str, args: &'static [i32], kinds: &'static [u32]) -> Kind {
    let (message, place) = (Message::Nothing, Place::Site);
    Kind { export, args, kinds, message, place, layout: (0, 0), lto_may_drop: &[] }
}

const fn alloc(
    export: &'static str,
    args: &'static [i32],
    message: &'static str,
    layout: (u32, u32),
) -> Kind {
    let (kinds, message, place) = (&[ALLOC], Message::Is(message), Place::Site);
    Kind { export, args, kinds, message, place, layout, lto_may_drop: &[] }
}

/// Every way to fail.
pub(crate) const KINDS: &[Kind] = &[
    panic(
        "formatted",
        &[-3],
        Message::Is("formatted with -3 and \"text\""),
        Place::Marked(LIB, "formatted"),
    ),
    panic("literal", &[], Message::Is("a literal"), Place::Marked(LIB, "literal")),
    panic("old_literal", &[], Message::Is("an old literal"), Place::Marked(OLD, "old_literal")),
    panic(
        "old_braces",
        &[],
        Message::Is("an old literal with {}"),
        Place::Marked(OLD, "old_braces"),
    ),
    payload("old_string", &[], Message::Is("an old String"), Place::Marked(OLD, "old_string")),
    panic(
        "unwrap",
        &[7],
        Message::Is("called `Result::unwrap()` on an `Err` value: Odd(7)"),
        Place::Marked(LIB, "unwrap"),
    ),
    panic("expect", &[9], Message::Is("an element there"), Place::Marked(LIB, "expect")),
    panic("assert", &[1], Message::Is("assertion failed: n > 100"), Place::Marked(LIB, "assert")),
    panic(
        "assert_eq",
        &[1, 2],
        Message::Is("assertion `left == right` failed: with words\n  left: 1\n right: 2"),
        Place::Marked(LIB, "assert_eq"),
    ),
    panic(
        "overflow",
        &[i32::MAX],
        Message::Is("attempt to add with overflow"),
        Place::Marked(LIB, "overflow"),
    ),
    panic(
        "divide",
        &[1, 0],
        Message::Is("attempt to divide by zero"),
        Place::Marked(LIB, "divide"),
    ),
    panic(
        "index",
        &[7],
        Message::Is("index out of bounds: the len is 3 but the index is 7"),
        Place::Marked(LIB, "index"),
    ),
    panic(
        "slice",
        &[9],
        Message::Has("range end index 9 out of range"),
        Place::Marked(LIB, "slice"),
    ),
    panic("borrowed", &[], Message::Has("borrowed"), Place::Marked(LIB, "borrowed")),
    panic("long", &[4000], Message::CutOf(|| "€".repeat(4000)), Place::Marked(LIB, "long")),
    panic("capacity", &[], Message::Is("capacity overflow"), Place::LibraryOr(LIB, "capacity")),
    panic("any_str", &[], Message::Is("any str"), Place::Marked(LIB, "any_str")),
    payload("any_string", &[5], Message::Is("any String 5"), Place::Marked(LIB, "any_string")),
    // What the standard library prints of a payload that is no text.
    payload("any_u32", &[], Message::Is("Box<dyn Any>"), Place::Marked(LIB, "any_u32")),
    payload("resume_str", &[], Message::Is("resumed str"), Place::Unknown),
    payload("resume_string", &[5], Message::Is("resumed String 5"), Place::Unknown),
    // The standard library aborts when a panic comes while it formats another; the
    // report is the first one's, as far as it was written.
    Kind {
        kinds: &[PANIC, ABORT],
        ..panic("display", &[3], Message::Has("before "), Place::Marked(LIB, "display"))
    },
    abort("abort", &[], &[ABORT]),
    abort("abort_outlined", &[1], &[ABORT]),
    // `core::arch::wasm32::unreachable` is `intrinsics::abort` by another name.
    abort("bare_unreachable", &[1], &[ABORT, UNREACHABLE]),
    alloc(
        "alloc_vec",
        &[0x0800_0000],
        "memory allocation of 1073741824 bytes failed",
        (0x4000_0000, 8),
    ),
    alloc("alloc_box", &[], "memory allocation of 1073741824 bytes failed", (0x4000_0000, 8)),
    alloc(
        "alloc_string",
        &[0x4000_0001],
        "memory allocation of 1073741825 bytes failed",
        (0x4000_0001, 1),
    ),
];

impl Kind {
    /// What is wrong with the report, in words; nothing if it is right.
    pub(crate) fn faults(&self, tag: &str, report: &Report, point: &Point) -> Vec<String> {
        let mut faults = Vec::new();
        let mut expect = |right: bool, what: String| {
            if !right {
                faults.push(what);
            }
        };
        let tag_of_kind =
            if report.kind == PANIC { "__unpoison_panic" } else { "__unpoison_abort" };
        expect(report.version == 1, format!("version {}", report.version));
        expect(self.kinds.contains(&report.kind), format!("kind {}", report.kind));
        expect(tag == tag_of_kind, format!("tag {tag} for kind {}", report.kind));
        let layout = (report.size, report.align);
        expect(layout == self.layout, format!("layout {layout:?}"));

        let may_drop = |part| point.lto != "off" && self.lto_may_drop.contains(&part);
        let dropped = report.message.is_none() && may_drop(Part::Message);
        expect(
            dropped || self.message.fits(report.message.as_deref()),
            format!("message {:?}", report.message),
        );
        let dropped = report.file.is_none() && may_drop(Part::Place);
        expect(
            dropped || self.place.fits("kinds", report),
            format!("place {:?}:{}:{}", report.file, report.line, report.column),
        );
        faults
    }
}

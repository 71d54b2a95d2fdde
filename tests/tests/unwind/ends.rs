//! Ends of an instance at many build settings: typed, and no destructor runs.

use crate::hosted::{self, Note, Script, Watch};
use crate::points;
use unpoison_tests::links::Pair;
use unpoison_tests::node::Outcome;
use xtask::fixture::{Build, Eh};

/// A call that ends an instance.
struct End {
    call: (&'static str, &'static [i32]),
    kind: u32,
    message: Option<&'static str>,
    /// Frames that a panic had passed before, and those of destructors.
    dropped: u32,
    panicking: u32,
}

const fn abort(call: (&'static str, &'static [i32])) -> End {
    End { call, kind: 2, message: None, dropped: 0, panicking: 0 }
}

const fn alloc(call: (&'static str, &'static [i32])) -> End {
    let message = Some("memory allocation of 1879048192 bytes failed");
    End { kind: 3, message, ..abort(call) }
}

/// Kind 4, with the message of a panic.
const fn panic(call: (&'static str, &'static [i32]), message: &'static str, frames: u32) -> End {
    End { kind: 4, message: Some(message), dropped: frames, panicking: frames, ..abort(call) }
}

const ENDS: &[End] = &[
    abort(("frames", &[20, 4, 0])),
    abort(("frames", &[20, 5, 0])),
    alloc(("frames", &[20, 6, 0])),
    abort(("behind_catches", &[5, 4, 0])),
    alloc(("behind_catches", &[5, 6, 0])),
    panic(("out_of_c", &[6]), "formatted with 6 and \"text\"", 4),
    panic(("c_export", &[6]), "formatted with 6 and \"text\"", 4),
    panic(("double", &[0]), "formatted with 0 and \"text\"", 4),
];

fn faults(end: &End, log: &[Note], throws: bool) -> Vec<String> {
    let mut faults = Vec::new();
    let mut expect = |right: bool, what: String| {
        if !right {
            faults.push(what);
        }
    };
    let (dropped, panicking) = (end.dropped, end.panicking);
    let watch = Watch { dropped, panicking, hooks: 1, ..Watch::default() };
    for (at, note) in log.iter().enumerate() {
        expect(note.watch == watch, format!("{at}: {:?}", note.watch));
        expect(note.state == Some(end.kind), format!("{at}: state {:?}", note.state));
        if at == 0 && !throws {
            let trapped = matches!(&note.outcome, Outcome::Trap(t) if t.contains("unreachable"));
            expect(trapped, format!("{:?}", note.outcome));
            continue;
        }
        let Outcome::Exception { tag, report } = &note.outcome else {
            expect(false, format!("{at}: {:?}", note.outcome));
            continue;
        };
        let expected = if at == 0 { "__unpoison_abort" } else { "__unpoison_sealed" };
        expect(tag == expected, format!("{at}: {tag}"));
        expect(report.kind == end.kind, format!("{at}: kind {}", report.kind));
        let message = report.message.as_deref();
        expect(message == end.message, format!("{at}: message {message:?}"));
    }
    faults
}

fn at(build: Build, eh: Eh) -> anyhow::Result<Vec<String>> {
    let pair = Pair::plain("unwind", build)?;
    let script = |end: &End| Script::default().call(end.call.0, end.call.1).call("add", &[1, 1]);
    let scripts: Vec<Script> = ENDS.iter().map(script).collect();
    let mut found = Vec::new();
    for (option, throws) in [("--unpoison-abort=trap", false), ("--unpoison-abort=throw", true)] {
        let module = pair.with_options(&[option])?;
        for engine in hosted::engines(eh) {
            let logs = hosted::run(&engine, &module, &scripts)?;
            for (end, log) in ENDS.iter().zip(&logs) {
                let faults = faults(end, log, throws).into_iter();
                let what = |f| format!("{}: {option}: {:?}: {f}", engine.display(), end.call);
                found.extend(faults.map(what));
            }
        }
    }
    Ok(found)
}

#[test]
fn every_end_is_typed_at_every_point() {
    points::each(at);
}

//! The same random trees in modules whose panics unwind: after a panic every frame was
//! dropped exactly once, after an abort or a trap none was.

use crate::engine::{InNode, in_every_node};
use crate::generate::{self, Mix};
use crate::reference::Linked;
use crate::walks::{walk_deep, walk_random};
use std::path::Path;
use unpoison_tests::links::Pair;
use xtask::fixture::{Build, Eh, Point};
use xtask::setup;

/// As such modules are by default.
const UNWINDS: Linked = Linked { unwinds: true, abort_traps: true, ..Linked::GUARDED };
/// With `--unpoison-abort=throw`.
const THROWS: Linked = Linked { abort_traps: false, ..UNWINDS };

/// What a module is linked with to be [`UNWINDS`] or [`THROWS`].
fn options(linked: Linked) -> Vec<&'static str> {
    let abort = if linked.abort_traps { "--unpoison-abort=trap" } else { "--unpoison-abort=throw" };
    let guard = if linked.guard { "--unpoison-guard=on" } else { "--unpoison-guard=off" };
    vec![abort, guard]
}

/// Runs a test in each engine that takes a flavour.
fn in_engines(eh: Eh, test: impl Fn(&Path) + Sync) {
    in_every_node(|engine| {
        if eh == Eh::Legacy || engine == setup::get().node.newer {
            test(&engine);
        }
    });
}

fn walk(fixture: &str, build: Build, eh: Eh, linked: Linked, mix: Mix, seed: u8) {
    let pair = Pair::plain(fixture, build).unwrap();
    let module = pair.with_options(&options(linked)).unwrap();
    in_engines(eh, |engine| {
        let host = InNode::start(engine, &[], &module).unwrap();
        let seen = walk_random(&generate::trees(mix), host, linked, seed)
            .unwrap_or_else(|e| panic!("{build}, {}: {e}", engine.display()));
        if linked.guard {
            seen.check(linked);
        }
    });
}

#[test]
fn random_trees() {
    let points = [
        (Point::RELEASE, Eh::Legacy),
        (Point { lto: "fat", opt: "z", debug: "none", strip: "none" }, Eh::Legacy),
        (Point { lto: "off", opt: "0", debug: "full", strip: "none" }, Eh::Legacy),
        (Point::RELEASE, Eh::Exnref),
        (Point { lto: "fat", opt: "3", debug: "none", strip: "symbols" }, Eh::Exnref),
    ];
    for (seed, (point, eh)) in (30..).step_by(2).zip(points) {
        let build = Build::unwinding(point, eh);
        walk("tree", build, eh, UNWINDS, Mix::OBJECTS, seed);
        walk("tree", build, eh, THROWS, Mix::OBJECTS, seed + 1);
    }
}

/// Functions in an exported table are entered from both sides.
#[test]
fn random_trees_with_an_exported_table() {
    for (seed, eh) in [(40, Eh::Legacy), (41, Eh::Exnref)] {
        let build = Build::unwinding(Point::RELEASE, eh);
        walk("table", build, eh, UNWINDS, Mix::TABLE_OBJECTS, seed);
        walk("table", build, eh, THROWS, Mix::TABLE_OBJECTS, seed);
    }
}

/// The comparison sees frames that are not dropped, or that are.
#[test]
fn the_reference_knows_what_unwinds() {
    let unwinding = Pair::both("tree", Build::unwinding(Point::RELEASE, Eh::Legacy)).unwrap();
    let aborting = Pair::both("tree", Point::RELEASE).unwrap();
    let throws = unwinding.with_options(&options(THROWS)).unwrap();
    for (module, linked) in [
        (&aborting.unpoisoned, THROWS),
        (&unwinding.unpoisoned, THROWS),
        (&unwinding.unpoisoned, Linked { unwinds: false, ..UNWINDS }),
        (&throws, Linked::GUARDED),
    ] {
        let host = InNode::start(&setup::get().node.newer, &[], module).unwrap();
        let difference = walk_random(&generate::trees(Mix::USUAL), host, linked, 43)
            .expect_err("a module passed for another one");
        assert!(difference.contains("instead of"), "{difference}");
    }
}

/// Typed failures, and panics that cost one call; nothing is sealed.
#[test]
fn random_trees_without_guards() {
    let build = Build::unwinding(Point::RELEASE, Eh::Legacy);
    for linked in [UNWINDS, THROWS] {
        let linked = Linked { guard: false, ..linked };
        walk("tree", build, Eh::Legacy, linked, Mix::UNGUARDED_OBJECTS, 42);
    }
}

#[test]
fn a_thousand_deep() {
    for (eh, linked) in [(Eh::Legacy, THROWS), (Eh::Legacy, UNWINDS), (Eh::Exnref, THROWS)] {
        let pair = Pair::plain("tree", Build::unwinding(Point::RELEASE, eh)).unwrap();
        let module = pair.with_options(&options(linked)).unwrap();
        in_engines(eh, |engine| {
            // Most of what a crossing needs is the interpreted frames of `tree-host.mjs`.
            let options = ["--stack-size=4000"];
            walk_deep(InNode::start(engine, &options, &module).unwrap(), linked, 1000);
        });
    }
}

//! Each trap by itself: the engine's own error first, the typed answer ever after.

use crate::engine::{Engine, in_every_node};
use crate::generate::EXPORTS;
use crate::outcome::{Exception, Note, Outcome};
use crate::tree::{
    Failure, HostNode, OnFailure, RustNode, Step, TRAPS, Throws, Trap, Tree, Variant, Visit,
};
use unpoison_tests::links::Pair;
use xtask::fixture::Point;

/// A node that does one thing, then healthy ones through every export.
fn first_then_healthy(first: Vec<Step<HostNode, RustNode>>) -> Tree {
    let visit = |node, variant| Visit { node, variant, on_failure: OnFailure::Swallow };
    let healthy = |variant: &Variant| visit(healthy(), *variant);
    let visits = std::iter::once(visit(RustNode(first), Variant::U32));
    let visits = visits.chain(EXPORTS.iter().map(healthy)).collect();
    Tree::new(&HostNode { visits, throws: Throws::Nothing }, &[])
}

/// Calls the host and comes back.
fn healthy() -> RustNode {
    let host = HostNode { visits: Vec::new(), throws: Throws::Nothing };
    RustNode(vec![Step::Host(Variant::Mixed, host)])
}

fn sealed(kind: u32, message: Option<&str>) -> Outcome {
    let message = message.map(str::to_owned);
    Outcome::Exception(Exception { tag: "__unpoison_sealed".into(), kind, message })
}

#[test]
fn a_trap_is_the_engine_s_once_and_typed_ever_after() {
    let pair = Pair::both("tree", Point::RELEASE).unwrap();
    in_every_node(|engine| {
        let mut running = Engine::start(&engine).unwrap();
        for trap in TRAPS {
            let tree = first_then_healthy(vec![Step::Trap(trap)]);
            let log = running.walk(&pair.unpoisoned, &tree).unwrap().log;
            assert_eq!(log[0].outcome, Outcome::Trap(trap.class().into()), "{trap:?}");
            // Nobody can know of it yet.
            assert_eq!(log[0].state, 0, "{trap:?}");
            still_and(&log, &sealed(5, None), 5, &format!("{trap:?}"));
        }
    });
}

/// Every later call of the log came to this, in this state, and moved nothing.
fn still_and(log: &[Note], outcome: &Outcome, state: u32, what: &str) {
    assert_eq!(log.len(), 1 + EXPORTS.len(), "{what}");
    for note in &log[1..] {
        assert_eq!(note.outcome, *outcome, "{what}");
        assert_eq!(note.state, state, "{what}");
        assert_eq!(note.watch, log[0].watch, "{what}");
    }
}

/// What this project is for. rust-lld's module answers each call after an exhausted
/// shadow stack with an error that says nothing of it; the host cannot know that the
/// healthy function it called is not to blame.
#[test]
fn beside_the_poisoned_module() {
    let pair = Pair::both("tree", Point::RELEASE).unwrap();
    in_every_node(|engine| {
        let mut running = Engine::start(&engine).unwrap();
        let tree = first_then_healthy(vec![Step::Trap(Trap::ShadowStack)]);
        let plain = running.walk(&pair.plain, &tree).unwrap().log;
        assert_eq!(plain.len(), 1 + EXPORTS.len());
        for note in &plain {
            assert_eq!(note.outcome, Outcome::Trap("memory".into()));
        }

        // After a panic it goes on as if nothing had been: frames, locks and borrows of
        // the call that failed are never left.
        let tree = first_then_healthy(vec![Step::Fail(Failure::Panic)]);
        let plain = running.walk(&pair.plain, &tree).unwrap().log;
        assert_eq!(plain[0].outcome, Outcome::Trap("unreachable".into()));
        assert!(matches!(plain[1].outcome, Outcome::Value(_)), "{plain:?}");
        let log = running.walk(&pair.unpoisoned, &tree).unwrap().log;
        still_and(&log, &sealed(1, Some("node 0")), 1, "a panic");
    });
}

/// More than the fixture's shadow stack has room for, at the frames that one crosses.
const MANY: usize = 6_000;

/// A node whose host throws.
fn foreign() -> RustNode {
    let thrower = HostNode { visits: Vec::new(), throws: Throws::Object };
    RustNode(vec![Step::Host(Variant::U32, thrower)])
}

/// A foreign exception that the host catches while it is called from Rust: the frames
/// that it skipped may be somebody's still, so the outer call does not go on above them.
#[test]
fn foreign_exceptions_that_are_caught_inside() {
    let pair = Pair::both("tree", Point::RELEASE).unwrap();
    let visit = |node| Visit { node, variant: Variant::U32, on_failure: OnFailure::Swallow };
    let catcher = HostNode { visits: vec![visit(foreign())], throws: Throws::Nothing };
    let outer = RustNode(vec![Step::Host(Variant::U32, catcher)]);
    let tree = Tree::new(&HostNode { visits: vec![visit(outer)], throws: Throws::Nothing }, &[]);
    in_every_node(|engine| {
        let log = Engine::start(&engine).unwrap().walk(&pair.unpoisoned, &tree).unwrap().log;
        let [inner, outer] = &log[..] else { panic!("{log:?}") };
        assert!(matches!(inner.outcome, Outcome::Foreign(_)), "{inner:?}");
        assert_eq!((&outer.outcome, outer.state), (&sealed(5, None), 5));
        assert_eq!(outer.watch, inner.watch, "Rust ran");
    });
}

/// One that crosses all of the frames leaves them in the shadow stack, as in a plain
/// module: nothing without `try` could know. The end of that is typed.
#[test]
fn foreign_exceptions_that_are_caught_outside() {
    let pair = Pair::both("tree", Point::RELEASE).unwrap();
    let visit = Visit { node: foreign(), variant: Variant::U32, on_failure: OnFailure::Swallow };
    let mut tree = Tree::new(&HostNode { visits: vec![visit], throws: Throws::Nothing }, &[]);
    tree.host[0].visits = vec![tree.host[0].visits[0].clone(); MANY];
    in_every_node(|engine| {
        let mut running = Engine::start(&engine).unwrap();
        let [plain, unpoisoned] =
            [&pair.plain, &pair.unpoisoned].map(|module| running.walk(module, &tree).unwrap().log);
        let is_foreign = |note: &Note| matches!(note.outcome, Outcome::Foreign(_));
        let end = plain.iter().position(|note| !is_foreign(note)).expect("an exhausted stack");
        assert!(end > 1_000, "{end}");
        for note in &unpoisoned[..end] {
            assert!(is_foreign(note) && note.state == 0, "{note:?}");
        }
        assert_eq!(unpoisoned[end].outcome, Outcome::Trap("memory".into()));
        assert!(plain[end..].iter().all(|note| note.outcome == unpoisoned[end].outcome));
        for note in &unpoisoned[end + 1..] {
            assert_eq!((&note.outcome, note.state), (&sealed(5, None), 5));
        }
    });
}

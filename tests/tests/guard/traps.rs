//! Each trap by itself: the engine's own error first, the typed answer ever after.

use crate::engine::Engine;
use crate::generate::EXPORTS;
use crate::outcome::{Exception, Note, Outcome};
use crate::tree::{
    Failure, HostNode, OnFailure, RustNode, Step, TRAPS, Trap, Tree, Variant, Visit,
};
use crate::walks::in_every_node;
use unpoison_tests::links::Pair;
use xtask::fixture::Point;

/// A node that does one thing, then healthy ones through every export.
fn first_then_healthy(first: Vec<Step<HostNode, RustNode>>) -> Tree {
    let visit = |node, variant| Visit { node, variant, on_failure: OnFailure::Swallow };
    let healthy = |variant: &Variant| visit(healthy(), *variant);
    let visits = std::iter::once(visit(RustNode(first), Variant::U32));
    let visits = visits.chain(EXPORTS.iter().map(healthy)).collect();
    Tree::new(&HostNode { visits, throws: false }, &[])
}

/// Calls the host and comes back.
fn healthy() -> RustNode {
    let host = HostNode { visits: Vec::new(), throws: false };
    RustNode(vec![Step::Host(Variant::Mixed, host)])
}

fn sealed(kind: u32, message: Option<&str>) -> Outcome {
    let message = message.map(str::to_owned);
    Outcome::Exception(Exception { tag: "__unpoison_sealed".into(), kind, message })
}

#[test]
fn a_trap_is_the_engine_s_once_and_typed_ever_after() {
    let pair = Pair::both("tree", &Point::RELEASE).unwrap();
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
    let pair = Pair::both("tree", &Point::RELEASE).unwrap();
    in_every_node(|engine| {
        let mut running = Engine::start(&engine).unwrap();
        let tree = first_then_healthy(vec![Step::Trap(Trap::ShadowStack)]);
        let plain = running.walk(&pair.plain, &tree).unwrap().log;
        assert_eq!(plain.len(), 1 + EXPORTS.len());
        for note in &plain {
            assert_eq!(note.outcome, Outcome::Trap("memory".into()));
        }
        // It even began to run each of them.
        assert!(plain.last().unwrap().watch[0] > plain[0].watch[0], "{plain:?}");

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

/// A foreign exception seals nothing; where the host catches it outside all calls,
/// the shadow stack of the frames it crossed is not leaked for ever.
#[test]
fn foreign_exceptions_do_not_exhaust_the_shadow_stack() {
    let pair = Pair::both("tree", &Point::RELEASE).unwrap();
    let thrower = HostNode { visits: Vec::new(), throws: true };
    let foreign = Visit {
        node: RustNode(vec![Step::Host(Variant::U32, thrower)]),
        variant: Variant::U32,
        on_failure: OnFailure::Swallow,
    };
    let mut visits = vec![foreign; 7_000];
    let on_failure = OnFailure::Swallow;
    visits.push(Visit { node: healthy(), variant: Variant::U32, on_failure });
    let mut tree = Tree::new(&HostNode { visits, throws: false }, &[]);
    // One node of each kind serves all calls.
    let last = tree.rust.pop().unwrap();
    tree.rust.truncate(1);
    tree.rust.push(last);
    for (at, visit) in tree.host[0].visits.iter_mut().enumerate() {
        visit.node = u32::from(at == 7_000);
    }
    in_every_node(|engine| {
        let mut running = Engine::start(&engine).unwrap();
        let log = running.walk(&pair.unpoisoned, &tree).unwrap().log;
        let first = log.iter().position(|note| !matches!(note.outcome, Outcome::Foreign(_)));
        assert_eq!(first, Some(7_000), "{:?}", log[first.unwrap()]);
        assert!(matches!(log[7_000].outcome, Outcome::Value(_)), "{:?}", log[7_000]);
    });
}

//! Random trees of calls, walked by the module and by the reference.

use crate::engine::Engine;
use crate::generate::{self, Input, Mix};
use crate::links;
use crate::reference::Linked;
use crate::tree::{
    FAILURES, Failure, HostNode, OnFailure, RustNode, Step, TRAPS, Trap, Tree, Variant, Visit,
};
use crate::walks::{Seen, compare, in_every_node};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;
use unpoison_tests::links::Pair;
use unpoison_tests::matrix;
use xtask::fixture::Point;

/// Trees for each module in each engine.
fn trees() -> u32 {
    if matrix::whole() { 10_000 } else { 250 }
}

fn points() -> Vec<Point> {
    let mut points = vec![
        Point::RELEASE,
        Point { lto: "fat", opt: "z", debug: "none", strip: "none" },
        Point { lto: "off", opt: "0", debug: "full", strip: "none" },
    ];
    if matrix::whole() {
        points.push(Point { lto: "thin", opt: "1", debug: "full", strip: "symbols" });
    }
    points
}

/// The same trees in every run, unless everything is asked for.
fn runner(seed: u8) -> TestRunner {
    let config = Config {
        cases: trees(),
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..Config::default()
    };
    if matrix::whole() {
        return TestRunner::new(config);
    }
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]))
}

/// Walks random trees; answers what they went through, or the smallest that differs.
fn walk_random(
    strategy: &impl Strategy<Value = Input>,
    engine: &Path,
    module: &Path,
    linked: Linked,
    seed: u8,
) -> Result<Seen, String> {
    let state = RefCell::new((Engine::start(engine).unwrap(), Seen::default()));
    let walk = |input| {
        let tree = flat(&input);
        let (engine, seen) = &mut *state.borrow_mut();
        compare(engine, module, &tree, linked, seen).map_err(TestCaseError::fail)
    };
    match runner(seed).run(strategy, walk) {
        Ok(()) => Ok(state.into_inner().1),
        Err(TestError::Fail(reason, input)) => Err(format!("{reason}\nfor {:?}", flat(&input))),
        Err(TestError::Abort(reason)) => Err(reason.to_string()),
    }
}

fn flat((top, for_hook, hook_fails): &Input) -> Tree {
    Tree { hook_fails: *hook_fails, ..Tree::new(top, for_hook) }
}

#[test]
fn random_trees() {
    for (seed, point) in (1..).zip(points()) {
        let pair = Pair::both("tree", &point).unwrap();
        in_every_node(|engine| {
            let trees = generate::trees(Mix::USUAL);
            let seen = walk_random(&trees, &engine, &pair.unpoisoned, Linked::GUARDED, seed)
                .unwrap_or_else(|e| panic!("{point}, {}: {e}", engine.display()));
            check_seen(&seen);
        });
    }
}

#[test]
fn random_trees_with_an_exported_table() {
    let pair = Pair::both("table", &Point::RELEASE).unwrap();
    in_every_node(|engine| {
        let trees = generate::trees(Mix::TABLE);
        let seen = walk_random(&trees, &engine, &pair.unpoisoned, Linked::GUARDED, 10)
            .unwrap_or_else(|e| panic!("{}: {e}", engine.display()));
        check_seen(&seen);
    });
}

#[test]
fn random_trees_with_a_hook() {
    let pair = Pair::both("hook", &Point::RELEASE).unwrap();
    in_every_node(|engine| {
        let linked = Linked { hook: true, ..Linked::GUARDED };
        let seen = walk_random(&generate::trees_with_hook(), &engine, &pair.unpoisoned, linked, 11)
            .unwrap_or_else(|e| panic!("{}: {e}", engine.display()));
        check_seen(&seen);
    });
}

/// Typed failures and nothing else: the calls after them go on.
#[test]
fn random_trees_without_guards() {
    let pair = Pair::plain("tree", &Point::RELEASE).unwrap();
    let module = links::with_options(&pair, &["--unpoison-guard=off"]);
    in_every_node(|engine| {
        let trees = generate::trees(Mix::UNGUARDED);
        let linked = Linked { guard: false, hook: false };
        let seen = walk_random(&trees, &engine, &module, linked, 12)
            .unwrap_or_else(|e| panic!("{}: {e}", engine.display()));
        assert!(!seen.outcomes.iter().any(|o| o.contains("sealed")), "{seen:?}");
        // The comparison sees that guards are missing.
        let guarded = walk_random(&trees, &engine, &module, Linked::GUARDED, 12);
        let difference = guarded.expect_err("a module without guards passed for one with them");
        assert!(difference.contains("instead of"), "{difference}");
    });
}

/// The trees are no proof if they never fail, or never in the ways that matter.
fn check_seen(seen: &Seen) {
    let mut expected: BTreeSet<String> = TRAPS.iter().map(|trap| trap.class().into()).collect();
    for failure in FAILURES {
        let tag = if failure == Failure::Panic { "panic" } else { "abort" };
        expected.insert(format!("__unpoison_{tag} {}", failure.kind()));
        expected.insert(format!("__unpoison_sealed {}", failure.kind()));
    }
    expected.extend(["value", "foreign", "__unpoison_sealed 5"].map(str::to_owned));
    assert_eq!(seen.outcomes, expected);
    assert!(seen.stopped > 20, "only {} outer calls were stopped", seen.stopped);
}

/// A thousand crossings in, a thousand out, and every way back from there.
#[test]
fn a_thousand_deep() {
    let pair = Pair::both("tree", &Point::RELEASE).unwrap();
    let innermost = [
        Vec::new(),
        vec![Step::Fail(Failure::Panic)],
        vec![Step::Fail(Failure::Abort)],
        vec![Step::Trap(Trap::Load)],
        vec![Step::Trap(Trap::ShadowStack)],
        vec![Step::Host(Variant::F64, HostNode { visits: Vec::new(), throws: true })],
    ];
    in_every_node(|engine| {
        // Most of what a crossing needs is the interpreted frames of `tree-host.mjs`.
        let mut running = Engine::start_with(&engine, &["--stack-size=4000"]).unwrap();
        for on_failure in [OnFailure::Pass, OnFailure::Swallow] {
            for steps in &innermost {
                let tree = Tree::new(&deep(RustNode(steps.clone()), on_failure), &[]);
                assert_eq!(tree.rust.len(), 1001);
                let mut seen = Seen::default();
                compare(&mut running, &pair.unpoisoned, &tree, Linked::GUARDED, &mut seen)
                    .unwrap_or_else(|e| panic!("{}, {steps:?}: {e}", engine.display()));
            }
        }
    });
}

fn deep(innermost: RustNode, on_failure: OnFailure) -> HostNode {
    let host = |node, on_failure| HostNode {
        visits: vec![Visit { node, variant: Variant::U32, on_failure }],
        throws: false,
    };
    let node = (0..1000).fold(innermost, |node, at| {
        // Swallowed all the way, or once, in the middle.
        let on_failure = if at == 500 { OnFailure::Swallow } else { on_failure };
        RustNode(vec![Step::Host(Variant::U32, host(node, on_failure))])
    });
    host(node, OnFailure::Swallow)
}

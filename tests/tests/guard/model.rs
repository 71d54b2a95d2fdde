//! Random trees of calls, walked by the module and by the reference.

use crate::engine::Engine;
use crate::generate;
use crate::outcome::Outcome;
use crate::reference::{Linked, Machine};
use crate::tree::{
    FAILURES, Failure, HostNode, OnFailure, RustNode, Step, TRAPS, Trap, Tree, Variant, Visit,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use unpoison_tests::links::Pair;
use unpoison_tests::{matrix, node};
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

/// What the trees of a run went through.
#[derive(Debug, Default)]
struct Seen {
    outcomes: BTreeSet<String>,
    stopped: usize,
}

/// Compares one walk; answers the first difference.
fn compare(
    engine: &mut Engine,
    module: &Path,
    tree: &Tree,
    linked: Linked,
    seen: &mut Seen,
) -> Result<(), String> {
    let (expected, machine) = Machine::walk(tree, linked);
    let mut came = engine.walk(module, tree).map_err(|e| format!("{e:#}"))?;
    seen.stopped += machine.stopped;
    if !linked.guard {
        // Without guards nobody puts the shadow stack back where it was.
        came.log.iter_mut().for_each(|note| note.watch[3] = 0);
    }
    for (at, (came, expected)) in came.log.iter().zip(&expected.log).enumerate() {
        seen.outcomes.insert(match &came.outcome {
            Outcome::Value(_) => "value".into(),
            Outcome::Exception(e) => format!("{} {}", e.tag, e.kind),
            Outcome::Trap(class) => class.clone(),
            Outcome::Foreign(_) => "foreign".into(),
            Outcome::Lost(what) => what.clone(),
        });
        if came != expected {
            return Err(format!("call {at}: {came:?}\ninstead of {expected:?}"));
        }
    }
    if came != expected {
        return Err(format!("{came:?}\ninstead of {expected:?}"));
    }
    Ok(())
}

/// The same trees in every run, unless everything is asked for.
fn runner(cases: u32, seed: u8) -> TestRunner {
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
    if matrix::whole() {
        return TestRunner::new(config);
    }
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]))
}

/// Walks random trees; answers what they went through, or the smallest that differs.
fn walk_random(
    strategy: &impl Strategy<Value = (HostNode, Vec<HostNode>, u32)>,
    engine: &Path,
    module: &Path,
    linked: Linked,
    (cases, seed): (u32, u8),
) -> Result<Seen, String> {
    let state = RefCell::new((Engine::start(engine).unwrap(), Seen::default()));
    let walk = |(top, for_hook, hook_fails): (HostNode, Vec<HostNode>, u32)| {
        let mut tree = Tree::new(&top, &for_hook);
        tree.hook_fails = hook_fails;
        let (engine, seen) = &mut *state.borrow_mut();
        compare(engine, module, &tree, linked, seen).map_err(TestCaseError::fail)
    };
    match runner(cases, seed).run(strategy, walk) {
        Ok(()) => Ok(state.into_inner().1),
        Err(TestError::Fail(reason, tree)) => Err(format!("{reason}\nfor {tree:#?}")),
        Err(TestError::Abort(reason)) => Err(reason.to_string()),
    }
}

fn without_hook() -> impl Strategy<Value = (HostNode, Vec<HostNode>, u32)> {
    generate::top().prop_map(|top| (top, Vec::new(), 0))
}

/// Room for the reference and the generator to go as deep as the module.
const STACK: usize = 256 << 20;

/// For each engine a thread of its own: most of the time is the engine's.
fn in_every_node(test: impl Fn(PathBuf) + Sync) {
    let test = &test;
    std::thread::scope(|scope| {
        for engine in node::nodes() {
            let thread = std::thread::Builder::new().stack_size(STACK);
            thread.spawn_scoped(scope, move || test(engine)).unwrap();
        }
    });
}

#[test]
fn random_trees() {
    for (seed, point) in (1u8..).zip(points()) {
        let pair = Pair::both("tree", &point).unwrap();
        in_every_node(|engine| {
            let cases = (trees(), seed);
            let seen =
                walk_random(&without_hook(), &engine, &pair.unpoisoned, Linked::GUARDED, cases)
                    .unwrap_or_else(|e| panic!("{point}, {}: {e}", engine.display()));
            check_seen(&seen);
        });
    }
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
        let mut running = Engine::start(&engine).unwrap();
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

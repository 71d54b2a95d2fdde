//! Walks of trees by a module and by the reference.

use crate::generate::Input;
use crate::outcome::{Answer, Note, Outcome};
use crate::reference::{Linked, Machine};
use crate::tree::{
    FAILURES, Failure, HostNode, OnFailure, RustNode, Step, TRAPS, Throws, Trap, Tree, Variant,
    Visit,
};
use anyhow::Result;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::cell::RefCell;
use std::collections::BTreeSet;
use unpoison_tests::matrix;

/// A module in an engine.
pub(crate) trait Host {
    /// Walks a tree on a fresh instance.
    ///
    /// # Errors
    /// The host itself failed.
    fn walk(&mut self, tree: &Tree) -> Result<Answer>;
}

/// What trees went through.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) outcomes: BTreeSet<String>,
    /// Outer calls that were stopped on an import's return.
    stopped: usize,
    /// Frames that were dropped on a failure's way.
    unwound: u32,
}

impl Seen {
    /// The trees are no proof if they never fail, or never in the ways that matter.
    pub(crate) fn check(&self, linked: Linked) {
        let mut all: BTreeSet<String> = TRAPS.iter().map(|trap| trap.class().into()).collect();
        for failure in FAILURES {
            let (panic, kind) = (failure == Failure::Panic, failure.kind());
            all.insert(match (panic, linked.abort_traps) {
                (true, _) => format!("__unpoison_panic {kind}"),
                (false, true) => "unreachable".to_owned(),
                (false, false) => format!("__unpoison_abort {kind}"),
            });
            if !(panic && linked.unwinds) {
                all.insert(format!("__unpoison_sealed {kind}"));
            }
        }
        all.extend(["value", "foreign", "__unpoison_sealed 5"].map(str::to_owned));
        assert_eq!(self.outcomes, all);
        assert!(self.stopped > 20, "only {} outer calls were stopped", self.stopped);
        // Frames that a failure passed, in modules where they are dropped.
        assert_eq!(self.unwound > 20, linked.unwinds, "{}", self.unwound);
    }
}

/// Compares one walk; an error is the first difference.
pub(crate) fn compare(
    host: &mut impl Host,
    tree: &Tree,
    linked: Linked,
    seen: &mut Seen,
) -> Result<(), String> {
    let (expected, stopped) = Machine::walk(tree, linked);
    let mut came = host.walk(tree).map_err(|e| format!("{e:#}"))?;
    seen.stopped += stopped;
    seen.unwound += expected.log.last().map_or(0, |note| note.watch[6]);
    if !linked.guard {
        // Without guards nobody puts the shadow stack back where it was.
        came.log.iter_mut().for_each(|note| note.watch[3] = 0);
    }
    for (at, (came, expected)) in came.log.iter().zip(&expected.log).enumerate() {
        seen.outcomes.insert(class(came));
        if came != expected {
            return Err(format!("call {at}: {came:?}\ninstead of {expected:?}"));
        }
    }
    match came == expected {
        true => Ok(()),
        false => Err(format!("{came:?}\ninstead of {expected:?}")),
    }
}

fn class(note: &Note) -> String {
    match &note.outcome {
        Outcome::Value(_) => "value".into(),
        Outcome::Exception(e) => format!("{} {}", e.tag, e.kind),
        Outcome::Trap(class) => class.clone(),
        Outcome::Foreign(_) => "foreign".into(),
        Outcome::Lost(what) => what.clone(),
    }
}

/// The same trees in every run, unless everything is asked for.
fn runner(seed: u8) -> TestRunner {
    let cases = if matrix::whole() { 10_000 } else { 250 };
    let shrink = 2_000;
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: shrink, ..Config::default() };
    if matrix::whole() {
        return TestRunner::new(config);
    }
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]))
}

/// Walks random trees; answers what they went through, or the smallest that differs.
pub(crate) fn walk_random(
    strategy: &impl Strategy<Value = Input>,
    host: impl Host,
    linked: Linked,
    seed: u8,
) -> Result<Seen, String> {
    let state = RefCell::new((host, Seen::default()));
    let walk = |input| {
        let tree = flat(&input);
        let (host, seen) = &mut *state.borrow_mut();
        compare(host, &tree, linked, seen).map_err(TestCaseError::fail)
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

/// `depth` crossings in, as many out, and every way back from there.
pub(crate) fn walk_deep(mut host: impl Host, linked: Linked, depth: usize) {
    let innermost = [
        Vec::new(),
        vec![Step::Fail(Failure::Panic)],
        vec![Step::Fail(Failure::Abort)],
        vec![Step::Trap(Trap::Load)],
        vec![Step::Trap(Trap::ShadowStack)],
        vec![Step::Host(Variant::F64, HostNode { visits: Vec::new(), throws: Throws::Object })],
    ];
    for on_failure in [OnFailure::Pass, OnFailure::Swallow] {
        for steps in &innermost {
            let tree = Tree::new(&deep(RustNode(steps.clone()), on_failure, depth), &[]);
            assert_eq!(tree.rust.len(), depth + 1);
            compare(&mut host, &tree, linked, &mut Seen::default())
                .unwrap_or_else(|e| panic!("{steps:?}, {on_failure:?}: {e}"));
        }
    }
}

fn deep(innermost: RustNode, on_failure: OnFailure, depth: usize) -> HostNode {
    let host = |node, on_failure| HostNode {
        visits: vec![Visit { node, variant: Variant::U32, on_failure }],
        throws: Throws::Nothing,
    };
    let node = (0..depth).fold(innermost, |node, at| {
        // Swallowed all the way, or once, in the middle.
        let on_failure = if at == depth / 2 { OnFailure::Swallow } else { on_failure };
        RustNode(vec![Step::Host(Variant::U32, host(node, on_failure))])
    });
    host(node, OnFailure::Swallow)
}

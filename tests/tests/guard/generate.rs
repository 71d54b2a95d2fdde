//! Random trees.

use crate::tree::{
    Entry, FAILURES, HostNode, OnFailure, RustNode, Step, TRAPS, Throws, Trap, Tree, VARIANTS,
    Variant, Visit, failure_operation, trap_operation,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// The most crossings from the host into Rust and back that lie in each other.
const DEPTH: u32 = 5;

/// The ways in and out that a tree may take.
pub(crate) type Ways = &'static [Variant];

/// What trees are made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mix {
    ways: Ways,
    traps: &'static [Trap],
    throws: &'static [Throws],
}

impl Mix {
    /// For a module that keeps its table to itself.
    pub(crate) const USUAL: Self = Self { ways: EXPORTS, traps: &TRAPS, throws: THROWS };
    /// For a module that exports its table.
    pub(crate) const TABLE: Self = Self { ways: &VARIANTS, traps: &TRAPS, throws: THROWS };
    /// For a module without guards: the last trap, a shadow stack that is exhausted,
    /// makes its later calls fail in ways that nobody can foretell.
    pub(crate) const UNGUARDED: Self =
        Self { traps: TRAPS.split_at(TRAPS.len() - 1).0, ..Self::USUAL };
    /// For engines whose host has no stack of its own to end, and for modules whose panics
    /// unwind: there V8's error skips frames that nothing notices.
    #[allow(dead_code, reason = "not every test has such a module")]
    pub(crate) const OBJECTS: Self = Self { throws: OBJECTS, ..Self::USUAL };
    /// The same with a table.
    #[allow(dead_code, reason = "not every test has such a module")]
    pub(crate) const TABLE_OBJECTS: Self = Self { throws: OBJECTS, ..Self::TABLE };
    /// The same without guards.
    #[allow(dead_code, reason = "not every test has such a module")]
    pub(crate) const UNGUARDED_OBJECTS: Self = Self { throws: OBJECTS, ..Self::UNGUARDED };
}

/// What a host may throw.
const OBJECTS: &[Throws] = &[Throws::Object];
const THROWS: &[Throws] = &[Throws::Object, Throws::Stack];

/// All but the last, the table.
pub(crate) const EXPORTS: Ways = VARIANTS.split_at(VARIANTS.len() - 1).0;

/// What is walked: the host's top node, its nodes for the hook, and `hook_fails`.
pub(crate) type Input = (HostNode, Vec<HostNode>, u32);

/// For modules without a hook.
pub(crate) fn trees(mix: Mix) -> impl Strategy<Value = Input> {
    top(mix).prop_map(|top| (top, Vec::new(), 0))
}

/// For modules with a hook.
pub(crate) fn trees_with_hook(mix: Mix) -> impl Strategy<Value = Input> {
    let fails = prop_oneof![
        2 => Just(0),
        4 => Just(Tree::HOOK_CALLS),
        2 => select(&FAILURES[..]).prop_map(failure_operation),
        2 => select(&TRAPS[..]).prop_map(trap_operation),
    ];
    // One for each kind: the hook calls the host's node of that number.
    (top(mix), vec(host(mix, 1), 6), fails)
}

/// A host that makes several calls on one instance, whatever comes of them.
fn top(mix: Mix) -> impl Strategy<Value = HostNode> {
    let visit = visit(mix, DEPTH, Just(OnFailure::Swallow));
    vec(visit, 1..6).prop_map(|visits| HostNode { visits, throws: Throws::Nothing })
}

fn visit(
    mix: Mix,
    depth: u32,
    on_failure: impl Strategy<Value = OnFailure>,
) -> impl Strategy<Value = Visit<RustNode>> {
    (rust(mix, depth), select(mix.ways), on_failure).prop_map(|(node, variant, on_failure)| Visit {
        node,
        variant,
        on_failure,
    })
}

fn rust(mix: Mix, depth: u32) -> BoxedStrategy<RustNode> {
    vec(step(mix, depth), 0..4).prop_map(RustNode).boxed()
}

fn step(mix: Mix, depth: u32) -> BoxedStrategy<Step<HostNode, RustNode>> {
    let entry = select(&[Entry::Direct, Entry::ThroughTable][..]);
    let failure = prop_oneof![
        select(&FAILURES[..]).prop_map(Step::Fail),
        select(mix.traps).prop_map(Step::Trap),
    ];
    if depth == 0 {
        let nothing = entry.prop_map(|entry| Step::Rust(entry, RustNode(Vec::new())));
        return prop_oneof![3 => nothing, 1 => failure].boxed();
    }
    let out = (select(mix.ways), host(mix, depth - 1));
    let inside = (entry, rust(mix, depth - 1));
    prop_oneof![
        9 => out.prop_map(|(variant, host)| Step::Host(variant, host)),
        2 => inside.prop_map(|(entry, node)| Step::Rust(entry, node)),
        1 => failure,
    ]
    .boxed()
}

fn host(mix: Mix, depth: u32) -> BoxedStrategy<HostNode> {
    let on_failure = prop_oneof![
        3 => Just(OnFailure::Pass),
        5 => Just(OnFailure::Swallow),
        1 => Just(OnFailure::Replace),
    ];
    let throws = prop_oneof![
        9 => Just(Throws::Nothing),
        1 => select(mix.throws),
    ];
    (vec(visit(mix, depth, on_failure), 0..3), throws)
        .prop_map(|(visits, throws)| HostNode { visits, throws })
        .boxed()
}

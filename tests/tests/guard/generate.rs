//! Random trees.

use crate::tree::{
    Entry, FAILURES, HostNode, OnFailure, RustNode, Step, TRAPS, VARIANTS, Variant, Visit,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// The most crossings from the host into Rust and back that lie in each other.
const DEPTH: u32 = 5;

/// A host that makes several calls on one instance, whatever comes of them.
pub(crate) fn top() -> impl Strategy<Value = HostNode> {
    let visit = (rust(DEPTH), variant(), Just(OnFailure::Swallow));
    let visit = visit.prop_map(|(node, variant, on_failure)| Visit { node, variant, on_failure });
    vec(visit, 1..6).prop_map(|visits| HostNode { visits, throws: false })
}

/// A host node for the hook.
pub(crate) fn small_host() -> BoxedStrategy<HostNode> {
    host(1)
}

fn rust(depth: u32) -> BoxedStrategy<RustNode> {
    vec(step(depth), 0..4).prop_map(RustNode).boxed()
}

fn step(depth: u32) -> BoxedStrategy<Step<HostNode, RustNode>> {
    let failure = prop_oneof![
        select(&FAILURES[..]).prop_map(Step::Fail),
        select(&TRAPS[..]).prop_map(Step::Trap),
    ];
    if depth == 0 {
        let nothing = (entry(), Just(RustNode(Vec::new())));
        let nothing = nothing.prop_map(|(entry, node)| Step::Rust(entry, node));
        return prop_oneof![3 => nothing, 1 => failure].boxed();
    }
    prop_oneof![
        9 => (variant(), host(depth - 1)).prop_map(|(variant, host)| Step::Host(variant, host)),
        2 => (entry(), rust(depth - 1)).prop_map(|(entry, node)| Step::Rust(entry, node)),
        1 => failure,
    ]
    .boxed()
}

fn host(depth: u32) -> BoxedStrategy<HostNode> {
    let on_failure = prop_oneof![
        3 => Just(OnFailure::Pass),
        5 => Just(OnFailure::Swallow),
        1 => Just(OnFailure::Replace),
    ];
    let visit = (rust(depth), variant(), on_failure);
    let visit = visit.prop_map(|(node, variant, on_failure)| Visit { node, variant, on_failure });
    let throws = prop::bool::weighted(0.1);
    (vec(visit, 0..3), throws).prop_map(|(visits, throws)| HostNode { visits, throws }).boxed()
}

fn variant() -> impl Strategy<Value = Variant> {
    select(&VARIANTS[..])
}

fn entry() -> impl Strategy<Value = Entry> {
    select(&[Entry::Direct, Entry::ThroughTable][..])
}

//! Walks of one tree by a module and by the reference.

use crate::engine::Engine;
use crate::outcome::{Note, Outcome};
use crate::reference::{Linked, Machine};
use crate::tree::Tree;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use unpoison_tests::node;

/// Room for the reference and the generator to go as deep as the module.
const STACK: usize = 256 << 20;

/// What trees went through.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) outcomes: BTreeSet<String>,
    /// Outer calls that were stopped on an import's return.
    pub(crate) stopped: usize,
}

/// Compares one walk; an error is the first difference.
pub(crate) fn compare(
    engine: &mut Engine,
    module: &Path,
    tree: &Tree,
    linked: Linked,
    seen: &mut Seen,
) -> Result<(), String> {
    let (expected, stopped) = Machine::walk(tree, linked);
    let mut came = engine.walk(module, tree).map_err(|e| format!("{e:#}"))?;
    seen.stopped += stopped;
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

/// For each engine a thread of its own: most of the time is the engine's.
pub(crate) fn in_every_node(test: impl Fn(PathBuf) + Sync) {
    let test = &test;
    std::thread::scope(|scope| {
        for engine in node::nodes() {
            let thread = std::thread::Builder::new().stack_size(STACK);
            thread.spawn_scoped(scope, move || test(engine)).unwrap();
        }
    });
}

//! Stubs that nothing in the module has a use for.
//!
//! They are linked before it is known what the program has to tell them, and rust-lld
//! keeps what it was asked to export. Nobody can call one that is neither exported any
//! more nor called: its body shrinks to an `unreachable`. rust-lld puts the stubs last,
//! so hardly any code moves for it.

use super::body_patch::{BodyPatch, Edit};
use crate::error::{Error, Result};
use crate::ids::{FuncIdx, FuncSet};
use crate::read::Module;
use crate::read::flow::Flow;
use crate::wasm::op;
use std::collections::{BTreeMap, BTreeSet};
use wasmparser::ExternalKind;

/// A body that does nothing: no locals, then the instructions.
const NOTHING: [u8; 3] = [0, op::UNREACHABLE, op::END];

/// The functions that nobody can call once some exports (in order) are gone, apart from those that
/// are called by what the module gains (`used`).
pub(crate) fn find(
    module: &Module<'_>,
    flow: &Flow,
    dropped_exports: &[usize],
    used: &BTreeSet<FuncIdx>,
) -> BTreeSet<FuncIdx> {
    let function = |position: &usize| {
        let export = module.exports.get(*position)?;
        (export.kind == ExternalKind::Func).then_some(FuncIdx(export.index))
    };
    let callees = |of: FuncIdx| flow.calls_of(of).map(|(_, callee)| callee);
    let dropped: BTreeSet<FuncIdx> = dropped_exports.iter().filter_map(function).collect();
    let candidates = closure(dropped, callees);
    let mut quick = FuncSet::new(module.functions.len());
    for candidate in &candidates {
        quick.insert(*candidate);
    }
    let is_candidate = |f: &FuncIdx| quick.contains(*f);
    let kept = (0..module.exports.len())
        .filter(|position| dropped_exports.binary_search(position).is_err())
        .filter_map(|position| function(&position));
    let named = flow.references().map(|(.., named)| named);
    let called = module.defined().filter(|(f, _)| !is_candidate(f));
    let roots: BTreeSet<FuncIdx> = kept
        .chain(named)
        .chain(called.flat_map(|(caller, _)| callees(caller)))
        .chain(module.initial_references.iter().copied())
        .chain(module.in_tables.iter().copied())
        .chain(module.start)
        .chain(used.iter().copied())
        .filter(is_candidate)
        .collect();
    let live = closure(roots, callees);
    let defined = |f: &FuncIdx| module.body(*f).is_some();
    candidates.difference(&live).copied().filter(defined).collect()
}

/// The functions that can be reached from some.
fn closure<I: Iterator<Item = FuncIdx>>(
    from: BTreeSet<FuncIdx>,
    callees: impl Fn(FuncIdx) -> I,
) -> BTreeSet<FuncIdx> {
    let mut work: Vec<FuncIdx> = from.iter().copied().collect();
    let mut found = from;
    while let Some(function) = work.pop() {
        work.extend(callees(function).filter(|callee| found.insert(*callee)));
    }
    found
}

/// The patches of unused functions: nothing is left of them.
///
/// # Errors
/// [`crate::error::Error::Bug`] as in [`BodyPatch::new`].
pub(crate) fn emptied(
    module: &Module<'_>,
    unused: &BTreeSet<FuncIdx>,
) -> Result<BTreeMap<FuncIdx, BodyPatch>> {
    let mut patches = BTreeMap::new();
    for &function in unused {
        let Some(body) = module.body(function) else { continue };
        if body.bytes.len() <= NOTHING.len() {
            continue;
        }
        let len = body.bytes.len() as u32;
        let edit = Edit { at: body.start, len, bytes: NOTHING.to_vec() };
        patches.insert(function, BodyPatch::new(body, || "an unused stub".into(), vec![edit])?);
    }
    Ok(patches)
}

/// Makes sure of it in the output: a function of which nothing is left is not called.
///
/// # Errors
/// [`Error::Bug`] if one is.
pub(crate) fn check(output: &[u8], unused: &BTreeSet<FuncIdx>) -> Result<()> {
    let module = Module::read(output)?;
    let flow = Flow::read(&module)?;
    let called = flow.calls().map(|(.., callee)| callee);
    let named = called.chain(module.escaping.iter().copied()).chain(module.start);
    match named.into_iter().find(|function| unused.contains(function)) {
        Some(function) => {
            Err(Error::Bug(format!("function {} is called, and nothing is left of it", function.0)))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The functions of a module whose first `dropped` exports go.
    fn unused(text: &str, dropped: usize, used: &[u32]) -> Vec<u32> {
        let bytes = wat::parse_str(text).unwrap();
        let module = Module::read(&bytes).unwrap();
        let flow = Flow::read(&module).unwrap();
        let dropped: Vec<usize> = (0..dropped).collect();
        let used = used.iter().copied().map(FuncIdx).collect();
        find(&module, &flow, &dropped, &used).into_iter().map(|f| f.0).collect()
    }

    const STUBS: &str = r#"
        (func (export "stub") (call 1) (call 2))
        (func (call 1))
        (func)
        (func (export "other") (call 2) (call 4))
        (func)
        (func (export "f"))"#;

    #[test]
    fn what_only_a_dropped_export_leads_to_is_unused() {
        let module = |rest: &str| format!("(module {STUBS} {rest})");
        assert_eq!(unused(&module(""), 2, &[]), [0, 1, 2, 3, 4]);
        assert_eq!(unused(&module(""), 1, &[]), [0, 1]);
        assert_eq!(unused(&module(""), 2, &[0]), [3, 4]);
        assert_eq!(unused(&module(""), 2, &[4]), [0, 1, 2, 3]);
    }

    #[test]
    fn who_is_called_or_named_elsewhere_stays() {
        let module = |rest: &str| format!("(module {STUBS} {rest})");
        assert_eq!(unused(&module("(func (call 4))"), 2, &[]), [0, 1, 2, 3]);
        assert_eq!(unused(&module("(start 2)"), 2, &[]), [0, 1, 3, 4]);
        assert_eq!(
            unused(&module("(table 1 funcref) (elem (i32.const 0) 1)"), 2, &[]),
            [0, 2, 3, 4]
        );
        let named = "(func (drop (ref.func 4))) (elem declare func 4)";
        assert_eq!(unused(&module(named), 2, &[]), [0, 1, 2, 3]);
        assert_eq!(unused(&module(r#"(export "g" (func 3))"#), 2, &[]), [0, 1]);
    }

    #[test]
    fn a_call_of_one_is_a_bug() {
        let bytes = wat::parse_str("(module (func) (func (call 0)))").unwrap();
        let unused = |function| BTreeSet::from([FuncIdx(function)]);
        assert!(check(&bytes, &unused(1)).is_ok());
        assert!(matches!(check(&bytes, &unused(0)), Err(Error::Bug(_))));
    }
}

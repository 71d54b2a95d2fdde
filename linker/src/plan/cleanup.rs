//! Panics in destructors that run because of a panic.
//!
//! Rust aborts there, and rustc sees to it on most targets. In wasm rustc 1.95 does not: it
//! calls destructors in a landing pad without a handler around them
//! (`compiler/rustc_codegen_ssa/src/mir/block.rs`, "we just do not unwind inside cleanup
//! blocks"), so the second panic takes the first one's place. That one stays counted and
//! is never dropped, and what else the pad had to clean up is left as it is. So what can
//! leave a cleanup pad by an exception is called through a wrapper that gives up instead.

mod scan;
#[cfg(test)]
mod tests;

use super::Builder;
use super::roles::demangled;
use crate::error::Result;
use crate::ids::{CodeOffset, FuncIdx, TypeIdx};
use crate::parallel;
use crate::read::Module;
use crate::read::boundary::Boundary;
use crate::read::flow::{Callers, Flow};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};
use wasmparser::FuncType;

/// A place from which an exception would leave a cleanup pad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Escape {
    /// A call.
    Call(CodeOffset, FuncIdx),
    /// A call through the first table.
    Indirect(CodeOffset, TypeIdx),
    /// A `throw`, or the `rethrow` or `throw_ref` of a pad inside the pad.
    Throw(CodeOffset),
}

/// The escapes of every function that has some, in order.
///
/// # Errors
/// [`crate::error::Error::Module`] for malformed code.
pub(crate) fn find(
    module: &Module<'_>,
    flow: &Flow,
    boundary: &Boundary,
    callers: &Callers,
) -> Result<BTreeMap<FuncIdx, Vec<Escape>>> {
    let throwing = throwing(module, flow, callers);
    let throws = |f: FuncIdx| throwing.get(f.at()).copied().unwrap_or(true);
    let ends_pad = |f: FuncIdx| ends_pad(module, f);
    let callees = scan::Callees { throws: &throws, ends_pad: &ends_pad };
    let with_pads: Vec<_> = module
        .defined()
        .filter(|(f, _)| flow.eh_summary(*f).has_pads && !boundary.is_descriptor(*f))
        .collect();
    let found = parallel::map(
        &with_pads,
        |(_, body)| body.bytes.len(),
        |(f, body)| scan::escapes(body, &callees).map(|escapes| (*f, escapes)),
    )?;
    Ok(found.into_iter().filter(|(_, escapes)| !escapes.is_empty()).collect())
}

/// The compiler's own end of pads that let nothing pass.
fn ends_pad(module: &Module<'_>, callee: FuncIdx) -> bool {
    let name = module.names.function(callee).unwrap_or_default();
    name.contains("panicking")
        && matches!(
            demangled(name).as_str(),
            "core::panicking::panic_cannot_unwind" | "core::panicking::panic_in_cleanup"
        )
}

/// Which functions an exception may leave: those that throw, call through a table or
/// call an import, and who calls them. That some catch it does not count.
fn throwing(module: &Module<'_>, flow: &Flow, callers: &Callers) -> Vec<bool> {
    let count = module.functions.len();
    let imported = module.imported_functions as usize;
    let mut throwing: Vec<bool> =
        (0..count).map(|at| at < imported || flow.eh_summary(FuncIdx(at as u32)).throws).collect();
    let mut work: VecDeque<usize> = (0..count).filter(|at| throwing[*at]).collect();
    while let Some(callee) = work.pop_front() {
        for caller in callers.of(FuncIdx(callee as u32)) {
            if let Some(throws) = throwing.get_mut(caller.at())
                && !*throws
            {
                *throws = true;
                work.push_back(caller.at());
            }
        }
    }
    throwing
}

/// What is called in the place of escapes.
#[derive(Debug, Default)]
pub(crate) struct CleanupPlan {
    /// By function, in order.
    pub escapes: BTreeMap<FuncIdx, Vec<Escape>>,
    /// Wrappers by callee.
    pub calls: BTreeMap<FuncIdx, FuncIdx>,
    /// Wrappers of `call_indirect` by type.
    pub indirect: BTreeMap<TypeIdx, FuncIdx>,
    /// What gives up.
    pub end: Option<FuncIdx>,
}

impl Escape {
    /// Where the instruction is.
    pub(crate) fn offset(self) -> CodeOffset {
        match self {
            Self::Call(at, _) | Self::Indirect(at, _) | Self::Throw(at) => at,
        }
    }
}

impl CleanupPlan {
    /// What is called in the place of one.
    pub(crate) fn instead(&self, escape: Escape) -> Option<FuncIdx> {
        match escape {
            Escape::Call(_, callee) => self.calls.get(&callee).copied(),
            Escape::Indirect(_, ty) => self.indirect.get(&ty).copied(),
            Escape::Throw(_) => self.end,
        }
    }
}

/// Plans the wrappers.
///
/// # Errors
/// As [`find`].
pub(crate) fn plan(
    module: &Module<'_>,
    flow: &Flow,
    boundary: &Boundary,
    callers: &Callers,
    builder: &mut Builder<'_, '_>,
) -> Result<CleanupPlan> {
    let escapes = find(module, flow, boundary, callers)?;
    let mut plan = CleanupPlan { escapes, ..Default::default() };
    if plan.escapes.is_empty() {
        return Ok(plan);
    }
    let nothing = FuncType::new([], []);
    plan.end = Some(builder.add("__unpoison_in_cleanup".into(), nothing, super::Body::InCleanup));
    for escape in plan.escapes.values().flatten() {
        match *escape {
            Escape::Call(_, callee) => {
                if let (Entry::Vacant(entry), Some(ty)) =
                    (plan.calls.entry(callee), module.type_of(callee))
                {
                    // There may be a thousand of them: no name, it would be the larger part.
                    let name = String::new();
                    let what = super::Body::Cleanup(callee);
                    entry.insert(builder.add(name, ty.clone(), what));
                }
            }
            Escape::Indirect(_, ty) => {
                if let (Entry::Vacant(entry), Some(Some(inner))) =
                    (plan.indirect.entry(ty), module.types.get(ty.at()))
                {
                    let name = format!("__unpoison_cleanup_indirect_{}", ty.0);
                    let what = super::Body::CleanupIndirect(ty);
                    entry.insert(builder.add(name, super::tables::with_slot(inner), what));
                }
            }
            Escape::Throw(_) => {}
        }
    }
    Ok(plan)
}

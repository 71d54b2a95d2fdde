//! Panics in destructors that run because of a panic.
//!
//! Rust aborts there, and rustc sees to it on most targets. In wasm it does not: it
//! calls destructors in a landing pad without a handler around them
//! (`compiler/rustc_codegen_ssa/src/mir/block.rs`, "we just do not unwind inside cleanup
//! blocks"), so the second panic takes the first one's place. That one stays counted and
//! is never dropped, and what else the pad had to clean up is left as it is. So what can
//! leave a cleanup pad by an exception is called through a wrapper that gives up instead.

use super::Builder;
use super::roles::demangled;
use crate::error::Result;
use crate::ids::{CodeOffset, FuncIdx, TypeIdx};
use crate::read::flow::{Flow, operators};
use crate::read::{Body, Module};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};
use wasmparser::{Catch, FuncType, Operator};

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
    untouchable: &[FuncIdx],
) -> Result<BTreeMap<FuncIdx, Vec<Escape>>> {
    let throwing = throwing(module, flow);
    let throws = |f: FuncIdx| throwing.get(f.at()).copied().unwrap_or(true);
    let mut found = BTreeMap::new();
    for (function, body) in module.defined() {
        if !flow.traits(function).has_pads || untouchable.binary_search(&function).is_ok() {
            continue;
        }
        let mut escapes = of(body)?;
        escapes.retain(|escape| match escape {
            Escape::Call(_, callee) => throws(*callee) && !gives_up(module, *callee),
            Escape::Indirect(..) | Escape::Throw(_) => true,
        });
        if !escapes.is_empty() {
            found.insert(function, escapes);
        }
    }
    Ok(found)
}

/// The compiler's own calls in pads that let nothing pass.
fn gives_up(module: &Module<'_>, callee: FuncIdx) -> bool {
    let name = module.names.function(callee).unwrap_or_default();
    name.contains("panicking")
        && matches!(
            demangled(name).as_str(),
            "core::panicking::panic_cannot_unwind" | "core::panicking::panic_in_cleanup"
        )
}

/// Which functions an exception may leave: those that throw, call through a table or
/// call an import, and who calls them. That some catch it does not count.
fn throwing(module: &Module<'_>, flow: &Flow) -> Vec<bool> {
    let count = module.functions.len();
    let imported = module.imported_functions as usize;
    let mut throwing: Vec<bool> =
        (0..count).map(|at| at < imported || flow.traits(FuncIdx(at as u32)).throws).collect();
    let mut callers: Vec<Vec<u32>> = vec![Vec::new(); count];
    for (caller, _, callee) in flow.calls() {
        if let Some(callers) = callers.get_mut(callee.at()) {
            callers.push(caller.0);
        }
    }
    let mut work: VecDeque<usize> = (0..count).filter(|at| throwing[*at]).collect();
    while let Some(callee) = work.pop_front() {
        for &caller in callers.get(callee).into_iter().flatten() {
            if let Some(throws) = throwing.get_mut(caller as usize)
                && !*throws
            {
                *throws = true;
                work.push_back(caller as usize);
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
    untouchable: &[FuncIdx],
    builder: &mut Builder<'_, '_>,
) -> Result<CleanupPlan> {
    let mut plan = CleanupPlan { escapes: find(module, flow, untouchable)?, ..Default::default() };
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
                    let what = super::Body::CleanupIndirect { ty, guard: None };
                    entry.insert(builder.add(name, super::tables::with_slot(inner), what));
                }
            }
            Escape::Throw(_) => {}
        }
    }
    Ok(plan)
}

/// What an instruction stands in, from the outside in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Around {
    /// A block, a loop, an `if`, a `try_table` without clauses, the function.
    Plain,
    /// A block to whose end an exception leads.
    Handled,
    /// What a `try` or `try_table` protects. Exceptions go to its handler.
    Protected,
    /// What a `try` protects for another: the number of labels further out.
    Delegated(u32),
    /// The handler of a `catch_unwind`.
    Catch,
    /// A landing pad.
    Pad,
    /// A landing pad behind the end of a block, inside whatever is around that.
    PadBehind,
}

/// What each `try` of a body does with exceptions, in the order of the `try`s.
fn handlers(body: &Body<'_>) -> Result<Vec<Around>> {
    let mut found = Vec::new();
    let mut open = Vec::new();
    let mut reader = operators(body)?;
    while !reader.eof() {
        match reader.read()? {
            Operator::Try { .. } => {
                open.push(Some(found.len()));
                found.push(Around::Plain);
            }
            Operator::Block { .. }
            | Operator::Loop { .. }
            | Operator::If { .. }
            | Operator::TryTable { .. } => open.push(None),
            Operator::Catch { .. } | Operator::CatchAll => {
                if let Some(handler) = open.last().copied().flatten() {
                    found[handler] = Around::Protected;
                }
            }
            Operator::Delegate { relative_depth } => {
                if let Some(handler) = open.pop().flatten() {
                    found[handler] = Around::Delegated(relative_depth);
                }
            }
            Operator::End => {
                open.pop();
            }
            _ => {}
        }
    }
    Ok(found)
}

/// Every place of a body from which an exception would leave a cleanup pad.
fn of(body: &Body<'_>) -> Result<Vec<Escape>> {
    let mut handlers = handlers(body)?.into_iter();
    let mut escapes = Vec::new();
    let mut around = vec![Around::Plain];
    let mut reader = operators(body)?;
    while !reader.eof() {
        let (op, at) = reader.read_with_offset()?;
        let at = CodeOffset(at as u32);
        match op {
            Operator::Try { .. } => around.push(handlers.next().unwrap_or(Around::Plain)),
            Operator::TryTable { try_table } => {
                for catch in &try_table.catches {
                    if let Catch::All { label } | Catch::AllRef { label } = catch
                        && let Some(at) = labelled(&around, *label)
                        && around[at] == Around::Plain
                    {
                        around[at] = Around::Handled;
                    }
                }
                let protects = !try_table.catches.is_empty();
                around.push(if protects { Around::Protected } else { Around::Plain });
            }
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                around.push(Around::Plain);
            }
            Operator::Catch { .. } => replace_top(&mut around, Around::Catch),
            Operator::CatchAll => replace_top(&mut around, Around::Pad),
            Operator::Delegate { .. } => {
                around.pop();
            }
            Operator::End => {
                while around.last() == Some(&Around::PadBehind) {
                    around.pop();
                }
                if around.pop() == Some(Around::Handled) {
                    around.push(Around::PadBehind);
                }
            }
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                if escapes_from(&around) {
                    escapes.push(Escape::Call(at, FuncIdx(function_index)));
                }
            }
            Operator::CallIndirect { type_index, table_index: 0 } => {
                if escapes_from(&around) {
                    escapes.push(Escape::Indirect(at, TypeIdx(type_index)));
                }
            }
            Operator::Throw { .. } => {
                if escapes_from(&around) {
                    escapes.push(Escape::Throw(at));
                }
                end_pad_behind(&mut around);
            }
            Operator::Rethrow { relative_depth } => {
                let outside = labelled(&around, relative_depth).unwrap_or(0);
                if escapes_from(&around[..outside]) {
                    escapes.push(Escape::Throw(at));
                }
            }
            Operator::ThrowRef => {
                let pad = around.iter().rposition(|a| *a == Around::PadBehind).unwrap_or(0);
                if escapes_from(&around[..pad]) {
                    escapes.push(Escape::Throw(at));
                }
                end_pad_behind(&mut around);
            }
            Operator::Br { .. }
            | Operator::BrTable { .. }
            | Operator::Return
            | Operator::Unreachable => end_pad_behind(&mut around),
            _ => {}
        }
    }
    Ok(escapes)
}

/// A pad behind a block ends where control does.
fn end_pad_behind(around: &mut Vec<Around>) {
    if around.last() == Some(&Around::PadBehind) {
        around.pop();
    }
}

fn replace_top(around: &mut [Around], with: Around) {
    if let Some(top) = around.last_mut() {
        *top = with;
    }
}

/// The construct that a label names. A pad behind a block is none.
fn labelled(around: &[Around], label: u32) -> Option<usize> {
    let constructs = around.iter().enumerate().rev().filter(|(_, a)| **a != Around::PadBehind);
    constructs.map(|(at, _)| at).nth(label as usize)
}

fn is_pad(around: &Around) -> bool {
    matches!(around, Around::Pad | Around::PadBehind)
}

/// Whether an exception thrown in there leaves a pad.
fn escapes_from(around: &[Around]) -> bool {
    let mut at = around.len();
    while let Some(next) = at.checked_sub(1) {
        at = next;
        match around[at] {
            Around::Plain | Around::Handled | Around::Catch => {}
            Around::Protected => return false,
            Around::Delegated(label) => match labelled(&around[..at], label) {
                // It may be sent past a pad, as an unoptimized one does.
                Some(target) if around[target + 1..at].iter().any(is_pad) => return true,
                Some(target) => at = target + 1,
                None => return false,
            },
            Around::Pad | Around::PadBehind => return true,
        }
    }
    false
}

#[cfg(test)]
mod tests;

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
use std::collections::{BTreeMap, BTreeSet, VecDeque};
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
    /// A block to whose end an exception leads; whether that is a step.
    Handled(bool),
    /// What a `try` or `try_table` protects, with its number. Exceptions go to its handler.
    Protected(usize),
    /// The same inside a pad that ends by going on to that handler: it is the pad's next
    /// step, no handler of what is thrown in the pad.
    BeforeStep,
    /// What a `try` protects for another: the number of labels further out.
    Delegated(u32),
    /// The handler of a `catch_unwind`.
    Catch,
    /// A landing pad; whether it is the next step of the one around it.
    Pad(bool),
    /// A landing pad behind the end of a block, inside whatever is around that.
    PadBehind(bool),
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
                    found[handler] = Around::Protected(handler);
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
    // Which `try`s are steps shows only inside them.
    let (escapes, steps) = scan(body, &BTreeSet::new())?;
    Ok(if steps.is_empty() { escapes } else { scan(body, &steps)?.0 })
}

/// Escapes, given the numbers of the `try`s whose handlers are steps; and those numbers.
fn scan(body: &Body<'_>, steps: &BTreeSet<usize>) -> Result<(Vec<Escape>, BTreeSet<usize>)> {
    let mut found_steps = BTreeSet::new();
    let mut tries = 0..;
    let mut handlers = handlers(body)?.into_iter();
    let mut escapes = Vec::new();
    let mut around = vec![Around::Plain];
    let mut reader = operators(body)?;
    while !reader.eof() {
        let (op, at) = reader.read_with_offset()?;
        let at = CodeOffset(at as u32);
        match op {
            Operator::Try { .. } => {
                let number = tries.next().unwrap_or_default();
                around.push(match handlers.next().unwrap_or(Around::Plain) {
                    Around::Protected(_) if steps.contains(&number) => Around::BeforeStep,
                    Around::Protected(_) => Around::Protected(number),
                    other => other,
                });
            }
            Operator::TryTable { try_table } => {
                let number = tries.next().unwrap_or_default();
                let step = steps.contains(&number);
                let mut leaves = false;
                for catch in &try_table.catches {
                    let target = labelled(&around, label_of(*catch)).unwrap_or(0);
                    // As a `delegate` past the pad.
                    leaves |= around[target..].iter().any(|a| is_pad(*a));
                    if let Catch::All { label } | Catch::AllRef { label } = catch
                        && let Some(at) = labelled(&around, *label)
                        && around[at] == Around::Plain
                    {
                        around[at] = Around::Handled(step);
                    }
                }
                around.push(match try_table.catches.is_empty() || leaves {
                    true => Around::Plain,
                    false if step => Around::BeforeStep,
                    false => Around::Protected(number),
                });
            }
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                around.push(Around::Plain);
            }
            Operator::Catch { .. } => replace_top(&mut around, Around::Catch),
            Operator::CatchAll => {
                let step = around.last() == Some(&Around::BeforeStep);
                replace_top(&mut around, Around::Pad(step));
            }
            Operator::Delegate { .. } => {
                around.pop();
            }
            Operator::End => {
                while matches!(around.last(), Some(Around::PadBehind(_))) {
                    around.pop();
                }
                if let Some(Around::Handled(step)) = around.pop() {
                    around.push(Around::PadBehind(step));
                }
            }
            Operator::Call { function_index } | Operator::ReturnCall { function_index }
                if escapes_from(&around) =>
            {
                escapes.push(Escape::Call(at, FuncIdx(function_index)));
            }
            Operator::CallIndirect { type_index, table_index: 0 } if escapes_from(&around) => {
                escapes.push(Escape::Indirect(at, TypeIdx(type_index)));
            }
            Operator::Throw { .. } => {
                if escapes_from(&around) {
                    escapes.push(Escape::Throw(at));
                }
                end_pad_behind(&mut around);
            }
            Operator::Rethrow { relative_depth } => {
                let pad = labelled(&around, relative_depth).unwrap_or(0);
                if matches!(around.get(pad), Some(Around::Pad(_))) {
                    found_steps.extend(next_step(&around[pad..]));
                }
                if escapes_from(outside(&around, pad)) {
                    escapes.push(Escape::Throw(at));
                }
            }
            Operator::ThrowRef => {
                let behind = |a: &Around| matches!(a, Around::PadBehind(_));
                let pad = around.iter().rposition(behind);
                found_steps.extend(pad.and_then(|pad| next_step(&around[pad..])));
                if escapes_from(outside(&around, pad.unwrap_or(0))) {
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
    Ok((escapes, found_steps))
}

/// The `try` that catches what a pad throws again at its end, from the pad inwards.
fn next_step(pad: &[Around]) -> Option<usize> {
    pad.iter().rev().find_map(|around| match around {
        Around::Protected(number) => Some(*number),
        _ => None,
    })
}

/// What is around a pad, or around the first step of one.
fn outside(around: &[Around], mut pad: usize) -> &[Around] {
    while let Some(Around::Pad(true) | Around::PadBehind(true)) = around.get(pad) {
        pad = around[..pad].iter().rposition(|a| is_pad(*a)).unwrap_or(0);
    }
    &around[..pad]
}

/// A pad behind a block ends where control does.
fn end_pad_behind(around: &mut Vec<Around>) {
    if let Some(Around::PadBehind(_)) = around.last() {
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
    let constructs =
        around.iter().enumerate().rev().filter(|(_, a)| !matches!(a, Around::PadBehind(_)));
    constructs.map(|(at, _)| at).nth(label as usize)
}

fn label_of(catch: Catch) -> u32 {
    match catch {
        Catch::One { label, .. }
        | Catch::OneRef { label, .. }
        | Catch::All { label }
        | Catch::AllRef { label } => label,
    }
}

fn is_pad(around: Around) -> bool {
    matches!(around, Around::Pad(_) | Around::PadBehind(_))
}

/// Whether an exception thrown in there leaves a pad.
fn escapes_from(around: &[Around]) -> bool {
    let mut at = around.len();
    while let Some(next) = at.checked_sub(1) {
        at = next;
        match around[at] {
            Around::Plain | Around::Handled(_) | Around::BeforeStep | Around::Catch => {}
            Around::Protected(_) => return false,
            Around::Delegated(label) => {
                let target = labelled(&around[..at], label).map_or(0, |target| target + 1);
                // LLVM has cleanup in a pad skip what is around the function's pads.
                if around[target..at].iter().any(|a| is_pad(*a)) {
                    return true;
                }
                at = target;
            }
            Around::Pad(_) | Around::PadBehind(_) => return true,
        }
    }
    false
}

#[cfg(test)]
mod tests;

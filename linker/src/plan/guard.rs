//! The guard: every way across the [`Boundary`] is watched from inside.
//!
//! A trap cannot be caught in wasm, but it can be noticed. The *activation* says who
//! runs. A guarded export finds Rust running on entry only if an earlier activation
//! never left: it trapped. A guarded import says that the host runs and finds Rust
//! running on return only if a nested activation trapped. An import's guard puts back
//! what it found and never says by itself that Rust runs, so an entry that no guard sees
//! (wasm-bindgen's `__wbindgen_start`) costs protection for that call only and never
//! seals a healthy instance.
//!
//! The shadow stack pointer tells the rest. Where it is another one when an import
//! returns, frames below were skipped: by an exception that a host function caught, or
//! by an error of the host's. Their memory would be used again by whoever goes on, so
//! nobody does: the instance is sealed. An engine that switches stacks (JSPI) moves the
//! pointer, too; `--unpoison-jspi=on` says that it may.
//!
//! A function has one guard, wherever the host gets it: exports of a function that is in
//! a table which the host can reach name the guard that is in its slot. Only exports that
//! must not throw on a sealed instance have one of their own.

use super::{Body, Builder, tables};
use crate::error::{Error, Result};
use crate::ids::{FuncIdx, TypeIdx};
use crate::read::Module;
use crate::read::boundary::{Boundary, TableReach};
use crate::read::flow::Flow;
use std::collections::BTreeMap;
use wasmparser::FuncType;

/// Who runs. The numbers are in the code of the guards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub(crate) enum Activation {
    /// The host, or Rust that no guard saw come in.
    Host = 0,
    /// Rust.
    Rust = 1,
    /// The abort hook: the last Rust code to run, so imports come back to it although
    /// the instance is sealed.
    AbortHook = 2,
    /// Rust calls through a table that the host can reach.
    Indirect = 4,
    /// The abort hook does.
    HookIndirect = 8,
}

/// What the guard changes.
#[derive(Debug, Default)]
pub(crate) struct GuardPlan {
    /// Imports that are called through a guard.
    pub calls: BTreeMap<FuncIdx, FuncIdx>,
    /// Functions whose place in tables a guard takes.
    pub references: BTreeMap<FuncIdx, FuncIdx>,
    /// Functions that a guard stands for where code refers to them as values.
    pub values: BTreeMap<FuncIdx, FuncIdx>,
    /// What is exported instead, by position among the exports.
    pub exports: BTreeMap<usize, FuncIdx>,
    /// What is called instead of `call_indirect`, by type.
    pub indirect: BTreeMap<TypeIdx, FuncIdx>,
    /// What starts instead of the start function.
    pub start: Option<FuncIdx>,
}

/// The guards of functions as exports, by function and whether they throw when sealed.
type Entries = BTreeMap<(FuncIdx, bool), FuncIdx>;

/// Plans the boundary that catches panics, without sealing.
pub(crate) fn boundary(
    module: &Module<'_>,
    boundary: &Boundary,
    builder: &mut Builder<'_, '_>,
) -> GuardPlan {
    let mut plan = GuardPlan::default();
    let mut entries = Entries::new();
    exports(module, boundary, builder, &mut entries, &mut plan);
    closures(module, boundary, builder, &mut entries, &mut plan);
    plan
}

/// Plans the guards of a module.
///
/// # Errors
/// [`Error::Unsupported`] for ways in that cannot be guarded.
pub(crate) fn plan(
    module: &Module<'_>,
    flow: &Flow,
    boundary: &Boundary,
    builder: &mut Builder<'_, '_>,
) -> Result<GuardPlan> {
    // A reference that the module calls itself is called with Rust running; the guard of
    // one that the host holds could not tell.
    let uses = flow.indirect();
    if boundary.references_leave && (uses.other || uses.reads_table || uses.writes_table) {
        return Err(Error::Unsupported(
            "this module hands references to its functions (funcref) to its host and uses such references itself, which cannot be guarded; link with --unpoison-guard=off"
                .into(),
        ));
    }
    let mut plan = GuardPlan::default();
    let nothing = || FuncType::new([], []);
    builder.add("__unpoison_seal_trapped".into(), nothing(), Body::SealTrapped);
    builder.add("__unpoison_throw_sealed".into(), nothing(), Body::ThrowSealed);
    for &import in boundary.imports.iter().chain(&boundary.later_imports) {
        let Some(ty) = module.functions.get(import.at()) else { continue };
        builder.check_after_import();
        let guard = builder.add_as(builder.name_of(import), *ty, Body::GuardImport(import));
        plan.calls.insert(import, guard);
        plan.references.insert(import, guard);
    }
    let mut entries = Entries::new();
    if boundary.table > TableReach::Private {
        let table = tables::plan(module, flow, boundary, builder)?;
        entries.extend(table.slots.iter().map(|(f, guard)| ((*f, false), *guard)));
        plan.references.extend(table.slots);
        plan.indirect = table.indirect;
    }
    exports(module, boundary, builder, &mut entries, &mut plan);
    closures(module, boundary, builder, &mut entries, &mut plan);
    if boundary.references_leave {
        for &named in &boundary.references {
            let guard = match plan.calls.get(&named) {
                Some(guard) => Some(*guard),
                None => entry(module, builder, &mut entries, named, false),
            };
            plan.values.extend(guard.map(|guard| (named, guard)));
        }
    }
    if let Some(start) = boundary.start.filter(|start| module.body(*start).is_some()) {
        plan.start = entry(module, builder, &mut entries, start, false);
    }
    Ok(plan)
}

/// The guard of a function as an export.
fn entry(
    module: &Module<'_>,
    builder: &mut Builder<'_, '_>,
    entries: &mut Entries,
    target: FuncIdx,
    no_throw_when_sealed: bool,
) -> Option<FuncIdx> {
    let key = (target, no_throw_when_sealed);
    if let Some(guard) = entries.get(&key) {
        return Some(*guard);
    }
    let ty = *module.functions.get(target.at())?;
    let what = Body::GuardExport { target, no_throw_when_sealed };
    let guard = builder.add_as(builder.name_of(target), ty, what);
    entries.insert(key, guard);
    Some(guard)
}

fn exports(
    module: &Module<'_>,
    boundary: &Boundary,
    builder: &mut Builder<'_, '_>,
    entries: &mut Entries,
    plan: &mut GuardPlan,
) {
    for export in &boundary.exports {
        let no_throw = export.no_throw_when_sealed;
        let guard = entry(module, builder, entries, export.function, no_throw);
        plan.exports.extend(guard.map(|guard| (export.position, guard)));
    }
}

/// Plans the guards of closures, in their places in the table.
fn closures(
    module: &Module<'_>,
    boundary: &Boundary,
    builder: &mut Builder<'_, '_>,
    entries: &mut Entries,
    plan: &mut GuardPlan,
) {
    for &closure in &boundary.closures {
        let guard = entry(module, builder, entries, closure, false);
        plan.references.extend(guard.map(|guard| (closure, guard)));
    }
}

//! A table that the host can reach.
//!
//! Whoever holds an exported table can call any function in it, past the guards of
//! the exports, and can put functions of its own there for Rust to call. Inside, the
//! same slots are what function pointers and trait objects go through. So in a module
//! that exports a table both ends are guarded: a call through the table leaves Rust
//! as a call to an import does, and the function in the slot is entered as an export
//! is. Modules that keep their table to themselves pay nothing.

use super::{Body, Builder};
use crate::error::{Error, Result};
use crate::ids::{FuncIdx, TypeIdx};
use crate::read::Module;
use crate::read::flow::Flow;
use std::collections::BTreeMap;
use wasmparser::{ExternalKind, FuncType, ValType};

/// What changes in a module with an exported table.
#[derive(Debug, Default)]
pub(crate) struct TablePlan {
    /// Functions whose place in tables a guard takes.
    pub slots: BTreeMap<FuncIdx, FuncIdx>,
    /// What is called instead of `call_indirect`, by type.
    pub indirect: BTreeMap<TypeIdx, FuncIdx>,
}

/// Plans the guards of the table, if the host can reach it.
///
/// # Errors
/// [`Error::Unsupported`] for calls that could not be told from the host's.
pub(crate) fn plan(
    module: &Module<'_>,
    flow: &Flow,
    untouchable: &[FuncIdx],
    builder: &mut Builder<'_, '_>,
) -> Result<TablePlan> {
    let mut plan = TablePlan::default();
    if !module.exports.iter().any(|export| export.kind == ExternalKind::Table) {
        return Ok(plan);
    }
    let uses = flow.indirect();
    if module.tables != 1 || uses.other {
        return Err(Error::Unsupported(
            "this module exports a table and calls through tables in a way that cannot be guarded (several tables, tail calls or typed references); do not export the table, or link with --unpoison-guard=off"
                .into(),
        ));
    }
    builder.add("__unpoison_enter_slot".into(), FuncType::new([], [ValType::I32]), Body::EnterSlot);
    builder.returned();
    for &function in &module.in_tables {
        let Some(ty) = module.type_of(function) else { continue };
        // An import in a slot is called from both sides; its own guard serves.
        if module.body(function).is_none() || untouchable.binary_search(&function).is_ok() {
            continue;
        }
        let name = format!("__unpoison_slot_{}", function.0);
        let guard = builder.add(name, ty.clone(), Body::GuardSlot(function));
        plan.slots.insert(function, guard);
    }
    for &ty in &uses.types {
        let Some(Some(inner)) = module.types.get(ty.at()) else { continue };
        let params = inner.params().iter().copied().chain([ValType::I32]);
        let outer = FuncType::new(params, inner.results().iter().copied());
        let name = format!("__unpoison_indirect_{}", ty.0);
        let guard = builder.add(name, outer, Body::GuardIndirect(ty));
        plan.indirect.insert(ty, guard);
    }
    Ok(plan)
}

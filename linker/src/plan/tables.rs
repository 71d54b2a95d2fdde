//! A table that the host can reach.
//!
//! Whoever holds a module's table (it is exported, imported, or exported by wasm-bindgen
//! after the link) can call any function in it, past the guards of the exports, and can
//! put functions of its own there for Rust to call. Inside, the
//! same slots are what function pointers and trait objects go through. So there both ends are guarded: a call through the table says that Rust
//! makes it, and the function in the slot, if nobody said so, is entered as an export
//! is. Modules that keep their table to themselves pay nothing.
//!
//! A function that the host put into a slot cannot be told from a call that trapped
//! (an empty slot, a wrong signature). Rust may call it and get its answer; if it calls
//! back into an export, the instance is sealed: in doubt it is.

use super::{Body, Builder};
use crate::error::{Error, Result};
use crate::ids::{FuncIdx, TypeIdx};
use crate::read::Module;
use crate::read::boundary::Boundary;
use crate::read::flow::Flow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use wasmparser::{FuncType, ValType};

/// Which call through the table is under way: of which slot, as which type. Without it
/// the host could enter a slot after a call through another one had trapped, and be
/// taken for that call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Token {
    /// Slots are this far apart.
    pub stride: u32,
    /// Where in between the type is.
    pub at: u32,
}

/// Bits of a token; the activation has it above [`super::guard::Activation`]'s own.
const TOKEN_BITS: u32 = 27;

impl Token {
    /// The token of a slot.
    pub(crate) fn of(self, slot: u32) -> u32 {
        slot * self.stride + self.at
    }
}

/// What changes in a module whose table the host can reach.
#[derive(Debug, Default)]
pub(crate) struct TablePlan {
    /// Functions whose place in tables a guard takes.
    pub slots: BTreeMap<FuncIdx, FuncIdx>,
    /// What is called instead of `call_indirect`, by type.
    pub indirect: BTreeMap<TypeIdx, FuncIdx>,
}

/// The type of a function that makes a `call_indirect`: it takes the slot last.
pub(crate) fn with_slot(ty: &FuncType) -> FuncType {
    let params = ty.params().iter().copied().chain([ValType::I32]);
    FuncType::new(params, ty.results().iter().copied())
}

/// Plans the guards of a table that the host can reach.
///
/// # Errors
/// [`Error::Unsupported`] for calls that could not be told from the host's.
pub(crate) fn plan(
    module: &Module<'_>,
    flow: &Flow,
    boundary: &Boundary,
    builder: &mut Builder<'_, '_>,
) -> Result<TablePlan> {
    let mut plan = TablePlan::default();
    let uses = flow.indirect();
    let types = uses.types.len() as u32;
    // A function in two slots would have two tokens. lld writes each once.
    let once = module.slots.values().collect::<BTreeSet<_>>().len() == module.slots.len();
    let limit = module.slots.keys().next_back().map_or(0, |last| last + 1);
    let fits = u64::from(limit + 1) * u64::from(types + 1) < 1 << TOKEN_BITS;
    // Types in groups may look alike and be different ones.
    let plain = |ty: &TypeIdx| module.plain_types.get(ty.at()) == Some(&true);
    let told_apart = uses.types.iter().all(plain) && !uses.other && !uses.reads_table;
    let known = module.tables.len() == 1 && module.slots_known && once && fits;
    if !known || !told_apart || !boundary.references.is_empty() {
        return Err(Error::Unsupported(
            "the host can reach this module's table, and it is used in a way that cannot be guarded (several tables, tail calls, references to functions, types in groups, segments at places unknown); keep the table private (no --export-table, --import-table), or link with --unpoison-guard=off"
                .into(),
        ));
    }
    let enter = FuncType::new([ValType::I32], [ValType::I32]);
    builder.add("__unpoison_enter_slot".into(), enter, Body::EnterSlot);
    builder.check_after_import();
    let mut by_type = HashMap::new();
    for (at, called) in (0..).zip(&uses.types) {
        if let Some(Some(ty)) = module.types.get(called.at()) {
            by_type.entry(ty).or_insert(at);
        }
    }
    for (&slot, &function) in &module.slots {
        let (Some(ty), Some(index)) =
            (module.type_of(function), module.functions.get(function.at()))
        else {
            continue;
        };
        // An import in a slot is called from both sides; its own guard serves.
        if module.body(function).is_none() || boundary.is_descriptor(function) {
            continue;
        }
        // A function of a type that nobody calls has a token that nobody sets.
        let called_as = by_type.get(ty).copied().unwrap_or(types);
        let token = Token { stride: types + 1, at: called_as };
        let what = Body::GuardSlot { target: function, token: token.of(slot) };
        let guard = builder.add_as(builder.name_of(function), *index, what);
        plan.slots.insert(function, guard);
    }
    for (at, &ty) in (0..).zip(&uses.types) {
        let Some(Some(inner)) = module.types.get(ty.at()) else { continue };
        let name = format!("__unpoison_indirect_{}", ty.0);
        let token = Token { stride: types + 1, at };
        let what = Body::GuardIndirect { ty, token, limit };
        let guard = builder.add(name, with_slot(inner), what);
        plan.indirect.insert(ty, guard);
    }
    Ok(plan)
}

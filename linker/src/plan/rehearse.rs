//! Failures on demand (`--unpoison-rehearse=on`): the host switches them on, and then places
//! where the program itself may panic do so now and then, the same for the same seed.
//!
//! Such a place is a branch behind which nothing is left but a panic with a place in the
//! program's own source: the check of an index, of an `Option`, of an `assert!`. Right before
//! the branch is decided, [`Body::RehearseAt`] may panic in its stead, and the module's own
//! panic handler is told of it. That is what the program must expect there anyway: all calls
//! that the panic ends are those that the program's own would end, and where panics unwind the
//! same landing pads run, with the same state, as [`places`] makes sure.

mod data;
mod places;

use super::cleanup::CleanupPlan;
use super::roles::{Role, Roles};
use super::{Body, Builder};
use crate::error::{Error, Result};
use crate::ids::{CodeOffset, FuncIdx, GlobalIdx};
use crate::read::Module;
use crate::read::boundary::Boundary;
use crate::read::flow::Flow;
use crate::stubs;
use std::collections::BTreeMap;
use wasmparser::{FuncType, ValType};

/// What the module gains for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rehearsal {
    /// The stub that panics, given a place.
    pub raise: FuncIdx,
    /// How many of a million passes fail; 0 is off.
    pub rate: GlobalIdx,
    /// Where the random numbers have got to.
    pub seed: GlobalIdx,
    /// At how many places it may fail.
    pub places: usize,
}

/// Instructions that somebody looks at before they are executed, by function, with the address of
/// the `Location` that a panic there has.
pub(crate) type Places = BTreeMap<FuncIdx, BTreeMap<CodeOffset, i32>>;

/// Takes the stubs' own panic handler out of the roles: it is not the program's.
pub(crate) fn hide_own(module: &Module<'_>, flow: &Flow, roles: &mut Roles) {
    if let Some(stands_for) = module.exported_function(stubs::RAISE) {
        roles.retain(|function, _| {
            !flow.calls_of(*function).any(|(_, callee)| callee == stands_for)
        });
    }
}

/// The stub that the module gets a use for, if it does.
pub(crate) fn used(module: &Module<'_>, handler: Option<FuncIdx>) -> Option<FuncIdx> {
    handler.and_then(|_| module.exported_function(stubs::REHEARSE))
}

/// The program's panic handler, if it is told what a panic says: what a stub tells it, too,
/// arrives.
pub(crate) fn handler(roles: &Roles, listeners: &BTreeMap<FuncIdx, FuncIdx>) -> Option<FuncIdx> {
    let is = |(function, _): &(&FuncIdx, _)| roles.get(*function) == Some(&Role::BeginUnwind);
    listeners.iter().find(is).map(|(function, _)| *function)
}

/// Plans it. To be asked once the listeners have their indices.
///
/// # Errors
/// [`Error::Unsupported`] for a module of which each thread would need to be told, and where
/// the stubs for it did not compile.
pub(crate) fn plan(
    module: &Module<'_>,
    flow: &Flow,
    boundary: &Boundary,
    cleanup: &CleanupPlan,
    handler: Option<FuncIdx>,
    builder: &mut Builder<'_, '_>,
) -> Result<Places> {
    // Without a handler nothing panics, or link-time optimization left nothing to tell.
    let Some(handler) = handler else { return Ok(Places::new()) };
    if module.memories.contains(&true) {
        return Err(Error::Unsupported(
            "--unpoison-rehearse=on is not for modules that share their memory between threads"
                .into(),
        ));
    }
    let stubs =
        module.exported_function(stubs::REHEARSE).zip(module.exported_function(stubs::RAISE));
    let (raise, stands_for) = stubs.ok_or_else(|| {
        Error::Unsupported(
            "--unpoison-rehearse=on: the runtime stubs that it takes are not in this module; they did not compile with this compiler"
                .into(),
        )
    })?;
    let of = places::Subject {
        module,
        flow,
        boundary,
        cleanup,
        stack_pointer: builder.runtime.stack_pointer,
        unwinding: builder.panics_unwind(),
    };
    let places = places::find(&of)?;
    let listener = builder.listeners.get(&handler).copied().unwrap_or(handler);
    builder.listeners.insert(stands_for, listener);
    // Behind the runtime's own, and those of landing pads.
    let first = module.globals + if builder.unwind.is_some() { 4 } else { 2 };
    let at = FuncType::new([ValType::I32], []);
    builder.add("__unpoison_rehearse_at".into(), at, Body::RehearseAt);
    let set = FuncType::new([ValType::I32; 2], []);
    builder.add("__unpoison_rehearse".into(), set, Body::SetRehearsal);
    builder.rehearsal = Some(Rehearsal {
        raise,
        rate: GlobalIdx(first),
        seed: GlobalIdx(first + 1),
        places: places.values().map(BTreeMap::len).sum(),
    });
    Ok(places)
}

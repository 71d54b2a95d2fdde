//! The places where the module gives up.
//!
//! A place is a live `unreachable`, or a live call to a function that does nothing
//! but give up (`std::process::abort` where it was not inlined): the caller says
//! more than the callee, and a call has room for what must be written there.

use super::Kind;
use super::roles::{Role, Roles, demangled};
use crate::ids::{CodeOffset, FuncIdx, SiteId};
use crate::read::Module;
use crate::read::boundary::Boundary;
use crate::read::flow::{Flow, Head, Place};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// A place where the module gives up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Site {
    /// Its id, from 1 in the order of the code.
    pub id: SiteId,
    /// The kind of failure that ends there.
    pub kind: Kind,
    /// The function it is in.
    pub function: FuncIdx,
    /// The instruction.
    pub place: Place,
    /// The demangled name of the function, without a hash.
    pub name: String,
    /// What happens there.
    pub action: SiteAction,
}

/// What happens at a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SiteAction {
    /// The module aborts.
    Abort,
    /// It aborts, unless the payload of a caught panic is being dropped: then the
    /// function returns.
    ReturnIfDropping,
}

/// Finds the sites of a module.
pub(crate) fn find(
    module: &Module<'_>,
    flow: &Flow,
    roles: &Roles,
    listeners: &BTreeMap<FuncIdx, FuncIdx>,
    boundary: &Boundary,
    unwinding: bool,
) -> Vec<Site> {
    let noreturn_stubs = noreturn_stubs(module, flow, roles, listeners);
    let drops = |callee: FuncIdx| roles.get(&callee) == Some(&Role::DropPanic);
    let mut sites = Vec::new();
    for (function, _) in module.defined() {
        if noreturn_stubs.contains(&function) || boundary.is_descriptor(function) {
            continue;
        }
        let cleans_up = unwinding && roles.get(&function) == Some(&Role::ExceptionCleanup);
        for place in flow.places(function) {
            let callee = match place {
                Place::Unreachable(_) => None,
                Place::Call(_, callee) if noreturn_stubs.contains(&callee) => Some(callee),
                Place::Call(_, callee) if cleans_up && drops(callee) => Some(callee),
                Place::Call(..) => continue,
            };
            let kind = callee
                .and_then(|callee| roles.get(&callee))
                .or_else(|| roles.get(&function))
                .and_then(|role| role.kind(unwinding))
                // What `process::abort` and `intrinsics::abort` compile to is an
                // `unreachable` and nothing else.
                .unwrap_or(Kind::Abort);
            let name = match module.names.function(function) {
                Some(symbol) => demangled(symbol),
                None => String::new(),
            };
            let id = SiteId(sites.len() as u32 + 1);
            let action = if cleans_up { SiteAction::ReturnIfDropping } else { SiteAction::Abort };
            sites.push(Site { id, kind, function, place, name, action });
        }
    }
    sites
}

/// Leaves out the sites of functions that are gone, and numbers the others anew.
pub(crate) fn without(sites: &mut Vec<Site>, gone: &BTreeSet<FuncIdx>) {
    sites.retain(|site| !gone.contains(&site.function));
    for (id, site) in (1..).zip(sites) {
        site.id = SiteId(id);
    }
}

/// The functions that give up before they do anything else, and are only called:
/// `process::abort`, the panic runtime.
fn noreturn_stubs(
    module: &Module<'_>,
    flow: &Flow,
    roles: &Roles,
    listeners: &BTreeMap<FuncIdx, FuncIdx>,
) -> HashSet<FuncIdx> {
    let eligible = |function: FuncIdx| {
        module.escaping.binary_search(&function).is_err()
            // What a function is told is worth more than who called it.
            && !listeners.contains_key(&function)
            && !roles.get(&function).is_some_and(|role| {
                matches!(role, Role::BeginUnwind | Role::AllocError | Role::LinkerMade)
            })
    };
    let mut found = HashSet::new();
    // Chains are short (`process::abort` → `abort_internal` → …): repeat until quiet.
    loop {
        let before = found.len();
        for (function, _) in module.defined() {
            if found.contains(&function) || !eligible(function) {
                continue;
            }
            let aborts = match flow.head(function) {
                Head::Unreachable => true,
                Head::Call(callee) => found.contains(&callee),
                Head::Other => false,
            };
            if aborts {
                found.insert(function);
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

impl Site {
    /// Where the instruction is.
    pub(crate) fn offset(&self) -> CodeOffset {
        match self.place {
            Place::Unreachable(offset) | Place::Call(offset, _) => offset,
        }
    }
}

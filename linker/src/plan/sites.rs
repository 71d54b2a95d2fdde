//! The places where the module gives up.
//!
//! A place is a live `unreachable`, or a live call to a function that does nothing
//! but give up (`std::process::abort` where it was not inlined): the caller says
//! more than the callee, and a call has room for what must be written there.

use super::Kind;
use super::roles::{Role, Roles, demangled};
use crate::ids::{CodeOffset, FuncIdx, FuncSet, SiteId};
use crate::parallel;
use crate::read::boundary::Boundary;
use crate::read::flow::{Flow, Head, Place, Walker};
use crate::read::{Body, Module};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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
    pub name: Arc<str>,
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
    let spins_fail = spins_fail(module, roles);
    let noreturn_stubs = noreturn_stubs(module, flow, roles, listeners, spins_fail);
    let drops = |callee: FuncIdx| roles.get(&callee) == Some(&Role::DropPanic);
    let cleans_up =
        |function: FuncIdx| unwinding && roles.get(&function) == Some(&Role::ExceptionCleanup);
    let functions: Vec<_> = module
        .defined()
        .filter(|(f, _)| !noreturn_stubs.contains(*f) && !boundary.is_descriptor(*f))
        .collect();
    let of_share = |share: &[(FuncIdx, &Body<'_>)]| {
        let mut places = Vec::new();
        let mut walker = Walker::default();
        for &(function, _) in share {
            flow.visit(function, &mut walker, |place| {
                let callee = match place {
                    Place::Unreachable(_) => None,
                    Place::Spin(_) if spins_fail => None,
                    Place::Call(_, callee) if noreturn_stubs.contains(callee) => Some(callee),
                    Place::Call(_, callee) if cleans_up(function) && drops(callee) => Some(callee),
                    Place::Call(..) | Place::Spin(_) => return,
                };
                places.push((function, place, callee));
            });
        }
        places
    };
    let shares = parallel::shares(&functions, |(_, body)| body.bytes.len(), of_share);
    let mut stub_roles =
        StubRoles { flow, roles, noreturn_stubs: &noreturn_stubs, known: BTreeMap::new() };
    // Sites are in the order of their functions.
    let mut named: Option<(FuncIdx, Arc<str>)> = None;
    (1..)
        .zip(shares.into_iter().flatten())
        .map(|(id, (function, place, callee))| {
            let kind = callee
                .and_then(|callee| stub_roles.of(callee))
                .or_else(|| roles.get(&function).copied())
                .and_then(|role| role.kind(unwinding))
                // What `process::abort` and `intrinsics::abort` compile to is an
                // `unreachable` and nothing else. An empty loop is a panic handler's.
                .unwrap_or(match place {
                    Place::Spin(_) => Kind::Panic,
                    _ => Kind::Abort,
                });
            let name = match &named {
                Some((of, name)) if *of == function => Arc::clone(name),
                _ => module.names.function(function).map(demangled).unwrap_or_default().into(),
            };
            named = Some((function, Arc::clone(&name)));
            let action = match cleans_up(function) {
                true => SiteAction::ReturnIfDropping,
                false => SiteAction::Abort,
            };
            Site { id: SiteId(id), kind, function, place, name, action }
        })
        .collect()
}

/// Leaves out the sites of functions that are gone, and numbers the others anew.
pub(crate) fn without(sites: &mut Vec<Site>, gone: &BTreeSet<FuncIdx>) {
    sites.retain(|site| !gone.contains(&site.function));
    for (id, site) in (1..).zip(sites) {
        site.id = SiteId(id);
    }
}

/// Whether a loop with nothing in it is a failure: the panic handler of a program without the
/// standard library, `fn panic(_: &PanicInfo) -> ! { loop {} }`, which link-time
/// optimization may have put anywhere. Nothing but the host's own limits would end it. Where
/// there are threads it may be how one of them rests.
fn spins_fail(module: &Module<'_>, roles: &Roles) -> bool {
    let std =
        |role: &Role| matches!(role, Role::PanicWithHook | Role::RustPanic | Role::PanicRuntime);
    !roles.values().any(std) && !module.memories.contains(&true)
}

/// The first role on the way of a function that does nothing but give up:
/// `Option::unwrap` fails by calling what panics.
struct StubRoles<'s> {
    flow: &'s Flow,
    roles: &'s Roles,
    noreturn_stubs: &'s FuncSet,
    /// Of those that were asked for, and of all on their way: many ways go on alike.
    known: BTreeMap<FuncIdx, Option<Role>>,
}

impl StubRoles<'_> {
    fn of(&mut self, stub: FuncIdx) -> Option<Role> {
        let mut way = Vec::new();
        let mut at = stub;
        // No circle: each was found after the one that it calls.
        let role = loop {
            if let Some(known) = self.known.get(&at) {
                break *known;
            }
            way.push(at);
            let head = self.flow.head(at);
            if let Some(role) = self.roles.get(&at) {
                break Some(*role);
            }
            match head {
                Head::Spin => break Some(Role::Panicking),
                Head::Call(callee) if self.noreturn_stubs.contains(callee) => at = callee,
                _ => break None,
            }
        };
        self.known.extend(way.into_iter().map(|function| (function, role)));
        role
    }
}

/// The functions that give up before they do anything else, and are only called:
/// `process::abort`, the panic runtime.
fn noreturn_stubs(
    module: &Module<'_>,
    flow: &Flow,
    roles: &Roles,
    listeners: &BTreeMap<FuncIdx, FuncIdx>,
    spins_fail: bool,
) -> FuncSet {
    let eligible = |function: FuncIdx| {
        module.escaping.binary_search(&function).is_err()
            // What a function is told is worth more than who called it.
            && !listeners.contains_key(&function)
            && !roles.get(&function).is_some_and(|role| {
                matches!(role, Role::BeginUnwind | Role::AllocError | Role::LinkerMade)
            })
    };
    let mut found = FuncSet::new(module.functions.len());
    let mut work = Vec::new();
    // Those that begin with a call, by what they call.
    let mut by_callee: Vec<(FuncIdx, FuncIdx)> = Vec::new();
    for (function, _) in module.defined() {
        match flow.head(function) {
            Head::Unreachable => work.push(function),
            Head::Spin if spins_fail => work.push(function),
            Head::Call(callee) => by_callee.push((callee, function)),
            Head::Spin | Head::Loop(_) | Head::Other => {}
        }
    }
    by_callee.sort_unstable();
    while let Some(function) = work.pop() {
        if eligible(function) && found.insert(function) {
            let from = by_callee.partition_point(|(callee, _)| *callee < function);
            let callers = by_callee.iter().skip(from);
            let callers = callers.take_while(|(callee, _)| *callee == function);
            work.extend(callers.map(|(_, caller)| *caller));
        }
    }
    found
}

impl Site {
    /// Where the instruction is.
    pub(crate) fn offset(&self) -> CodeOffset {
        match self.place {
            Place::Unreachable(offset) | Place::Call(offset, _) | Place::Spin(offset) => offset,
        }
    }
}

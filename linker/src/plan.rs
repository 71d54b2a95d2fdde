//! Decides what must change, as plain data that a test can compare and that
//! [`crate::patch`] carries out without deciding anything.

pub mod added;
mod builder;
pub(crate) mod cleanup;
pub mod edits;
pub mod guard;
mod listeners;
pub mod location;
pub(crate) mod pads;
pub mod roles;
pub mod sites;
pub mod tables;
#[cfg(test)]
mod tests;
pub mod types;
pub mod unwind;

pub use added::{Added, Body};
pub(crate) use builder::Builder;

use crate::args::{AbortMode, Options};
use crate::error::{Error, Result};
use crate::ids::{FuncIdx, GlobalIdx, TagIdx, TypeIdx};
use crate::link_map::PanicCounts;
use crate::read::Module;
use crate::read::flow::Flow;
use cleanup::CleanupPlan;
use edits::Edit;
use guard::GuardPlan;
use roles::Role;
use sites::Site;
use std::collections::BTreeMap;
use unwind::Unwind;
use wasmparser::FuncType;

/// The kinds of failure; the numbers are the contract's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[repr(u32)]
pub enum Kind {
    /// A panic.
    Panic = 1,
    /// `process::abort`, `intrinsics::abort`.
    Abort = 2,
    /// A failed allocation.
    Alloc = 3,
    /// A panic where no unwinding is allowed.
    Nounwind = 4,
    /// The engine trapped.
    Trap = 5,
    /// Another `unreachable`.
    Unreachable = 6,
}

/// The indices of what the module gains, and of what it has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Runtime {
    /// `__unpoison_panic`; the other tags follow.
    pub panic: TagIdx,
    /// `__unpoison_abort`.
    pub abort: TagIdx,
    /// `__unpoison_sealed`.
    pub sealed: TagIdx,
    /// `__unpoison_state`, exported.
    pub state: GlobalIdx,
    /// Whether Rust runs: see [`guard::Mark`].
    pub mark: GlobalIdx,
    /// The stub that writes the report.
    pub rt_fail: FuncIdx,
    /// The stub that answers the newest report.
    pub rt_report: FuncIdx,
    /// The program's abort hook.
    pub hook: Option<FuncIdx>,
    /// The module's shadow stack pointer.
    pub stack_pointer: Option<GlobalIdx>,
    /// The address of wasm-bindgen's `__instance_terminated`.
    pub terminated: Option<i32>,
}

/// Everything that changes in a module.
#[derive(Debug)]
pub struct Plan {
    /// The options in force.
    pub abort: AbortMode,
    /// Whether the instance seals itself.
    pub guard: bool,
    /// The table of places.
    pub sites: Vec<Site>,
    /// The functions the module gains; the first has the index `first_added`.
    pub added: Vec<Added>,
    /// The index of `added[0]`.
    pub first_added: FuncIdx,
    /// The types the module gains, behind its own.
    pub new_types: Vec<FuncType>,
    /// The type of the tags.
    pub tag_type: TypeIdx,
    /// What changes inside the bodies of functions, by function, in order; for a
    /// function with a [`Body::Moved`] it changes in the copy only.
    pub edits: BTreeMap<FuncIdx, Vec<Edit>>,
    /// Functions that were copied to the end, with the index of the copy.
    pub moved: BTreeMap<FuncIdx, FuncIdx>,
    /// Other functions in the place of these, in tables and as the start function.
    pub references: BTreeMap<FuncIdx, FuncIdx>,
    /// Other functions in the place of these, in exports.
    pub exports: BTreeMap<FuncIdx, FuncIdx>,
    /// Exports that go: the stubs' own.
    pub dropped_exports: Vec<String>,
    /// If panics unwind: how.
    pub unwind: Option<Unwind>,
    /// See [`Runtime`].
    pub runtime: Runtime,
    /// Functions may change their size: nobody knows code by its address.
    pub free_layout: bool,
}

/// What is to be done with a module.
#[derive(Debug)]
pub enum Decision {
    /// It is to be changed.
    Change(Box<Plan>),
    /// It has nothing of Rust's panic machinery: the plain link is what it needs.
    Leave,
}

/// Makes the plan for a module.
///
/// # Errors
/// [`Error::Unsupported`] for a module of a kind that is not covered,
/// [`Error::Module`] for one that is not as rust-lld would write it.
pub fn plan(
    module: &Module<'_>,
    flow: &Flow,
    options: &Options,
    facts: &LinkFacts<'_>,
) -> Result<Decision> {
    let roles = roles::find(module);
    let untouchable = guard::interpreted(module, flow);
    let listeners = listeners::find(module, &roles);
    let unwinding = roles.values().any(|role| *role == Role::ExceptionCleanup);
    let found = sites::find(module, flow, &roles, &listeners, &untouchable, unwinding);
    let machinery = roles.values().any(|role| *role != Role::LinkerMade);
    if !machinery && found.is_empty() {
        return Ok(Decision::Leave);
    }
    let mut builder = Builder::new(module, options, facts)?;
    builder.unwind =
        unwind::find(module, flow, &roles, facts.panic_counts, |ty| builder.types.index_of(ty))?;
    if module.memories.contains(&true) && (options.guard || builder.unwind.is_some()) {
        return Err(Error::Unsupported(
            "a module with shared memory cannot be sealed soundly yet; link it with --unpoison-guard=off and panic=abort for typed failures only"
                .into(),
        ));
    }
    builder.fail_functions(&found);
    let catches = builder.unwind.is_some_and(|unwind| unwind.panics.is_some());
    let cleanup = match catches {
        true => cleanup::plan(module, flow, &untouchable, &mut builder)?,
        false => CleanupPlan::default(),
    };
    builder.listen(&listeners, &roles);
    let guards = if options.guard {
        guard::plan(module, flow, &untouchable, &mut builder)?
    } else if builder.unwind.is_some() {
        guard::boundary(module, &untouchable, &mut builder)?
    } else {
        GuardPlan::default()
    };
    builder
        .finish(flow, found, guards, cleanup, &untouchable, facts)
        .map(|plan| Decision::Change(Box::new(plan)))
}

/// What the link knows and the module does not say.
#[derive(Debug, Default)]
pub struct LinkFacts<'a> {
    /// Exports that the user asked for by name.
    pub requested_exports: Vec<&'a str>,
    /// Where the standard library counts panics, if they unwind.
    pub panic_counts: Option<PanicCounts>,
    /// `--compress-relocations`: there is neither debug information nor room.
    pub free_layout: bool,
}

impl Plan {
    /// The index of an added function.
    ///
    /// # Errors
    /// [`Error::Module`] if it was not planned.
    pub fn index_of(&self, what: &Body) -> Result<FuncIdx> {
        (self.first_added.0..)
            .zip(&self.added)
            .find(|(_, added)| added.what == *what)
            .map(|(at, _)| FuncIdx(at))
            .ok_or_else(|| Error::Module(format!("{what:?} was not planned")))
    }

    /// The globals that the module gains, in order, with their names.
    pub fn new_globals(&self) -> Vec<(GlobalIdx, &'static str)> {
        let mut globals =
            vec![(self.runtime.state, "__unpoison_state"), (self.runtime.mark, "__unpoison_mark")];
        if let Some(unwind) = &self.unwind {
            globals.push((unwind.aborting, "__unpoison_aborting"));
            globals.push((unwind.dropping, "__unpoison_dropping"));
        }
        globals
    }

    /// A type, old or new.
    pub fn type_at<'p>(&'p self, module: &'p Module<'_>, ty: TypeIdx) -> Option<&'p FuncType> {
        match module.types.get(ty.at()) {
            Some(ty) => ty.as_ref(),
            None => self.new_types.get(ty.at() - module.types.len()),
        }
    }

    /// The edits of a function that stays where it is.
    pub fn edits_in_place(&self, function: FuncIdx) -> &[Edit] {
        match self.edits.get(&function) {
            Some(edits) if !self.moved.contains_key(&function) => edits,
            _ => &[],
        }
    }
}

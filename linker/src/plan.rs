//! Decides what must change, as plain data that a test can compare, that a person can
//! read (`unpoison inspect --plan`), and that [`crate::patch`] carries out without
//! deciding anything.

pub(crate) mod added;
pub(crate) mod body_patch;
mod builder;
pub(crate) mod cleanup;
pub(crate) mod copies;
pub(crate) mod edits;
mod exceptions;
pub(crate) mod guard;
mod listeners;
pub(crate) mod location;
pub(crate) mod pads;
pub(crate) mod rehearse;
pub(crate) mod roles;
mod runtime;
pub(crate) mod show;
pub(crate) mod sites;
pub(crate) mod tables;
#[cfg(test)]
mod tests;
pub(crate) mod types;
pub(crate) mod unsupported;
pub(crate) mod unused;
pub(crate) mod unwind;
pub(crate) mod waits;

pub(crate) use added::{Added, Body};
pub(crate) use builder::Builder;
pub(crate) use runtime::{Runtime, SharedState, Tags, Tell};

use crate::args::{AbortMode, Options};
use crate::error::{Error, Result};
use crate::ids::{FuncIdx, GlobalIdx, TypeIdx};
use crate::link_map::PanicCounts;
use crate::parallel;
use crate::read::Module;
use crate::read::boundary::Boundary;
use crate::read::flow::{Callers, EhUse, Flow};
use crate::stubs;
use body_patch::BodyPatch;
use cleanup::CleanupPlan;
use edits::{Editor, Layout, Redirects};
use guard::GuardPlan;
use rehearse::{Places, Rehearsal};
use roles::Role;
use serde::{Deserialize, Serialize};
use sites::Site;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use unwind::Unwind;
use waits::Waits;
use wasmparser::FuncType;

/// The kinds of failure; the numbers are the contract's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u32)]
pub(crate) enum Kind {
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

impl Kind {
    /// Its name in the contract.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Panic => "panic",
            Self::Abort => "abort",
            Self::Alloc => "alloc",
            Self::Nounwind => "nounwind",
            Self::Trap => "trap",
            Self::Unreachable => "unreachable",
        }
    }

    /// The one with a number.
    pub(crate) fn of(number: u32) -> Option<Self> {
        let all =
            [Self::Panic, Self::Abort, Self::Alloc, Self::Nounwind, Self::Trap, Self::Unreachable];
        all.into_iter().find(|kind| *kind as u32 == number)
    }
}

/// Everything that changes in a module.
#[derive(Debug, PartialEq)]
pub(crate) struct Plan {
    /// The options in force.
    pub abort: AbortMode,
    /// Whether the instance seals itself.
    pub guard: bool,
    /// Whether an import may come back with another shadow stack pointer (JSPI).
    pub jspi: bool,
    /// The table of places.
    pub sites: Vec<Site>,
    /// The functions the module gains; the first has the index `first_added`.
    pub added: Vec<Added>,
    /// The first of them of each kind.
    pub indices: HashMap<Body, FuncIdx>,
    /// The index of `added[0]`.
    pub first_added: FuncIdx,
    /// The types the module gains, behind its own.
    pub new_types: Vec<FuncType>,
    /// The type of the tags.
    pub tag_type: TypeIdx,
    /// Whether the tags are exported, if there are any.
    pub export_tags: bool,
    /// What changes inside the bodies of functions; for a function with a [`Body::Moved`]
    /// it changes in the copy only.
    pub patches: BTreeMap<FuncIdx, BodyPatch>,
    /// Functions that were copied to the end, with the index of the copy.
    pub moved: BTreeMap<FuncIdx, FuncIdx>,
    /// Functions that nobody can call any more: nothing is left of their bodies.
    pub unused: BTreeSet<FuncIdx>,
    /// Other functions that are called in the place of these.
    pub calls: BTreeMap<FuncIdx, FuncIdx>,
    /// What is called instead of `call_indirect`, by type.
    pub indirect: BTreeMap<TypeIdx, FuncIdx>,
    /// Other functions in the place of these, in tables and where code refers to them.
    pub references: BTreeMap<FuncIdx, FuncIdx>,
    /// The same as values alone: where code and globals refer to them.
    pub values: BTreeMap<FuncIdx, FuncIdx>,
    /// Functions that code refers to from now on: they must be declared.
    pub declared: Vec<FuncIdx>,
    /// What is exported instead, by position among the exports.
    pub exports: BTreeMap<usize, FuncIdx>,
    /// Positions of the exports that go, in order: the stubs' own.
    pub dropped_exports: Vec<usize>,
    /// The start function, if there is one.
    pub start: Option<FuncIdx>,
    /// If panics unwind: how.
    pub unwind: Option<Unwind>,
    /// With `--unpoison-rehearse=on`, where anything may panic.
    pub rehearsal: Option<Rehearsal>,
    /// See [`Runtime`].
    pub runtime: Runtime,
    /// Functions may change their size: nobody knows code by its address.
    pub bodies_may_resize: bool,
    /// Whether the panic machinery of the program speaks to the stubs at all.
    pub has_machinery: bool,
}

/// What is to be done with a module.
#[derive(Debug)]
pub(crate) enum Decision {
    /// It is to be changed.
    Change(Box<Plan>),
    /// The plain link is what it needs.
    Leave(Left),
}

/// Why a module is left as rust-lld links it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// Nobody can enter it, or nothing in it can fail.
    NoWayIn,
    /// It is a test binary of wasm-bindgen-test's. A test that panics ends in a trap, and the
    /// runner calls the instance again for the next one.
    TestBinary,
}

impl std::fmt::Display for Left {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NoWayIn => "nobody can enter this module",
            Self::TestBinary => {
                "this is a test binary, whose runner calls it again after a test has failed"
            }
        })
    }
}

/// What the link knows and the module does not say.
#[derive(Debug, Default)]
pub(crate) struct LinkFacts<'a> {
    /// Exports that the user asked for by name.
    pub requested_exports: Vec<&'a str>,
    /// Where the standard library counts panics, if they unwind.
    pub panic_counts: Option<PanicCounts>,
    /// `--compress-relocations`: there is neither debug information nor room.
    pub bodies_may_resize: bool,
    /// The target's modules run where nobody would catch: failures trap unless the user or
    /// the module itself has exceptions. So they do in a module for wasm-bindgen: what is
    /// around its glue knows a `RuntimeError` with a stack for the end of an instance, and
    /// prints nothing of an exception without a tag to ask for.
    pub no_exceptions: bool,
    /// The module was linked without the stubs, and the plan is to be looked at only.
    pub preview: bool,
}

/// Makes the plan for a module.
///
/// # Errors
/// [`Error::Unsupported`] for a module of a kind that is not covered,
/// [`Error::Module`] for one that is not as rust-lld would write it.
pub(crate) fn plan(
    module: &Module<'_>,
    flow: &Flow,
    options: &Options,
    facts: &LinkFacts<'_>,
) -> Result<Decision> {
    let bytes = module.bodies.iter().map(|body| body.bytes.len()).sum();
    let (callers, (boundary, roles)) = parallel::both(
        bytes,
        || flow.callers(),
        || (Boundary::read(module, flow), roles::find(module)),
    );
    let boundary = boundary?;
    if !boundary.has_way_in(module) {
        return Ok(Decision::Leave(Left::NoWayIn));
    }
    if crate::read::bindgen::is_test_binary(module) {
        return Ok(Decision::Leave(Left::TestBinary));
    }
    unsupported::check(module)?;
    let mut roles = roles;
    rehearse::hide_own(module, flow, &mut roles);
    let listeners = listeners::find(module, &roles);
    // The runtime of unwinding may be there where nothing throws any more.
    let unwinding =
        flow.eh() != EhUse::default() && roles.values().any(|role| *role == Role::ExceptionCleanup);
    let mut sites = sites::find(module, flow, &roles, &listeners, &boundary, unwinding);
    let has_machinery =
        roles.values().any(|role| !matches!(role, Role::LinkerMade | Role::Panicking));
    if !options.guard && !has_machinery && sites.is_empty() {
        return Ok(Decision::Leave(Left::NoWayIn));
    }
    let mut builder = Builder::new(module, options, facts)?;
    builder.unwind = unwind::find(module, flow, &roles, facts, |ty| builder.types.index_of(ty))?;
    if !exceptions::may_be_used(options, facts, &boundary, &builder)? {
        builder.runtime.tags = None;
    }
    let dropped_exports = dropped_exports(module, facts);
    let used = builder.runtime.functions().chain(listeners.values().copied());
    let used = used.chain(builder.unwind.iter().flat_map(Unwind::functions));
    let handler = rehearse::handler(&roles, &listeners).filter(|_| options.rehearse);
    let used = used.chain(rehearse::used(module, handler)).collect();
    let unused = unused::find(module, flow, &dropped_exports, &used);
    sites::without(&mut sites, &unused);
    builder.fail_functions(&sites);
    let cleanup = match builder.panics_unwind() {
        true => cleanup::plan(module, flow, &boundary, &callers, &mut builder)?,
        false => CleanupPlan::default(),
    };
    builder.listen(&listeners, &roles);
    let rehearsed = rehearse::plan(module, flow, &boundary, &cleanup, handler, &mut builder)?;
    let told_before = match builder.panics_unwind() {
        true => BTreeSet::new(),
        false => listeners::told_before(module, flow, &roles, &listeners, &callers),
    };
    let guards = if options.guard {
        guard::plan(module, flow, &boundary, &mut builder)?
    } else if builder.unwind.is_some() {
        guard::boundary(module, &boundary, &mut builder)
    } else {
        GuardPlan::default()
    };
    let waits = waits::plan(flow, &unused, &mut builder);
    let parts = Parts {
        boundary,
        sites,
        guards,
        cleanup,
        has_machinery,
        dropped_exports,
        unused,
        told_before,
        callers,
        waits,
        rehearsed,
    };
    finish(builder, flow, parts, facts).map(|plan| Decision::Change(Box::new(plan)))
}

/// What the parts of the plan have found.
struct Parts {
    boundary: Boundary,
    sites: Vec<Site>,
    guards: GuardPlan,
    cleanup: CleanupPlan,
    has_machinery: bool,
    dropped_exports: Vec<usize>,
    unused: BTreeSet<FuncIdx>,
    told_before: BTreeSet<(FuncIdx, FuncIdx)>,
    callers: Callers,
    waits: Waits,
    rehearsed: Places,
}

/// The exports that go: the stubs' own, unless the user asked for one by name.
fn dropped_exports(module: &Module<'_>, facts: &LinkFacts<'_>) -> Vec<usize> {
    let stays = |name: &str| facts.requested_exports.contains(&name);
    let dropped = |name: &str| stubs::is_stub(name) || name == stubs::ABORT_HOOK;
    (0..)
        .zip(&module.exports)
        .filter(|(_, export)| dropped(export.name) && !stays(export.name))
        .map(|(position, _)| position)
        .collect()
}

/// Lays out the code, and puts the plan together.
fn finish(
    mut builder: Builder<'_, '_>,
    flow: &Flow,
    parts: Parts,
    facts: &LinkFacts<'_>,
) -> Result<Plan> {
    let Parts { boundary, sites, guards, cleanup, unused, .. } = parts;
    let module = builder.module;
    let mut redirects = Redirects {
        calls: builder.listeners.clone(),
        references: guards.references,
        values: guards.values,
        moved: BTreeMap::new(),
    };
    redirects.calls.extend(guards.calls);
    let panics = builder.unwind.and_then(|unwind| unwind.panics);
    let editor = Editor {
        module,
        flow,
        sites: &sites,
        fail: &builder.fail.clone(),
        told_before: &parts.told_before,
        callers: &parts.callers,
        dropped: builder.index_of(&Body::EndPayloadDrop),
        pass: builder
            .index_of(&Body::RethrowAbort)
            .zip(builder.unwind.map(|unwind| unwind.aborting)),
        boundary: &boundary,
        bodies_may_resize: facts.bodies_may_resize,
        indirect: &guards.indirect,
        cleanup: &cleanup,
        unused: &unused,
        waits: &parts.waits,
        rehearsed: &parts.rehearsed,
        rehearse_at: builder.index_of(&Body::RehearseAt),
        thrown: panics.map(|panics| panics.tag).zip(builder.index_of(&Body::TellThrown)),
    };
    let Layout { mut patches, moved } = editor.edit(&mut redirects, |of| {
        let ty = module.functions.get(of.at()).copied().unwrap_or(TypeIdx(0));
        builder.add_as(builder.name_of(of), ty, Body::Moved(of))
    })?;
    patches.extend(unused::emptied(module, &unused)?);
    let mut exports = guards.exports;
    for (position, export) in module.exports.iter().enumerate() {
        if export.kind == wasmparser::ExternalKind::Func
            && let Some(copy) = moved.get(&FuncIdx(export.index))
        {
            exports.entry(position).or_insert(*copy);
        }
    }
    // The old body of a function that moved still names what it did.
    let left_behind = flow.references().filter(|(f, ..)| moved.contains_key(f));
    let mut declared: Vec<FuncIdx> = flow
        .references()
        .map(|(.., named)| named)
        .chain(module.initial_references.iter().copied())
        .filter_map(|named| redirects.value(named))
        .chain(left_behind.map(|(.., named)| named))
        .collect();
    declared.sort_unstable();
    declared.dedup();
    let start = module.start.map(|start| {
        let moved = moved.get(&start).copied().unwrap_or(start);
        guards.start.unwrap_or(moved)
    });
    let copies = moved.clone();
    let current = |function| copies.get(&function).copied().unwrap_or(function);
    let tag_type = match builder.runtime.tags {
        Some(_) => builder.types.index_of(FuncType::new([wasmparser::ValType::I32], [])),
        None => TypeIdx(0),
    };
    Ok(Plan {
        abort: builder.abort_mode(),
        guard: builder.options.guard,
        // Where panics unwind, an exception of the host's leaves no frame behind as a rule: who
        // finds another pointer then has been suspended.
        jspi: builder.options.jspi.unwrap_or(panics.is_some()),
        sites,
        first_added: FuncIdx(module.functions.len() as u32),
        added: builder.added,
        indices: builder.indices,
        new_types: builder.types.into_new(),
        tag_type,
        // webpack's parser gives up at a module that exports a tag, and what wasm-bindgen makes
        // is what bundlers are given. Whoever asks state and report needs none.
        export_tags: !boundary.is_bindgen,
        patches,
        moved,
        unused,
        calls: redirects.calls,
        indirect: guards.indirect,
        references: redirects.references,
        values: redirects.values,
        declared,
        exports,
        dropped_exports: parts.dropped_exports,
        start,
        unwind: builder.unwind.map(|unwind| unwind.moved(current)),
        rehearsal: builder.rehearsal.map(|r| Rehearsal { raise: current(r.raise), ..r }),
        runtime: builder.runtime.moved(current),
        bodies_may_resize: facts.bodies_may_resize,
        has_machinery: parts.has_machinery,
    })
}

impl Plan {
    /// The index of an added function.
    ///
    /// # Errors
    /// [`Error::Bug`] if it was not planned.
    pub(crate) fn index_of(&self, what: &Body) -> Result<FuncIdx> {
        let index = self.indices.get(what).copied();
        index.ok_or_else(|| Error::Bug(format!("{what:?} was not planned")))
    }

    /// Where a function's code is: its copy, if it was copied.
    pub(crate) fn current(&self, function: FuncIdx) -> FuncIdx {
        self.moved.get(&function).copied().unwrap_or(function)
    }

    /// Whether the module's panics unwind. Landing pads alone do not say so.
    pub(crate) fn panics_unwind(&self) -> bool {
        self.unwind.is_some_and(|unwind| unwind.panics.is_some())
    }

    /// What is called in the place of a function.
    pub(crate) fn callee(&self, function: FuncIdx) -> FuncIdx {
        self.calls.get(&function).copied().unwrap_or(function)
    }

    /// The globals that the module gains, in order, with their names.
    pub(crate) fn new_globals(&self) -> Vec<(GlobalIdx, &'static str)> {
        let mut globals = vec![
            (self.runtime.state, "__unpoison_state"),
            (self.runtime.activation, "__unpoison_activation"),
        ];
        if let Some(unwind) = &self.unwind {
            globals.push((unwind.aborting, "__unpoison_aborting"));
            globals.push((unwind.dropping, "__unpoison_dropping"));
        }
        if let Some(rehearsal) = &self.rehearsal {
            globals.push((rehearsal.rate, "__unpoison_rehearsal_rate"));
            globals.push((rehearsal.seed, "__unpoison_rehearsal_seed"));
        }
        globals
    }

    /// A type, old or new.
    pub(crate) fn type_at<'p>(
        &'p self,
        module: &'p Module<'_>,
        ty: TypeIdx,
    ) -> Option<&'p FuncType> {
        match module.types.get(ty.at()) {
            Some(ty) => ty.as_ref(),
            None => self.new_types.get(ty.at() - module.types.len()),
        }
    }

    /// The patch of a function that stays where it is.
    pub(crate) fn patch_in_place(&self, function: FuncIdx) -> Option<&BodyPatch> {
        self.patches.get(&function).filter(|_| !self.moved.contains_key(&function))
    }
}

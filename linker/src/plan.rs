//! Decides what must change, as plain data that a test can compare and that
//! [`crate::patch`] carries out without deciding anything.

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

use crate::args::{AbortMode, Options};
use crate::error::{Error, Result};
use crate::ids::{FuncIdx, GlobalIdx, TagIdx, TypeIdx};
use crate::link_map::PanicCounts;
use crate::read::Module;
use crate::read::flow::Flow;
use crate::stubs;
use cleanup::CleanupPlan;
use edits::Edit;
use guard::GuardPlan;
use roles::{Role, Roles};
use sites::Site;
use std::collections::BTreeMap;
use types::Types;
use unwind::Unwind;
use wasmparser::{FuncType, ValType};

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

/// A function that the module gains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// Its name; begins with `__unpoison_`, or is empty for one without.
    pub name: String,
    /// Its type.
    pub ty: TypeIdx,
    /// What it does.
    pub what: Body,
}

/// What an added function does. [`crate::patch::bodies`] has the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// The end of every failure: report, seal, hook, throw. `(site, kind)`.
    Fail,
    /// [`Body::Fail`] with a kind. `(site)`.
    FailKind(Kind),
    /// Tells the stubs of its arguments, then goes on to the function itself.
    Listen {
        /// The stub, of the same type.
        stub: FuncIdx,
        /// The function that was listened at.
        target: FuncIdx,
        /// How many panics there are by then that the stub is not to count, where
        /// panics are counted.
        counted: Option<u32>,
    },
    /// A function with edits that had no room where it stood.
    Moved(FuncIdx),
    /// Guards an export: see [`guard`].
    GuardExport {
        /// The exported function.
        target: FuncIdx,
        /// On a sealed instance it answers nothing instead of throwing.
        quiet: bool,
    },
    /// Guards an import: see [`guard`].
    GuardImport(FuncIdx),
    /// Guards a function that the host can call out of a table: see [`tables`].
    GuardSlot {
        /// The function.
        target: FuncIdx,
        /// The [`tables::Token`] of a call of it.
        token: u32,
    },
    /// Guards the calls through a table of one type: see [`tables`].
    GuardIndirect {
        /// The type.
        ty: TypeIdx,
        /// The tokens of its calls.
        token: tables::Token,
        /// The first slot that has none.
        limit: u32,
    },
    /// What [`Body::GuardSlot`] does when the instance is not simply live. `(token) ->
    /// mark to set`.
    EnterSlot,
    /// A call came to an instance that is sealed, or that trapped. `()`.
    Refuse,
    /// An import returned into an instance that was sealed, or that trapped, while
    /// it ran. `(mark before)`.
    Returned,
    /// Seals the instance for a trap, if it is not sealed yet. `()`.
    SealTrapped,
    /// A panic is about to leave Rust: see [`unwind`]. Returns if the exception is not
    /// Rust's. `(exception)`.
    Caught,
    /// Calls a function from a landing pad; an exception that leaves it is the end: see
    /// [`cleanup`].
    Cleanup(FuncIdx),
    /// The same for calls through the first table, as a type.
    CleanupIndirect {
        /// The type.
        ty: TypeIdx,
        /// What is called in the place of `call_indirect`, where the table is guarded.
        guard: Option<FuncIdx>,
    },
    /// A panic left a destructor that ran because of a panic. `()`.
    InCleanup,
    /// The end of [`unwind::Panics::cleanup`]. `(site)`.
    Dropped,
    /// An abort that was thrown has come to a landing pad: throws it again. `()`.
    Pass,
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

/// A plan in the making.
pub(crate) struct Builder<'m, 'a> {
    module: &'m Module<'a>,
    options: &'m Options,
    types: Types,
    added: Vec<Added>,
    runtime: Runtime,
    /// Callees that are called by another index from now on.
    calls: BTreeMap<FuncIdx, FuncIdx>,
    fail: BTreeMap<Kind, FuncIdx>,
    unwind: Option<Unwind>,
}

impl<'m, 'a> Builder<'m, 'a> {
    fn new(module: &'m Module<'a>, options: &'m Options, facts: &LinkFacts<'_>) -> Result<Self> {
        let stub = |name: &str| {
            module
                .exported_function(name)
                .ok_or_else(|| Error::Module(format!("the runtime stub `{name}` is not in it")))
        };
        let types = Types::new(module);
        let hook = module
            .exported_function(stubs::ABORT_HOOK)
            .filter(|hook| module.type_of(*hook) == Some(&FuncType::new([ValType::I32], [])));
        if hook.is_none() && facts.requested_exports.contains(&stubs::ABORT_HOOK) {
            return Err(Error::Module(format!(
                "`{}` must be `extern \"C\" fn(*const u32)`",
                stubs::ABORT_HOOK
            )));
        }
        let global = |at: u32| GlobalIdx(module.globals + at);
        let tag = |at: u32| TagIdx(module.tags + at);
        let terminated = module.exported_global("__instance_terminated").and_then(|global| {
            module.global_values.iter().find(|(g, _)| *g == global).map(|(_, address)| *address)
        });
        let runtime = Runtime {
            panic: tag(0),
            abort: tag(1),
            sealed: tag(2),
            state: global(0),
            mark: global(1),
            rt_fail: stub(stubs::FAIL)?,
            rt_report: stub(stubs::REPORT)?,
            hook,
            stack_pointer: module.names.global("__stack_pointer"),
            terminated,
        };
        Ok(Self {
            module,
            options,
            types,
            added: Vec::new(),
            runtime,
            calls: BTreeMap::new(),
            fail: BTreeMap::new(),
            unwind: None,
        })
    }

    /// Adds a function and answers its index.
    pub(crate) fn add(&mut self, name: String, ty: FuncType, what: Body) -> FuncIdx {
        let ty = self.types.index_of(ty);
        self.added.push(Added { name, ty, what });
        FuncIdx((self.module.functions.len() + self.added.len() - 1) as u32)
    }

    /// Adds [`Body::Returned`], once.
    pub(crate) fn returned(&mut self) {
        if !self.added.iter().any(|added| added.what == Body::Returned) {
            let ty = FuncType::new([ValType::I32], []);
            self.add("__unpoison_returned".into(), ty, Body::Returned);
        }
    }

    fn fail_functions(&mut self, sites: &[Site]) {
        let i32s = |n: usize| FuncType::new(vec![ValType::I32; n], []);
        let mut kinds: Vec<Kind> = sites.iter().map(|site| site.kind).collect();
        if self.unwind.is_some_and(|unwind| unwind.panics.is_some()) {
            // A panic in a destructor, and the end of a payload.
            kinds.extend([Kind::Abort, Kind::Nounwind]);
        }
        kinds.sort_unstable();
        kinds.dedup();
        if let Some(unwind) = self.unwind {
            for (name, ty, body) in unwind::bodies(&unwind) {
                self.add(name.into(), ty, body);
            }
            if self.abort_mode() == AbortMode::Throw {
                self.add("__unpoison_pass".into(), i32s(0), Body::Pass);
            }
        }
        if !kinds.is_empty() {
            self.add("__unpoison_fail".into(), i32s(2), Body::Fail);
        }
        for kind in kinds {
            let name = format!("__unpoison_fail_{kind:?}").to_lowercase();
            let index = self.add(name, i32s(1), Body::FailKind(kind));
            self.fail.insert(kind, index);
        }
    }

    /// How an abort leaves the module.
    fn abort_mode(&self) -> AbortMode {
        // A throw would run destructors, if it were not kept from that at a price.
        let usual = if self.unwind.is_some() { AbortMode::Trap } else { AbortMode::Throw };
        self.options.abort.unwrap_or(usual)
    }

    fn listen(&mut self, listeners: &BTreeMap<FuncIdx, FuncIdx>, roles: &Roles) {
        let counts = self.unwind.is_some_and(|unwind| unwind.panics.is_some());
        for (&target, &stub) in listeners {
            if let Some(ty) = self.module.type_of(target) {
                let name = format!("__unpoison_listen_{}", target.0);
                // Before `rust_panic` is called, the count goes up.
                let itself = u32::from(roles.get(&target) == Some(&Role::RustPanic));
                let counted = counts.then_some(itself);
                let what = Body::Listen { stub, target, counted };
                let listener = self.add(name, ty.clone(), what);
                self.calls.insert(target, listener);
            }
        }
    }

    fn finish(
        mut self,
        flow: &Flow,
        sites: Vec<Site>,
        guards: GuardPlan,
        cleanup: CleanupPlan,
        untouchable: &[FuncIdx],
        facts: &LinkFacts<'_>,
    ) -> Result<Plan> {
        self.calls.extend(guards.calls);
        let first_added = FuncIdx(self.module.functions.len() as u32);
        let index = |what: &Body| {
            let at = self.added.iter().position(|added| added.what == *what)?;
            Some(FuncIdx(first_added.0 + at as u32))
        };
        let edits = edits::Editor {
            module: self.module,
            flow,
            sites: &sites,
            fail: &self.fail,
            dropped: index(&Body::Dropped),
            pass: index(&Body::Pass).zip(self.unwind.map(|unwind| unwind.aborting)),
            untouchable,
            free_layout: facts.free_layout,
            indirect: &guards.indirect,
            cleanup: &cleanup,
        };
        let (edits, moved) = edits.edit(&mut self.calls, |of| {
            let name = format!("__unpoison_moved_{}", of.0);
            self.added.push(Added {
                name,
                ty: self.module.functions.get(of.at()).copied().unwrap_or(TypeIdx(0)),
                what: Body::Moved(of),
            });
            FuncIdx(first_added.0 + self.added.len() as u32 - 1)
        })?;
        // Added functions were planned before it was known who moves.
        for added in &mut self.added {
            match &mut added.what {
                Body::Listen { target, .. }
                | Body::GuardExport { target, .. }
                | Body::GuardSlot { target, .. } => {
                    *target = moved.get(target).copied().unwrap_or(*target);
                }
                Body::Cleanup(callee) => {
                    *callee = self.calls.get(callee).copied().unwrap_or(*callee);
                }
                Body::CleanupIndirect { ty, guard } => *guard = guards.indirect.get(ty).copied(),
                _ => {}
            }
        }
        let to = |function: FuncIdx| moved.get(&function).copied().unwrap_or(function);
        self.runtime.hook = self.runtime.hook.map(to);
        if let Some(panics) = self.unwind.as_mut().and_then(|unwind| unwind.panics.as_mut()) {
            panics.cleanup = to(panics.cleanup);
        }
        let mut exports = moved.clone();
        exports.extend(guards.exports);
        let mut references = moved.clone();
        references.extend(guards.references);
        let tag_type = self.types.index_of(FuncType::new([ValType::I32], []));
        let dropped_exports = stubs::EXPORTS
            .iter()
            .chain(stubs::UNWIND_EXPORTS)
            .chain([&stubs::ABORT_HOOK])
            .filter(|name| !facts.requested_exports.contains(name))
            .map(|name| (*name).to_owned())
            .collect();
        Ok(Plan {
            abort: self.abort_mode(),
            guard: self.options.guard,
            sites,
            added: self.added,
            first_added,
            new_types: self.types.into_new(),
            tag_type,
            edits,
            moved,
            references,
            exports,
            dropped_exports,
            unwind: self.unwind,
            runtime: self.runtime,
            free_layout: facts.free_layout,
        })
    }
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

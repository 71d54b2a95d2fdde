//! A plan in the making: what the parts of the plan ask for is given its index here.

use super::added::{Added, Body};
use super::rehearse::Rehearsal;
use super::roles::{Role, Roles};
use super::sites::Site;
use super::types::Types;
use super::unwind::{self, Unwind};
use super::{Kind, LinkFacts, Runtime, SharedState, Tags, Tell};
use crate::args::{AbortMode, Options};
use crate::error::{Error, Result};
use crate::ids::{FuncIdx, GlobalIdx, TagIdx, TypeIdx};
use crate::read::{Module, bindgen};
use crate::stubs;
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};
use wasmparser::{FuncType, ValType};

/// A plan in the making.
pub(crate) struct Builder<'m, 'a> {
    pub(super) module: &'m Module<'a>,
    pub(super) options: &'m Options,
    pub(super) types: Types,
    pub(super) added: Vec<Added>,
    /// The first function of each kind.
    pub(super) indices: HashMap<Body, FuncIdx>,
    pub(super) runtime: Runtime,
    /// What is called instead of functions that somebody listens at.
    pub(super) listeners: BTreeMap<FuncIdx, FuncIdx>,
    pub(super) fail: BTreeMap<Kind, FuncIdx>,
    pub(super) unwind: Option<Unwind>,
    pub(super) rehearsal: Option<Rehearsal>,
    /// The names of exported functions, where they have to do.
    exported: OnceCell<HashMap<FuncIdx, &'a str>>,
}

impl<'m, 'a> Builder<'m, 'a> {
    pub(super) fn new(
        module: &'m Module<'a>,
        options: &'m Options,
        facts: &LinkFacts<'_>,
    ) -> Result<Self> {
        let stub = |name: &str| match module.exported_function(name) {
            Some(stub) => Ok(stub),
            None if facts.preview => Ok(FuncIdx(u32::MAX)),
            None => Err(Error::Module(format!("the runtime stub `{name}` is not in it"))),
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
        let tag = |at: u32| TagIdx(module.tags.len() as u32 + at);
        let terminated = module.exported_global("__instance_terminated").and_then(|global| {
            module.global_values.iter().find(|(g, _)| *g == global).map(|(_, address)| *address)
        });
        let shared = match module.memories.contains(&true) && options.guard {
            true => Some(shared_state(module, facts)?),
            false => None,
        };
        let throw = match options.abort {
            Some(AbortMode::Error) => bindgen::throw_import(module),
            _ => None,
        };
        let tell = match throw {
            Some(throw) => Some(Tell { rt_tell: stub(stubs::TELL)?, throw }),
            None => None,
        };
        let tags = Tags { panic: tag(0), abort: tag(1), sealed: tag(2) };
        let runtime = Runtime {
            tags: Some(tags),
            state: GlobalIdx(module.globals),
            activation: GlobalIdx(module.globals + 1),
            rt_fail: stub(stubs::FAIL)?,
            rt_report: stub(stubs::REPORT)?,
            rt_trap: stub(stubs::TRAP)?,
            tell,
            hook,
            stack_pointer: module.names.global("__stack_pointer"),
            terminated,
            shared,
        };
        Ok(Self {
            module,
            options,
            types,
            added: Vec::new(),
            indices: HashMap::new(),
            runtime,
            listeners: BTreeMap::new(),
            fail: BTreeMap::new(),
            unwind: None,
            rehearsal: None,
            exported: OnceCell::new(),
        })
    }

    /// Adds a function and returns its index.
    pub(crate) fn add(&mut self, name: String, ty: FuncType, what: Body) -> FuncIdx {
        let ty = self.types.index_of(ty);
        self.add_as(name, ty, what)
    }

    /// Adds a function of a type that the module has: what stands for another function
    /// has its very type, not one that looks like it.
    pub(crate) fn add_as(&mut self, name: String, ty: TypeIdx, what: Body) -> FuncIdx {
        let index = FuncIdx((self.module.functions.len() + self.added.len()) as u32);
        self.indices.entry(what.clone()).or_insert(index);
        self.added.push(Added { name, ty, what });
        index
    }

    /// Adds [`Body::CheckAfterImport`], once.
    pub(super) fn check_after_import(&mut self) {
        if self.index_of(&Body::CheckAfterImport).is_none() {
            let ty = FuncType::new([ValType::I32], []);
            self.add("__unpoison_check_after_import".into(), ty, Body::CheckAfterImport);
        }
    }

    /// The index of an added function.
    pub(crate) fn index_of(&self, what: &Body) -> Option<FuncIdx> {
        self.indices.get(what).copied()
    }

    /// What a guard is called: as what it guards, so that stack traces and the exports
    /// that wasm-bindgen makes name the user's function.
    pub(crate) fn name_of(&self, function: FuncIdx) -> String {
        let module = self.module;
        let import = || module.imports.get(function.at()).map(|(_, name)| *name);
        let export = || {
            let first = || {
                let functions = module.exports.iter().rev();
                let functions = functions.filter(|e| e.kind == wasmparser::ExternalKind::Func);
                functions.map(|export| (FuncIdx(export.index), export.name)).collect()
            };
            self.exported.get_or_init(first).get(&function).copied()
        };
        let name = module.names.function(function).or_else(import).or_else(export);
        name.unwrap_or_default().to_owned()
    }

    pub(super) fn fail_functions(&mut self, sites: &[Site]) {
        let i32s = |n: usize| FuncType::new(vec![ValType::I32; n], []);
        let mut kinds: Vec<Kind> = sites.iter().map(|site| site.kind).collect();
        if self.panics_unwind() {
            // A panic in a destructor, and the end of a payload.
            kinds.extend([Kind::Abort, Kind::Nounwind]);
        }
        kinds.sort_unstable();
        kinds.dedup();
        if let Some(unwind) = self.unwind {
            for (name, ty, body) in unwind::bodies(&unwind) {
                self.add(name.into(), ty, body);
            }
            if unwind.lets_pass(self.abort_mode()) {
                self.add("__unpoison_rethrow_abort".into(), i32s(0), Body::RethrowAbort);
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

    /// Whether the module's panics unwind. Landing pads alone do not say so.
    pub(super) fn panics_unwind(&self) -> bool {
        self.unwind.is_some_and(|unwind| unwind.panics.is_some())
    }

    /// How an abort leaves the module.
    pub(super) fn abort_mode(&self) -> AbortMode {
        if self.runtime.tell.is_some() {
            return AbortMode::Error;
        }
        if self.runtime.tags.is_none() {
            return AbortMode::Trap;
        }
        // A throw would run destructors, if it were not kept from that at a price.
        let usual = if self.panics_unwind() { AbortMode::Trap } else { AbortMode::Throw };
        self.options.abort.unwrap_or(usual)
    }

    pub(super) fn listen(&mut self, listeners: &BTreeMap<FuncIdx, FuncIdx>, roles: &Roles) {
        let counts = self.panics_unwind();
        for (&target, &stub) in listeners {
            if let Some(ty) = self.module.functions.get(target.at()) {
                // Before `rust_panic` is called, the count goes up.
                let itself = u32::from(roles.get(&target) == Some(&Role::RustPanic));
                let counted = counts.then_some(itself);
                let what = Body::Listen { stub, target, counted };
                let listener = self.add_as(self.name_of(target), *ty, what);
                self.listeners.insert(target, listener);
            }
        }
    }
}

/// Where threads see that one of them has sealed the module.
fn shared_state(module: &Module<'_>, facts: &LinkFacts<'_>) -> Result<SharedState> {
    let claim = module.exported_function(stubs::CLAIM);
    let global = module.exported_global(stubs::SHARED_STATE);
    let address = global.and_then(|global| module.global_values.iter().find(|(g, _)| *g == global));
    match (claim, address) {
        (Some(rt_claim), Some((_, state))) => Ok(SharedState { state: *state, rt_claim }),
        _ if facts.preview => Ok(SharedState { state: 0, rt_claim: FuncIdx(u32::MAX) }),
        _ => Err(Error::Unsupported(
            "this module shares its memory between threads, but was not compiled for threads (-Ctarget-feature=+atomics); link it with --unpoison-guard=off"
                .into(),
        )),
    }
}

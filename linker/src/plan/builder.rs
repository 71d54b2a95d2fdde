//! A plan in the making: what the parts of the plan ask for is given its index here.

use super::cleanup::CleanupPlan;
use super::guard::GuardPlan;
use super::roles::{Role, Roles};
use super::sites::Site;
use super::types::Types;
use super::unwind::{self, Unwind};
use super::{Added, Body, Kind, LinkFacts, Plan, Runtime, edits};
use crate::args::{AbortMode, Options};
use crate::error::{Error, Result};
use crate::ids::{FuncIdx, GlobalIdx, TagIdx, TypeIdx};
use crate::read::Module;
use crate::read::flow::Flow;
use crate::stubs;
use std::collections::BTreeMap;
use wasmparser::{FuncType, ValType};

/// A plan in the making.
pub(crate) struct Builder<'m, 'a> {
    pub(super) module: &'m Module<'a>,
    pub(super) options: &'m Options,
    pub(super) types: Types,
    pub(super) added: Vec<Added>,
    pub(super) runtime: Runtime,
    /// Callees that are called by another index from now on.
    pub(super) calls: BTreeMap<FuncIdx, FuncIdx>,
    pub(super) fail: BTreeMap<Kind, FuncIdx>,
    pub(super) unwind: Option<Unwind>,
}

impl<'m, 'a> Builder<'m, 'a> {
    pub(super) fn new(
        module: &'m Module<'a>,
        options: &'m Options,
        facts: &LinkFacts<'_>,
    ) -> Result<Self> {
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

    pub(super) fn fail_functions(&mut self, sites: &[Site]) {
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
    pub(super) fn abort_mode(&self) -> AbortMode {
        // A throw would run destructors, if it were not kept from that at a price.
        let usual = if self.unwind.is_some() { AbortMode::Trap } else { AbortMode::Throw };
        self.options.abort.unwrap_or(usual)
    }

    pub(super) fn listen(&mut self, listeners: &BTreeMap<FuncIdx, FuncIdx>, roles: &Roles) {
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

    pub(super) fn finish(
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

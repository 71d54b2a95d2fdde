//! The guard: every way into Rust and back from the host is watched from inside.
//!
//! A trap cannot be caught in wasm, but it can be noticed. The *mark* says whether
//! Rust runs. A guarded export finds it set on entry only if an earlier activation
//! never left: it trapped. A guarded import clears it for the host's time and finds
//! it set on return only if a nested activation trapped. An import's guard puts back
//! what it found and never sets the mark by itself, so an entry that no guard sees
//! (a start function, wasm-bindgen's `__wbindgen_start`) costs protection for that
//! call only and never seals a healthy instance.
//!
//! Exports are guarded, not functions: one body may be exported under several
//! names, called from inside, and sit in the table.
//!
//! [`bindgen`] knows what wasm-bindgen does to a module after the link.

mod bindgen;

use super::{Body, Builder, tables};
use crate::error::Result;
use crate::ids::{FuncIdx, TypeIdx};
use crate::read::Module;
use crate::read::flow::Flow;
use crate::stubs;
use bindgen::Bindgen;
pub(crate) use bindgen::interpreted;
use std::collections::BTreeMap;
use wasmparser::{ExternalKind, FuncType};

/// What the mark says. The numbers are in the code of the guards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Mark {
    /// The host runs, or Rust that no guard saw come in.
    Out = 0,
    /// Rust runs.
    In = 1,
    /// The abort hook runs: the last Rust code to run, so imports come back to it
    /// although the instance is sealed.
    Hook = 2,
    /// Rust calls through a table that the host can reach.
    Calling = 4,
    /// The abort hook does.
    HookCalling = 8,
}

/// What the guard changes.
#[derive(Debug, Default)]
pub(crate) struct GuardPlan {
    /// Imports that are called through a guard.
    pub calls: BTreeMap<FuncIdx, FuncIdx>,
    /// Functions whose place in tables a guard takes.
    pub references: BTreeMap<FuncIdx, FuncIdx>,
    /// Functions whose exports go through a guard.
    pub exports: BTreeMap<FuncIdx, FuncIdx>,
    /// What is called instead of `call_indirect`, by type.
    pub indirect: BTreeMap<TypeIdx, FuncIdx>,
}

/// Plans the boundary that catches panics, without sealing.
pub(crate) fn boundary(
    module: &Module<'_>,
    untouchable: &[FuncIdx],
    builder: &mut Builder<'_, '_>,
) -> Result<GuardPlan> {
    let mut plan = GuardPlan::default();
    let bindgen = Bindgen::read(module, untouchable)?;
    exports(module, untouchable, builder, &mut plan);
    closures(module, &bindgen, builder, &mut plan);
    Ok(plan)
}

/// Plans the guards of a module.
pub(crate) fn plan(
    module: &Module<'_>,
    flow: &Flow,
    untouchable: &[FuncIdx],
    builder: &mut Builder<'_, '_>,
) -> Result<GuardPlan> {
    let mut plan = GuardPlan::default();
    let nothing = || FuncType::new([], []);
    let bindgen = Bindgen::read(module, untouchable)?;

    builder.add("__unpoison_seal_trapped".into(), nothing(), Body::SealTrapped);
    builder.add("__unpoison_refuse".into(), nothing(), Body::Refuse);
    let imports = (0..).map(FuncIdx).zip(&module.imports);
    let imports = imports.filter(|(_, (from, name))| !bindgen::is_no_call(from, name));
    for import in imports.map(|(import, _)| import).chain(bindgen.imports.iter().copied()) {
        if let Some(ty) = module.type_of(import) {
            builder.returned();
            let name = format!("__unpoison_import_{}", import.0);
            let guard = builder.add(name, ty.clone(), Body::GuardImport(import));
            plan.calls.insert(import, guard);
            plan.references.insert(import, guard);
        }
    }
    exports(module, untouchable, builder, &mut plan);
    closures(module, &bindgen, builder, &mut plan);
    let table = tables::plan(module, flow, untouchable, builder)?;
    plan.references.extend(table.slots);
    plan.indirect = table.indirect;
    Ok(plan)
}

/// Plans the guards of exports.
fn exports(
    module: &Module<'_>,
    untouchable: &[FuncIdx],
    builder: &mut Builder<'_, '_>,
    plan: &mut GuardPlan,
) {
    let untouched = |function: FuncIdx| untouchable.binary_search(&function).is_ok();
    for export in &module.exports {
        let function = FuncIdx(export.index);
        if export.kind != ExternalKind::Func
            || module.body(function).is_none()
            || untouched(function)
            || plan.exports.contains_key(&function)
            || stubs::EXPORTS.contains(&export.name)
            || stubs::UNWIND_EXPORTS.contains(&export.name)
        {
            continue;
        }
        if let Some(ty) = module.type_of(function) {
            let name = format!("__unpoison_export_{}", function.0);
            let what = Body::GuardExport { target: function, quiet: bindgen::quiet(export.name) };
            let guard = builder.add(name, ty.clone(), what);
            plan.exports.insert(function, guard);
        }
    }
}

/// Plans the guards of closures, in their places in the table.
fn closures(
    module: &Module<'_>,
    bindgen: &Bindgen,
    builder: &mut Builder<'_, '_>,
    plan: &mut GuardPlan,
) {
    for &closure in &bindgen.closures {
        if let Some(ty) = module.type_of(closure) {
            // An export of the same function has a guard that serves its slot too.
            let guard = plan.exports.get(&closure).copied().unwrap_or_else(|| {
                let name = format!("__unpoison_closure_{}", closure.0);
                let what = Body::GuardExport { target: closure, quiet: false };
                builder.add(name, ty.clone(), what)
            });
            plan.references.insert(closure, guard);
        }
    }
}

//! The code of the functions that the module gains.

mod guards;
mod rehearse;
#[cfg(test)]
mod tests;
mod unwind;
mod waits;

use crate::args::AbortMode;
use crate::error::{Error, Result};
use crate::ids::FuncIdx;
use crate::plan::guard::Activation;
use crate::plan::{Added, Body, Kind, Plan, Runtime, Tell};
use crate::read::Module;
use crate::wasm::output::Output;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{BlockType, Function, InstructionSink, MemArg, MemArgTarget, ValType};
use wasmparser::FuncType;

/// Words of a report, as offsets in bytes.
const REPORT_KIND: u64 = 4;

/// Encodes the body of an added function, with the size before it left out.
pub(crate) fn encode<'a>(module: &Module<'a>, plan: &Plan, added: &Added) -> Result<Output<'a>> {
    let ty = plan
        .type_at(module, added.ty)
        .ok_or_else(|| Error::Bug("an added function has no function type".into()))?;
    let emit = Emit { module, plan, r: &plan.runtime };
    let function = match &added.what {
        Body::Fail => emit.fail(),
        Body::FailKind(kind) => emit.fail_kind(*kind, plan)?,
        Body::Listen { stub, target, counted } => {
            emit.listen(ty, plan.current(*stub), plan.current(*target), *counted)
        }
        Body::GuardExport { target, no_throw_when_sealed } => {
            emit.guard_export(ty, plan.current(*target), *no_throw_when_sealed, plan)?
        }
        Body::GuardImport(import) => emit.guard_import(ty, plan.current(*import), plan)?,
        Body::GuardSlot { target, token } => {
            emit.guard_slot(ty, plan.current(*target), *token, plan)?
        }
        Body::GuardIndirect { ty: inner, token, limit } => {
            emit.guard_indirect(ty, *inner, *token, *limit, plan)?
        }
        Body::EnterSlot => emit.enter_slot(plan)?,
        Body::SealTrapped => emit.seal_trapped(),
        Body::ThrowSealed => emit.throw_sealed(plan)?,
        Body::CheckAfterImport => emit.check_after_import(plan)?,
        Body::Cleanup(callee) => emit.cleanup(ty, plan, &|i| {
            i.call(plan.callee(*callee).0);
        })?,
        Body::CleanupIndirect(inner) => emit.cleanup(ty, plan, &|i| {
            match plan.indirect.get(inner) {
                Some(guard) => i.call(guard.0),
                None => i.call_indirect(0, inner.0),
            };
        })?,
        Body::InCleanup => emit.in_cleanup(plan)?,
        Body::PanicAtBoundary => emit.panic_at_boundary()?,
        Body::EndPayloadDrop => emit.end_payload_drop(plan)?,
        Body::TellThrown => emit.tell_thrown()?,
        Body::RethrowAbort => emit.rethrow_abort()?,
        Body::Wait(wait) => emit.wait(*wait, plan)?,
        Body::RehearseAt => emit.rehearse_at()?,
        Body::SetRehearsal => emit.set_rehearsal()?,
        Body::Moved(of) => {
            let body = module
                .body(*of)
                .ok_or_else(|| Error::Bug("a moved function has no body".into()))?;
            let patch = plan
                .patches
                .get(of)
                .ok_or_else(|| Error::Bug("a moved function has nothing that changes".into()))?;
            let mut out = Output::default();
            patch.apply(body, &mut out)?;
            return Ok(out);
        }
    };
    Ok(function.into_raw_body().into())
}

struct Emit<'p> {
    module: &'p Module<'p>,
    plan: &'p Plan,
    r: &'p Runtime,
}

impl Emit<'_> {
    /// `(site, kind)`: the end of every failure.
    fn fail(&self) -> Function {
        let (site, kind, report) = (0, 1, 2);
        let mut f = Function::new([(1, ValType::I32)]);
        let mut i = f.instructions();
        // Sealed already: the abort hook failed, or another thread. The first report stands,
        // and the hook does not run again.
        if self.r.shared.is_some() && self.plan.guard {
            i.global_get(self.r.state.0).i32_eqz().if_(BlockType::Empty);
            self.shared_state(&mut i);
            i.global_set(self.r.state.0).end();
        }
        i.global_get(self.r.state.0).if_(BlockType::Empty);
        self.set_activation(&mut i, Activation::Host);
        i.call(self.r.rt_report.0).local_set(report);
        i.global_get(self.r.state.0).local_set(kind);
        self.leave(&mut i, kind, report);
        i.end();

        i.local_get(kind).local_get(site).call(self.r.rt_fail.0).local_set(report);
        // What was pending may have known better.
        i.local_get(report).i32_load(word(REPORT_KIND)).local_set(kind);
        if self.plan.guard {
            self.claim(&mut i, kind, report);
            i.local_get(kind).global_set(self.r.state.0);
            self.terminate(&mut i);
        }
        if let Some(hook) = self.r.hook {
            self.set_activation(&mut i, Activation::AbortHook);
            i.local_get(report).call(hook.0);
        }
        self.set_activation(&mut i, Activation::Host);
        self.leave(&mut i, kind, report);
        i.end();
        f
    }

    /// Seals the module for its other threads, too. Of two failures the first one stands,
    /// for both.
    fn claim(&self, i: &mut InstructionSink<'_>, kind: u32, report: u32) {
        if let Some(shared) = self.r.shared {
            i.local_get(kind).local_get(report).call(shared.rt_claim.0).local_set(kind);
            i.call(self.r.rt_report.0).local_set(report);
        }
    }

    /// Throws what a kind of failure is thrown as. What is not thrown from here is left to whom
    /// this comes back to, a trap to the place that failed: engines show few frames of a stack.
    fn leave(&self, i: &mut InstructionSink<'_>, kind: u32, report: u32) {
        let Some(tags) = self.r.tags else {
            i.return_();
            return;
        };
        if !self.plan.panics_unwind() {
            i.local_get(kind).i32_const(Kind::Panic as i32).i32_eq().if_(BlockType::Empty);
            self.aborting(i, unwind::PANIC);
            i.local_get(report).throw(tags.panic.0);
            i.end();
        }
        match self.plan.abort {
            AbortMode::Throw => {
                self.aborting(i, unwind::ABORT);
                i.local_get(report).throw(tags.abort.0)
            }
            AbortMode::Trap | AbortMode::Error => i.return_(),
        };
    }

    fn fail_kind(&self, kind: Kind, plan: &Plan) -> Result<Function> {
        let fail = plan.index_of(&Body::Fail)?;
        let report = 1;
        let mut f = Function::new(self.r.tell.map(|_| (1, ValType::I32)));
        let mut i = f.instructions();
        i.local_get(0).i32_const(kind as i32).call(fail.0);
        if let Some(tell) = self.r.tell {
            i.call(self.r.rt_report.0).local_set(report);
            throw_error(&mut i, tell, report, false);
        }
        i.end();
        Ok(f)
    }

    fn listen(
        &self,
        ty: &FuncType,
        stub: FuncIdx,
        target: FuncIdx,
        counted: Option<u32>,
    ) -> Function {
        let mut f = Function::new([]);
        let mut i = f.instructions();
        if let (Some(itself), Some(panics)) = (counted, self.panics()) {
            self.panic_count(&mut i, panics);
            i.i32_const(itself as i32).i32_sub().call(panics.depth.0);
        }
        // Some are told only that it is called.
        if self.module.type_of(stub) == Some(ty) {
            arguments(&mut i, ty);
        }
        i.call(stub.0);
        arguments(&mut i, ty);
        i.call(target.0).end();
        f
    }

    fn set_activation(&self, i: &mut InstructionSink<'_>, activation: Activation) {
        if self.plan.guard {
            i.i32_const(activation as i32).global_set(self.r.activation.0);
        }
    }

    /// Tells wasm-bindgen's glue, and hosts that read its flag.
    fn terminate(&self, i: &mut InstructionSink<'_>) {
        if let Some(address) = self.r.terminated {
            i.i32_const(address).i32_const(1).i32_store(word(0));
        }
    }
}

/// Has the glue throw an `Error` that tells of a report, whose local is used up.
fn throw_error(i: &mut InstructionSink<'_>, tell: Tell, report: u32, refused: bool) {
    i.local_get(report).i32_const(refused.into()).call(tell.rt_tell.0);
    i.local_tee(report).i32_load(word(0));
    i.local_get(report).i32_load(word(4));
    i.call(tell.throw.0).unreachable();
}

fn word(offset: u64) -> MemArg {
    MemArg { offset, align: 2, target: MemArgTarget::default(), ordering: None }
}

fn arguments(i: &mut InstructionSink<'_>, ty: &FuncType) {
    for at in 0..ty.params().len() as u32 {
        i.local_get(at);
    }
}

/// A value type as it is written.
fn encoded(ty: wasmparser::ValType) -> Result<ValType> {
    RoundtripReencoder.val_type(ty).map_err(|e| Error::Module(e.to_string()))
}

/// Pushes a result that means nothing.
fn nothing(i: &mut InstructionSink<'_>, ty: &FuncType) -> Result<()> {
    for result in ty.results() {
        match result {
            wasmparser::ValType::I32 => i.i32_const(0),
            wasmparser::ValType::I64 => i.i64_const(0),
            wasmparser::ValType::F32 => i.f32_const(0.0.into()),
            wasmparser::ValType::F64 => i.f64_const(0.0.into()),
            other => {
                return Err(Error::Unsupported(format!(
                    "an export named like a deallocator of wasm-bindgen's returns a {other}; rename it"
                )));
            }
        };
    }
    Ok(())
}

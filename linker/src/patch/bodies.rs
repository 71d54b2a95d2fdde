//! The code of the functions that the module gains.

use crate::args::AbortMode;
use crate::error::{Error, Result};
use crate::ids::{FuncIdx, TagIdx, TypeIdx};
use crate::plan::guard::Mark;
use crate::plan::tables::Token;
use crate::plan::{Added, Body, Kind, Plan, Runtime};
use crate::read::Module;
use wasm_encoder::{BlockType, Function, InstructionSink, MemArg, MemArgTarget, ValType};
use wasmparser::FuncType;

/// Where a mark has the token of a call through a table.
const TOKEN_SHIFT: i32 = 4;

/// Words of a report, as offsets in bytes.
const REPORT_KIND: u64 = 4;

/// Encodes the body of an added function, with the size before it left out.
pub(crate) fn encode(module: &Module<'_>, plan: &Plan, added: &Added) -> Result<Vec<u8>> {
    let ty = plan
        .type_at(module, added.ty)
        .ok_or_else(|| Error::Module("an added function has no function type".into()))?;
    let emit = Emit { plan, r: &plan.runtime };
    let function = match &added.what {
        Body::Fail => emit.fail(),
        Body::FailKind(kind) => emit.fail_kind(*kind, plan)?,
        Body::Listen { stub, target } => emit.listen(ty, *stub, *target),
        Body::GuardExport { target, quiet } => emit.guard_export(ty, *target, *quiet, plan)?,
        Body::GuardImport(import) => emit.guard_import(ty, *import, plan)?,
        Body::GuardSlot { target, token } => emit.guard_slot(ty, *target, *token, plan)?,
        Body::GuardIndirect { ty: inner, token, limit } => {
            emit.guard_indirect(ty, *inner, *token, *limit, plan)?
        }
        Body::EnterSlot => emit.enter_slot(plan)?,
        Body::SealTrapped => emit.seal_trapped(),
        Body::Refuse => emit.refuse(plan)?,
        Body::Returned => emit.returned(plan)?,
        Body::Moved(of) => {
            let body = module
                .body(*of)
                .ok_or_else(|| Error::Module("a moved function has no body".into()))?;
            let edits = plan.edits.get(of).map_or(&[][..], Vec::as_slice);
            return Ok(super::code::edited(body, edits));
        }
    };
    Ok(function.into_raw_body())
}

struct Emit<'p> {
    plan: &'p Plan,
    r: &'p Runtime,
}

impl Emit<'_> {
    /// `(site, kind)`: the end of every failure.
    fn fail(&self) -> Function {
        let (site, kind, report) = (0, 1, 2);
        let mut f = Function::new([(1, ValType::I32)]);
        let mut i = f.instructions();
        // Sealed already: the abort hook failed. The first report stands, and the
        // hook does not run again.
        i.global_get(self.r.state.0).if_(BlockType::Empty);
        self.mark(&mut i, Mark::Out);
        i.call(self.r.rt_report.0).local_set(report);
        i.global_get(self.r.state.0).local_set(kind);
        self.leave(&mut i, kind, report);
        i.end();

        i.local_get(kind).local_get(site).call(self.r.rt_fail.0).local_set(report);
        // What was pending may have known better.
        i.local_get(report).i32_load(word(REPORT_KIND)).local_set(kind);
        if self.plan.guard {
            i.local_get(kind).global_set(self.r.state.0);
            self.terminate(&mut i);
        }
        if let Some(hook) = self.r.hook {
            self.mark(&mut i, Mark::Hook);
            i.local_get(report).call(hook.0);
        }
        self.mark(&mut i, Mark::Out);
        self.leave(&mut i, kind, report);
        i.end();
        f
    }

    /// Throws what a kind of failure is thrown as.
    fn leave(&self, i: &mut InstructionSink<'_>, kind: u32, report: u32) {
        i.local_get(kind).i32_const(Kind::Panic as i32).i32_eq().if_(BlockType::Empty);
        i.local_get(report).throw(self.r.panic.0);
        i.end();
        match self.plan.abort {
            AbortMode::Throw => i.local_get(report).throw(self.r.abort.0),
            AbortMode::Trap => i.unreachable(),
        };
    }

    fn fail_kind(&self, kind: Kind, plan: &Plan) -> Result<Function> {
        let fail = plan.index_of(&Body::Fail)?;
        let mut f = Function::new([]);
        f.instructions().local_get(0).i32_const(kind as i32).call(fail.0).end();
        Ok(f)
    }

    fn listen(&self, ty: &FuncType, stub: FuncIdx, target: FuncIdx) -> Function {
        let mut f = Function::new([]);
        let mut i = f.instructions();
        arguments(&mut i, ty);
        i.call(stub.0);
        arguments(&mut i, ty);
        i.call(target.0).end();
        f
    }

    fn guard_export(
        &self,
        ty: &FuncType,
        target: FuncIdx,
        quiet: bool,
        plan: &Plan,
    ) -> Result<Function> {
        let mut f = Function::new([]);
        let mut i = f.instructions();
        i.global_get(self.r.mark.0).global_get(self.r.state.0).i32_or();
        i.if_(BlockType::Empty);
        if quiet {
            i.call(plan.index_of(&Body::SealTrapped)?.0);
            nothing(&mut i, ty)?;
            i.return_();
        } else {
            i.call(plan.index_of(&Body::Refuse)?.0);
        }
        i.end();
        self.mark(&mut i, Mark::In);
        arguments(&mut i, ty);
        i.call(target.0);
        self.mark(&mut i, Mark::Out);
        i.end();
        Ok(f)
    }

    fn guard_import(&self, ty: &FuncType, import: FuncIdx, plan: &Plan) -> Result<Function> {
        let mark = |i: &mut InstructionSink<'_>, _| {
            i.i32_const(Mark::Out as i32);
        };
        let call = |i: &mut InstructionSink<'_>| {
            i.call(import.0);
        };
        self.leave_rust(ty, plan, mark, call, !0)
    }

    /// A call through a table that the host can reach says which it is, for
    /// [`Body::GuardSlot`]. It does not leave Rust before it arrives somewhere: the
    /// call itself may trap.
    fn guard_indirect(
        &self,
        ty: &FuncType,
        inner: TypeIdx,
        token: Token,
        limit: u32,
        plan: &Plan,
    ) -> Result<Function> {
        const {
            assert!((Mark::Calling as i32) << (Mark::In as i32 >> 1) == Mark::Calling as i32);
            assert!((Mark::Calling as i32) << (Mark::Hook as i32 >> 1) == Mark::HookCalling as i32);
        };
        let slot = ty.params().len() as u32 - 1;
        let mark = |i: &mut InstructionSink<'_>, before| {
            // The token of the slot, or of the first that has none.
            i.local_get(slot).i32_const(limit as i32);
            i.local_get(slot).i32_const(limit as i32).i32_lt_u().select();
            i.i32_const(token.stride as i32).i32_mul().i32_const(token.at as i32).i32_add();
            i.i32_const(TOKEN_SHIFT).i32_shl();
            i.i32_const(Mark::Calling as i32);
            i.local_get(before).i32_const(1).i32_shr_u().i32_shl().i32_or();
        };
        let call = |i: &mut InstructionSink<'_>| {
            i.call_indirect(0, inner.0);
        };
        // A function of the host's own in the slot comes back with the mark as it was.
        self.leave_rust(ty, plan, mark, call, Mark::In as i32 | Mark::Hook as i32)
    }

    /// The guard around a call that leaves Rust. `mark` pushes the mark for the time
    /// outside, from the local that has the mark before; `call` makes the call; bits
    /// of the mark outside of `trapped` are no sign of a trap afterwards.
    fn leave_rust(
        &self,
        ty: &FuncType,
        plan: &Plan,
        mark: impl FnOnce(&mut InstructionSink<'_>, u32),
        call: impl FnOnce(&mut InstructionSink<'_>),
        trapped: i32,
    ) -> Result<Function> {
        let before = ty.params().len() as u32;
        let stack = before + 1;
        let locals = 1 + u32::from(self.r.stack_pointer.is_some());
        let mut f = Function::new([(locals, ValType::I32)]);
        let mut i = f.instructions();
        i.global_get(self.r.mark.0).local_set(before);
        if let Some(pointer) = self.r.stack_pointer {
            i.global_get(pointer.0).local_set(stack);
        }
        mark(&mut i, before);
        i.global_set(self.r.mark.0);
        arguments(&mut i, ty);
        call(&mut i);
        i.global_get(self.r.mark.0);
        if trapped != !0 {
            i.i32_const(trapped).i32_and();
        }
        i.global_get(self.r.state.0).i32_or();
        i.if_(BlockType::Empty);
        i.local_get(before).call(plan.index_of(&Body::Returned)?.0);
        i.end();
        i.local_get(before).global_set(self.r.mark.0);
        // A host that caught its own exception on the way through nested Rust frames
        // left their shadow stack behind.
        if let Some(pointer) = self.r.stack_pointer {
            i.local_get(stack).global_set(pointer.0);
        }
        i.end();
        Ok(f)
    }

    fn guard_slot(
        &self,
        ty: &FuncType,
        target: FuncIdx,
        token: u32,
        plan: &Plan,
    ) -> Result<Function> {
        let mut f = Function::new([]);
        let mut i = f.instructions();
        i.global_get(self.r.mark.0).global_get(self.r.state.0).i32_or();
        i.if_(BlockType::Result(ValType::I32));
        i.i32_const((token << TOKEN_SHIFT) as i32).call(plan.index_of(&Body::EnterSlot)?.0);
        i.else_().i32_const(Mark::In as i32).end();
        i.global_set(self.r.mark.0);
        arguments(&mut i, ty);
        i.call(target.0);
        self.mark(&mut i, Mark::Out);
        i.end();
        Ok(f)
    }

    /// `(token) -> mark`: called by Rust, or by the abort hook, which alone may enter a
    /// sealed instance's functions.
    fn enter_slot(&self, plan: &Plan) -> Result<Function> {
        let token = 0;
        let refuse = plan.index_of(&Body::Refuse)?;
        let mut f = Function::new([]);
        let mut i = f.instructions();
        i.global_get(self.r.mark.0);
        i.local_get(token).i32_const(Mark::HookCalling as i32).i32_or().i32_eq();
        i.if_(BlockType::Empty).i32_const(Mark::Hook as i32).return_().end();
        i.global_get(self.r.mark.0);
        i.local_get(token).i32_const(Mark::Calling as i32).i32_or().i32_ne();
        i.global_get(self.r.state.0).i32_or();
        i.if_(BlockType::Empty).call(refuse.0).end();
        i.i32_const(Mark::In as i32).end();
        Ok(f)
    }

    /// `()`: an activation that never left trapped. The first failure stands.
    fn seal_trapped(&self) -> Function {
        let mut f = Function::new([]);
        let mut i = f.instructions();
        i.global_get(self.r.state.0).i32_eqz().if_(BlockType::Empty);
        i.i32_const(Kind::Trap as i32).i32_const(0).call(self.r.rt_fail.0).drop();
        i.i32_const(Kind::Trap as i32).global_set(self.r.state.0);
        self.terminate(&mut i);
        i.end();
        self.mark(&mut i, Mark::Out);
        i.end();
        f
    }

    fn refuse(&self, plan: &Plan) -> Result<Function> {
        let seal = plan.index_of(&Body::SealTrapped)?;
        let mut f = Function::new([]);
        let mut i = f.instructions();
        i.call(seal.0).call(self.r.rt_report.0).throw(self.r.sealed.0).end();
        Ok(f)
    }

    /// `(mark before)`: the outer call stops too, unless it is the abort hook's.
    fn returned(&self, plan: &Plan) -> Result<Function> {
        let before = 0;
        let seal = plan.index_of(&Body::SealTrapped)?;
        let refuse = plan.index_of(&Body::Refuse)?;
        let mut f = Function::new([]);
        let mut i = f.instructions();
        i.global_get(self.r.mark.0).if_(BlockType::Empty).call(seal.0).end();
        // The hook may call an import through a table, too.
        i.local_get(before).i32_const(Mark::Hook as i32 | Mark::HookCalling as i32).i32_and();
        i.i32_eqz().if_(BlockType::Empty).call(refuse.0).end();
        i.end();
        Ok(f)
    }

    fn mark(&self, i: &mut InstructionSink<'_>, mark: Mark) {
        if self.plan.guard {
            i.i32_const(mark as i32).global_set(self.r.mark.0);
        }
    }

    /// Tells wasm-bindgen's glue, and hosts that read its flag.
    fn terminate(&self, i: &mut InstructionSink<'_>) {
        if let Some(address) = self.r.terminated {
            i.i32_const(address).i32_const(1).i32_store(word(0));
        }
    }
}

fn word(offset: u64) -> MemArg {
    MemArg { offset, align: 2, target: MemArgTarget::default(), ordering: None }
}

fn arguments(i: &mut InstructionSink<'_>, ty: &FuncType) {
    for at in 0..ty.params().len() as u32 {
        i.local_get(at);
    }
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
                return Err(Error::Module(format!("a deallocator answers a {other}")));
            }
        };
    }
    Ok(())
}

/// The tags in the order of their indices, with their names.
pub(crate) fn tags(runtime: &Runtime) -> [(TagIdx, &'static str); 3] {
    [
        (runtime.panic, "__unpoison_panic"),
        (runtime.abort, "__unpoison_abort"),
        (runtime.sealed, "__unpoison_sealed"),
    ]
}

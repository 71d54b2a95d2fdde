//! The code of the guards: see [`crate::plan::guard`] and [`crate::plan::tables`].

use super::unwind::{Locals, Protected, SEALED};
use super::{Emit, arguments, nothing};
use crate::args::AbortMode;
use crate::error::Result;
use crate::ids::{FuncIdx, GlobalIdx, TypeIdx};
use crate::plan::guard::Mark;
use crate::plan::tables::Token;
use crate::plan::{Body, Kind, Plan};
use wasm_encoder::{BlockType, Function, InstructionSink, ValType};
use wasmparser::FuncType;

/// Where a mark has the token of a call through a table.
const TOKEN_SHIFT: i32 = 4;

impl Emit<'_> {
    pub(super) fn guard_export(
        &self,
        ty: &FuncType,
        target: FuncIdx,
        quiet: bool,
        plan: &Plan,
    ) -> Result<Function> {
        let mut locals = Locals::new(ty.params().len());
        let stack = self.stack_local(&mut locals, self.plan.unwind.is_some());
        let exception = self.exception_local(&mut locals);
        let caught = self.panics().map(|_| plan.index_of(&Body::Caught)).transpose()?;
        let mut f = locals.function();
        let mut i = f.instructions();
        if self.plan.guard {
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
        }
        self.save_stack(&mut i, stack);
        self.mark(&mut i, Mark::In);
        let what = Protected {
            call: &|i| {
                arguments(i, ty);
                i.call(target.0);
            },
            returned: &|i| self.mark(i, Mark::Out),
            panicked: Some(&|i| {
                self.restore_stack(i, stack);
                self.catch_panic(i, caught);
            }),
            thrown: &|i| {
                self.restore_stack(i, stack);
                self.mark(i, Mark::Out);
                self.aborting(i, 0);
            },
        };
        self.protect(&mut i, exception, &what);
        Ok(f)
    }

    pub(super) fn guard_import(
        &self,
        ty: &FuncType,
        import: FuncIdx,
        plan: &Plan,
    ) -> Result<Function> {
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
    pub(super) fn guard_indirect(
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
        call: impl Fn(&mut InstructionSink<'_>),
        trapped: i32,
    ) -> Result<Function> {
        let mut locals = Locals::new(ty.params().len());
        let before = locals.add(ValType::I32);
        let stack = self.stack_local(&mut locals, true);
        let exception = self.exception_local(&mut locals);
        let returned = plan.index_of(&Body::Returned)?;
        // A function of Rust's own may be what was called, and abort.
        let aborting = self.plan.unwind.as_ref().map(|u| u.aborting).filter(|_| trapped != !0);
        let mut f = locals.function();
        let mut i = f.instructions();
        i.global_get(self.r.mark.0).local_set(before);
        self.save_stack(&mut i, stack);
        mark(&mut i, before);
        i.global_set(self.r.mark.0);
        let back = |i: &mut InstructionSink<'_>| {
            i.global_get(self.r.mark.0);
            if trapped != !0 {
                i.i32_const(trapped).i32_and();
            }
            i.global_get(self.r.state.0).i32_or();
            i.if_(BlockType::Empty);
            i.local_get(before).call(returned.0);
            i.end();
            i.local_get(before).global_set(self.r.mark.0);
            // A host that caught its own exception on the way through nested Rust frames
            // left their shadow stack behind.
            self.restore_stack(i, stack);
        };
        let what = Protected {
            call: &|i| {
                arguments(i, ty);
                call(i);
            },
            returned: &back,
            panicked: None,
            // Destructors run next, if this instance may run anything. An abort that has
            // not left Rust yet stays what it is.
            thrown: &|i| match aborting {
                Some(aborting) => {
                    i.global_get(aborting.0).i32_eqz().if_(BlockType::Empty);
                    back(i);
                    i.end();
                }
                None => back(i),
            },
        };
        self.protect(&mut i, exception, &what);
        Ok(f)
    }

    pub(super) fn guard_slot(
        &self,
        ty: &FuncType,
        target: FuncIdx,
        token: u32,
        plan: &Plan,
    ) -> Result<Function> {
        let unwinds = self.plan.unwind.is_some();
        let mut locals = Locals::new(ty.params().len());
        let stack = self.stack_local(&mut locals, unwinds);
        // Rust made the call, so an exception stays in Rust.
        let inside = unwinds.then(|| (locals.add(ValType::I32), locals.add(ValType::I32)));
        let exception = self.exception_local(&mut locals);
        let caught = self.panics().map(|_| plan.index_of(&Body::Caught)).transpose()?;
        let mut f = locals.function();
        let mut i = f.instructions();
        i.global_get(self.r.mark.0).global_get(self.r.state.0).i32_or();
        i.if_(BlockType::Result(ValType::I32));
        i.i32_const((token << TOKEN_SHIFT) as i32).call(plan.index_of(&Body::EnterSlot)?.0);
        if let Some((inside, _)) = inside {
            i.i32_const(1).local_set(inside);
        }
        i.else_().i32_const(Mark::In as i32).end();
        i.global_set(self.r.mark.0);
        self.save_stack(&mut i, stack);
        let what = Protected {
            call: &|i| {
                arguments(i, ty);
                i.call(target.0);
            },
            returned: &|i| self.mark(i, Mark::Out),
            panicked: Some(&|i| {
                if let Some((inside, panic)) = inside {
                    i.local_set(panic).local_get(inside).i32_eqz().if_(BlockType::Empty);
                    self.restore_stack(i, stack);
                    i.local_get(panic);
                    self.catch_panic(i, caught);
                    i.end();
                }
            }),
            thrown: &|i| {
                self.restore_stack(i, stack);
                self.mark(i, Mark::Out);
                if let Some((inside, _)) = inside {
                    i.local_get(inside).i32_eqz().if_(BlockType::Empty);
                    self.aborting(i, 0);
                    i.end();
                }
            },
        };
        self.protect(&mut i, exception, &what);
        Ok(f)
    }

    /// `(token) -> mark`: called by Rust, or by the abort hook, which alone may enter a
    /// sealed instance's functions.
    pub(super) fn enter_slot(&self, plan: &Plan) -> Result<Function> {
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
    pub(super) fn seal_trapped(&self) -> Function {
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

    pub(super) fn refuse(&self, plan: &Plan) -> Result<Function> {
        let seal = plan.index_of(&Body::SealTrapped)?;
        let mut f = Function::new([]);
        let mut i = f.instructions();
        i.call(seal.0).call(self.r.rt_report.0).throw(self.r.sealed.0).end();
        Ok(f)
    }

    /// `(mark before)`: the outer call stops too, unless it is the abort hook's.
    pub(super) fn returned(&self, plan: &Plan) -> Result<Function> {
        let before = 0;
        let seal = plan.index_of(&Body::SealTrapped)?;
        let refuse = plan.index_of(&Body::Refuse)?;
        let mut f = Function::new([]);
        let mut i = f.instructions();
        i.global_get(self.r.mark.0).if_(BlockType::Empty).call(seal.0).end();
        // The hook may call an import through a table, too.
        i.local_get(before).i32_const(Mark::Hook as i32 | Mark::HookCalling as i32).i32_and();
        i.i32_eqz().if_(BlockType::Empty);
        match &self.plan.unwind {
            // Landing pads would run.
            Some(_) if self.plan.abort == AbortMode::Trap => {
                i.unreachable();
            }
            Some(_) => {
                self.aborting(&mut i, SEALED);
                i.call(refuse.0);
            }
            None => {
                i.call(refuse.0);
            }
        }
        i.end().end();
        Ok(f)
    }

    /// A local for the shadow stack pointer, if there is one and it is to be kept.
    fn stack_local(&self, locals: &mut Locals, keep: bool) -> Option<(GlobalIdx, u32)> {
        let pointer = self.r.stack_pointer.filter(|_| keep)?;
        Some((pointer, locals.add(ValType::I32)))
    }

    fn save_stack(&self, i: &mut InstructionSink<'_>, stack: Option<(GlobalIdx, u32)>) {
        if let Some((pointer, local)) = stack {
            i.global_get(pointer.0).local_set(local);
        }
    }

    fn restore_stack(&self, i: &mut InstructionSink<'_>, stack: Option<(GlobalIdx, u32)>) {
        if let Some((pointer, local)) = stack {
            i.local_get(local).global_set(pointer.0);
        }
    }
}

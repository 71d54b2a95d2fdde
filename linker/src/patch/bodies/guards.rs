//! The code of the guards: see [`crate::plan::guard`] and [`crate::plan::tables`].

use super::unwind::{Locals, Protected, SEALED};
use super::{Emit, arguments, nothing, word};
use crate::error::Result;
use crate::ids::{FuncIdx, GlobalIdx, TypeIdx};
use crate::plan::guard::Activation;
use crate::plan::tables::Token;
use crate::plan::{Body, Kind, Plan};
use wasm_encoder::{BlockType, Function, InstructionSink, ValType};
use wasmparser::FuncType;

/// Where an activation has the token of a call through a table.
const TOKEN_SHIFT: i32 = 4;

impl Emit<'_> {
    pub(super) fn guard_export(
        &self,
        ty: &FuncType,
        target: FuncIdx,
        no_throw_when_sealed: bool,
        plan: &Plan,
    ) -> Result<Function> {
        let mut locals = Locals::new(ty.params().len());
        // Where panics abort, who was skipped may still own what lies on the stack.
        let stack = self.stack_local(&mut locals, self.plan.panics_unwind());
        let exception = self.exception_local(&mut locals);
        let caught = self.panics().map(|_| plan.index_of(&Body::PanicAtBoundary)).transpose()?;
        let mut f = locals.function();
        let mut i = f.instructions();
        if self.plan.guard {
            i.global_get(self.r.activation.0);
            self.or_sealed(&mut i);
            i.if_(BlockType::Empty);
            if no_throw_when_sealed {
                i.call(plan.index_of(&Body::SealTrapped)?.0);
                nothing(&mut i, ty)?;
                i.return_();
            } else {
                i.call(plan.index_of(&Body::ThrowSealed)?.0);
            }
            i.end();
        }
        self.save_stack(&mut i, stack);
        self.set_activation(&mut i, Activation::Rust);
        let what = Protected {
            call: &|i| {
                arguments(i, ty);
                i.call(target.0);
            },
            returned: &|i| self.set_activation(i, Activation::Host),
            panicked: Some(&|i| {
                self.restore_stack(i, stack);
                self.catch_panic(i, caught);
            }),
            thrown: &|i| {
                self.restore_stack(i, stack);
                self.set_activation(i, Activation::Host);
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
        let outside = |i: &mut InstructionSink<'_>, _| {
            i.i32_const(Activation::Host as i32);
        };
        let call = |i: &mut InstructionSink<'_>| {
            i.call(import.0);
        };
        self.leave_rust(ty, plan, outside, call, !0)
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
            assert!(
                (Activation::Indirect as i32) << (Activation::Rust as i32 >> 1)
                    == Activation::Indirect as i32
            );
            assert!(
                (Activation::Indirect as i32) << (Activation::AbortHook as i32 >> 1)
                    == Activation::HookIndirect as i32
            );
        };
        let slot = ty.params().len() as u32 - 1;
        let outside = |i: &mut InstructionSink<'_>, before| {
            // The token of the slot, or of the first that has none.
            i.local_get(slot).i32_const(limit as i32);
            i.local_get(slot).i32_const(limit as i32).i32_lt_u().select();
            i.i32_const(token.stride as i32).i32_mul().i32_const(token.at as i32).i32_add();
            i.i32_const(TOKEN_SHIFT).i32_shl();
            i.i32_const(Activation::Indirect as i32);
            i.local_get(before).i32_const(1).i32_shr_u().i32_shl().i32_or();
        };
        let call = |i: &mut InstructionSink<'_>| {
            i.call_indirect(0, inner.0);
        };
        // A function of the host's own in the slot comes back with the mark as it was.
        self.leave_rust(
            ty,
            plan,
            outside,
            call,
            Activation::Rust as i32 | Activation::AbortHook as i32,
        )
    }

    /// The guard around a call that leaves Rust. `outside` pushes the activation for the
    /// time outside, from the local that has the one before; `call` makes the call; bits
    /// of the activation outside of `trapped` are no sign of a trap afterwards.
    fn leave_rust(
        &self,
        ty: &FuncType,
        plan: &Plan,
        outside: impl FnOnce(&mut InstructionSink<'_>, u32),
        call: impl Fn(&mut InstructionSink<'_>),
        trapped: i32,
    ) -> Result<Function> {
        let mut locals = Locals::new(ty.params().len());
        let before = locals.add(ValType::I32);
        // Where the host switches stacks, the pointer is left as it is: whoever is suspended
        // may lie on either side of it.
        let stack = self.stack_local(&mut locals, !self.plan.jspi);
        let exception = self.exception_local(&mut locals);
        let check = plan.index_of(&Body::CheckAfterImport)?;
        // A function of Rust's own may be what was called, and abort.
        let aborting = self.plan.unwind.as_ref().map(|u| u.aborting).filter(|_| trapped != !0);
        let mut f = locals.function();
        let mut i = f.instructions();
        i.global_get(self.r.activation.0).local_set(before);
        self.save_stack(&mut i, stack);
        outside(&mut i, before);
        i.global_set(self.r.activation.0);
        let back = |i: &mut InstructionSink<'_>| {
            i.global_get(self.r.activation.0);
            if trapped != !0 {
                i.i32_const(trapped).i32_and();
            }
            self.or_sealed(i);
            self.or_frames_skipped(i, stack);
            i.if_(BlockType::Empty);
            i.local_get(before).call(check.0);
            i.end();
            i.local_get(before).global_set(self.r.activation.0);
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

    /// Pushes something other than 0 if it was there already, or if the instance is
    /// sealed: by itself or by a host, which may write the state and wasm-bindgen's flag.
    fn or_sealed(&self, i: &mut InstructionSink<'_>) {
        i.global_get(self.r.state.0).i32_or();
        if let Some(address) = self.r.terminated {
            i.i32_const(address).i32_load(word(0)).i32_or();
        }
        if self.r.shared.is_some() {
            self.shared_state(i);
            i.i32_or();
        }
    }

    /// Pushes the state that threads share.
    pub(super) fn shared_state(&self, i: &mut InstructionSink<'_>) {
        if let Some(shared) = self.r.shared {
            i.i32_const(shared.state).i32_atomic_load(word(0));
        }
    }

    /// The same if the shadow stack pointer is not what it was: frames were skipped.
    fn or_frames_skipped(&self, i: &mut InstructionSink<'_>, stack: Option<(GlobalIdx, u32)>) {
        if let Some((pointer, local)) = stack {
            i.global_get(pointer.0).local_get(local).i32_ne().i32_or();
        }
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
        let stack = self.stack_local(&mut locals, self.plan.panics_unwind());
        // Rust made the call, so an exception stays in Rust.
        let inside = unwinds.then(|| (locals.add(ValType::I32), locals.add(ValType::I32)));
        let exception = self.exception_local(&mut locals);
        let caught = self.panics().map(|_| plan.index_of(&Body::PanicAtBoundary)).transpose()?;
        let mut f = locals.function();
        let mut i = f.instructions();
        i.global_get(self.r.activation.0);
        self.or_sealed(&mut i);
        i.if_(BlockType::Result(ValType::I32));
        i.i32_const((token << TOKEN_SHIFT) as i32).call(plan.index_of(&Body::EnterSlot)?.0);
        if let Some((inside, _)) = inside {
            i.i32_const(1).local_set(inside);
        }
        i.else_().i32_const(Activation::Rust as i32).end();
        i.global_set(self.r.activation.0);
        self.save_stack(&mut i, stack);
        let what = Protected {
            call: &|i| {
                arguments(i, ty);
                i.call(target.0);
            },
            returned: &|i| self.set_activation(i, Activation::Host),
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
                self.set_activation(i, Activation::Host);
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
        let refuse = plan.index_of(&Body::ThrowSealed)?;
        let mut f = Function::new([]);
        let mut i = f.instructions();
        i.global_get(self.r.activation.0);
        i.local_get(token).i32_const(Activation::HookIndirect as i32).i32_or().i32_eq();
        i.if_(BlockType::Empty).i32_const(Activation::AbortHook as i32).return_().end();
        i.global_get(self.r.activation.0);
        i.local_get(token).i32_const(Activation::Indirect as i32).i32_or().i32_ne();
        i.global_get(self.r.state.0).i32_or();
        i.if_(BlockType::Empty).call(refuse.0).end();
        i.i32_const(Activation::Rust as i32).end();
        Ok(f)
    }

    /// `()`: an activation that never left trapped. The first failure stands. The state
    /// comes first: what the stubs need may have been overwritten by a stack that ran
    /// over, and they trap.
    pub(super) fn seal_trapped(&self) -> Function {
        let mut f = Function::new([]);
        let mut i = f.instructions();
        i.global_get(self.r.state.0).i32_eqz().if_(BlockType::Empty);
        i.i32_const(Kind::Trap as i32).global_set(self.r.state.0);
        // Another thread may have failed, and this one's call ended well.
        if self.r.shared.is_some() {
            self.shared_state(&mut i);
            i.i32_eqz().if_(BlockType::Empty).i32_const(Kind::Trap as i32);
        }
        match self.r.stack_pointer {
            Some(pointer) => i.global_get(pointer.0),
            // Nothing has a shadow stack that could run over.
            None => i.i32_const(0),
        };
        i.call(self.r.rt_trap.0);
        match self.r.shared {
            Some(shared) => i.call(shared.rt_claim.0).drop().end(),
            None => i.drop(),
        };
        if self.r.shared.is_some() {
            self.shared_state(&mut i);
            i.global_set(self.r.state.0);
        }
        self.terminate(&mut i);
        i.end();
        self.set_activation(&mut i, Activation::Host);
        i.end();
        f
    }

    /// `()`
    pub(super) fn throw_sealed(&self, plan: &Plan) -> Result<Function> {
        let seal = plan.index_of(&Body::SealTrapped)?;
        let report = 0;
        let mut f = Function::new(self.r.tell.map(|_| (1, ValType::I32)));
        let mut i = f.instructions();
        i.call(seal.0);
        match (self.r.tell, self.r.tags) {
            (Some(tell), _) => {
                i.call(self.r.rt_report.0).local_set(report);
                super::throw_error(&mut i, tell, report, true);
            }
            (None, Some(tags)) => {
                i.call(self.r.rt_report.0).throw(tags.sealed.0);
            }
            (None, None) => {
                i.unreachable();
            }
        }
        i.end();
        Ok(f)
    }

    /// `(activation before)`: the outer call stops too, unless it is the abort hook's.
    pub(super) fn check_after_import(&self, plan: &Plan) -> Result<Function> {
        let before = 0;
        let seal = plan.index_of(&Body::SealTrapped)?;
        let throw_sealed = plan.index_of(&Body::ThrowSealed)?;
        let mut f = Function::new([]);
        let mut i = f.instructions();
        i.call(seal.0);
        // The hook may call an import through a table, too.
        let hook = Activation::AbortHook as i32 | Activation::HookIndirect as i32;
        i.local_get(before).i32_const(hook).i32_and();
        i.i32_eqz().if_(BlockType::Empty);
        match &self.plan.unwind {
            // Landing pads would run.
            Some(unwind) if !unwind.lets_pass(self.plan.abort) => {
                i.unreachable();
            }
            Some(_) => {
                self.aborting(&mut i, SEALED);
                i.call(throw_sealed.0);
            }
            None => {
                i.call(throw_sealed.0);
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

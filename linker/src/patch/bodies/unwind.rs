//! The code that modules have whose panics unwind: see [`crate::plan::unwind`].

use super::{Emit, arguments, word};
use crate::args::AbortMode;
use crate::error::{Error, Result};
use crate::ids::{FuncIdx, TypeIdx};
use crate::plan::guard::Activation;
use crate::plan::unwind::{Eh, Panics, Unwind};
use crate::plan::{Body, Kind, Plan, Tags};
use wasm_encoder::{BlockType, Catch, Function, InstructionSink, MemArg, RefType, ValType};
use wasmparser::FuncType;

/// [`Unwind::aborting`] while an abort is thrown.
pub(super) const ABORT: i32 = 1;
/// [`Unwind::aborting`] while a call stops because the instance is sealed.
pub(super) const SEALED: i32 = 2;
/// The same for a panic that does not unwind, in a module with landing pads.
pub(super) const PANIC: i32 = 3;

/// The class of Rust's exceptions, the first eight bytes of each
/// (`library/panic_unwind/src/gcc.rs`): vendor and language, as the C++ ABI has it. The
/// text in memory, in older versions the number.
const RUST_CLASSES: [i64; 2] =
    [i64::from_le_bytes(*b"MOZ\0RUST"), i64::from_be_bytes(*b"MOZ\0RUST")];

/// `_URC_FOREIGN_EXCEPTION_CAUGHT`: why an exception is deleted.
const CAUGHT: i32 = 1;

/// The top bit of the panic count is no count.
const COUNT: i32 = i32::MAX;

/// Locals of a function beyond its parameters.
pub(super) struct Locals {
    next: u32,
    declared: Vec<(u32, ValType)>,
}

impl Locals {
    pub(super) fn new(params: usize) -> Self {
        Self { next: params as u32, declared: Vec::new() }
    }

    pub(super) fn add(&mut self, ty: ValType) -> u32 {
        self.declared.push((1, ty));
        self.next += 1;
        self.next - 1
    }

    pub(super) fn function(self) -> Function {
        Function::new(self.declared)
    }
}

/// Code that is written at one place or several.
pub(super) type Code<'c> = &'c dyn Fn(&mut InstructionSink<'_>);

/// A call whose exceptions are seen on their way.
pub(super) struct Protected<'c> {
    /// Pushes arguments and calls.
    pub(super) call: Code<'c>,
    /// After it returned, with its results on the stack.
    pub(super) returned: Code<'c>,
    /// With an exception of Rust's on the stack, which it takes; `None` if it is like
    /// any other.
    pub(super) panicked: Option<Code<'c>>,
    /// Before any exception goes on.
    pub(super) thrown: Code<'c>,
}

impl Emit<'_> {
    /// A local for [`Emit::protect`], where one is needed.
    pub(super) fn exception_local(&self, locals: &mut Locals) -> Option<u32> {
        let unwind = self.plan.unwind.as_ref()?;
        (unwind.eh == Eh::Exnref).then(|| locals.add(ValType::Ref(RefType::EXNREF)))
    }

    /// The end of a function: makes a call, and returns what it returns.
    pub(super) fn protect(
        &self,
        i: &mut InstructionSink<'_>,
        exception: Option<u32>,
        what: &Protected<'_>,
    ) {
        let panicked = what.panicked.zip(self.panics());
        let block = |ty: Option<TypeIdx>| match ty {
            Some(ty) => BlockType::FunctionType(ty.0),
            None => BlockType::Empty,
        };
        match (&self.plan.unwind, exception) {
            (None, _) => {
                (what.call)(i);
                (what.returned)(i);
                i.end();
                return;
            }
            (Some(_), None) => {
                i.try_(BlockType::Empty);
                (what.call)(i);
                (what.returned)(i);
                i.return_();
                if let Some((panicked, panics)) = panicked {
                    i.catch(panics.tag.0);
                    panicked(i);
                    (what.thrown)(i);
                    i.rethrow(0);
                }
                i.catch_all();
                (what.thrown)(i);
                i.rethrow(0);
                i.end().unreachable();
            }
            (Some(_), Some(exception)) => {
                i.block(BlockType::Result(ValType::Ref(RefType::EXNREF)));
                let mut clauses = Vec::new();
                if let Some((_, panics)) = panicked {
                    i.block(block(panics.caught_type));
                    clauses.push(Catch::OneRef { tag: panics.tag.0, label: 0 });
                }
                clauses.push(Catch::AllRef { label: clauses.len() as u32 });
                i.try_table(BlockType::Empty, clauses);
                (what.call)(i);
                (what.returned)(i);
                i.return_().end().unreachable();
                if let Some((panicked, _)) = panicked {
                    i.end().local_set(exception);
                    panicked(i);
                    i.local_get(exception);
                }
                i.end().local_set(exception);
                (what.thrown)(i);
                i.local_get(exception).throw_ref();
            }
        }
        i.end();
    }

    pub(super) fn panics(&self) -> Option<&Panics> {
        self.plan.unwind.as_ref()?.panics.as_ref()
    }

    fn unwind(&self) -> Result<&Unwind> {
        let unwind = self.plan.unwind.as_ref();
        unwind.ok_or_else(|| Error::Bug("its panics do not unwind".into()))
    }

    /// Pushes how many panics are under way.
    pub(super) fn panic_count(&self, i: &mut InstructionSink<'_>, panics: &Panics) {
        match (panics.tls_base, panics.counts.local) {
            // Those of this thread, and not of all.
            (Some(base), Some(local)) => i.global_get(base.0).i32_load(word(local.into())),
            _ => {
                i.i32_const(panics.counts.global as i32).i32_load(word(0));
                i.i32_const(COUNT).i32_and()
            }
        };
    }

    /// Takes a panic off the count.
    fn uncount(&self, i: &mut InstructionSink<'_>, panics: &Panics) {
        i.i32_const(panics.counts.global as i32);
        match self.module.memories.contains(&true) {
            true => i.i32_const(1).i32_atomic_rmw_sub(word(0)).drop(),
            false => {
                i.i32_const(panics.counts.global as i32).i32_load(word(0));
                i.i32_const(1).i32_sub().i32_store(word(0))
            }
        };
        if let Some(local) = panics.counts.local {
            let (base, offset) = match panics.tls_base {
                Some(base) => (Some(base.0), local),
                None => (None, 0),
            };
            for _ in 0..2 {
                match base {
                    Some(base) => i.global_get(base),
                    None => i.i32_const(local as i32),
                };
            }
            i.i32_load(word(offset.into())).i32_const(1).i32_sub().i32_store(word(offset.into()));
        }
    }

    /// Says that an abort is on its way, or that none is any more, where aborts are thrown.
    pub(super) fn aborting(&self, i: &mut InstructionSink<'_>, what: i32) {
        if let Some(unwind) = self.plan.unwind.filter(|u| u.lets_pass(self.plan.abort)) {
            i.i32_const(what).global_set(unwind.aborting.0);
        }
    }

    /// `(exception)`: a panic is about to leave Rust.
    pub(super) fn panic_at_boundary(&self) -> Result<Function> {
        let (exception, before) = (0, 1);
        let unwind = self.unwind()?;
        let Some(panics) = &unwind.panics else {
            return Err(Error::Bug("its panics were not planned for".into()));
        };
        let mut f = Function::new([(1, ValType::I32)]);
        let mut i = f.instructions();
        for class in RUST_CLASSES {
            i.local_get(exception).i64_load(MemArg { align: 3, ..word(0) });
            i.i64_const(class).i64_ne();
        }
        i.i32_and().if_(BlockType::Empty).return_().end();
        i.call(panics.hold.0);
        self.uncount(&mut i, panics);
        i.global_get(unwind.dropping.0).local_set(before);
        i.i32_const(1).global_set(unwind.dropping.0);
        i.i32_const(CAUGHT).local_get(exception).call(panics.cleanup.0);
        i.local_get(before).global_set(unwind.dropping.0);
        self.set_activation(&mut i, Activation::Host);
        self.panic_count(&mut i, panics);
        i.local_get(exception).call(panics.caught.0).throw(self.tags()?.panic.0).end();
        Ok(f)
    }

    /// `(exception) -> exception`
    pub(super) fn tell_thrown(&self) -> Result<Function> {
        let exception = 0;
        let panics = self.unwind()?.panics.as_ref();
        let panics = panics.ok_or_else(|| Error::Bug("its panics were not planned for".into()))?;
        let mut f = Function::new([]);
        let mut i = f.instructions();
        // It is counted itself.
        self.panic_count(&mut i, panics);
        i.i32_const(1).i32_sub().call(panics.depth.0);
        i.local_get(exception).call(panics.thrown.0).local_get(exception).end();
        Ok(f)
    }

    /// The tags of a module whose panics unwind.
    fn tags(&self) -> Result<Tags> {
        self.r.tags.ok_or_else(|| Error::Bug("unwinding without exceptions".into()))
    }

    /// A call from a landing pad, from which no exception may come back but an abort's.
    /// A module may have a thousand of these: as short as can be.
    pub(super) fn cleanup(&self, ty: &FuncType, plan: &Plan, call: Code<'_>) -> Result<Function> {
        let unwind = self.unwind()?;
        let end = plan.index_of(&Body::InCleanup)?;
        if self.plan.abort == AbortMode::Throw || ty.results().len() > 1 {
            return Ok(self.cleanup_of_thrown(ty, unwind, end, call));
        }
        let result = match ty.results() {
            [] => BlockType::Empty,
            results => BlockType::Result(super::encoded(results[0])?),
        };
        let mut f = Function::new([]);
        let mut i = f.instructions();
        match unwind.eh {
            Eh::Legacy => {
                i.try_(result);
                arguments(&mut i, ty);
                call(&mut i);
                i.catch_all().call(end.0).unreachable().end();
            }
            Eh::Exnref => {
                i.block(BlockType::Empty).try_table(result, [Catch::All { label: 0 }]);
                arguments(&mut i, ty);
                call(&mut i);
                i.end().return_().end().call(end.0).unreachable();
            }
        }
        i.end();
        Ok(f)
    }

    /// The same where aborts are thrown.
    fn cleanup_of_thrown(
        &self,
        ty: &FuncType,
        unwind: &Unwind,
        end: FuncIdx,
        call: Code<'_>,
    ) -> Function {
        let mut locals = Locals::new(ty.params().len());
        let exception = self.exception_local(&mut locals);
        let mut f = locals.function();
        let mut i = f.instructions();
        let what = Protected {
            call: &|i| {
                arguments(i, ty);
                call(i);
            },
            returned: &|_| {},
            panicked: None,
            thrown: &|i| {
                i.global_get(unwind.aborting.0).i32_eqz().if_(BlockType::Empty);
                i.call(end.0).end();
            },
        };
        self.protect(&mut i, exception, &what);
        f
    }

    /// `()`: a panic left a destructor that ran because of a panic.
    pub(super) fn in_cleanup(&self, plan: &Plan) -> Result<Function> {
        let fail = plan.index_of(&Body::FailKind(Kind::Nounwind))?;
        let mut f = Function::new([]);
        let mut i = f.instructions();
        if let Some(panics) = self.panics() {
            self.panic_count(&mut i, panics);
            i.call(panics.in_cleanup.0);
        }
        i.i32_const(0).call(fail.0).unreachable().end();
        Ok(f)
    }

    /// `(site)`: comes back if this is the end of a payload that was caught.
    pub(super) fn end_payload_drop(&self, plan: &Plan) -> Result<Function> {
        let fail = plan.index_of(&Body::FailKind(Kind::Abort))?;
        let mut f = Function::new([]);
        let mut i = f.instructions();
        i.global_get(self.unwind()?.dropping.0).if_(BlockType::Empty).return_().end();
        i.local_get(0).call(fail.0).unreachable().end();
        Ok(f)
    }

    /// `()`: a landing pad lets an abort pass.
    pub(super) fn rethrow_abort(&self) -> Result<Function> {
        let unwind = self.unwind()?;
        let tags = self.tags()?;
        let mut f = Function::new([]);
        let mut i = f.instructions();
        i.global_get(unwind.aborting.0).i32_const(SEALED).i32_eq().if_(BlockType::Empty);
        i.call(self.r.rt_report.0).throw(tags.sealed.0).end();
        if unwind.panics.is_none() {
            i.global_get(unwind.aborting.0).i32_const(PANIC).i32_eq().if_(BlockType::Empty);
            i.call(self.r.rt_report.0).throw(tags.panic.0).end();
        }
        i.call(self.r.rt_report.0).throw(tags.abort.0).end();
        Ok(f)
    }

    /// What an export's guard does with a panic, after the shadow stack is put back.
    pub(super) fn catch_panic(&self, i: &mut InstructionSink<'_>, caught: Option<FuncIdx>) {
        if let Some(caught) = caught {
            i.call(caught.0);
        }
    }
}

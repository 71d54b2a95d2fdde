//! What the module gains or has for the added code to use.

use crate::ids::{FuncIdx, GlobalIdx, TagIdx};

/// The tags that the module gains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tags {
    /// `__unpoison_panic`.
    pub panic: TagIdx,
    /// `__unpoison_abort`.
    pub abort: TagIdx,
    /// `__unpoison_sealed`.
    pub sealed: TagIdx,
}

impl Tags {
    /// The tags in the order of their indices, with their names.
    pub(crate) fn named(self) -> [(TagIdx, &'static str); 3] {
        [
            (self.panic, "__unpoison_panic"),
            (self.abort, "__unpoison_abort"),
            (self.sealed, "__unpoison_sealed"),
        ]
    }
}

/// The indices of what the module gains, and of what it has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Runtime {
    /// The tags; `None` with `--unpoison-exceptions=off`: failures trap.
    pub tags: Option<Tags>,
    /// `__unpoison_state`, exported.
    pub state: GlobalIdx,
    /// Who runs: see [`super::guard::Activation`].
    pub activation: GlobalIdx,
    /// The stub that writes the report.
    pub rt_fail: FuncIdx,
    /// The stub that returns the newest report.
    pub rt_report: FuncIdx,
    /// The stub that writes the report of a trap, given the shadow stack pointer.
    pub rt_trap: FuncIdx,
    /// With `--unpoison-abort=error`: how a failure is put in words and thrown.
    pub tell: Option<Tell>,
    /// The program's abort hook.
    pub hook: Option<FuncIdx>,
    /// The module's shadow stack pointer.
    pub stack_pointer: Option<GlobalIdx>,
    /// The address of wasm-bindgen's `__instance_terminated`.
    pub terminated: Option<i32>,
    /// What threads share, in a module with shared memory.
    pub shared: Option<SharedState>,
}

impl Runtime {
    /// The same with functions that were copied by their new index.
    pub(super) fn moved(self, at: impl Fn(FuncIdx) -> FuncIdx) -> Self {
        let Self { rt_fail, rt_report, rt_trap, tell, hook, shared, .. } = self;
        Self {
            rt_fail: at(rt_fail),
            rt_report: at(rt_report),
            rt_trap: at(rt_trap),
            tell: tell.map(|tell| Tell { rt_tell: at(tell.rt_tell), ..tell }),
            hook: hook.map(&at),
            shared: shared.map(|s| SharedState { rt_claim: at(s.rt_claim), ..s }),
            ..self
        }
    }

    /// The functions of the module that what it gains may call.
    pub(super) fn functions(&self) -> impl Iterator<Item = FuncIdx> {
        let claim = self.shared.map(|shared| shared.rt_claim);
        let tell = self.tell.map(|tell| tell.rt_tell);
        let always = [self.rt_fail, self.rt_report, self.rt_trap].into_iter();
        always.chain(self.hook).chain(claim).chain(tell)
    }
}

/// How a failure leaves the module as an `Error` of JavaScript's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tell {
    /// The stub that puts a report in words.
    pub rt_tell: FuncIdx,
    /// The import that throws.
    pub throw: FuncIdx,
}

/// What the threads of a module share: each has globals of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SharedState {
    /// The address of the state.
    pub state: i32,
    /// The stub that claims it, for a kind and a report.
    pub rt_claim: FuncIdx,
}

//! The code of waits: see [`crate::plan::waits`].

use super::Emit;
use crate::error::Result;
use crate::plan::{Body, Plan};
use crate::read::flow::Wait;
use wasm_encoder::{BlockType, Function, MemArg, MemArgTarget, ValType};

/// How long a thread waits, in nanoseconds, before it looks whether it has anything to
/// wait for.
const SLICE: i64 = 50_000_000;

/// What an instruction answers whose time is over.
const TIMED_OUT: i32 = 2;

impl Emit<'_> {
    /// `(address, expected, timeout) -> how it ended`
    pub(super) fn wait(&self, wait: Wait, plan: &Plan) -> Result<Function> {
        let (address, expected, timeout, ended, activation) = (0, 1, 2, 3, 4);
        let check = plan.index_of(&Body::CheckAfterImport)?;
        let memarg = MemArg {
            offset: wait.offset,
            align: if wait.wide { 3 } else { 2 },
            target: MemArgTarget::default(),
            ordering: None,
        };
        let mut f = Function::new([(2, ValType::I32)]);
        let mut i = f.instructions();
        i.loop_(BlockType::Empty);
        i.local_get(address).local_get(expected);
        // Below 0 it is for ever, and without a sign more than any slice.
        i.local_get(timeout).i64_const(SLICE);
        i.local_get(timeout).i64_const(SLICE).i64_lt_u().select();
        match wait.wide {
            true => i.memory_atomic_wait64(memarg),
            false => i.memory_atomic_wait32(memarg),
        };
        i.local_set(ended);
        self.shared_state(&mut i);
        i.if_(BlockType::Empty);
        i.global_get(self.r.activation.0).local_tee(activation).call(check.0);
        // The abort hook may wait on a sealed instance.
        i.local_get(activation).global_set(self.r.activation.0);
        i.end();
        i.local_get(ended).i32_const(TIMED_OUT).i32_eq();
        i.local_get(timeout).i64_const(SLICE).i64_gt_u().i32_and();
        i.if_(BlockType::Empty);
        i.local_get(timeout).i64_const(0).i64_ge_s().if_(BlockType::Empty);
        i.local_get(timeout).i64_const(SLICE).i64_sub().local_set(timeout);
        i.end();
        i.br(1).end();
        i.end();
        i.local_get(ended).end();
        Ok(f)
    }
}

//! The code of failures on demand: see [`crate::plan::rehearse`].

use super::Emit;
use crate::error::{Error, Result};
use crate::plan::rehearse::Rehearsal;
use wasm_encoder::{BlockType, Function, ValType};

/// What the rate is a part of.
const MILLION: i64 = 1_000_000;

/// Steps of a generator of 32 bits (PCG's, <https://www.pcg-random.org>), and a number without
/// a pattern (of MurmurHash3) with which its state is stirred before anybody looks at it.
const STEP: i32 = 747_796_405;
const ADD: i32 = -1_403_630_843;
const STIR: i32 = 0x85eb_ca6b_u32 as i32;

impl Emit<'_> {
    fn rehearsal(&self) -> Result<Rehearsal> {
        self.plan.rehearsal.ok_or_else(|| Error::Bug("nothing is rehearsed".into()))
    }

    /// `(location)`
    pub(super) fn rehearse_at(&self) -> Result<Function> {
        let (location, drawn) = (0, 1);
        let Rehearsal { raise, rate, seed, .. } = self.rehearsal()?;
        let mut f = Function::new([(1, ValType::I32)]);
        let mut i = f.instructions();
        i.global_get(rate.0).i32_eqz().if_(BlockType::Empty).return_().end();
        // What runs on a sealed instance is the abort hook.
        i.global_get(self.r.state.0).if_(BlockType::Empty).return_().end();
        if let Some(panics) = self.panics() {
            // A second panic would be an abort.
            self.panic_count(&mut i, panics);
            i.if_(BlockType::Empty).return_().end();
        }
        i.global_get(seed.0).i32_const(STEP).i32_mul().i32_const(ADD).i32_add();
        i.local_tee(drawn).global_set(seed.0);
        i.local_get(drawn).local_get(drawn).i32_const(16).i32_shr_u().i32_xor();
        i.i32_const(STIR).i32_mul();
        i.i64_extend_i32_u().i64_const(MILLION).i64_mul().i64_const(32).i64_shr_u();
        i.i32_wrap_i64().global_get(rate.0).i32_lt_u().if_(BlockType::Empty);
        i.local_get(location).call(self.plan.current(raise).0);
        i.end().end();
        Ok(f)
    }

    /// `(seed, how many of a million)`
    pub(super) fn set_rehearsal(&self) -> Result<Function> {
        let Rehearsal { rate, seed, .. } = self.rehearsal()?;
        let mut f = Function::new([]);
        let mut i = f.instructions();
        // So that seeds in a row begin apart.
        i.local_get(0).i32_const(STIR).i32_mul().global_set(seed.0);
        i.local_get(1).global_set(rate.0).end();
        Ok(f)
    }
}

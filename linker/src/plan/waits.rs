//! Threads that wait inside Rust when another one fails.
//!
//! Who waits in `memory.atomic.wait` is notified by nobody once the thread that would have
//! done so has failed: a pool of threads stands still, the call that handed it the work
//! included. So a wait looks up from time to time, and ends as a call to a sealed instance
//! does if the instance was sealed meanwhile.
//!
//! To be woken instead, each waiting thread would have to be known to the one that fails,
//! and between its last look and its falling asleep nobody could reach it.

use super::{Body, Builder};
use crate::ids::{CodeOffset, FuncIdx};
use crate::read::flow::Flow;
use std::collections::{BTreeMap, BTreeSet};
use wasmparser::{FuncType, ValType};

/// rust-lld's name for what initializes the memory.
const INIT_MEMORY: &str = "__wasm_init_memory";

/// What is called instead of `memory.atomic.wait`.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    /// By function: the instructions, and what is called in their place.
    pub places: BTreeMap<FuncIdx, Vec<(CodeOffset, FuncIdx)>>,
}

/// Plans the waits of a module whose threads are sealed together.
pub(crate) fn plan(
    flow: &Flow,
    unused: &BTreeSet<FuncIdx>,
    builder: &mut Builder<'_, '_>,
) -> Waits {
    let mut waits = Waits::default();
    if builder.runtime.shared.is_none() {
        return waits;
    }
    for (function, at, wait) in flow.waits() {
        // rust-lld's own code waits until the memory is initialized, what is looked at
        // here included.
        let linker_made = builder.module.names.function(function) == Some(INIT_MEMORY);
        if linker_made || unused.contains(&function) {
            continue;
        }
        let what = Body::Wait(wait);
        let index = builder.index_of(&what).unwrap_or_else(|| {
            builder.check_after_import();
            let expected = if wait.wide { ValType::I64 } else { ValType::I32 };
            let ty = FuncType::new([ValType::I32, expected, ValType::I64], [ValType::I32]);
            let bits = if wait.wide { 64 } else { 32 };
            builder.add(format!("__unpoison_wait{bits}_{}", wait.offset), ty, what)
        });
        waits.places.entry(function).or_default().push((at, index));
    }
    waits
}

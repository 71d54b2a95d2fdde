//! What a host needs of an instance, and copies of its memory.

use crate::Error;
use wasmtime::{AsContext, AsContextMut, Global, Instance, Memory, TypedFunc, Val};

const STATE: &str = "__unpoison_state";
const REPORT: &str = "__unpoison_report";

/// An instance, and what the contract has of it.
#[derive(Clone)]
pub(crate) struct Guest {
    pub instance: Instance,
    pub memory: Memory,
    pub report: TypedFunc<(), u32>,
    state: Global,
}

impl Guest {
    pub(crate) fn of(store: &mut impl AsContextMut, instance: &Instance) -> Result<Self, Error> {
        let state = instance.get_global(&mut *store, STATE).ok_or(Error::NotLinked(STATE))?;
        if !matches!(state.get(&mut *store), Val::I32(_)) {
            return Err(Error::NotLinked(STATE));
        }
        let report = instance.get_typed_func(&mut *store, REPORT);
        let report = report.map_err(|_| Error::NotLinked(REPORT))?;
        // rust-lld exports the memory by this name.
        let memory = instance.get_memory(&mut *store, "memory");
        let memory = memory.ok_or(Error::NotLinked("memory"))?;
        Ok(Self { instance: *instance, memory, report, state })
    }

    /// 0 while it lives.
    pub(crate) fn state(&self, store: &mut impl AsContextMut) -> u32 {
        self.state.get(&mut *store).i32().unwrap_or_default() as u32
    }
}

/// A copy of a memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Copy {
    bytes: Vec<u8>,
}

impl Copy {
    /// Makes it that of a memory now.
    pub(crate) fn take(&mut self, store: &impl AsContext, memory: Memory) {
        let data = memory.data(store);
        self.bytes.resize(data.len(), 0);
        self.bytes.copy_from_slice(data);
    }

    /// Writes it into a fresh instance's memory.
    pub(crate) fn restore(
        &self,
        store: &mut impl AsContextMut,
        memory: Memory,
    ) -> Result<(), Error> {
        let missing = self.bytes.len().saturating_sub(memory.data_size(&mut *store)) as u64;
        let pages = missing.div_ceil(memory.page_size(&mut *store));
        let grown = memory.grow(&mut *store, pages);
        grown.map_err(|_| Error::Checkpoint("the fresh memory does not grow as far"))?;
        let data = memory.data_mut(&mut *store);
        let (copied, rest) = data.split_at_mut(self.bytes.len());
        copied.copy_from_slice(&self.bytes);
        rest.fill(0);
        Ok(())
    }
}

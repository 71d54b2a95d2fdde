//! The report (`contract.md`, "The report"), and what is written into it.

use crate::pending::Slot;
use core::cell::Cell;

/// The version of the report's shape.
const VERSION: u32 = 1;

/// The kinds of the contract. Numbers are the contract's.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Failure {
    None = 0,
    Panic = 1,
    Abort = 2,
    Alloc = 3,
    Nounwind = 4,
    Trap = 5,
    Unreachable = 6,
}

impl Failure {
    pub fn from_word(word: u32) -> Self {
        match word {
            1 => Self::Panic,
            2 => Self::Abort,
            3 => Self::Alloc,
            4 => Self::Nounwind,
            5 => Self::Trap,
            _ => Self::Unreachable,
        }
    }
}

/// The record a host reads.
pub struct Report(Cell<[u32; 11]>);

impl Report {
    pub const fn new() -> Self {
        Self(Cell::new([0; 11]))
    }

    /// Writes it. `text` is the message's address and length.
    pub fn write(&self, kind: Failure, site: u32, text: (u32, u32), slot: &Slot) -> *const u32 {
        let message = match text.1 {
            0 => 0,
            _ => text.0,
        };
        let file = slot.file.get();
        let layout = slot.layout.get();
        self.0.set([
            VERSION,
            kind as u32,
            site,
            message,
            text.1,
            file.0 as u32,
            file.1 as u32,
            slot.line.get(),
            slot.column.get(),
            layout.0 as u32,
            layout.1 as u32,
        ]);
        self.0.as_ptr().cast()
    }

    /// Its address, null if nothing was written yet.
    pub fn newest(&self) -> *const u32 {
        match self.0.get()[0] {
            0 => core::ptr::null(),
            _ => self.0.as_ptr().cast(),
        }
    }
}

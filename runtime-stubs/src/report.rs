//! The report (`contract.md`, "The report"), and what is written into it.

use crate::failure::Failure;
use crate::slot::Slot;
use core::cell::Cell;
use core::sync::atomic::{AtomicU32, Ordering};

/// The version of the report's shape.
const VERSION: u32 = 1;

/// Words of the record, of 32 bits each.
pub const WORDS: usize = 13;

/// Of a trap: the stack pointer had left the shadow stack.
const STACK_EXHAUSTED: u32 = 1;

/// How many reports were written, by all threads. Where a stack ran over the module's
/// data this is any number, and still the next one differs from it.
static SEQUENCE: AtomicU32 = AtomicU32::new(0);

/// The record a host reads.
pub struct Report(Cell<[u32; WORDS]>);

impl Report {
    pub const fn new() -> Self {
        Self(Cell::new([0; WORDS]))
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
            self.number(kind, slot),
            0,
        ]);
        self.0.as_ptr().cast()
    }

    /// The report's number: a panic that was reported when it was thrown is the same report
    /// where it leaves the module, if there was none in between.
    fn number(&self, kind: Failure, slot: &Slot) -> u32 {
        let before = slot.sequence.get();
        let number = match kind {
            Failure::Panic if before != 0 && before == SEQUENCE.load(Ordering::Relaxed) => before,
            _ => next_in_sequence(),
        };
        slot.sequence.set(number);
        number
    }

    /// Writes that the engine stopped the code, whose stack pointer was `sp` then. Word by
    /// word, with nothing on the stack: there may be none left.
    pub fn write_trap(&self, sp: usize) -> *const u32 {
        let words = self.0.as_ptr().cast::<u32>();
        let write = |at: usize, word: u32| unsafe { words.add(at).write_volatile(word) };
        write(0, VERSION);
        write(1, Failure::Trap as u32);
        for at in 2..WORDS {
            write(at, 0);
        }
        write(11, next_in_sequence());
        write(12, cause(sp));
        words
    }

    /// Its address, null if nothing was written yet, or a stack has run over it since.
    pub fn newest(&self) -> *const u32 {
        match unsafe { self.0.as_ptr().cast::<u32>().read() } {
            VERSION => self.0.as_ptr().cast(),
            _ => core::ptr::null(),
        }
    }
}

fn next_in_sequence() -> u32 {
    SEQUENCE.fetch_add(1, Ordering::Relaxed).wrapping_add(1).max(1)
}

/// Whether the stack pointer is out of its region.
fn cause(sp: usize) -> u32 {
    let outside = region().is_some_and(|(low, high)| sp < low || sp > high);
    match outside {
        true => STACK_EXHAUSTED,
        false => 0,
    }
}

/// The shadow stack, as rust-lld laid it out: it defines these symbols in modules that
/// are not position independent. With threads they are the first thread's.
#[cfg(not(any(pic, target_feature = "atomics")))]
fn region() -> Option<(usize, usize)> {
    extern "C" {
        static __stack_low: u8;
        static __stack_high: u8;
    }
    Some((&raw const __stack_low as usize, &raw const __stack_high as usize))
}

#[cfg(any(pic, target_feature = "atomics"))]
fn region() -> Option<(usize, usize)> {
    None
}

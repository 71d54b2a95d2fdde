//! What was learnt of failures that are still on their way to the host.
//!
//! Where a panic unwinds, a second one may begin before the first has arrived: in a
//! destructor, or in a call that a destructor made through the host. It must end before
//! the first goes on, so the number of panics under way when one begins, std's panic
//! count, is its place in a stack of slots. Where a panic does not unwind there is one.

use crate::failure::Failure;
use crate::report::Report;
use crate::slot::{Slot, State};
use crate::text::Text;
use core::cell::Cell;
use core::fmt::{self, Write};
use core::panic::Location;

/// Slots for panics; deeper ones share the last but one. The last is for a panic inside
/// the message of another, at the same depth as that one.
const SLOTS: usize = if cfg!(unwinding) { 4 } else { 1 };
const SPARE: usize = SLOTS - 1;
const DEEPEST: usize = SPARE.saturating_sub(1);

/// What the library says of a failed allocation (`library/alloc/src/alloc.rs`), before and
/// behind its size.
const ALLOCATION: &str = "memory allocation of ";
const FAILED: &str = " bytes failed";

pub struct Pending {
    report: Report,
    /// The panic count of the moment, if this is a module whose panics unwind.
    depth: Cell<Option<usize>>,
    /// Payloads that are being dropped at the boundary: their panics are counted out
    /// already, but their messages are still to be reported.
    held: Cell<usize>,
    slots: [Slot; SLOTS],
    /// The slot that was written last.
    current: Cell<usize>,
    /// The slot of the exception thrown at each depth.
    thrown: [Cell<usize>; SLOTS],
    /// Which of the texts is the newest report's.
    reported: Cell<usize>,
}

/// One text for each slot, and the newest report's: a hook that fails must not write into
/// the report of the failure that it is told of. All zeros, and so not in the file.
struct Texts([Text; SLOTS + 1]);

#[cfg_attr(own_state, thread_local)]
static TEXTS: Texts = Texts([const { Text::new() }; SLOTS + 1]);

/// As [`Pending`] is.
unsafe impl Sync for Texts {}

/// The one instance; with threads, each has one: two may fail at the same moment. Where
/// the compiler does not let them, two may garble the text of a report, never its shape.
#[cfg_attr(own_state, thread_local)]
pub static PENDING: Pending = Pending::new();

/// See [`PENDING`].
unsafe impl Sync for Pending {}

impl Pending {
    const fn new() -> Self {
        let mut slots = [const { Slot::new(0) }; SLOTS];
        let mut at = 0;
        while at < SLOTS {
            slots[at] = Slot::new(at);
            at += 1;
        }
        Self {
            report: Report::new(),
            depth: Cell::new(None),
            held: Cell::new(0),
            slots,
            current: Cell::new(0),
            thrown: [const { Cell::new(0) }; SLOTS],
            reported: Cell::new(SLOTS),
        }
    }

    /// Panics unwind here, and so many were under way when the one began of which more
    /// is about to be said.
    #[cfg(unwinding)]
    pub fn at_depth(&self, count: usize) {
        self.depth.set(Some(count + self.held.get()));
    }

    /// A panic with a message known at compile time.
    pub fn panic_literal(&self, text: &str, location: Option<&Location<'_>>) {
        if self.begin_panic(location) {
            // Copied: the text may live in a frame that is gone when the host reads.
            self.text().push(text);
        }
    }

    /// A panic with a message to be formatted.
    pub fn panic_formatted(&self, message: fmt::Arguments<'_>, location: Option<&Location<'_>>) {
        if self.begin_panic(location) {
            self.format(message);
        }
    }

    /// A panic of the compiler's where none may unwind. What it says is of no use if
    /// another one is the reason for it: the one that got here, or, if that left a
    /// destructor, the one on whose way the destructor was.
    pub fn panic_nounwind(&self, in_cleanup: bool) -> bool {
        let Some(depth) = self.depth.get() else { return false };
        // If not two panics, an exception of somebody else's unwound, or left the
        // destructor.
        (in_cleanup && self.ends(depth.checked_sub(2))) || self.ends(depth.checked_sub(1))
    }

    /// A panic left a destructor that ran because of another one, with so many under way.
    #[cfg(unwinding)]
    pub fn in_cleanup(&self, count: usize) {
        self.at_depth(count);
        self.panic_nounwind(true);
    }

    /// Ends with the exception thrown at a depth, if there is one.
    fn ends(&self, depth: Option<usize>) -> bool {
        let Some(depth) = depth else { return false };
        let slot = self.thrown_at(depth).get();
        let thrown = self.slot_at(slot).state.get() == State::Thrown;
        if thrown {
            self.current.set(slot);
            self.slot().nounwind.set(true);
        }
        thrown
    }

    /// The panic that has just begun may not unwind.
    pub fn may_not_unwind(&self) {
        if self.depth.get().is_some() {
            self.slot().nounwind.set(true);
        }
    }

    /// A panic of which more is known further down its path. Whether it is news: where
    /// its message is known already, this is the same panic.
    #[cfg(any(payload = "core", payload = "alloc"))]
    pub fn panic_with_payload(&self, location: Option<&Location<'_>>) -> bool {
        let slot = self.slot();
        if slot.kind.get() == Failure::Panic && slot.state.get() == State::Begun {
            // Its place may have been optimized away further up.
            if slot.line.get() == 0 {
                self.place(location);
            }
            return false;
        }
        // One that may not unwind is on its way to an abort.
        !slot.nounwind.get() && self.begin_panic(location)
    }

    /// The panic is about to be thrown.
    #[cfg(unwinding)]
    pub fn throws(&self) {
        let Some(depth) = self.depth.get() else { return };
        if self.slot().state.get() != State::Begun {
            // Nobody told of it.
            self.begin_panic(None);
        }
        self.slot().state.set(State::Thrown);
        // The program may catch it and tell its host, who may ask where it came from. If it
        // leaves the module, the report is written again: there may have been others since.
        self.report.write(Failure::Panic, 0, self.message(), self.slot());
        self.thrown_at(depth).set(self.current.get());
    }

    /// The panic that was begun last is thrown as this exception.
    #[cfg(unwinding)]
    pub fn thrown_as(&self, exception: usize) {
        // Others may have begun and ended since it was known: its payload was made.
        let depth = self.depth.get().unwrap_or(0);
        let at = self.thrown_at(depth).get();
        if self.slot_at(at).state.get() == State::Thrown {
            self.current.set(at);
        } else {
            // Nobody told of that either.
            self.throws();
        }
        // The memory of one that was caught in Rust is used again.
        if let Some(at) = self.carried_by(exception) {
            self.slot_at(at).exception.set(0);
        }
        self.slot().exception.set(exception);
    }

    /// The slot of the panic that an exception carries.
    #[cfg(unwinding)]
    fn carried_by(&self, exception: usize) -> Option<usize> {
        (0..SLOTS).find(|at| exception != 0 && self.slot_at(*at).exception.get() == exception)
    }

    /// A failed allocation.
    pub fn alloc(&self, size: usize, align: usize) {
        self.current.set(self.slot_of_depth());
        self.forget();
        self.slot().state.set(State::Begun);
        self.slot().kind.set(Failure::Alloc);
        self.slot().layout.set((size, align));
        self.text().push(ALLOCATION);
        self.text().push_number(size);
        self.text().push(FAILED);
    }

    /// Whether a failed allocation is under way: without the standard library it ends in a
    /// panic that may not unwind, and of which only the place is news.
    pub fn is_of_alloc(&self, location: Option<&Location<'_>>) -> bool {
        let slot = self.slot();
        let is = slot.kind.get() == Failure::Alloc && slot.state.get() == State::Begun;
        if is {
            self.place(location);
        }
        is
    }

    /// Whether a failure has begun and is not thrown yet.
    #[cfg(rehearse)]
    pub fn has_begun(&self) -> bool {
        self.slot().state.get() == State::Begun
    }

    /// Whether the panic under way is known already.
    pub fn is_told(&self) -> bool {
        let slot = self.slot();
        slot.kind.get() == Failure::Alloc || slot.is_in_hook()
    }

    /// The panic that has just begun may not unwind. In a program without the standard
    /// library a failed allocation is one, of which its text alone is left where the
    /// handler of allocations is inlined. No program's own panic is of that sort.
    #[cfg(not(unwinding))]
    pub fn may_be_of_alloc(&self) {
        if let Some(size) = self.text().number_between(ALLOCATION, FAILED) {
            self.slot().kind.set(Failure::Alloc);
            self.slot().layout.set((size, 0));
        }
    }

    /// Writes the report; what was pending is over.
    pub fn finish(&self, kind: Failure, site: u32) -> *const u32 {
        let slot = self.slot();
        let kind = match (kind, slot.kind.get()) {
            (Failure::Abort | Failure::Panic, Failure::Alloc) => Failure::Alloc,
            (Failure::Abort, _) if slot.nounwind.get() => Failure::Nounwind,
            (kind, _) => kind,
        };
        let arrived = match slot.state.get() {
            State::Over => true,
            State::Begun => false,
            // It was caught since, if it is not the reason for this.
            State::Thrown => !slot.nounwind.get(),
        };
        if kind == Failure::Trap || arrived {
            // Nobody said anything of this failure; what is left is of an earlier one.
            self.forget();
        }
        self.report(kind, site)
    }

    /// The payload of a panic that left Rust is about to be dropped. Panics that begin
    /// and end in its destructor leave its message alone.
    #[cfg(unwinding)]
    pub fn hold(&self) {
        self.held.set(self.held.get() + 1);
    }

    /// The panic that began with `count` others under way has left Rust.
    #[cfg(unwinding)]
    pub fn caught(&self, count: usize) -> *const u32 {
        let held = self.held.get().saturating_sub(1);
        self.held.set(held);
        // One whose message panicked is over, too: that one left in its place.
        let depth = count + held;
        self.slot_at(depth.min(DEEPEST)).end();
        self.current.set(self.thrown_at(depth).get());
        self.report(Failure::Panic, 0)
    }

    /// The panic that an exception carries has left Rust. Where stacks are switched, it
    /// may have begun long before the one that the count would tell.
    #[cfg(unwinding)]
    pub fn caught_exception(&self, count: usize, exception: usize) -> *const u32 {
        let held = self.held.get().saturating_sub(1);
        let by_count = self.thrown_at(count + held).get();
        let at = match self.carried_by(exception) {
            Some(at) => at,
            // Nobody told of exceptions.
            None if self.slot_at(by_count).exception.get() == 0 => return self.caught(count),
            None => {
                // That is another one's: better no message than a wrong one.
                self.current.set(SPARE);
                self.forget();
                SPARE
            }
        };
        self.held.set(held);
        // One whose message panicked is over, too: that one left in its place.
        let unthrown = self.slot_at((count + held).min(DEEPEST));
        if unthrown.state.get() == State::Begun {
            unthrown.end();
        }
        self.current.set(at);
        self.report(Failure::Panic, 0)
    }

    /// The engine stopped the code.
    pub fn trapped(&self, sp: usize) -> *const u32 {
        self.report.write_trap(sp)
    }

    /// The newest report.
    pub fn newest(&self) -> *const u32 {
        self.report.newest()
    }

    fn report(&self, kind: Failure, site: u32) -> *const u32 {
        let slot = self.slot();
        let report = self.report.write(kind, site, self.message(), slot);
        let before = self.reported.replace(slot.text.get());
        slot.text.set(before);
        slot.end();
        report
    }

    fn slot_of_depth(&self) -> usize {
        self.depth.get().unwrap_or(0).min(DEEPEST)
    }

    /// False inside the message of another panic that does not unwind: that one keeps
    /// its place, and what was written of it stands.
    fn begin_panic(&self, location: Option<&Location<'_>>) -> bool {
        let mut at = self.slot_of_depth();
        if self.slot_at(at).is_formatting() {
            if self.depth.get().is_none() {
                return false;
            }
            at = SPARE;
        }
        // The hook of another panic runs and may not panic: that one is the reason. It is
        // counted already, if panics are.
        let hooked = match self.depth.get() {
            Some(_) if at != SPARE => at.checked_sub(1),
            Some(_) => None,
            None => Some(at),
        };
        if let Some(at) = hooked.filter(|at| self.slot_at(*at).is_in_hook()) {
            self.current.set(at);
            self.slot().nounwind.set(true);
            return false;
        }
        self.current.set(at);
        self.forget();
        let slot = self.slot();
        slot.state.set(State::Begun);
        slot.kind.set(Failure::Panic);
        self.place(location);
        true
    }

    fn place(&self, location: Option<&Location<'_>>) {
        if let Some(location) = location {
            let file = location.file();
            let slot = self.slot();
            slot.file.set((file.as_ptr() as usize, file.len()));
            slot.line.set(location.line());
            slot.column.set(location.column());
        }
    }

    pub fn format(&self, message: fmt::Arguments<'_>) {
        let at = self.current.get();
        let slot = self.slot_at(at);
        let mut text = self.text();
        slot.formatting.set(core::ptr::from_mut(&mut text) as usize);
        let _ = text.write_fmt(message);
        slot.formatting.set(0);
        // A panic that the message caught inside came in between.
        self.current.set(at);
    }

    /// Indices are kept in range by construction, and by force where a stack ran over
    /// them; without a check there is no way to a panic.
    fn slot_at(&self, at: usize) -> &Slot {
        unsafe { self.slots.get_unchecked(at.min(SLOTS - 1)) }
    }

    fn thrown_at(&self, depth: usize) -> &Cell<usize> {
        unsafe { self.thrown.get_unchecked(depth.min(SLOTS - 1)) }
    }

    fn slot(&self) -> &Slot {
        self.slot_at(self.current.get())
    }

    pub fn text(&self) -> &Text {
        let at = self.slot().text.get().min(SLOTS);
        // By address: a reference to a thread's own data may not be handed on, and this
        // lives as long as the thread.
        unsafe { &*(&raw const TEXTS).cast::<Text>().add(at) }
    }

    fn message(&self) -> (u32, u32) {
        (self.text().address() as u32, self.text().length() as u32)
    }

    fn forget(&self) {
        let slot = self.slot();
        slot.end();
        slot.sequence.set(0);
        slot.file.set((0, 0));
        slot.line.set(0);
        slot.column.set(0);
        slot.layout.set((0, 0));
        self.text().clear();
    }
}

//! A failure under way.

use crate::failure::Failure;
use core::cell::Cell;

/// How far a failure got.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It arrived, or there was none.
    Over,
    /// It has begun: a hook may run, the payload may be made.
    Begun,
    /// The exception was thrown.
    Thrown,
}

/// A failure under way. Cells, because a panic inside a message comes back here while
/// the first one is being written.
pub struct Slot {
    pub state: Cell<State>,
    /// `None`, `Panic` or `Alloc`.
    pub kind: Cell<Failure>,
    /// It came where no unwinding is allowed.
    pub nounwind: Cell<bool>,
    /// Where on the shadow stack a `Display` of the program is being run for it, else
    /// 0. It may panic itself, and leave this behind.
    pub formatting: Cell<usize>,
    /// Which of the texts is its message.
    pub text: Cell<usize>,
    /// The exception that carries it, 0 if nobody told.
    pub exception: Cell<usize>,
    /// The number of its report, 0 if there is none yet.
    pub sequence: Cell<u32>,
    pub file: Cell<(usize, usize)>,
    pub line: Cell<u32>,
    pub column: Cell<u32>,
    pub layout: Cell<(usize, usize)>,
}

impl Slot {
    pub const fn new(text: usize) -> Self {
        Self {
            state: Cell::new(State::Over),
            kind: Cell::new(Failure::None),
            nounwind: Cell::new(false),
            formatting: Cell::new(0),
            text: Cell::new(text),
            exception: Cell::new(0),
            sequence: Cell::new(0),
            file: Cell::new((0, 0)),
            line: Cell::new(0),
            column: Cell::new(0),
            layout: Cell::new((0, 0)),
        }
    }

    pub fn end(&self) {
        self.state.set(State::Over);
        self.kind.set(Failure::None);
        self.nounwind.set(false);
        self.formatting.set(0);
        self.exception.set(0);
    }

    /// Whether it has begun and its message is written: what runs is its hook.
    pub fn is_in_hook(&self) -> bool {
        self.kind.get() == Failure::Panic
            && self.state.get() == State::Begun
            && self.formatting.get() == 0
    }

    /// Whether its message is being formatted further up the stack, which grows down.
    pub fn is_formatting(&self) -> bool {
        let here = 0u8;
        core::hint::black_box(&raw const here) as usize <= self.formatting.get()
    }
}

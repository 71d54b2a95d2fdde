//! What sort of failure it was.

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

//! What a report says, in types.

use std::fmt;

/// What sort of failure it was; the numbers are the contract's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A panic.
    Panic = 1,
    /// `process::abort`.
    Abort = 2,
    /// An allocation failed.
    Alloc = 3,
    /// A panic where unwinding is not allowed.
    NoUnwind = 4,
    /// The engine stopped the code.
    Trap = 5,
    /// An `unreachable` that none of the others made.
    Unreachable = 6,
}

impl Kind {
    pub(crate) fn from_number(number: u32) -> Option<Self> {
        let all =
            [Self::Panic, Self::Abort, Self::Alloc, Self::NoUnwind, Self::Trap, Self::Unreachable];
        all.into_iter().find(|kind| *kind as u32 == number)
    }

    /// What it is called where there is no message.
    fn words(self) -> &'static str {
        match self {
            Self::Panic => "a panic",
            Self::Abort => "abort",
            Self::Alloc => "memory allocation failed",
            Self::NoUnwind => "a panic where unwinding is not allowed",
            Self::Trap => "a trap",
            Self::Unreachable => "unreachable code was reached",
        }
    }
}

/// A failure of a module's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub struct Failure {
    /// What sort it was.
    pub kind: Kind,
    /// Its message; of a trap the engine's.
    pub message: Option<String>,
    /// The file, as rustc recorded it.
    pub file: Option<String>,
    /// The line, from 1; 0 if it is not known.
    pub line: u32,
    /// The column, from 1; 0 if it is not known.
    pub column: u32,
    /// The id of its place in the module's table of sites; 0 if it is not known.
    pub site: u32,
    /// Size and alignment of the allocation that failed.
    pub allocation: Option<(u32, u32)>,
    /// Which of the instance's reports this is, from 1; 0 where there is none.
    pub number: u32,
    /// A stack was exhausted, as far as the module or the engine knows.
    pub stack_exhausted: bool,
    /// The instance lives on: a panic that unwound.
    pub lives: bool,
}

impl Failure {
    /// One of which no more is known than its sort.
    pub(crate) fn bare(kind: Kind) -> Self {
        Self {
            kind,
            message: None,
            file: None,
            line: 0,
            column: 0,
            site: 0,
            allocation: None,
            number: 0,
            stack_exhausted: false,
            lives: false,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message.as_deref().unwrap_or(self.kind.words()))?;
        match &self.file {
            Some(file) => write!(f, ", at {file}:{}:{}", self.line, self.column),
            None => Ok(()),
        }
    }
}

//! The functions that a module gains.

use super::{Kind, tables};
use crate::ids::{FuncIdx, TypeIdx};

/// A function that the module gains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// Its name; begins with `__unpoison_`, or is empty for one without.
    pub name: String,
    /// Its type.
    pub ty: TypeIdx,
    /// What it does.
    pub what: Body,
}

/// What an added function does. [`crate::patch::bodies`] has the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// The end of every failure: report, seal, hook, throw. `(site, kind)`.
    Fail,
    /// [`Body::Fail`] with a kind. `(site)`.
    FailKind(Kind),
    /// Tells the stubs of its arguments, then goes on to the function itself.
    Listen {
        /// The stub, of the same type.
        stub: FuncIdx,
        /// The function that was listened at.
        target: FuncIdx,
        /// How many panics there are by then that the stub is not to count, where
        /// panics are counted.
        counted: Option<u32>,
    },
    /// A function with edits that had no room where it stood.
    Moved(FuncIdx),
    /// Guards an export: see [`guard`].
    GuardExport {
        /// The exported function.
        target: FuncIdx,
        /// On a sealed instance it returns zeros instead of throwing.
        no_throw_when_sealed: bool,
    },
    /// Guards an import: see [`guard`].
    GuardImport(FuncIdx),
    /// Guards a function that the host can call out of a table: see [`tables`].
    GuardSlot {
        /// The function.
        target: FuncIdx,
        /// The [`tables::Token`] of a call of it.
        token: u32,
    },
    /// Guards the calls through a table of one type: see [`tables`].
    GuardIndirect {
        /// The type.
        ty: TypeIdx,
        /// The tokens of its calls.
        token: tables::Token,
        /// The first slot that has none.
        limit: u32,
    },
    /// What [`Body::GuardSlot`] does when the instance is not simply live. `(token) ->
    /// activation to set`.
    EnterSlot,
    /// A call came to an instance that is sealed, or that trapped. `()`.
    ThrowSealed,
    /// An import returned into an instance that was sealed, or that trapped, or whose
    /// frames were skipped, while it ran. `(activation before)`.
    CheckAfterImport,
    /// Seals the instance for a trap, if it is not sealed yet. `()`.
    SealTrapped,
    /// A panic is about to leave Rust: see [`unwind`]. Returns if the exception is not
    /// Rust's. `(exception)`.
    PanicAtBoundary,
    /// Calls a function from a landing pad; an exception that leaves it is the end: see
    /// [`cleanup`].
    Cleanup(FuncIdx),
    /// The same for calls through the first table, as a type.
    CleanupIndirect(TypeIdx),
    /// A panic left a destructor that ran because of a panic. `()`.
    InCleanup,
    /// The end of [`unwind::Panics::cleanup`]. `(site)`.
    EndPayloadDrop,
    /// Tells the stubs of an exception that is about to be thrown, and returns it.
    /// `(exception) -> exception`.
    TellThrown,
    /// An abort that was thrown has come to a landing pad: throws it again. `()`.
    RethrowAbort,
}

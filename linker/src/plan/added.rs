//! The functions that a module gains.

use super::{Kind, tables};
use crate::ids::{FuncIdx, TypeIdx};
use crate::read::flow::Wait;

/// A function that the module gains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Added {
    /// Its name; begins with `__unpoison_`, or is empty for one without.
    pub name: String,
    /// Its type.
    pub ty: TypeIdx,
    /// What it does.
    pub what: Body,
}

/// The code of one kind of added function, as it is emitted: a test holds it against that.
macro_rules! wat {
    ($name:literal) => {
        concat!("```wat\n", include_str!(concat!("added/", $name, ".wat")), "```")
    };
}

/// What an added function does. [`crate::patch::bodies`] writes the code, of which each
/// kind shows an example.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Body {
    /// The end of every failure: report, seal, hook, throw. `(site, kind)`.
    #[doc = wat!("fail")]
    Fail,
    /// [`Body::Fail`] with a kind. `(site)`.
    #[doc = wat!("fail_kind")]
    FailKind(Kind),
    /// Tells the stubs of its arguments, then goes on to the function itself.
    #[doc = wat!("listen")]
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
    #[doc = wat!("guard_export")]
    GuardExport {
        /// The exported function.
        target: FuncIdx,
        /// On a sealed instance it returns zeros instead of throwing.
        no_throw_when_sealed: bool,
    },
    /// Guards an import: see [`guard`].
    #[doc = wat!("guard_import")]
    GuardImport(FuncIdx),
    /// Guards a function that the host can call out of a table: see [`tables`].
    #[doc = wat!("guard_slot")]
    GuardSlot {
        /// The function.
        target: FuncIdx,
        /// The [`tables::Token`] of a call of it.
        token: u32,
    },
    /// Guards the calls through a table of one type: see [`tables`].
    #[doc = wat!("guard_indirect")]
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
    #[doc = wat!("enter_slot")]
    EnterSlot,
    /// A call came to an instance that is sealed, or that trapped. `()`.
    #[doc = wat!("throw_sealed")]
    ThrowSealed,
    /// An import returned into an instance that was sealed, or that trapped, or whose
    /// frames were skipped, while it ran. `(activation before)`.
    #[doc = wat!("check_after_import")]
    CheckAfterImport,
    /// Seals the instance for a trap, if it is not sealed yet. `()`.
    #[doc = wat!("seal_trapped")]
    SealTrapped,
    /// A panic is about to leave Rust: see [`unwind`]. Returns if the exception is not
    /// Rust's. `(exception)`.
    #[doc = wat!("panic_at_boundary")]
    PanicAtBoundary,
    /// Calls a function from a landing pad; an exception that leaves it is the end: see
    /// [`cleanup`].
    #[doc = wat!("cleanup")]
    Cleanup(FuncIdx),
    /// The same for calls through the first table, as a type.
    #[doc = wat!("cleanup_indirect")]
    CleanupIndirect(TypeIdx),
    /// A panic left a destructor that ran because of a panic. `()`.
    #[doc = wat!("in_cleanup")]
    InCleanup,
    /// The end of [`unwind::Panics::cleanup`]. `(site)`.
    #[doc = wat!("end_payload_drop")]
    EndPayloadDrop,
    /// Tells the stubs of an exception that is about to be thrown, and returns it.
    /// `(exception) -> exception`.
    #[doc = wat!("tell_thrown")]
    TellThrown,
    /// An abort that was thrown has come to a landing pad: throws it again. `()`.
    #[doc = wat!("rethrow_abort")]
    RethrowAbort,
    /// Waits in memory, and ends if the instance is sealed meanwhile: see [`super::waits`].
    /// `(address, expected, timeout) -> how it ended`.
    #[doc = wat!("wait")]
    Wait(Wait),
    /// Panics with the `Location` at an address if the host switched failures on and chance
    /// wants it: see [`super::rehearse`]. `(location)`.
    #[doc = wat!("rehearse_at")]
    RehearseAt,
    /// Switches failures on, or off: exported as `__unpoison_rehearse`. `(seed, how many of a
    /// million)`.
    #[doc = wat!("set_rehearsal")]
    SetRehearsal,
}

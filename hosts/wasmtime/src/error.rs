//! What can come of a call instead of its result.

use crate::Failure;
use wasmtime::Trap;

/// Why a call has no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The module failed.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// The instance refused the call, or came to an end while the call was in it, because of
    /// an earlier failure.
    #[error("sealed by an earlier failure: {0}")]
    Sealed(#[source] Failure),
    /// The host stopped the call by fuel or by the epoch: no failure of the module's. Its
    /// frames were skipped, so the instance is at an end.
    #[error("the call was interrupted: {0}")]
    Interrupted(#[source] Trap),
    /// A function of the host's failed, or threw an exception that is not the module's. Such
    /// an exception is the store's pending one, as it was.
    #[error("the host failed: {}", .0.root_cause())]
    Host(wasmtime::Error),
    /// The module cannot be instantiated, or its start function failed.
    #[error("no instance: {0}")]
    Instantiate(wasmtime::Error),
    /// There is no such export, or it has another type.
    #[error("no such function: {0}")]
    Export(wasmtime::Error),
    /// The module has not what every module has that unpoison linked.
    #[error("the module was not linked by unpoison: it has no `{0}` of that type")]
    NotLinked(&'static str),
    /// What should be a report is none: a stray write, or another linker's module.
    #[error("the module's report cannot be read: {0}")]
    BadReport(&'static str),
    /// A checkpoint cannot be made or restored.
    #[error("no checkpoint: {0}")]
    Checkpoint(&'static str),
}

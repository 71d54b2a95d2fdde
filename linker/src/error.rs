//! What can go wrong in a link. Each message names the cause and the way out in one short line, and
//! below it a list where there is one: rustc prints it below a long dump of arguments.

use std::path::PathBuf;

/// A `Result` of this crate.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a link failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A mistake in the arguments.
    #[error("{0}")]
    Usage(String),
    /// rust-lld was not found.
    #[error(
        "rust-lld was not found: {looked}; install it with the toolchain (`rustup component add rust-std`) or set UNPOISON_LLD to a wasm-ld"
    )]
    NoLld {
        /// Where it was looked for.
        looked: String,
    },
    /// rust-lld ran and failed; its own message is on stderr already.
    #[error("rust-lld failed ({0}); its message is above, unpoison changed nothing")]
    LldFailed(std::process::ExitStatus),
    /// rust-lld came to no verdict. Some corrupt inputs end LLVM, and a full disk ends it by a signal
    /// where it writes through memory.
    #[error(
        "rust-lld crashed ({status}) in {}: a corrupt input, or no room there or in memory; its message is above, unpoison changed nothing", folder.display()
    )]
    LldCrashed {
        /// Its end.
        status: std::process::ExitStatus,
        /// Where it wrote.
        folder: PathBuf,
    },
    /// A component was asked for, and the program that makes one was not found.
    #[error(
        "this target's programs are components, and wasm-component-ld, which makes them, is neither beside rust-lld nor in PATH; it comes with every toolchain of rustup's"
    )]
    NoComponentLd,
    /// `wasm-component-ld` ran and failed; its own message is on stderr already.
    #[error("wasm-component-ld failed ({0}); the reason is above")]
    ComponentLdFailed(std::process::ExitStatus),
    /// No rustc to compile the runtime stubs with.
    #[error(
        "no rustc was found to compile the runtime stubs: {looked}; set UNPOISON_RUSTC to the rustc that compiled the objects"
    )]
    NoRustc {
        /// Where it was looked for.
        looked: String,
    },
    /// rustc did not compile the runtime stubs.
    #[error("the runtime stubs do not compile for {target}: {message}")]
    StubCompile {
        /// The target triple.
        target: String,
        /// rustc's first error.
        message: String,
    },
    /// rustc came to no verdict on the runtime stubs: it was killed, or had no room.
    #[error("rustc did not finish the runtime stubs: {0}")]
    StubsUnfinished(String),
    /// A file or folder could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried: "read", "write", "create".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's word.
        source: std::io::Error,
    },
    /// What rust-lld wrote is not a module this version understands.
    #[error("cannot work on the module that rust-lld wrote: {0}; nothing was written")]
    Module(String),
    /// A file that `unpoison check` cannot look at.
    #[error("{0}")]
    Checked(String),
    /// A configuration of cargo's that cannot be changed.
    #[error("{0}")]
    Configuration(unpoison_sysroot::Error),
    /// Debug information that cannot follow the code.
    #[error(
        "this module's debug information cannot be kept right: {0}; link without it: `strip = \"debuginfo\"` in the profile"
    )]
    DebugInfo(#[from] crate::patch::dwarf::DwarfError),
    /// An invariant of unpoison's own is broken.
    #[error("internal error: {0}; nothing was written, please report it with the module")]
    Bug(String),
    /// A link of a kind that unpoison does not do.
    #[error("{0}")]
    Unsupported(String),
}

impl Error {
    /// An [`Error::Io`], for `map_err`.
    pub fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}

impl From<wasmparser::BinaryReaderError> for Error {
    fn from(e: wasmparser::BinaryReaderError) -> Self {
        Self::Module(malformed(&e))
    }
}

/// What is wrong with bytes that are no module, in one line: some messages have more.
pub(crate) fn malformed(e: &wasmparser::BinaryReaderError) -> String {
    let what = e.message().lines().next().unwrap_or_default();
    format!("{what} (at byte {:#x})", e.offset())
}

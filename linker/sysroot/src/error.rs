//! What can go wrong with a sysroot. Each message names the cause and the way out in
//! one short line.

use std::path::PathBuf;

/// A `Result` of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why `unpoison sysroot` failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A mistake in the arguments, or in what they name.
    #[error("{0}")]
    Usage(String),
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
    /// A compiler, or its cargo, that was asked for does not run.
    #[error(
        "{program} does not run: {why}; --toolchain names a rustup toolchain or a folder with bin/rustc"
    )]
    NoCompiler {
        /// What was to run.
        program: String,
        /// Why it does not.
        why: String,
    },
    /// The standard library's source was not found, or is not the compiler's.
    #[error(
        "no source of the standard library: {why}; run `rustup component add rust-src`, or name it by --src DIR"
    )]
    NoSource {
        /// What is wrong.
        why: String,
    },
    /// What the standard library needs could not be downloaded.
    #[error(
        "cargo cannot download what the standard library needs ({message}): is there a network? cargo's words are in {}", log.display()
    )]
    Network {
        /// cargo's word.
        message: String,
        /// All of them.
        log: PathBuf,
    },
    /// The standard library does not build.
    #[error("the standard library does not build: {message}; cargo's words are in {}", log.display())]
    Build {
        /// The first error.
        message: String,
        /// Everything that cargo said.
        log: PathBuf,
    },
    /// A sysroot that is asked for is not built.
    #[error("there is no sysroot for {0}; `unpoison sysroot` builds it")]
    NotBuilt(String),
    /// A config file that is not what cargo takes.
    #[error("cannot change {}: {message}; it is as it was", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
}

impl Error {
    /// An [`Error::Io`], for `map_err`.
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}

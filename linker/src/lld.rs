//! rust-lld: where it is, and how it is run.

mod pipe;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::thread::JoinHandle;

use crate::args::response;
use crate::error::{Error, Result};
use crate::phases::timed;
use pipe::Pipe;
use unpoison_sysroot::programs;

/// The linker underneath.
#[derive(Clone, Debug)]
pub(crate) struct Lld {
    /// The program.
    pub path: PathBuf,
}

/// What rust-lld printed while it linked.
#[derive(Clone, Debug, Default)]
pub(crate) struct LldOutput {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl LldOutput {
    /// Whether LLVM gave up, which is no word on the link.
    fn is_of_a_crash(&self) -> bool {
        const FATAL: &[u8] = b"LLVM ERROR: ";
        self.stderr.windows(FATAL.len()).any(|window| window == FATAL)
    }

    /// Forwards it to where rust-lld would have printed it: warnings of a plain link, a link map.
    pub(crate) fn forward(&self) {
        use std::io::Write;
        // Nobody is left to tell of a closed stream.
        let _ = std::io::stdout().write_all(&self.stdout);
        let _ = std::io::stderr().write_all(&self.stderr);
    }
}

/// rust-lld, whose module is here already.
#[derive(Debug)]
pub(crate) enum Running {
    /// It has ended.
    Ended(LldOutput),
    /// Somebody waits for its end.
    Waited {
        /// The linker.
        lld: Lld,
        /// Its folder.
        scratch: PathBuf,
        /// Who waits.
        waiter: JoinHandle<std::io::Result<Output>>,
    },
}

impl Running {
    /// Waits for its end. Before that nobody knows whether the module is whole.
    ///
    /// # Errors
    /// [`Error::LldFailed`] and [`Error::LldCrashed`].
    pub(crate) fn end(self) -> Result<LldOutput> {
        match self {
            Self::Ended(output) => Ok(output),
            Self::Waited { lld, scratch, waiter } => match waiter.join() {
                Ok(ended) => lld.outcome(ended, &scratch),
                Err(panic) => std::panic::resume_unwind(panic),
            },
        }
    }
}

/// Above this many bytes the arguments go into a response file. Windows allows
/// 32 kB in all; elsewhere the limit is higher by far, but the environment counts
/// against it.
const LONGEST_LINE: usize = if cfg!(windows) { 24_000 } else { 100_000 };

/// What glibc's allocator is told by
/// (<https://sourceware.org/glibc/manual/latest/html_node/Memory-Allocation-Tunables.html>).
const TUNABLES: &str = "GLIBC_TUNABLES";

/// Huge pages for rust-lld's heap, and more of it at a time: it fills some hundred megabytes
/// once, and the first touch of each small page is a third of its time. The user's own come
/// last, because the last one counts.
fn tunables(own: Option<OsString>) -> OsString {
    let mut all = OsString::from("glibc.malloc.hugetlb=1:glibc.malloc.top_pad=33554432");
    if let Some(own) = own.filter(|own| !own.is_empty()) {
        all.push(":");
        all.push(own);
    }
    all
}

impl Lld {
    /// Finds the linker: `UNPOISON_LLD`; `rust-lld` in `PATH`, where rustc puts its
    /// own first; `wasm-ld` in `PATH`; the one in the sysroot of `rustc`.
    pub(crate) fn find() -> Result<Self> {
        if let Some(path) = std::env::var_os("UNPOISON_LLD").filter(|p| !p.is_empty()) {
            let path = programs::in_path(&path).ok_or_else(|| Error::NoLld {
                looked: format!("UNPOISON_LLD is {}", Path::new(&path).display()),
            })?;
            return Self { path }.unless_self();
        }
        if let Some(path) =
            ["rust-lld", "wasm-ld"].iter().find_map(|name| programs::in_path(OsStr::new(name)))
        {
            return Ok(Self { path });
        }
        programs::query_sysroot(OsStr::new("rustc"))
            .and_then(|sysroot| programs::host_tool(&sysroot, "rust-lld"))
            .map(|path| Self { path })
            .ok_or_else(|| Error::NoLld {
                looked: "it is neither in PATH nor in the sysroot of rustc".into(),
            })
    }

    /// Refuses to call itself, again and again.
    fn unless_self(self) -> Result<Self> {
        let me = std::env::current_exe().and_then(|p| p.canonicalize());
        match (me, self.path.canonicalize()) {
            (Ok(me), Ok(it)) if me == it => Err(Error::Usage(
                "UNPOISON_LLD names unpoison itself; it must name rust-lld or wasm-ld".into(),
            )),
            _ => Ok(self),
        }
    }

    /// Runs a link with captured output, into the file that the arguments name. `scratch`
    /// takes a response file if one is needed.
    pub(crate) fn link(
        &self,
        args: &[OsString],
        from_response: bool,
        scratch: &Path,
    ) -> Result<LldOutput> {
        let mut command = self.link_command(args, from_response, scratch)?;
        let ended = timed("rust-lld", || command.output());
        self.outcome(ended, scratch)
    }

    /// Runs a link whose module is needed here: `output` is the file that the arguments name.
    pub(crate) fn link_here(
        &self,
        args: &[OsString],
        from_response: bool,
        scratch: &Path,
        output: &Path,
    ) -> Result<(Vec<u8>, Running)> {
        // Of an earlier link into the same folder.
        let _ = std::fs::remove_file(output);
        let read_file = || std::fs::read(output).map_err(Error::io("read", output));
        let Some(pipe) = Pipe::make(output) else {
            let ended = self.link(args, from_response, scratch)?;
            return Ok((timed("read", read_file)?, Running::Ended(ended)));
        };
        let mut command = self.link_command(args, from_response, scratch)?;
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().map_err(|e| self.not_run(&e))?;
        let keeper = pipe.keeper();
        let waiter = std::thread::spawn(move || {
            let ended = child.wait_with_output();
            keeper.let_go();
            ended
        });
        let running = Running::Waited { lld: self.clone(), scratch: scratch.to_owned(), waiter };
        let bytes = timed("rust-lld", || pipe.read()).map_err(Error::io("read", output))?;
        if !bytes.is_empty() {
            return Ok((bytes, running));
        }
        // It failed, or put a file of its own in the pipe's place.
        let ended = running.end()?;
        match std::fs::symlink_metadata(output).is_ok_and(|output| output.is_file()) {
            true => Ok((read_file()?, Running::Ended(ended))),
            false => Err(Error::Module("rust-lld wrote nothing".into())),
        }
    }

    fn link_command(
        &self,
        args: &[OsString],
        from_response: bool,
        scratch: &Path,
    ) -> Result<Command> {
        let mut command = self.command(args, from_response, scratch)?;
        command.stdin(Stdio::null());
        if cfg!(target_os = "linux") {
            command.env(TUNABLES, tunables(std::env::var_os(TUNABLES)));
        }
        // What it leaves when it crashes goes away with the folder.
        programs::set_temporary(&mut command, scratch);
        Ok(command)
    }

    /// What is to be said of a link that has ended.
    fn outcome(&self, ended: std::io::Result<Output>, scratch: &Path) -> Result<LldOutput> {
        let Output { status, stdout, stderr } = ended.map_err(|e| self.not_run(&e))?;
        let output = LldOutput { stdout, stderr };
        if status.success() {
            return Ok(output);
        }
        output.forward();
        Err(match status.code() {
            Some(_) if !output.is_of_a_crash() => Error::LldFailed(status),
            _ => Error::LldCrashed { status, folder: scratch.to_owned() },
        })
    }

    /// Runs rust-lld as if it had been called in unpoison's place, with these variables.
    pub(crate) fn in_place(
        &self,
        args: &[OsString],
        from_response: bool,
        variables: &[(&str, OsString)],
    ) -> Result<ExitStatus> {
        // The folder is made at need only, and in the system's place: this may be a
        // question without any output.
        let scratch = if needs_response(args, from_response) {
            let made = tempfile::Builder::new().prefix("unpoison-").tempdir();
            Some(made.map_err(Error::io("create a folder in", std::env::temp_dir()))?)
        } else {
            None
        };
        let folder = scratch.as_ref().map_or(Path::new(""), |s| s.path());
        let mut command = self.command(args, from_response, folder)?;
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        command.status().map_err(|e| self.not_run(&e))
    }

    fn command(&self, args: &[OsString], from_response: bool, scratch: &Path) -> Result<Command> {
        let mut command = Command::new(&self.path);
        if self.takes_flavor() {
            command.args(["-flavor", "wasm"]);
        }
        if needs_response(args, from_response) {
            let file = scratch.join("arguments");
            std::fs::write(&file, response::write_posix(args))
                .map_err(Error::io("write", &file))?;
            let mut at_file = OsString::from("@");
            at_file.push(&file);
            // Said outright, because the host decides otherwise.
            command.arg("--rsp-quoting=posix").arg(at_file);
        } else {
            command.args(args);
        }
        log::debug!("{command:?}");
        Ok(command)
    }

    /// LLVM's own `wasm-ld` knows from its name what it is.
    fn takes_flavor(&self) -> bool {
        let stem = self.path.file_stem().unwrap_or_default();
        !stem.as_encoded_bytes().starts_with(b"wasm-ld")
    }

    fn not_run(&self, e: &std::io::Error) -> Error {
        Error::NoLld { looked: format!("{} does not run ({e})", self.path.display()) }
    }
}

fn needs_response(args: &[OsString], from_response: bool) -> bool {
    from_response || args.iter().map(|a| a.len() + 3).sum::<usize>() > LONGEST_LINE
}

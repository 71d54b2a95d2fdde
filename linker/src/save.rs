//! `UNPOISON_SAVE_DIR`: a link that fails leaves all that it takes to repeat it elsewhere.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::args;
use crate::args::response::{self, Quoting};
use crate::error::{Error, Result};

/// The folder, for whoever wants it.
pub(crate) const VARIABLE: &str = "UNPOISON_SAVE_DIR";

/// Where inputs go.
const FILES: &str = "files";
/// The arguments, as a response file.
const ARGS: &str = "args";

/// The folder that the user names, if one does.
pub(crate) fn folder() -> Option<PathBuf> {
    std::env::var_os(VARIABLE).filter(|folder| !folder.is_empty()).map(PathBuf::from)
}

/// Saves a link, and answers where.
///
/// # Errors
/// [`Error::Io`]; then nothing of it is left.
pub(crate) fn link(folder: &Path, mut line: Vec<OsString>, why: &Error) -> Result<PathBuf> {
    std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    // Renamed once it is whole.
    let made = tempfile::Builder::new().prefix(".unpoison-").tempdir_in(folder);
    let made = made.map_err(Error::io("create a folder in", folder))?;
    // It counts on the line itself only.
    let flavor = args::take_flavor(&mut line)?;
    let flavor = flavor.map(|name| format!("-flavor {} ", name.display())).unwrap_or_default();
    let words = response::expand(line, Quoting::HOST)?.words;
    let (name, words) = gathered(words, made.path())?;
    let script = format!(
        "#!/bin/sh\n# Repeats the link. UNPOISON: the linker, if it is not in PATH; UNPOISON_LLD and\n\
         # UNPOISON_RUSTC: those of the compiler that error.txt names.\ncd \"$(dirname \"$0\")\" || exit\n\
         exec \"${{UNPOISON:-unpoison}}\" {flavor}--rsp-quoting=posix @{ARGS}\n"
    );
    let said = format!("unpoison {}: {why}\n{}", env!("CARGO_PKG_VERSION"), compiler());
    for (file, content) in [
        (ARGS, response::write_posix(&words)),
        ("repeat.sh", script.into_bytes()),
        ("error.txt", said.into_bytes()),
    ] {
        let path = made.path().join(file);
        std::fs::write(&path, content).map_err(Error::io("write", &path))?;
    }
    place(made, folder, &name)
}

/// Copies what is a file, and names the copies instead. Also the name of the output.
fn gathered(words: Vec<OsString>, made: &Path) -> Result<(String, Vec<OsString>)> {
    let files = made.join(FILES);
    std::fs::create_dir(&files).map_err(Error::io("create", &files))?;
    let mut name = "link".to_owned();
    let mut out: Vec<OsString> = Vec::with_capacity(words.len());
    for (number, word) in words.into_iter().enumerate() {
        let path = Path::new(&word);
        if out.last().is_some_and(|before| before == "-o") {
            name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            // By its name, which rust-lld writes into the module.
            out.push(path.file_name().unwrap_or_default().to_owned());
        } else if path.is_file() {
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            let copy = format!("{FILES}/{number:04}-{file}");
            std::fs::copy(path, made.join(&copy)).map_err(Error::io("copy", path))?;
            out.push(copy.into());
        } else {
            out.push(word);
        }
    }
    Ok((name, out))
}

/// Gives the folder its name; the first one that is free.
fn place(made: tempfile::TempDir, folder: &Path, name: &str) -> Result<PathBuf> {
    let names = std::iter::once(name.to_owned()).chain((2..1000).map(|n| format!("{name}-{n}")));
    for name in names {
        let to = folder.join(name);
        // A folder that is there and not empty is not replaced.
        if !to.exists() && std::fs::rename(made.path(), &to).is_ok() {
            // It is not there any more.
            let _ = made.keep();
            return Ok(to);
        }
    }
    Err(Error::Usage(format!("{VARIABLE} has no room: empty {}", folder.display())))
}

/// What the compiler beside rust-lld calls itself, as far as it can be asked.
fn compiler() -> String {
    let toolchain = crate::lld::Lld::find().and_then(|lld| crate::toolchain::Toolchain::find(&lld));
    toolchain.map_or_else(|error| error.to_string(), |toolchain| format!("{toolchain:?}"))
}

//! The programs and libraries of a toolchain, as they lie on disk. A link looks for
//! them in the same way, so this is public.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The sysroot a rustc names when asked; `None` if it does not run.
pub fn query_sysroot(rustc: &OsStr) -> Option<PathBuf> {
    let output = Command::new(rustc)
        .args(["--print", "sysroot"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()
        .filter(|o| o.status.success())?;
    let path = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(path.trim_end()))
}

/// A tool of the compiler's own, in `lib/rustlib/<host>/bin` of a sysroot.
pub fn host_tool(sysroot: &Path, name: &str) -> Option<PathBuf> {
    std::fs::read_dir(sysroot.join("lib").join("rustlib"))
        .ok()?
        .flatten()
        .map(|entry| entry.path().join("bin").join(exe(name)))
        .find(|path| path.is_file())
}

/// A program by path or by its name in `PATH`.
pub fn in_path(program: &OsStr) -> Option<PathBuf> {
    let program = Path::new(program);
    let file = |path: PathBuf| {
        let with_suffix = path.with_file_name(exe(path.file_name()?));
        [path, with_suffix].into_iter().find(|p| p.is_file())
    };
    if program.components().count() > 1 {
        return file(program.to_owned());
    }
    std::env::split_paths(&std::env::var_os("PATH")?).find_map(|folder| file(folder.join(program)))
}

/// A program's file name on this host.
pub fn exe(name: impl AsRef<OsStr>) -> OsString {
    let mut name = name.as_ref().to_owned();
    name.push(std::env::consts::EXE_SUFFIX);
    name
}

/// Has a program put its temporary files into a folder, on each system.
pub fn set_temporary(command: &mut Command, folder: &Path) {
    // Windows asks for `TMP`, and for `TEMP` if there is none.
    for name in if cfg!(windows) { &["TMP", "TEMP"][..] } else { &["TMPDIR"] } {
        command.env(name, folder);
    }
}

/// A path without links in it, as people write it; `None` where nothing is.
pub fn real_path(path: &Path) -> Option<PathBuf> {
    let real = path.canonicalize().ok()?;
    Some(real.to_str().and_then(with_limit).map(PathBuf::from).unwrap_or(real))
}

/// What Windows makes of `C:\x` when it resolves it is `\\?\C:\x`, and both are the same if it is
/// no longer than a path may be and has no words with a meaning of their own in it. Nothing of
/// Unix begins so.
fn with_limit(path: &str) -> Option<&str> {
    /// The most characters of a path without the prefix.
    const LONGEST: usize = 259;
    let rest = path.strip_prefix(r"\\?\")?;
    let is_of_drive =
        matches!(rest.as_bytes(), [letter, b':', b'\\', ..] if letter.is_ascii_alphabetic());
    let is_plain = |word: &str| !word.ends_with(['.', ' ']) && !word.contains('/');
    let is_short = rest.encode_utf16().count() <= LONGEST;
    (is_of_drive && is_short && rest.split('\\').all(is_plain)).then_some(rest)
}

/// Whether a path names the rlib of a crate, as cargo and rustc name it.
pub fn is_rlib(path: &Path, name: &str) -> bool {
    let file = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    file.strip_prefix("lib")
        .and_then(|f| f.strip_prefix(name))
        .is_some_and(|f| f.starts_with('-') && f.ends_with(".rlib"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_rlib_is_known_by_its_whole_crate_name() {
        assert!(is_rlib(Path::new("/a/libcore-36af.rlib"), "core"));
        assert!(!is_rlib(Path::new("/a/libcore_foundation-36af.rlib"), "core"));
        assert!(!is_rlib(Path::new("/a/libcore-36af.rmeta"), "core"));
    }

    #[test]
    fn a_path_that_windows_resolved_is_shown_as_people_write_it() {
        assert_eq!(with_limit(r"\\?\C:\a b\unpoison.exe"), Some(r"C:\a b\unpoison.exe"));
        let long = format!(r"\\?\C:\{}", "a".repeat(257));
        for path in [
            r"C:\a",
            "/a",
            r"\\?\UNC\server\a",
            r"\\?\Volume{0}\a",
            r"\\?\C:\a.\b",
            r"\\?\C:\a \b",
            &long,
        ] {
            assert_eq!(with_limit(path), None, "{path}");
        }
    }

    #[test]
    fn a_tool_is_in_the_folder_of_its_host() {
        let place = tempfile::tempdir().unwrap();
        let bin = place.path().join("lib/rustlib/a-host/bin");
        std::fs::create_dir_all(&bin).unwrap();
        assert_eq!(host_tool(place.path(), "rust-lld"), None);
        let tool = bin.join(exe("rust-lld"));
        std::fs::write(&tool, "").unwrap();
        assert_eq!(host_tool(place.path(), "rust-lld"), Some(tool.clone()));
        assert_eq!(in_path(tool.as_os_str()), Some(tool));
    }
}

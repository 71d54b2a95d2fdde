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

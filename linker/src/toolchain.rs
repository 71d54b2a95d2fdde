//! The compiler behind a link: rustc, its sysroot, the target and the standard
//! library whose objects are linked.
//!
//! Nothing here runs rustc where the environment already says what it would say:
//! `rustc -vV` costs more than a small link.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use crate::args::Args;
use crate::error::{Error, Result};
use crate::lld::Lld;
use unpoison_sysroot::programs::{exe, in_path, is_rlib, query_sysroot};

/// The compiler that calls.
#[derive(Clone, Debug)]
pub(crate) struct Toolchain {
    /// The program.
    pub rustc: PathBuf,
    /// Its sysroot, if known.
    pub sysroot: Option<PathBuf>,
}

/// What the link is for, and with which `core`.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The triple, or the name of a target specification.
    pub triple: String,
    /// How rustc may have been told of it, likeliest first: by the triple (none), or by
    /// the path of a specification. A linker is not told which.
    pub specs: Vec<Option<PathBuf>>,
    /// The sysroot that the prebuilt library comes from, if the command line shows
    /// it: `--sysroot` changes it.
    pub sysroot: Option<PathBuf>,
    /// The libraries that cargo built (`-Zbuild-std`) and the linked objects may have
    /// been compiled against, likeliest first; empty if it is the sysroot's.
    pub built: Vec<Library>,
}

/// The rlibs of a library, as far as a `no_std` crate needs it: `core`, `alloc` and
/// `compiler_builtins`; some may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Library(pub Vec<PathBuf>);

const DEFAULT_TRIPLE: &str = "wasm32-unknown-unknown";

impl Toolchain {
    /// Finds rustc: `UNPOISON_RUSTC`; the sysroot whose tools rustc put into
    /// `PATH`; the one rust-lld is in; `RUSTC`; `rustc` in `PATH`.
    pub(crate) fn find(lld: &Lld) -> Result<Self> {
        let named = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty());
        if let Some(rustc) = named("UNPOISON_RUSTC") {
            return Self::query(&rustc).ok_or_else(|| Error::NoRustc {
                looked: format!("UNPOISON_RUSTC is {}", Path::new(&rustc).display()),
            });
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let tools = std::env::split_paths(&path);
        let beside_lld = lld.path.parent().map(Path::to_owned);
        let found = tools
            .chain(beside_lld)
            .filter_map(|folder| sysroot_of_tools(&folder))
            .find_map(|sysroot| {
                let rustc = sysroot.join("bin").join(exe("rustc"));
                rustc.is_file().then_some(Self { rustc, sysroot: Some(sysroot) })
            });
        found
            .or_else(|| named("RUSTC").and_then(|rustc| Self::query(&rustc)))
            .or_else(|| Self::query(OsStr::new("rustc")))
            .ok_or_else(|| Error::NoRustc {
                looked: "it is not in the sysroot of rust-lld, not in RUSTC and not in PATH".into(),
            })
    }

    /// A rustc by name. It may be rustup's proxy, so it is asked where it lives.
    fn query(rustc: &OsStr) -> Option<Self> {
        let sysroot = query_sysroot(rustc)?;
        Some(Self { rustc: in_path(rustc)?, sysroot: Some(sysroot) })
    }

    /// Whether a target is one of rustc's own.
    fn knows(&self, triple: &str) -> bool {
        let list = Command::new(&self.rustc)
            .args(["--print", "target-list"])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output();
        list.is_ok_and(|list| String::from_utf8_lossy(&list.stdout).lines().any(|t| t == triple))
    }
}

impl Target {
    /// Reads it off the command line: rustc names the standard library's folder in
    /// `-L` and in the paths of its rlibs.
    pub(crate) fn of(args: &Args, toolchain: &Toolchain) -> Self {
        let shown = args.inputs.iter().chain(&args.search).find_map(|path| rustlib(path));
        let (sysroot, triple) = match shown {
            Some((sysroot, triple)) => (Some(sysroot), triple),
            None => (None, DEFAULT_TRIPLE.to_owned()),
        };
        let specs = specs(&SpecSearch::of_process(), &triple, || toolchain.knows(&triple));
        Self { specs, triple, sysroot, built: built(&args.inputs) }
    }

    /// Whether the target is one whose modules should not gain exceptions: made to run in
    /// engines without them, or inside of a component, out of which none comes.
    pub(crate) fn has_no_exceptions(&self) -> bool {
        self.triple == "wasm32v1-none" || crate::component::is_made_for(&self.triple)
    }
}

/// The target, if the command line shows it.
pub(crate) fn triple(args: &Args) -> Option<String> {
    let mut shown = args.inputs.iter().chain(&args.search);
    shown.find_map(|path| rustlib(path)).map(|(_, triple)| triple)
}

/// `<sysroot>/lib/rustlib/<triple>/lib/…` taken apart.
fn rustlib(path: &Path) -> Option<(PathBuf, String)> {
    let parts: Vec<_> = path.components().collect();
    let at = parts.windows(4).rposition(|w| {
        w[0].as_os_str() == "lib" && w[1].as_os_str() == "rustlib" && w[3].as_os_str() == "lib"
    })?;
    let Component::Normal(triple) = parts[at + 2] else {
        return None;
    };
    Some((parts[..at].iter().collect(), triple.to_str()?.to_owned()))
}

/// `<sysroot>/lib/rustlib/<host>/bin`, taken apart.
fn sysroot_of_tools(folder: &Path) -> Option<PathBuf> {
    let mut up = folder.ancestors();
    let named =
        |path: Option<&Path>, name: &str| path.and_then(Path::file_name) == Some(name.as_ref());
    let ok = named(up.next(), "bin")
        && up.next().is_some()
        && named(up.next(), "rustlib")
        && named(up.next(), "lib");
    ok.then(|| up.next().map(Path::to_owned)).flatten()
}

/// The libraries that cargo built: their rlibs are among the inputs, or, where
/// link-time optimization took them off the line, beside `compiler_builtins`, which
/// is always on it. Older builds may lie there too.
fn built(inputs: &[PathBuf]) -> Vec<Library> {
    let input = |name: &str| inputs.iter().find(|p| is_rlib(p, name) && rustlib(p).is_none());
    let builtins = input("compiler_builtins");
    let Some(folder) = input("core").or(builtins).and_then(|p| p.parent()) else {
        return Vec::new();
    };
    let all = |name: &str| match input(name) {
        Some(path) => vec![(None, path.clone())],
        None => by_age(folder, name),
    };
    let allocs = all("alloc");
    let cores = all("core").into_iter().rev();
    cores
        .map(|(time, core)| {
            // cargo builds it right after the core it belongs to.
            let alloc = allocs.iter().find(|(t, _)| *t >= time).or(allocs.last());
            let alloc = alloc.map(|(_, path)| path.clone());
            Library([core].into_iter().chain(alloc).chain(builtins.cloned()).collect())
        })
        .collect()
}

/// The rlibs of a crate in a folder, oldest first.
fn by_age(folder: &Path, name: &str) -> Vec<(Option<SystemTime>, PathBuf)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries
        .filter(|entry| is_rlib(&entry.path(), name))
        .map(|entry| (entry.metadata().and_then(|m| m.modified()).ok(), entry.path()))
        .collect();
    found.sort();
    found
}

/// Where specifications of targets may lie.
#[derive(Debug)]
struct SpecSearch {
    /// `RUST_TARGET_PATH`: rustc itself looks there.
    rustc_path: Vec<PathBuf>,
    /// The folder rustc runs in, which is the workspace's, and those above: whoever
    /// names a file to rustc has it there as a rule.
    above: Vec<PathBuf>,
}

impl SpecSearch {
    fn of_process() -> Self {
        let named = std::env::var_os("RUST_TARGET_PATH").unwrap_or_default();
        let here = std::env::current_dir().unwrap_or_default();
        let named = std::env::split_paths(&named).filter(|folder| !folder.as_os_str().is_empty());
        Self { rustc_path: named.collect(), above: here.ancestors().map(Path::to_owned).collect() }
    }
}

/// How rustc may have been told of a target. It compares a triple with its built-in ones
/// first, and looks for `TRIPLE.json` in `RUST_TARGET_PATH` only if it is none of them
/// (rust's `compiler/rustc_target/src/spec/mod.rs`). A file anywhere else counts if its
/// path was given, so one that is called like a target that rustc knows comes last: it
/// may as well be another project's.
///
/// Crates of a target by path do not fit those of a target by name, even of the same
/// specification.
fn specs(
    search: &SpecSearch,
    triple: &str,
    is_built_in: impl FnOnce() -> bool,
) -> Vec<Option<PathBuf>> {
    let file = format!("{triple}.json");
    let find = |folders: &[PathBuf]| {
        folders.iter().map(|folder| folder.join(&file)).find(|path| path.is_file())
    };
    let (by_rustc, by_path) = (find(&search.rustc_path), find(&search.above));
    if by_rustc.is_none() && by_path.is_none() {
        // Not worth asking rustc, which is what all links come to.
        return vec![None];
    }
    let by_name = (by_rustc.is_some() || is_built_in()).then_some(None);
    by_name.into_iter().chain(by_rustc.into_iter().chain(by_path).map(Some)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rustlib_path_says_sysroot_and_triple() {
        for path in [
            "/r/lib/rustlib/wasm32-wasip1/lib/self-contained",
            "/r/lib/rustlib/wasm32-wasip1/lib/libcore-1.rlib",
        ] {
            let (sysroot, triple) = rustlib(Path::new(path)).unwrap();
            assert_eq!(sysroot, Path::new("/r"));
            assert_eq!(triple, "wasm32-wasip1");
        }
        assert_eq!(rustlib(Path::new("/t/release/deps/libcore-1.rlib")), None);
    }

    #[test]
    fn a_tools_folder_says_its_sysroot() {
        let folder = Path::new("/r/lib/rustlib/x86_64-unknown-linux-gnu/bin");
        assert_eq!(sysroot_of_tools(folder).as_deref(), Some(Path::new("/r")));
        assert_eq!(sysroot_of_tools(&folder.join("self-contained")), None);
        assert_eq!(sysroot_of_tools(Path::new("/usr/bin")), None);
    }

    #[test]
    fn a_built_in_target_is_not_a_file_that_is_called_so() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("wasm32-unknown-unknown.json");
        let search = |rustc: &[&str]| SpecSearch {
            rustc_path: rustc.iter().map(|name| place.path().join(name)).collect(),
            above: vec![place.path().to_owned()],
        };
        let find = |search: &SpecSearch, triple, known| specs(search, triple, || known);
        let unasked = specs(&search(&[]), "wasm32-unknown-unknown", || panic!("rustc is asked"));
        assert_eq!(unasked, [None]);
        std::fs::write(&file, "{}").unwrap();
        let here = Some(file.clone());
        assert_eq!(find(&search(&[]), "wasm32-unknown-unknown", true), [None, here.clone()]);
        assert_eq!(find(&search(&[]), "wasm32-unknown-unknown", false), [here]);

        let named = place.path().join("targets/mine.json");
        std::fs::create_dir(place.path().join("targets")).unwrap();
        std::fs::write(&named, "{}").unwrap();
        let found = find(&search(&["none", "targets"]), "mine", false);
        assert_eq!(found, [None, Some(named)], "rustc finds it by its name");
    }

    #[test]
    fn a_prebuilt_library_is_not_a_built_one() {
        let lib = "/r/lib/rustlib/wasm32-unknown-unknown/lib";
        let prebuilt = ["core", "compiler_builtins"].map(|n| format!("{lib}/lib{n}-1.rlib").into());
        assert!(built(&prebuilt).is_empty());
        let cargos =
            ["core", "alloc", "compiler_builtins"].map(|n| format!("/t/lib{n}-1.rlib").into());
        assert_eq!(built(&cargos), [Library(cargos.to_vec())]);
    }

    #[test]
    fn a_library_that_is_not_on_the_line_is_beside_its_builtins() {
        let place = tempfile::tempdir().unwrap();
        let rlib = |name: &str, age: u64| {
            let path = place.path().join(format!("lib{name}.rlib"));
            let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(age);
            std::fs::File::create(&path).unwrap().set_modified(time).unwrap();
            path
        };
        let (old, old_alloc) = (rlib("core-2", 1), rlib("alloc-9", 2));
        let (new, new_alloc) = (rlib("core-1", 3), rlib("alloc-3", 4));
        let builtins = rlib("compiler_builtins-1", 1);
        let found = built(std::slice::from_ref(&builtins));
        let expected =
            [vec![new, new_alloc, builtins.clone()], vec![old, old_alloc, builtins]].map(Library);
        assert_eq!(found, expected);
    }
}

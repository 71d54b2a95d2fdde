//! Compiles the stubs to match the objects being linked.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::StubRequest;
use super::layers::{self, Missing};
use crate::error::{Error, Result};
use crate::objects::{self, Features};
use crate::toolchain::Library;
use unpoison_runtime_stubs::SOURCE;
use unpoison_sysroot::programs;

/// The stubs' crate name, and so the object's.
const CRATE: &str = "__unpoison_runtime";

/// One way to come by the `core` and `alloc` that the stubs are compiled against.
enum Core<'a> {
    /// The sysroot's.
    Prebuilt,
    /// One that cargo built (`-Zbuild-std`). It has bitcode only in a build with
    /// link-time optimization.
    Built(&'a Library),
    /// One that is compiled here, in fifteen seconds, from the `rust-src` component
    /// that `-Zbuild-std` needed too. Its `String` is none of the program's, so this
    /// is the last resort.
    Source(PathBuf),
}

/// Compiles the stubs; answers the object, and what it lacks.
pub(super) fn compile(request: &StubRequest) -> Result<(Vec<u8>, Missing)> {
    // rustc takes no path that is not UTF-8.
    let temporary = std::env::temp_dir();
    let scratch = if request.scratch.to_str().is_some() { request.scratch } else { &temporary };
    let folder = tempfile::Builder::new()
        .prefix("stubs-")
        .tempdir_in(scratch)
        .map_err(|e| Error::io("write to the folder", scratch)(e.kind().into()))?;
    let folder = folder.path();
    for (path, text) in SOURCE {
        let path = folder.join(path);
        std::fs::write(&path, text).map_err(Error::io("write", &path))?;
    }
    let mut error = None;
    let layers = layers::wanted(request.threads(), request.rehearse);
    for spec in &request.target.specs {
        let spec = spec.as_deref();
        let mut last_error = None;
        for core in cores(request) {
            let made = sysroot(request, spec, &core, folder).and_then(|sysroot| {
                layers::best(&layers, |on| {
                    compile_with(request, spec, &core, sysroot.as_deref(), on, folder)
                })
            });
            match made {
                Ok((Some(object), missing)) => return Ok((object, missing)),
                Ok((None, _)) => {
                    log::debug!("the prebuilt library has features that the objects lack");
                }
                Err(e @ Error::StubCompile { .. }) => {
                    log::debug!("{e}");
                    last_error = Some(e);
                }
                // Another core would do, but what comes of it would be kept for good.
                Err(e) => return Err(e),
            }
        }
        // A less likely target says less of what is wrong.
        error = error.or(last_error);
    }
    Err(error.unwrap_or_else(|| {
        failed(
            request,
            "the toolchain has no library for it; run `rustup target add` or `rustup component add rust-src`",
        )
    }))
}

/// The cores to try, in order.
fn cores<'a>(request: &StubRequest<'a>) -> Vec<Core<'a>> {
    let built = &request.target.built;
    let mut cores: Vec<_> = built.iter().map(Core::Built).collect();
    if request.prebuilt_core().is_some() {
        cores.push(Core::Prebuilt);
    }
    let source = request
        .toolchain
        .sysroot
        .as_ref()
        .map(|sysroot| sysroot.join("lib/rustlib/src/rust/library/core/src/lib.rs"));
    if let Some(source) = source.filter(|s| s.is_file() && !built.is_empty()) {
        cores.push(Core::Source(source));
    }
    cores
}

/// The sysroot to compile against, made if it must be.
fn sysroot(
    request: &StubRequest,
    spec: Option<&Path>,
    core: &Core,
    folder: &Path,
) -> Result<Option<PathBuf>> {
    Ok(match core {
        Core::Prebuilt => request.std_sysroot().map(Path::to_owned),
        Core::Built(library) => {
            let sysroot = Sysroot::new(request, folder)?;
            library.0.iter().try_for_each(|rlib| sysroot.add(rlib))?;
            Some(sysroot.root)
        }
        Core::Source(source) => Some(compile_core(request, spec, source, folder)?),
    })
}

/// One attempt; `None` if the object would not match.
fn compile_with(
    request: &StubRequest,
    spec: Option<&Path>,
    core: &Core,
    sysroot: Option<&Path>,
    layers: &[&str],
    folder: &Path,
) -> Result<Option<Vec<u8>>> {
    let mut rustc = rustc(request, spec, folder);
    if let Some(sysroot) = sysroot {
        rustc.arg("--sysroot").arg(sysroot);
    }
    for layer in layers {
        rustc.args(["--cfg", layer]);
    }
    rustc
        .args(["--crate-name", CRATE, "--edition", "2021"])
        .args(["--crate-type", "cdylib", "-Clto=fat", "--emit=obj,link"])
        .arg("--out-dir")
        .arg(folder)
        .arg(prefixed("-Clinker=", &request.lld.path))
        // The stubs call `memcpy`, which not every core brings along.
        .arg("-Clink-arg=--allow-undefined")
        .arg(folder.join("lib.rs"));
    let object = folder.join(format!("{CRATE}.o"));
    // Of the attempt before; it is not there as a rule.
    let _ = std::fs::remove_file(&object);
    let done = run(request, rustc);
    // rustc writes the object before it links, and a linker that is not quite what
    // rustc expects may still be the right one for the user's link.
    match done {
        Err(Error::StubCompile { message, .. }) if object.is_file() && is_of_the_link(&message) => {
        }
        done => done?,
    }
    // Optimized-in parts of a prebuilt core bring their own features: a module for
    // engines without, say, bulk memory must not gain it here.
    if let (Core::Prebuilt, Some(wanted), false) =
        (core, request.features, request.target.built.is_empty())
    {
        let got = objects::features_of(&object).unwrap_or_default();
        if !got.is_subset(wanted) {
            return Ok(None);
        }
    }
    std::fs::read(&object).map(Some).map_err(Error::io("read", &object))
}

/// A rustc set up for the target and features of the link.
fn rustc(request: &StubRequest, spec: Option<&Path>, folder: &Path) -> Command {
    let mut rustc = Command::new(&request.toolchain.rustc);
    // What a killed rustc leaves goes away with the folder.
    programs::set_temporary(&mut rustc, folder);
    rustc
        .env("RUSTC_BOOTSTRAP", "1")
        // The tokens of cargo's jobserver are not ours, and one thread will do.
        .env_remove("CARGO_MAKEFLAGS")
        .env_remove("MAKEFLAGS")
        .env_remove("MFLAGS")
        .stdin(Stdio::null())
        .args(["-Cpanic=abort", "-Copt-level=s", "-Ccodegen-units=1"])
        .args(["-Cdebuginfo=0", "-Cmetadata=unpoison", "--cap-lints", "allow"])
        .arg("--color=never")
        .arg({
            let mut remap = prefixed("--remap-path-prefix=", folder);
            remap.push("=/unpoison");
            remap
        })
        .arg("--target");
    match spec {
        Some(spec) => rustc.arg(spec),
        None => rustc.arg(&request.target.triple),
    };
    // For a target of the user's.
    rustc.arg("-Zunstable-options");
    if request.unwinding {
        rustc.args(["--cfg", "unwinding"]);
    }
    if request.pic {
        rustc.args(["-Crelocation-model=pic", "--cfg", "pic"]);
    }
    if let Some(features) = request.features {
        // Exactly these: the least CPU, and what the objects were compiled with.
        rustc.arg("-Ctarget-cpu=mvp");
        if !features.is_empty() {
            rustc.arg(format!("-Ctarget-feature={}", feature_list(features)));
        }
    }
    rustc
}

fn feature_list(features: &Features) -> String {
    let plus: Vec<_> = features.iter().map(|name| format!("+{name}")).collect();
    plus.join(",")
}

/// A sysroot with nothing but what a `no_std` crate needs.
struct Sysroot {
    root: PathBuf,
    /// Where rustc looks for rlibs.
    lib: PathBuf,
}

impl Sysroot {
    fn new(request: &StubRequest, folder: &Path) -> Result<Self> {
        let root = folder.join("sysroot");
        if root.exists() {
            // Of the attempt before.
            std::fs::remove_dir_all(&root).map_err(Error::io("remove", &root))?;
        }
        let rustlib = root.join("lib").join("rustlib");
        let lib = rustlib.join(&request.target.triple).join("lib");
        std::fs::create_dir_all(&lib).map_err(Error::io("create", &lib))?;
        Ok(Self { root, lib })
    }

    fn add(&self, rlib: &Path) -> Result<()> {
        let copy = self.lib.join(rlib.file_name().unwrap_or_default());
        std::fs::hard_link(rlib, &copy)
            .or_else(|_| std::fs::copy(rlib, &copy).map(drop))
            .map_err(Error::io("read", rlib))
    }
}

/// Makes a sysroot from the library's source, with bitcode in it.
fn compile_core(
    request: &StubRequest,
    spec: Option<&Path>,
    source: &Path,
    folder: &Path,
) -> Result<PathBuf> {
    let sysroot = Sysroot::new(request, folder)?;
    let library = |name: &str, source: &Path| {
        let mut rustc = rustc(request, spec, folder);
        if let Some(library) = source.ancestors().nth(3) {
            // The object must not name this machine's folders.
            let mut remap = prefixed("--remap-path-prefix=", library);
            remap.push("=/rustc/library");
            rustc.arg(remap);
        }
        rustc
            .args(["--crate-name", name, "--edition", "2024"])
            .args(["--crate-type", "rlib", "-Cembed-bitcode=yes"])
            .args(["-Zforce-unstable-if-unmarked", "--emit=link", "-o"])
            .arg(sysroot.lib.join(format!("lib{name}-unpoison.rlib")))
            .arg("--sysroot")
            .arg(&sysroot.root)
            .arg(source);
        run(request, rustc)
    };
    library("core", source)?;
    // rustc insists on this crate wherever it links. What would be in it comes
    // from the user's link.
    let builtins = folder.join("compiler_builtins.rs");
    let text = "#![feature(compiler_builtins)]\n#![compiler_builtins]\n#![no_std]\n";
    std::fs::write(&builtins, text).map_err(Error::io("write", &builtins))?;
    library("compiler_builtins", &builtins)?;
    let alloc = source.ancestors().nth(3).unwrap_or(source).join("alloc/src/lib.rs");
    library("alloc", &alloc)?;
    Ok(sysroot.root)
}

fn run(request: &StubRequest, mut rustc: Command) -> Result<()> {
    log::debug!("{rustc:?}");
    let output = rustc.output().map_err(|e| Error::NoRustc {
        looked: format!("{} does not run ({e})", request.toolchain.rustc.display()),
    })?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    log::debug!("{text}");
    let line = text
        .lines()
        .find(|line| line.starts_with("error"))
        .or_else(|| text.lines().find(|line| !line.is_empty()))
        .unwrap_or("rustc says nothing");
    if output.status.code().is_none() {
        return Err(Error::StubsUnfinished(output.status.to_string()));
    }
    let of_system = |line: &&str| SYSTEM.iter().any(|words| line.contains(words));
    let system = text.lines().find(of_system);
    match system {
        Some(system) if !is_of_the_link(line) => Err(Error::StubsUnfinished(format!(
            "{} (its files are in {})",
            system.trim().trim_start_matches("error: "),
            request.scratch.display()
        ))),
        _ => Err(failed(request, line)),
    }
}

/// What rustc and LLVM say when it is the system that fails, not the source.
const SYSTEM: [&str; 3] = [" (os error ", "No space left on device", "IO failure on output stream"];

/// Whether it is the link whose result is thrown away that failed: the object is whole then.
fn is_of_the_link(error: &str) -> bool {
    let words = error.trim_start_matches("error: ");
    ["linking with ", "linker `", "could not exec the linker"]
        .iter()
        .any(|begin| words.starts_with(begin))
}

fn failed(request: &StubRequest, message: &str) -> Error {
    Error::StubCompile {
        target: request.target.triple.clone(),
        message: message.trim_start_matches("error: ").to_owned(),
    }
}

fn prefixed(prefix: &str, path: &Path) -> std::ffi::OsString {
    let mut word = std::ffi::OsString::from(prefix);
    word.push(path);
    word
}

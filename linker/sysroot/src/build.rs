//! Builds a sysroot, unless it is there.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::cargo::Job;
use super::compiler::Compiler;
use super::eh::Eh;
use super::failure;
use super::install;
use super::options::Build;
use super::progress::Progress;
use super::record::{Key, Record};
use super::source::Source;
use super::store::Store;
use crate::error::{Error, Result};

/// The part of cargo's unit graph that is read.
#[derive(Debug, Deserialize)]
struct Graph {
    units: Vec<Unit>,
}

/// A compilation, or a run of a build script.
#[derive(Debug, Deserialize)]
struct Unit {
    pkg_id: String,
    target: UnitTarget,
}

#[derive(Debug, Deserialize)]
struct UnitTarget {
    src_path: PathBuf,
}

/// The part of cargo's messages that is read.
#[derive(Debug, Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    filenames: Vec<PathBuf>,
    target: Option<MessageTarget>,
}

#[derive(Debug, Deserialize)]
struct MessageTarget {
    name: String,
}

/// The sysroot that a command line asks for.
pub(crate) fn ensure(
    store: &Store,
    compiler: &Compiler,
    key: &Key,
    args: &Build,
) -> Result<(PathBuf, Record)> {
    if let Some(found) = store.find(key, args.selectors.eh)? {
        return Ok(found);
    }
    let _lock = store.lock(key)?;
    // Somebody else may just have built it.
    if let Some(found) = store.find(key, args.selectors.eh)? {
        return Ok(found);
    }
    let programs = compiler.programs()?;
    let source = Source::find(compiler, &programs, args.src.as_deref())?;
    if args.locked && !source.has_lock {
        return Err(Error::NoSource {
            why: format!(
                "{} has no Cargo.lock, and --locked asks for one",
                source.workspace.display()
            ),
        });
    }
    let scratch = store.scratch(key)?;
    let library = if source.has_lock {
        source.workspace.clone()
    } else {
        // cargo writes one, and must not write into the source.
        let copy = scratch.path().join("library");
        install::copy_folder(&source.workspace, &copy)?;
        copy
    };
    let target_dir = scratch.path().join("target");
    let eh = args.selectors.eh.or_else(|| store.compiler_default(key));
    // An older compiler has one encoding, and no option to say which.
    let eh = eh.filter(|eh| eh.can_be_asked_of(&programs.rustc, &key.target));
    if let (Some(asked), None) = (args.selectors.eh, eh)
        && let Some(own) =
            Eh::of_compiler(&programs.rustc, &programs.sysroot, &key.target, scratch.path())?
        && own != asked
    {
        return Err(Error::Usage(format!(
            "Rust {} knows one encoding of exceptions only, {own}: leave --eh out, or take a newer compiler",
            compiler.release
        )));
    }
    let job = Job {
        compiler,
        programs: &programs,
        source: &source,
        workspace: &library,
        vendor: source.vendor.as_deref(),
        target: &key.target,
        eh,
        target_dir: &target_dir,
    };
    let log = store.log(key);
    let rlibs = build(job, &log)?;
    let made = eh_of(&rlibs, &log)?;

    let sysroot = scratch.path().join("sysroot");
    let mut files = install::install(&rlibs, &sysroot, &key.target)?;
    files.extend(install::c_library(&programs.sysroot, &sysroot, &key.target)?);
    if args.selectors.eh.is_some_and(|eh| eh != made) {
        return Err(Error::Build {
            message: format!("the compiler made it {made}, whatever it was told"),
            log,
        });
    }
    let compiler_default = match eh {
        None => made,
        Some(_) => Eh::of_compiler(&programs.rustc, &sysroot, &key.target, scratch.path())?
            .ok_or_else(|| Error::Build {
                message: "the compiler does not say which flavour it emits by itself".into(),
                log: log.clone(),
            })?,
    };
    let record = Record {
        key: key.clone(),
        release: compiler.release.clone(),
        commit: compiler.commit.clone(),
        eh: made,
        compiler_default,
        unpoison: env!("CARGO_PKG_VERSION").to_owned(),
        files,
    };
    record.save(&sysroot)?;
    let folder = store.publish(&sysroot, &key.name(made))?;
    let _ = std::fs::remove_file(log);
    Ok((folder, record))
}

/// Runs cargo and answers the target's rlibs, and their metadata.
fn build(mut job: Job, log: &Path) -> Result<Vec<PathBuf>> {
    let progress = Progress::begin(&job.compiler.release, job.target);
    let graph = match graph(&job, log) {
        // A distribution leaves out crates that only tests of the library need, and
        // cargo wants to know of all.
        Err(e) if job.vendor.is_some() => {
            log::debug!("not with the source's vendor folder: {e}");
            job.vendor = None;
            graph(&job, log)?
        }
        tried => tried?,
    };
    progress.steps(graph.units.len());
    let mut cargo = job.command(&remaps(&graph, &job))?;
    cargo.arg("--message-format=json-render-diagnostics").stdout(Stdio::piped());
    let mut child = start(&mut cargo, log)?;
    let mut rlibs = Vec::new();
    let stdout = child.stdout.take().map(BufReader::new);
    for line in stdout.into_iter().flat_map(BufRead::lines).map_while(|line| line.ok()) {
        let Ok(message) = serde_json::from_str::<Message>(&line) else { continue };
        if !matches!(&*message.reason, "compiler-artifact" | "build-script-executed") {
            continue;
        }
        progress.step(message.target.as_ref().map_or("", |target| &target.name));
        rlibs.extend(message.filenames.into_iter().filter(|path| {
            // What runs on the host lies elsewhere. Metadata, because newer cargos leave
            // it out of the rlibs; where they do not, it does no harm.
            path.extension().is_some_and(|e| e == "rlib" || e == "rmeta")
                && path.strip_prefix(job.target_dir).is_ok_and(|p| p.starts_with(job.target))
        }));
    }
    let status = child.wait().map_err(Error::io("run", &job.programs.cargo))?;
    if !status.success() || rlibs.is_empty() {
        return Err(failure::error(log));
    }
    progress.done();
    Ok(rlibs)
}

/// Asks cargo what it is going to do. It downloads what it needs for that.
fn graph(job: &Job, log: &Path) -> Result<Graph> {
    let mut cargo = job.command(&[])?;
    cargo.args(["--unit-graph", "-Zunstable-options"]).stdout(Stdio::piped());
    let output = start(&mut cargo, log)?;
    let output = output.wait_with_output().map_err(Error::io("run", &job.programs.cargo))?;
    if !output.status.success() {
        return Err(failure::error(log));
    }
    serde_json::from_slice(&output.stdout).map_err(|e| Error::Build {
        message: format!("cargo's unit graph is not understood: {e}"),
        log: log.to_owned(),
    })
}

fn start(cargo: &mut Command, log: &Path) -> Result<std::process::Child> {
    log::debug!("{cargo:?}");
    let file = File::create(log).map_err(Error::io("write", log))?;
    let program = cargo.get_program().to_owned();
    cargo.stderr(file).spawn().map_err(|e| Error::NoCompiler {
        program: program.display().to_string(),
        why: e.to_string(),
    })
}

/// The folders of the library's crates, and what the prebuilt library calls them; of several
/// that fit the compiler takes the last.
fn remaps(graph: &Graph, job: &Job<'_>) -> Vec<(PathBuf, String)> {
    let library = format!("/rustc/{}/library", job.compiler.name());
    // cargo calls the compiler in the workspace, and names what lies in there from there.
    let own = own(graph, job.workspace);
    let own = own.into_iter().map(|folder| (folder.into(), format!("{library}/{folder}")));
    let downloaded = downloaded(graph).into_iter().flat_map(|folder| {
        let relative = folder.strip_prefix(job.workspace).map(Path::to_owned).ok();
        std::iter::once(folder).chain(relative).map(|folder| (folder, "/rust/deps".to_owned()))
    });
    let whole = (job.workspace.to_owned(), library.clone());
    std::iter::once(whole).chain(own).chain(downloaded).collect()
}

/// The folders of the library's own crates below its workspace.
fn own<'g>(graph: &'g Graph, workspace: &Path) -> BTreeSet<&'g str> {
    let own = graph.units.iter().filter(|unit| unit.pkg_id.starts_with("path+"));
    own.filter_map(|unit| {
        let path = unit.target.src_path.strip_prefix(workspace).ok()?;
        path.components().next()?.as_os_str().to_str()
    })
    .collect()
}

/// The folders that downloaded crates lie in.
fn downloaded(graph: &Graph) -> BTreeSet<PathBuf> {
    graph
        .units
        .iter()
        .filter(|unit| unit.pkg_id.starts_with("registry+"))
        .filter_map(|unit| {
            // `…#name@version`, in `…/name-version/src/lib.rs`, or `…/name/…` if vendored.
            let (name, version) = unit.pkg_id.rsplit_once('#')?.1.split_once('@')?;
            let versioned = format!("{name}-{version}");
            let folder =
                unit.target.src_path.ancestors().find(|folder| {
                    folder.file_name().is_some_and(|f| f == name || *f == *versioned)
                })?;
            Some(folder.parent()?.to_owned())
        })
        .collect()
}

/// The flavour of what was built.
fn eh_of(rlibs: &[PathBuf], log: &Path) -> Result<Eh> {
    // Nearly all of core's functions have no landing pad; std is full of them.
    let std_first = |path: &&PathBuf| !crate::programs::is_rlib(path, "std");
    let mut sorted: Vec<_> = rlibs.iter().collect();
    sorted.sort_by_key(std_first);
    Eh::of_rlibs(sorted.into_iter().map(PathBuf::as_path))?.ok_or_else(|| Error::Build {
        message: "the library that came out does not unwind".into(),
        log: log.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn downloaded_crates_lose_their_folder() {
        let unit = |id: &str, path: &str| Unit {
            pkg_id: id.into(),
            target: UnitTarget { src_path: path.into() },
        };
        let graph = Graph {
            units: vec![
                unit("registry+https://r#libc@0.2.1", "/h/src/r/libc-0.2.1/build.rs"),
                unit("registry+https://r#gimli@0.3.0", "/h/src/r/gimli-0.3.0/src/lib.rs"),
                unit("registry+https://r#cfg-if@1.0.4", "/v/vendor/cfg-if/src/lib.rs"),
                unit("path+file:///l/core#0.0.0", "/l/core/src/lib.rs"),
            ],
        };
        let folders: Vec<_> = downloaded(&graph).into_iter().collect();
        assert_eq!(folders, [Path::new("/h/src/r"), Path::new("/v/vendor")]);
        assert_eq!(own(&graph, Path::new("/l")).into_iter().collect::<Vec<_>>(), ["core"]);
    }
}

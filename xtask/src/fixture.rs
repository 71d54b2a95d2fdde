//! Fixture crates at a point of the matrix of build settings.

use crate::record::{self, Recorded};
use crate::toolchain::Toolchain;
use crate::{disk, run, setup, sysroot, tools};
use anyhow::{Context, Result};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The settings of `[profile.release]` that change what a linker gets or must do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// `lto`: "off", "thin" or "fat".
    pub lto: &'static str,
    /// `opt-level`: "0" to "3", "s", "z".
    pub opt: &'static str,
    /// `debug`: "none", "line-tables-only" or "full".
    pub debug: &'static str,
    /// `strip`: "none", "debuginfo" or "symbols".
    pub strip: &'static str,
}

impl Point {
    /// What `cargo build --release` does without a word in `Cargo.toml`.
    pub const RELEASE: Self = Self { lto: "off", opt: "3", debug: "none", strip: "none" };

    /// The variables by which cargo learns of the point.
    pub fn env(&self) -> [(&'static str, &'static str); 4] {
        [
            ("CARGO_PROFILE_RELEASE_LTO", self.lto),
            ("CARGO_PROFILE_RELEASE_OPT_LEVEL", self.opt),
            ("CARGO_PROFILE_RELEASE_DEBUG", self.debug),
            ("CARGO_PROFILE_RELEASE_STRIP", self.strip),
        ]
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lto-{}-opt-{}-debug-{}-strip-{}", self.lto, self.opt, self.debug, self.strip)
    }
}

/// What becomes of a panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panics {
    /// It aborts: the standard library as rustup brings it.
    Abort,
    /// It unwinds, with the library of `unpoison sysroot` in a flavour.
    Unwind(Eh),
    /// It unwinds, with the library built along with the crate by `-Zbuild-std`; which
    /// exceptions it uses is left to the compiler.
    BuildStd,
    /// It aborts, with a library for threads, built along with the crate.
    Threads,
    /// It is an instruction that traps (`panic=immediate-abort`), in a library built along
    /// with the crate, too.
    ImmediateAbort,
    /// It unwinds, with a library for threads, built along with the crate.
    UnwindThreads,
}

/// An encoding of exceptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eh {
    /// `try` and `catch`.
    Legacy,
    /// `try_table` and `throw_ref`.
    Exnref,
}

impl Eh {
    /// Its name for `unpoison sysroot --eh`, and in the module contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Legacy => "legacy",
            Self::Exnref => "exnref",
        }
    }
}

/// A point, and what becomes of panics there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Build {
    /// The settings of the profile.
    pub point: Point,
    /// What becomes of a panic.
    pub panics: Panics,
}

impl Build {
    /// A point whose panics unwind.
    pub fn unwinding(point: Point, eh: Eh) -> Self {
        Self { point, panics: Panics::Unwind(eh) }
    }

    /// Where everything made of a fixture so goes.
    pub fn dir(&self, name: &str) -> PathBuf {
        run::target_dir().join("fixtures").join(name).join(self.to_string())
    }

    /// Builds a fixture and answers its recorded link. Each build has a target folder
    /// of its own: cargo then never overwrites one's recording by another's.
    pub fn record(&self, toolchain: &Toolchain, name: &str) -> Result<Recorded> {
        let _turn = setup::turn(&format!("fixture-{name}-{self}"))?;
        let dir = self.dir(name);
        let recorded = self.record_in(toolchain, name, &dir)?;
        disk::spare(&dir.join("cargo"));
        Ok(recorded)
    }

    /// The same in a folder of the caller's, for a compiler that is not the usual one.
    pub fn record_in(&self, toolchain: &Toolchain, name: &str, dir: &Path) -> Result<Recorded> {
        Source::fixture(name).record(toolchain, &dir.join("cargo"), &dir.join("link"), self)
    }

    /// The same in a target folder that all builds of the fixture share: one takes its
    /// turn after the other, and what they need on the host is compiled once.
    pub fn record_in_turn(&self, toolchain: &Toolchain, name: &str) -> Result<Recorded> {
        let _turn = setup::turn(name)?;
        Source::fixture(name).record(toolchain, &shared(name), &self.dir(name).join("link"), self)
    }

    /// Tells cargo of it.
    fn tell(&self, toolchain: &Toolchain, cargo: &mut Command) -> Result<()> {
        cargo.envs(self.point.env());
        // What runs on this machine during the build is not what is looked at.
        cargo.env("CARGO_PROFILE_RELEASE_BUILD_OVERRIDE_DEBUG", "none");
        match self.panics {
            Panics::Abort => {}
            Panics::Unwind(eh) => {
                let flags = sysroot::unwinding(toolchain, eh.name())?.rustflags;
                cargo.env(RUSTFLAGS, flags.join("\u{1f}"));
            }
            Panics::Threads | Panics::UnwindThreads => {
                let strategy = match self.panics {
                    Panics::Threads => "abort",
                    _ => "unwind",
                };
                cargo.arg(format!("-Zbuild-std=std,panic_{strategy}"));
                cargo.env("CARGO_PROFILE_RELEASE_PANIC", strategy);
                let flags = format!("{}\u{1f}-Cpanic={strategy}", THREADS.join("\u{1f}"));
                cargo.env(RUSTFLAGS, flags).env("RUSTC_BOOTSTRAP", "1");
            }
            Panics::ImmediateAbort => {
                cargo.arg("-Zbuild-std=std,panic_abort").env("RUSTC_BOOTSTRAP", "1");
                cargo.env(RUSTFLAGS, "-Zunstable-options\u{1f}-Cpanic=immediate-abort");
            }
            Panics::BuildStd => {
                cargo.arg("-Zbuild-std=std,panic_unwind");
                cargo.env(RUSTFLAGS, "-Cpanic=unwind").env("RUSTC_BOOTSTRAP", "1");
            }
        }
        Ok(())
    }
}

impl From<Point> for Build {
    /// As most crates are built.
    fn from(point: Point) -> Self {
        Self { point, panics: Panics::Abort }
    }
}

impl From<&Point> for Build {
    fn from(point: &Point) -> Self {
        Self::from(*point)
    }
}

impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.panics {
            Panics::Abort => write!(f, "{}", self.point),
            Panics::Unwind(eh) => write!(f, "{}-{}", self.point, eh.name()),
            Panics::BuildStd => write!(f, "{}-build-std", self.point),
            Panics::Threads => write!(f, "{}-threads", self.point),
            Panics::ImmediateAbort => write!(f, "{}-immediate-abort", self.point),
            Panics::UnwindThreads => write!(f, "{}-threads-unwind", self.point),
        }
    }
}

/// Flags for the target alone where cargo is told of one, split so that a folder may
/// have a space in its name.
const RUSTFLAGS: &str = "CARGO_ENCODED_RUSTFLAGS";

/// What a module for threads is built with.
const THREADS: [&str; 9] = [
    "-Ctarget-feature=+atomics,+bulk-memory,+mutable-globals",
    "-Clink-arg=--shared-memory",
    "-Clink-arg=--import-memory",
    "-Clink-arg=--max-memory=1073741824",
    "-Clink-arg=--export=__wasm_init_tls",
    "-Clink-arg=--export=__tls_size",
    "-Clink-arg=--export=__tls_align",
    "-Clink-arg=--export=__tls_base",
    "-Clink-arg=--export=__stack_pointer",
];

/// The folder of a fixture crate.
pub fn crate_dir(name: &str) -> PathBuf {
    run::root().join("tests/fixtures").join(name)
}

/// The target folder that all builds of a fixture share.
pub fn shared(name: &str) -> PathBuf {
    run::target_dir().join("fixtures").join(name).join("cargo")
}

/// Lets go of it, on a disk that is nearly full.
///
/// # Errors
/// Where the folder of locks cannot be written.
pub fn spare(name: &str) -> Result<()> {
    let _turn = setup::turn(name)?;
    disk::spare(&shared(name));
    Ok(())
}

/// [`Build::record`] at a point, with panics that abort.
pub fn record(toolchain: &Toolchain, name: &str, point: &Point) -> Result<Recorded> {
    Build::from(*point).record(toolchain, name)
}

/// A crate whose link is recorded.
#[derive(Clone, Debug)]
pub struct Source {
    /// The folder that cargo runs in.
    pub folder: PathBuf,
    /// Which crate of a workspace; `None` for the only one.
    pub package: Option<String>,
    /// Folders with all that it is made of.
    pub made_of: Vec<PathBuf>,
}

impl Source {
    /// Some fixtures share their sources.
    fn fixture(name: &str) -> Self {
        let folder = crate_dir(name);
        let made_of = vec![run::root().join("tests/fixtures"), folder.clone()];
        Self { folder, package: None, made_of }
    }

    /// Builds in the target folder `target`, and records to `link`. Where all is as it was when
    /// it was recorded, nothing is built, if `target` is gone or the crate is one of several:
    /// cargo links only once what several builds share.
    ///
    /// # Errors
    /// Where it does not build.
    pub fn record(
        &self,
        toolchain: &Toolchain,
        target: &Path,
        link: &Path,
        build: &Build,
    ) -> Result<Recorded> {
        let mut cargo = toolchain.cargo("build", &self.folder);
        build.tell(toolchain, &mut cargo)?;
        cargo
            .args(["--quiet", "--release", "--locked"])
            .arg("--target-dir")
            .arg(target)
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", tools::recorder()?)
            .env(record::RECORD_TO, link)
            .env(record::RECORD_LINKER, toolchain.lld()?);
        if let Some(package) = &self.package {
            cargo.args(["--package", package]);
        }
        let made_of = self.made_of(&cargo)?;
        let stamp = link.join("made-of");
        let stays = self.package.is_some() || !target.exists();
        if stays && std::fs::read(&stamp).is_ok_and(|was| was == made_of) {
            return Recorded::load(link);
        }
        run::quiet(&mut cargo)
            .with_context(|| format!("cannot build {}", self.folder.display()))?;
        let recorded = Recorded::load(link).with_context(|| {
            format!("cargo did not link; remove {} and try again", target.display())
        })?;
        std::fs::write(stamp, made_of)?;
        Ok(recorded)
    }

    /// All that a recording depends on: the command with its variables, and the sources.
    fn made_of(&self, cargo: &Command) -> Result<Vec<u8>> {
        let mut hasher = DefaultHasher::new();
        format!("{cargo:?}").hash(&mut hasher);
        for folder in &self.made_of {
            hash_folder(folder, &mut hasher)?;
        }
        Ok(hasher.finish().to_string().into_bytes())
    }
}

fn hash_folder(folder: &Path, hasher: &mut DefaultHasher) -> Result<()> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort_unstable();
    for path in paths {
        path.hash(hasher);
        match path.is_dir() {
            true => hash_folder(&path, hasher)?,
            false => std::fs::read(&path)?.hash(hasher),
        }
    }
    Ok(())
}

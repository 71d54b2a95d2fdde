//! cargo for the library: with the user's registries and proxies, and with nothing
//! that their own builds set.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::compiler::{Compiler, Programs};
use super::eh::Eh;
use super::source::Source;
use crate::error::{Error, Result};

/// What is built, with what, where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job<'a> {
    /// The compiler.
    pub(crate) compiler: &'a Compiler,
    /// Its programs.
    pub(crate) programs: &'a Programs,
    /// The library.
    pub(crate) source: &'a Source,
    /// Its workspace: the source's own, or a copy that may be written to.
    pub(crate) workspace: &'a Path,
    /// A folder with the crates that the library needs; without one cargo downloads
    /// them.
    pub(crate) vendor: Option<&'a Path>,
    /// The target.
    pub(crate) target: &'a str,
    /// The flavour, or the compiler's own.
    pub(crate) eh: Option<Eh>,
    /// cargo's target folder.
    pub(crate) target_dir: &'a Path,
}

/// What the prebuilt library is built with (rust's `library/Cargo.toml`, profile
/// `dist`, and `src/bootstrap`), on top of `release` where the source does not say it
/// itself. A user's home config may set the profile too, so all is said.
const PROFILE: &[&str] = &[
    "inherits=\"release\"",
    "opt-level=3",
    "codegen-units=1",
    "debug=\"line-tables-only\"",
    "debug-assertions=false",
    "overflow-checks=false",
    "incremental=false",
    "lto=false",
    "strip=\"none\"",
];

impl Job<'_> {
    /// `cargo build` of the library.
    pub(crate) fn command(&self, remaps: &[(PathBuf, String)]) -> Result<Command> {
        let mut cargo = Command::new(&self.programs.cargo);
        clean(&mut cargo);
        cargo
            .stdin(Stdio::null())
            // Above it there is no config of a project's.
            .current_dir(self.target_dir.ancestors().last().unwrap_or(self.target_dir))
            .env("RUSTC", &self.programs.rustc)
            // Empty switches off the config's.
            .env("RUSTC_WRAPPER", "")
            .env("RUSTC_WORKSPACE_WRAPPER", "")
            // The library is written in the language that only its own compiler speaks.
            .env("RUSTC_BOOTSTRAP", "1")
            // Keeps the library's crates apart from a program's of the same version.
            .env("__CARGO_DEFAULT_LIB_METADATA", "unpoison")
            .env("CARGO_BUILD_BUILD_DIR", self.target_dir)
            .env("CARGO_ENCODED_RUSTFLAGS", self.rustflags(remaps)?)
            .args(["build", "--profile", "dist", "--target", self.target, "--manifest-path"])
            .arg(self.workspace.join("sysroot").join("Cargo.toml"))
            .arg("--target-dir")
            .arg(self.target_dir)
            .args(["--no-default-features", "--features", "panic-unwind,backtrace"])
            .arg("--color=never");
        for setting in PROFILE {
            cargo.arg("--config").arg(format!("profile.dist.{setting}"));
        }
        if self.source.has_lock {
            cargo.arg("--locked");
        }
        if let Some(vendor) = self.vendor {
            let mut folder = toml_edit::Table::new();
            folder["directory"] = toml_edit::value(vendor.display().to_string());
            cargo.args(["--config", "source.crates-io.replace-with=\"unpoison-vendor\""]);
            cargo.arg("--config");
            cargo.arg(format!("source.unpoison-vendor.{}", folder.to_string().trim_end()));
        }
        Ok(cargo)
    }

    /// The flags for all crates of the library, in cargo's encoding.
    fn rustflags(&self, remaps: &[(PathBuf, String)]) -> Result<OsString> {
        let mut flags: Vec<OsString> = vec![
            "-Zforce-unstable-if-unmarked".into(),
            // Of `panic_abort` too, which nobody links: rustc does not take any of this
            // library for `-Cpanic=abort`.
            "-Cpanic=unwind".into(),
            // A user's build may have link-time optimization.
            "-Cembed-bitcode=yes".into(),
            // The library denies lints that only its unwinding half has run into: 1.91 did
            // not build for one. Not less than warnings, which cargo reads.
            "--cap-lints=warn".into(),
        ];
        flags.extend(self.eh.map(|eh| eh.rustflag().into()));
        // Places in panic messages are those of the prebuilt library.
        for (from, to) in remaps {
            let mut flag = OsString::from("--remap-path-prefix=");
            flag.push(from);
            flag.push("=");
            flag.push(to);
            flags.push(flag);
        }
        if flags.iter().any(|flag| flag.as_encoded_bytes().contains(&0x1f)) {
            return Err(Error::Usage("a folder's name has a control character".into()));
        }
        Ok(flags.join(OsStr::new("\x1f")))
    }
}

/// Takes the settings of builds out of the environment; those of registries, of the
/// network and of the host's linker stay.
fn clean(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_a_build_s) {
            command.env_remove(&name);
        }
    }
}

fn is_a_build_s(name: &str) -> bool {
    const KEPT: [&str; 7] = [
        "CARGO_BUILD_JOBS",
        "CARGO_HOME",
        "CARGO_HTTP_",
        "CARGO_NET_",
        "CARGO_REGISTR",
        "CARGO_SOURCE_",
        "CARGO_HTTPS_PROXY",
    ];
    if name.starts_with("CARGO") || name.starts_with("__CARGO") {
        let linker = name.starts_with("CARGO_TARGET_") && name.ends_with("_LINKER");
        return !linker && !KEPT.iter().any(|kept| name.starts_with(kept));
    }
    // `make` and an outer cargo hand on a jobserver that is not ours.
    matches!(name, "MAKEFLAGS" | "MFLAGS") || name.starts_with("RUSTFLAGS") || {
        name.starts_with("RUSTC") || name.starts_with("RUSTDOC")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_builds_go_and_those_of_the_machine_stay() {
        for name in [
            "RUSTFLAGS",
            "RUSTC_WRAPPER",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_BUILD_TARGET",
            "CARGO_TARGET_DIR",
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
            "CARGO_PROFILE_RELEASE_LTO",
            "CARGO_MAKEFLAGS",
            "CARGO_INCREMENTAL",
        ] {
            assert!(is_a_build_s(name), "{name}");
        }
        for name in [
            "CARGO_HOME",
            "CARGO_NET_OFFLINE",
            "CARGO_HTTP_PROXY",
            "CARGO_REGISTRIES_CRATES_IO_PROTOCOL",
            "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER",
            "RUSTUP_HOME",
            "PATH",
        ] {
            assert!(!is_a_build_s(name), "{name}");
        }
    }
}

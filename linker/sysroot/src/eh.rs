//! The two flavours of exception handling in wasm, which no engine mixes in a module.

use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};

use object::read::archive::ArchiveFile;
use serde::{Deserialize, Serialize};
use wasmparser::{Operator, Parser, Payload};

use crate::error::{Error, Result};

/// A flavour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Eh {
    /// `try` and `catch_all`: every engine since 2021, Node 20 too
    Legacy,
    /// `try_table` and `exnref`, the standard: engines since 2025, Node 24 and wasmtime
    Exnref,
}

/// A function with a destructor to run: whatever LLVM emits for it is the default.
const PROBE: &str = "\
#![no_std]
unsafe extern \"C-unwind\" { fn call(); }
unsafe extern \"C\" { fn dropped(); }
struct Guard;
impl Drop for Guard { fn drop(&mut self) { unsafe { dropped() } } }
#[unsafe(no_mangle)]
pub unsafe extern \"C-unwind\" fn probe() { let _guard = Guard; unsafe { call() } }
";

impl Eh {
    /// The flag that makes LLVM emit it.
    pub(crate) fn rustflag(self) -> String {
        format!("-Cllvm-args={}{}", Self::LLVM_ARG, self == Self::Legacy)
    }

    /// How LLVM's option begins.
    pub(crate) const LLVM_ARG: &str = "-wasm-use-legacy-eh=";

    /// Whether a compiler's LLVM knows the flag.
    pub(crate) fn can_be_asked_of(self, rustc: &Path, target: &str) -> bool {
        let flag = self.rustflag();
        // As cargo asks: LLVM looks at its arguments before anything is compiled.
        let asks = |flags: &[&str]| {
            let mut command = Command::new(rustc);
            command.args(["-", "--crate-name", "___", "--print=file-names", "--print=cfg"]);
            command.args(["--target", target]).args(flags).stdin(Stdio::null());
            command.output().is_ok_and(|output| output.status.success())
        };
        asks(&[&flag]) || !asks(&[])
    }

    /// The flavour of the first of these rlibs that has a landing pad.
    pub(crate) fn of_rlibs<'a>(rlibs: impl IntoIterator<Item = &'a Path>) -> Result<Option<Self>> {
        for path in rlibs {
            let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
            let Ok(archive) = ArchiveFile::parse(&*bytes) else { continue };
            let members = archive.members().flatten();
            let objects = members.filter_map(|member| member.data(&*bytes).ok());
            if let Some(found) = objects.filter_map(Self::of_object).next() {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The flavour of an object; `None` if it has no landing pad, or is no wasm.
    fn of_object(object: &[u8]) -> Option<Self> {
        if !object.starts_with(b"\0asm") {
            return None;
        }
        let bodies = Parser::new(0).parse_all(object).filter_map(|payload| match payload {
            Ok(Payload::CodeSectionEntry(body)) => Some(body),
            _ => None,
        });
        bodies.filter_map(|body| body.get_operators_reader().ok()).find_map(|mut operators| {
            while let Ok(operator) = operators.read() {
                match operator {
                    Operator::Try { .. } => return Some(Self::Legacy),
                    Operator::TryTable { .. } => return Some(Self::Exnref),
                    _ => {}
                }
            }
            None
        })
    }

    /// What a compiler emits unless told otherwise, asked with the `core` in a sysroot,
    /// else with its own. `None` if it does not compile the question.
    pub(crate) fn of_compiler(
        rustc: &Path,
        sysroot: &Path,
        target: &str,
        scratch: &Path,
    ) -> Result<Option<Self>> {
        let source = scratch.join("probe.rs");
        std::fs::write(&source, PROBE).map_err(Error::io("write", &source))?;
        let object = scratch.join("probe.o");
        for sysroot in [Some(sysroot), None] {
            let mut command = Command::new(rustc);
            command
                .args(["--crate-type=lib", "--edition=2024", "-Cpanic=unwind", "--emit=obj"])
                .args(["--target", target, "-o"])
                .args([&object, &source])
                .stdin(Stdio::null());
            if let Some(sysroot) = sysroot {
                command.arg("--sysroot").arg(sysroot);
            }
            match command.output() {
                Ok(output) if output.status.success() => {
                    let object = std::fs::read(&object).map_err(Error::io("read", &object))?;
                    return Ok(Self::of_object(&object));
                }
                failed => log::debug!("the probe: {failed:?}"),
            }
        }
        Ok(None)
    }
}

impl fmt::Display for Eh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Legacy => "legacy",
            Self::Exnref => "exnref",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(wat: &str) -> Option<Eh> {
        Eh::of_object(&wat::parse_str(wat).unwrap())
    }

    #[test]
    fn the_flavour_is_what_the_first_landing_pad_is() {
        assert_eq!(of("(module (func) (func try catch_all end))"), Some(Eh::Legacy));
        let standard = "(module (func) (func (block (try_table (catch_all 0)))))";
        assert_eq!(of(standard), Some(Eh::Exnref));
        assert_eq!(of("(module (func))"), None);
        assert_eq!(Eh::of_object(b"\x7fELF"), None);
    }

    #[test]
    fn the_flags_are_llvm_s() {
        assert_eq!(Eh::Legacy.rustflag(), "-Cllvm-args=-wasm-use-legacy-eh=true");
        assert_eq!(Eh::Exnref.rustflag(), "-Cllvm-args=-wasm-use-legacy-eh=false");
    }
}

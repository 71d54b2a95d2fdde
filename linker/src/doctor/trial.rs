//! A trial link: a program of a few lines, compiled by rustc with this linker.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Line, itself};
use crate::error::{Error, Result};
use crate::meta;

const LIBRARY: &str = "#[no_mangle] pub extern \"C\" fn divide(a: u32, b: u32) -> u32 { a / b }";
const COMMAND: &str = "fn main() { assert_ne!(std::env::args().count(), 7) }";
const WITHOUT_STD: &str = "#![no_std]
#[panic_handler] fn panic(_: &core::panic::PanicInfo) -> ! { loop {} }
#[no_mangle] pub extern \"C\" fn divide(a: u32, b: u32) -> u32 { a / b }";

/// Links, and looks at what came out.
pub(super) fn run(target: &str) -> Result<Vec<Line>> {
    let dir = tempfile::tempdir().map_err(Error::io("make a folder in", &std::env::temp_dir()))?;
    let (source, kind) = match target {
        "wasm32v1-none" => (WITHOUT_STD, "cdylib"),
        _ if target.contains("-wasi") => (COMMAND, "bin"),
        _ => (LIBRARY, "cdylib"),
    };
    let path = |name: &str| dir.path().join(name);
    std::fs::write(path("trial.rs"), source).map_err(Error::io("write", &path("trial.rs")))?;
    let mut linker = OsString::from("-Clinker=");
    linker.push(itself());
    let compiled = Command::new("rustc")
        .current_dir(dir.path())
        .args(["trial.rs", "-Cpanic=abort", "--color=never", "--target", target])
        .args(["--crate-type", kind, "-o", "trial.wasm"])
        .arg(linker)
        .env("UNPOISON_LOG", "warn")
        .env("UNPOISON_LOG_FILE", path("log"))
        .env("UNPOISON_VALIDATE", "1")
        .stdin(Stdio::null())
        .output();
    let mut lines = match compiled {
        Ok(output) if output.status.success() => vec![look_at(&path("trial.wasm"))],
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            let ours = said.lines().find_map(|line| line.split_once("unpoison: error: "));
            let first = said.lines().next().unwrap_or_default();
            let reason = ours.map_or(first, |(_, reason)| reason);
            vec![Line::error(format!("a trial link failed: {reason}"), "the reason is in the line")]
        }
        Err(e) => vec![Line::error(format!("rustc does not run: {e}"), "install Rust anew")],
    };
    let log = std::fs::read_to_string(path("log")).unwrap_or_default();
    let missing = log.lines().filter_map(|line| line.split_once("the runtime stubs lack"));
    lines.extend(missing.map(|(_, what)| {
        Line::warning(
            format!("the runtime stubs lack{what}"),
            "links work, and reports say less; a newer unpoison may know this compiler",
        )
    }));
    Ok(lines)
}

/// Whether the module, or the one in a component, has the table of failing places.
fn look_at(file: &Path) -> Line {
    let bytes = std::fs::read(file).unwrap_or_default();
    match meta::section(&bytes).is_ok_and(|section| section.is_some()) {
        true => Line::ok("a trial link: the module is protected"),
        false => Line::error(
            "a trial link gave a module without protection",
            "please report this, with what `UNPOISON_LOG=debug` says",
        ),
    }
}

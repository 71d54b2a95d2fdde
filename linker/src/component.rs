//! Targets whose programs are components (wasm32-wasip2 and later).
//!
//! rustc's own linker for them is `wasm-component-ld`, which comes with every toolchain: it
//! calls a wasm-ld and makes a component of what comes out. `linker = "unpoison"` puts
//! unpoison into its place, so unpoison calls it, and names itself as the wasm-ld: the
//! module inside is linked as ever.
//!
//! `wasm-component-ld` refuses options that it does not know, so unpoison's own travel in
//! the environment, from one process of unpoison to the next.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::ExitStatus;

use crate::args::Args;
use crate::error::{Error, Result};
use crate::lld::Lld;
use unpoison_sysroot::programs;

const PROGRAM: &str = "wasm-component-ld";

/// Where the component goes, for what is put beside it. Set says: the caller is
/// `wasm-component-ld`, and another unpoison called that.
const OUTPUT: &str = "UNPOISON_INSIDE_COMPONENT";
/// unpoison's own options, one a line.
const OPTIONS: &str = "UNPOISON_INSIDE_OPTIONS";

/// Whether a target's programs are components.
pub(crate) fn is_made_for(triple: &str) -> bool {
    let version = triple.split('-').nth(1).and_then(|system| system.strip_prefix("wasip"));
    version.and_then(|version| version.parse::<u32>().ok()).is_some_and(|version| version >= 2)
}

/// The link of the module inside a component.
#[derive(Debug)]
pub(crate) struct Inside {
    /// Where the component goes.
    pub(crate) output: PathBuf,
    /// unpoison's own options.
    pub(crate) options: Vec<OsString>,
}

impl Inside {
    /// What the unpoison outside says, if there is one.
    pub(crate) fn of_process() -> Option<Self> {
        let output = std::env::var_os(OUTPUT)?.into();
        let options = std::env::var(OPTIONS).unwrap_or_default();
        let options = options.lines().filter(|line| !line.is_empty());
        Some(Self { output, options: options.map(OsString::from).collect() })
    }
}

/// Has `wasm-component-ld` link the component, with unpoison as its wasm-ld.
pub(crate) fn link(args: &Args, lld: &Lld) -> Result<ExitStatus> {
    let program = find(lld)?;
    let me = std::env::current_exe().map_err(Error::io("find", "unpoison"))?;
    let mut line: Vec<OsString> = args.verbatim().cloned().collect();
    let mut wasm_ld = OsString::from("--wasm-ld-path=");
    wasm_ld.push(me);
    line.push(wasm_ld);
    // Where it is relative, it is so to the folder that all of them run in.
    let output = args.output.clone().unwrap_or_default().into_os_string();
    let own = args.own.join(OsStr::new("\n"));
    let status =
        program.in_place(&line, args.from_response, &[(OUTPUT, output), (OPTIONS, own)])?;
    match status.success() {
        true => Ok(status),
        false => Err(Error::ComponentLdFailed(status)),
    }
}

/// It lies beside rust-lld, and takes its arguments.
fn find(lld: &Lld) -> Result<Lld> {
    let beside = lld.path.with_file_name(programs::exe(PROGRAM));
    let found = beside.is_file().then_some(beside);
    let path = found.or_else(|| programs::in_path(OsStr::new(PROGRAM)));
    path.map(|path| Lld { path }).ok_or(Error::NoComponentLd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_what_later_targets_of_wasi_make() {
        for triple in ["wasm32-wasip2", "wasm32-wasip3", "wasm64-wasip4"] {
            assert!(is_made_for(triple), "{triple}");
        }
        for triple in ["wasm32-wasip1", "wasm32-wasip1-threads", "wasm32-unknown-unknown", ""] {
            assert!(!is_made_for(triple), "{triple}");
        }
    }
}

//! rust-lld's part: one link into the working folder, with the runtime stubs as
//! the last input.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::args::{AbortMode, Args, Kind, Strip};
use crate::debug;
use crate::error::{Error, Result};
use crate::link_map::PanicCounts;
use crate::lld::{Lld, LldOutput, Running};
use crate::objects;
use crate::phases::timed;
use crate::stubs::{self, Cache, Needs, StubRequest};
use crate::toolchain::{Target, Toolchain};
use crate::workdir::WorkDir;

/// Which of the stubs' functions a link keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StubSet {
    /// All that the module may have a use for.
    All,
    /// Those that write reports: for a module without panic machinery.
    Reports,
}

/// What rust-lld made.
#[derive(Debug)]
pub(crate) struct Linked {
    /// The module, with names, and with debug information if the crate has any.
    pub bytes: Vec<u8>,
    /// What is left to strip, in the end.
    pub strip: Strip,
    /// Where the standard library counts panics, if they may unwind.
    pub panic_counts: Option<PanicCounts>,
    /// The target is one whose modules run where exceptions do not, or end at its border.
    pub no_exceptions: bool,
    /// Which stubs are in it.
    pub stub_set: StubSet,
    /// Where it was made, and where it belongs.
    pub work: WorkDir,
    stubs: PathBuf,
    needs: Needs,
    lld: Lld,
}

/// Links with the runtime stubs. Only rust-lld's end says that the module is whole.
pub(crate) fn link(args: &Args, lld: Lld) -> Result<(Linked, Running)> {
    let work = work_dir(args)?;
    let toolchain = Toolchain::find(&lld)?;
    let target = Target::of(args, &toolchain);
    let features = objects::features(&args.inputs);
    // Bitcode does not say, and stubs for unwinding serve a module that does not.
    let unwinding = features.as_ref().is_none_or(|features| features.contains(objects::EH));
    log::debug!("{toolchain:?}, {target:?}, {features:?}");
    let request = StubRequest {
        toolchain: &toolchain,
        lld: &lld,
        target: &target,
        features: features.as_ref(),
        unwinding,
        pic: args.pie,
        rehearse: args.options.rehearse,
        scratch: work.path(),
    };
    let stubs = timed("stubs", || stubs::object(&request, &Cache::open()))?;
    let threads = features.as_ref().is_some_and(|features| features.contains(objects::ATOMICS));
    let no_exceptions = target.has_no_exceptions();
    let words = args.options.abort == Some(AbortMode::Error);
    let rehearse = args.options.rehearse;
    let needs = Needs { unwinding, threads, words, rehearse };
    let linking = Linking { args, lld, work, stubs, needs, no_exceptions };
    linking.link(StubSet::All)
}

/// Links again with those stubs only that write reports: for a module without panic
/// machinery.
pub(crate) fn link_smaller(linked: Linked, args: &Args) -> Result<(Linked, Running)> {
    let Linked { work, lld, stubs, needs, no_exceptions, .. } = linked;
    // Its panics do not unwind: it has none.
    let needs = Needs { unwinding: false, ..needs };
    let linking = Linking { args, lld, work, stubs, needs, no_exceptions };
    linking.link(StubSet::Reports)
}

/// A link with the stubs, as it is about to be done.
struct Linking<'a> {
    args: &'a Args,
    lld: Lld,
    work: WorkDir,
    stubs: PathBuf,
    needs: Needs,
    no_exceptions: bool,
}

impl Linking<'_> {
    fn link(self, stub_set: StubSet) -> Result<(Linked, Running)> {
        let Self { args, lld, work, stubs, needs, no_exceptions } = self;
        let unwinding = needs.unwinding;
        let strip_early = strip_early(args);
        let mut line = unstripped(args);
        line.push("-o".into());
        line.push(work.output().into());
        if strip_early {
            line.push("--strip-debug".into());
        }
        line.push(stubs.clone().into());
        let exports = match stub_set {
            StubSet::All => needs.exports(),
            StubSet::Reports => needs.report_exports(),
        };
        line.extend(exports.iter().map(|e| {
            let must = !stubs::LAYER_EXPORTS.contains(e);
            format!("--export{}={e}", if must { "" } else { "-if-defined" }).into()
        }));
        line.push(format!("--export-if-defined={}", stubs::ABORT_HOOK).into());
        let map = work.path().join("map");
        let mut map_option = OsString::from("--Map=");
        map_option.push(&map);
        if unwinding && !args.map {
            line.push(map_option.clone());
        }
        let (bytes, mut running) =
            lld.link_here(&line, args.from_response, work.path(), work.output())?;
        if unwinding {
            running = Running::Ended(running.end()?);
        }
        if unwinding && args.map {
            // The user's own map is made; rust-lld makes one at a time.
            line.push(map_option);
            lld.link_here(&line, args.from_response, work.path(), work.output())?.1.end()?;
        }
        let panic_counts = match unwinding {
            true => {
                let text = std::fs::read(&map).map_err(Error::io("read", &map))?;
                PanicCounts::find(&text)
            }
            false => None,
        };
        let strip = match args.strip {
            Strip::Debug if strip_early => Strip::None,
            asked => asked,
        };
        let linked =
            Linked { bytes, strip, panic_counts, no_exceptions, stub_set, work, stubs, needs, lld };
        Ok((linked, running))
    }
}

/// The user's line without an output, and without stripping: that is done in the end.
fn unstripped(args: &Args) -> Vec<OsString> {
    args.without(&[Kind::Output, Kind::StripAll, Kind::StripDebug]).cloned().collect()
}

/// Links again as the user asked, without the stubs: for a module that has nothing
/// for them to do. Its bytes are rust-lld's last word, unless its debug information goes
/// elsewhere.
pub(crate) fn relink_plain(linked: Linked, args: &Args) -> Result<(Linked, LldOutput)> {
    let (mut line, strip) = match debug::is_asked(&args.options) {
        true => (unstripped(args), args.strip),
        false => (args.without(&[Kind::Output]).cloned().collect(), Strip::None),
    };
    line.push("-o".into());
    line.push(linked.work.output().into());
    let output = linked.work.output();
    // The pipe of the link before.
    let _ = std::fs::remove_file(output);
    let lld_output = linked.lld.link(&line, args.from_response, linked.work.path())?;
    let bytes = std::fs::read(output).map_err(Error::io("read", output))?;
    Ok((Linked { bytes, strip, panic_counts: None, ..linked }, lld_output))
}

/// Whether rust-lld may leave debug information out at once. It costs it time and
/// memory to copy, but the places of sites are read from it before it goes.
///
/// With `--compress-relocations` it must: rust-lld refuses both together.
fn strip_early(args: &Args) -> bool {
    args.strip >= Strip::Debug
        && !debug::is_asked(&args.options)
        && (args.compress_relocations || !objects::have_debug_info(&args.inputs))
}

fn work_dir(args: &Args) -> Result<WorkDir> {
    match &args.output {
        Some(output) if output.as_os_str() != "-" => WorkDir::beside(output),
        _ => Err(Error::Usage("-o must name a file".into())),
    }
}

//! Rewriting a module without a link: for tests, fuzzers, and `unpoison inspect --plan`.

use std::ffi::OsStr;

use crate::args::Options;
use crate::error::{Error, Result};
use crate::link_map::PanicCounts;
use crate::plan::{Decision, LinkFacts, plan};
use crate::process::{Job, Processed};
use crate::read::Module;
use crate::read::flow::Flow;
use crate::strip::{Strip, Stripper};

/// Whether the module has the runtime stubs in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stubs {
    /// It was linked with them, and exports them: it is rewritten.
    Linked,
    /// It is a plain module: the plan is made for it, and shown.
    Missing,
}

/// What is made of a module.
#[derive(Debug)]
pub struct Rewritten {
    /// The plan as text.
    pub plan: String,
    /// The new module; `None` if nobody can enter it, or if it lacks the stubs.
    pub module: Option<Vec<u8>>,
}

/// Plans what `unpoison` does to a linked module, and does it. `options` are its own, as
/// given to a linker (`--unpoison-guard=off`). `panic_count` is the address of the
/// standard library's, in a module whose panics unwind.
///
/// # Errors
/// [`Error::Usage`] for an unknown option, [`Error::Module`] for a module that is not
/// well-formed, [`Error::Unsupported`] for one that is not covered.
pub fn rewrite(
    bytes: &[u8],
    options: &[&str],
    stubs: Stubs,
    panic_count: Option<u32>,
) -> Result<Rewritten> {
    let mut own = Options::default();
    for option in options {
        own.take(OsStr::new(option), || None)?;
    }
    let facts = || LinkFacts {
        requested_exports: Vec::new(),
        panic_counts: panic_count.map(|global| PanicCounts {
            global,
            local: None,
            thread_local: false,
        }),
        bodies_may_resize: false,
        no_exceptions: false,
        preview: stubs == Stubs::Missing,
    };
    let module = Module::read(bytes)?;
    let flow = Flow::read(&module)?;
    let decision = plan(&module, &flow, &own, &facts())?;
    let plan = match &decision {
        Decision::Change(plan) => plan.show(&module).to_string(),
        Decision::Leave(why) => format!("nothing changes: {why}\n"),
    };
    let module = match (stubs, decision) {
        (Stubs::Missing, _) | (_, Decision::Leave(_)) => None,
        (Stubs::Linked, Decision::Change(_)) => {
            let strip = Stripper::new(Strip::None, &[]);
            let job = Job { bytes, options: &own, facts: facts(), strip, can_shrink: false };
            match crate::process::rewrite(&job)? {
                Processed::Rewritten { module, .. } => Some(module.to_vec()),
                Processed::LinkSmaller | Processed::NothingToDo => {
                    return Err(Error::Bug(
                        "the same module was planned twice, differently".into(),
                    ));
                }
            }
        }
    };
    Ok(Rewritten { plan, module })
}

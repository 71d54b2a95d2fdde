//! From the module that rust-lld wrote to the one that is published.

use crate::args::{Args, Options, SitesMode};
use crate::debug;
use crate::error::{Error, Result};
use crate::ids::CodeOffset;
use crate::link::{Linked, StubSet};
use crate::meta::Meta;
use crate::parallel;
use crate::patch::build_id;
use crate::phases::timed;
use crate::plan::location;
use crate::plan::{self, Decision, LinkFacts, Plan, copies, sites::Site, unused};
use crate::read::boundary::Boundary;
use crate::read::dwarf::{Debug, Refused};
use crate::read::flow::Flow;
use crate::read::{Module, bindgen};
use crate::strip::{Strip, Stripper};
use crate::validate;
use crate::wasm::output::Output;
use crate::wasm::section::write_custom;
use std::path::Path;

/// What became of a linked module.
#[derive(Debug)]
pub(crate) enum Processed<'a> {
    /// It was rewritten.
    Rewritten {
        /// The module.
        module: Output<'a>,
        /// Whether it says by which id its symbols are found.
        has_build_id: bool,
        /// The site table, if it goes into a file.
        sites_file: Option<Vec<u8>>,
    },
    /// Nobody speaks to the stubs that are told of panics: a link without them is smaller.
    LinkSmaller,
    /// Nothing to do, and no use for the stubs: see [`plan::Left`].
    NothingToDo,
}

/// What to make of a module.
#[derive(Debug)]
pub(crate) struct Job<'m, 'a> {
    /// The module.
    pub bytes: &'m [u8],
    /// unpoison's own options.
    pub options: &'a Options,
    /// What the link knows.
    pub facts: LinkFacts<'a>,
    /// What is to be left out.
    pub strip: Stripper<'a>,
    /// Whether the module could be linked again with fewer stubs.
    pub can_shrink: bool,
}

/// Reads, plans, patches and strips what was linked, whose bytes are `bytes`.
///
/// # Errors
/// [`crate::error::Error::Module`] and [`crate::error::Error::Unsupported`], for a
/// module that is not understood whole.
pub(crate) fn process<'m>(bytes: &'m [u8], linked: &Linked, args: &Args) -> Result<Processed<'m>> {
    rewrite(&Job {
        bytes,
        options: &args.options,
        facts: LinkFacts {
            requested_exports: args.exports.iter().filter_map(|name| name.to_str()).collect(),
            bodies_may_resize: args.compress_relocations,
            panic_counts: linked.panic_counts,
            no_exceptions: linked.no_exceptions,
            preview: false,
        },
        strip: match debug::is_asked(&args.options) {
            // What goes elsewhere is taken out of the finished module.
            true => Stripper::new(Strip::None, &[]),
            false => Stripper::new(linked.strip, &args.keep_sections),
        },
        can_shrink: linked.stub_set == StubSet::All,
    })
}

/// What is put in place of a module that was rewritten. `target` is where it will be;
/// `has_build_id` is [`Processed::Rewritten`]'s.
///
/// # Errors
/// [`Error::Unsupported`] where debug information is to go elsewhere, and something behind the
/// linker moves the code.
pub(crate) fn finish<'m>(
    module: Output<'m>,
    has_build_id: bool,
    strip: Strip,
    args: &Args,
    target: &Path,
) -> Result<debug::Outputs<'m>> {
    if debug::is_asked(&args.options) {
        let module = module.to_vec();
        if bindgen::is_before_the_command(&module)? {
            return Err(Error::Unsupported(
                "wasm-bindgen moves the code of this module after the link, so debug information cannot go elsewhere yet: take out --unpoison-debug and --unpoison-source-map, run wasm-bindgen with --keep-debug, then `unpoison source-map FILE` and `unpoison split FILE`".into(),
            ));
        }
        let strip = Stripper::new(strip, &args.keep_sections);
        return debug::outputs(module, &args.options, target, &strip, args.fixed_build_id);
    }
    if args.fixed_build_id || !has_build_id {
        return Ok(debug::Outputs { module, split: None, source_map: None });
    }
    let mut module = module.to_vec();
    build_id::refresh(&mut module)?;
    Ok(debug::Outputs { module: module.into(), split: None, source_map: None })
}

/// The same without a link.
///
/// # Errors
/// As [`process`].
pub(crate) fn rewrite<'m>(job: &Job<'m, '_>) -> Result<Processed<'m>> {
    let module = timed("sections", || Module::read(job.bytes))?;
    let flow = timed("control flow", || Flow::read(&module))?;
    let decision = timed("plan", || plan::plan(&module, &flow, job.options, &job.facts))?;
    let plan = match decision {
        Decision::Change(plan) if !plan.has_machinery && job.can_shrink => {
            return Ok(Processed::LinkSmaller);
        }
        Decision::Change(plan) => plan,
        Decision::Leave(why) => {
            log::info!("the module stays as rust-lld links it: {why}");
            return Ok(Processed::NothingToDo);
        }
    };
    let boundary = match validate::is_on() {
        true => Some(Boundary::read(&module, &flow)?),
        false => None,
    };
    // Both read it.
    let debug = timed("debug information", || location::open(|name| module.custom(name)));
    let refused = debug.as_ref().and_then(|debug| debug.as_ref().err());
    let (tables, patched) = parallel::both(
        job.bytes.len(),
        || timed("table of sites", || tables(job, &plan, debug.as_ref())),
        || timed("patch", || crate::patch::patch(&module, &plan, &job.strip, refused)),
    );
    let (embedded, sites_file) = tables?;
    let mut patched = patched?;
    write_custom(patched.new_bytes(), "unpoison", &embedded);
    if let Some(boundary) = boundary {
        timed("validation", || {
            let eh = plan.unwind.map(|unwind| unwind.eh);
            let module = patched.to_vec();
            validate::output(job.bytes, &module, eh, plan.runtime.tags.is_some())?;
            unused::check(&module, &plan.unused)?;
            copies::check(&module, &plan, &boundary)
        })?;
    }
    let has_build_id = module.custom(build_id::NAME).is_some();
    Ok(Processed::Rewritten { module: patched, has_build_id, sites_file })
}

/// What the module says of itself, and the file of sites if there is to be one.
fn tables(
    job: &Job<'_, '_>,
    plan: &Plan,
    debug: Option<&std::result::Result<Debug<'_>, Refused>>,
) -> Result<(Vec<u8>, Option<Vec<u8>>)> {
    let locations = match job.options.sites {
        SitesMode::None => None,
        SitesMode::Embed | SitesMode::File => {
            let debug =
                debug.and_then(|debug| debug.as_ref().inspect_err(|e| location::warn(e)).ok());
            let at: Vec<CodeOffset> = plan.sites.iter().map(Site::offset).collect();
            Some(debug.map_or_else(Vec::new, |debug| location::find(debug, &at)))
        }
    };
    let meta = Meta::new(plan, locations)?;
    Ok(match job.options.sites {
        SitesMode::File => {
            let file = meta.json()?;
            (meta.without_sites().json()?, Some(file))
        }
        SitesMode::Embed | SitesMode::None => (meta.packed().json()?, None),
    })
}

//! Modules, and what hosts see of them.

use anyhow::Result;
use serde_json::Value;
use std::path::{Path, PathBuf};
use unpoison_tests::hosted::{self, Script, passes, swallows, throws};
use unpoison_tests::links::Pair;
use unpoison_tests::node::{self, Call, call};
use xtask::fixture::{Build, Eh, Point};

/// A module with what is to be asked of it.
pub(crate) struct Subject {
    pub(crate) name: String,
    pub(crate) module: PathBuf,
    /// The same by rust-lld alone.
    pub(crate) plain: PathBuf,
    /// What a host sees, as text; the same of a module that behaves the same.
    see: fn(&Path, &Path) -> Result<String>,
    /// Keeps the module.
    _pair: Pair,
}

impl Subject {
    pub(crate) fn see(&self, engine: &Path, module: &Path) -> Result<String> {
        (self.see)(engine, module)
    }
}

/// Panics, aborts, failed allocations of all kinds, and a call after each.
fn kinds(engine: &Path, module: &Path) -> Result<String> {
    let failures: [(&str, &[i32]); 15] = [
        ("literal", &[]),
        ("formatted", &[-3]),
        ("old_literal", &[]),
        ("unwrap", &[7]),
        ("expect", &[9]),
        ("assert", &[1]),
        ("overflow", &[i32::MAX]),
        ("divide", &[1, 0]),
        ("index", &[7]),
        ("borrowed", &[]),
        ("any_str", &[]),
        ("any_string", &[5]),
        ("abort_outlined", &[1]),
        ("bare_unreachable", &[1]),
        ("alloc_box", &[]),
    ];
    let next = || [call("add", &[1, 2]), call("count", &[])];
    let mut runs: Vec<Vec<Call>> = failures
        .iter()
        .map(|(export, args)| [vec![call(export, args)], next().into()].concat())
        .collect();
    runs.push([next(), next()].concat());
    Ok(format!("{:#?}", node::run(engine, module, &runs)?))
}

/// A trap, and then every way in that the host has, the table too.
fn ways_in(engine: &Path, module: &Path) -> Result<String> {
    let seen: Value = node::ask(engine, "edges.mjs", module, &["wild"])?;
    Ok(format!("{seen:#}"))
}

/// Failures inside an import that a call waits for, where panics abort.
fn nested(engine: &Path, module: &Path) -> Result<String> {
    let script = |export: &str, action: Value| {
        let script = Script::default().call("adds", &[1]).call(export, &[0]);
        script.call("adds", &[2]).host(&[action])
    };
    let mut scripts = Vec::new();
    for export in ["borrows", "lends", "goes_on"] {
        for inner in ["panics", "wild", "adds"] {
            scripts.push(script(export, swallows(inner, &[1])));
            scripts.push(script(export, passes(inner, &[1])));
        }
        scripts.push(script(export, throws("error")));
        scripts.push(script(export, throws("exception")));
    }
    Ok(format!("{:#?}", hosted::run(engine, module, &scripts)?))
}

/// Panics that unwind, aborts that do not, destructors, nested calls.
fn unwinding(engine: &Path, module: &Path) -> Result<String> {
    let calls: [(&str, &[i32]); 15] = [
        ("formatted", &[7]),
        ("any_dropping", &[1]),
        ("resume_dropping", &[1]),
        ("frames", &[20, 0, 5]),
        ("catches", &[10, 0, 5]),
        ("caught_in_drop", &[1]),
        ("payload_panics", &[0]),
        ("abort_in_drop", &[1]),
        ("double", &[1]),
        ("out_of_c", &[1]),
        ("abort", &[0]),
        ("alloc", &[0x7fff_0000]),
        ("behind_catches", &[5, 0, 1]),
        ("bare_unreachable", &[0]),
        ("add", &[1, 2]),
    ];
    let mut scripts: Vec<Script> = calls
        .iter()
        .map(|(export, args)| {
            let script = Script::default().call("stack", &[]).call(export, args);
            script.call(export, args).call("stack", &[]).call("panicking", &[])
        })
        .collect();
    for inner in ["formatted", "abort", "add"] {
        let args: &[i32] = if inner == "add" { &[1, 2] } else { &[3] };
        for action in [swallows(inner, args), passes(inner, args)] {
            for outer in ["host_once", "host_catching", "host_in_drop"] {
                let script = Script::default().call(outer, &[0]).call("stack", &[]);
                scripts.push(script.call("add", &[1, 1]).host(std::slice::from_ref(&action)));
            }
        }
    }
    Ok(format!("{:#?}", hosted::run(engine, module, &scripts)?))
}

/// Both of the above.
fn edges(engine: &Path, module: &Path) -> Result<String> {
    Ok(ways_in(engine, module)? + &nested(engine, module)?)
}

/// The subjects: modules of releases, with their names.
pub(crate) fn subjects() -> Vec<Subject> {
    let subject = |name: &str, build: Build, args: &[&str], see| {
        let pair = Pair::plain(name, build).unwrap();
        let (plain, module) = pair.with_args(args).unwrap();
        Subject { name: format!("{name} {build}"), module, plain, see, _pair: pair }
    };
    let abort = Build::from(Point::RELEASE);
    let unwind = |eh| Build::unwinding(Point::RELEASE, eh);
    vec![
        subject("kinds", abort, &[], kinds as fn(&Path, &Path) -> _),
        subject("unwind", unwind(Eh::Legacy), &[], unwinding),
        subject("edges", abort, &["--export-table"], edges),
        subject("unwind", unwind(Eh::Exnref), &[], unwinding),
    ]
}

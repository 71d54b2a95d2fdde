//! Every kind of failure, at many build settings: the same behaviour in each.

mod table;

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use table::{KINDS, Kind};
use unpoison_tests::inspect;
use unpoison_tests::links::{Pair, read};
use unpoison_tests::matrix;
use unpoison_tests::node::{self, Call, Outcome, Run, call};
use xtask::check;
use xtask::fixture::{Build, Panics, Point};
use xtask::{run, tools};

/// Calls that do not fail, and what they answer.
const HEALTHY: &[(&str, &[i32], i64)] = &[
    ("add", &[2, 40], 42),
    ("count", &[], 1),
    ("count", &[], 2),
    ("digits", &[1000], 2893),
    ("abort_outlined", &[7], 7),
    ("bare_unreachable", &[7], 7),
    ("count", &[], 3),
];

fn healthy() -> Vec<Call> {
    HEALTHY.iter().map(|(export, args, _)| call(export, args)).collect()
}

fn healthy_answers() -> Vec<Outcome> {
    HEALTHY.iter().map(|(_, _, answer)| Outcome::Ok((*answer).into())).collect()
}

/// One run a kind: the failure, on a fresh instance.
fn failures() -> Vec<Vec<Call>> {
    KINDS.iter().map(|kind| vec![call(kind.export, kind.args)]).collect()
}

/// Without unpoison each kind is a bare trap: the table tests what it says it does.
#[test]
fn a_plain_link_only_traps() {
    let pair = Pair::plain("kinds", Point::RELEASE).unwrap();
    for engine in node::nodes() {
        let runs = node::run(&engine, &pair.plain, &failures()).unwrap();
        for (kind, run) in KINDS.iter().zip(runs) {
            let trapped = matches!(&run.calls[0], Outcome::Trap(t) if t.contains("unreachable"));
            assert!(trapped, "{}: {run:?}", kind.export);
        }
        let runs = node::run(&engine, &pair.plain, &[healthy()]).unwrap();
        assert_eq!(runs[0].calls, healthy_answers());
    }
}

/// Each kind arrives typed, with its message and place, at each point; calls that do
/// not fail answer what they always did; other programs read every module.
#[test]
fn every_kind_arrives_at_every_point() {
    let points = Mutex::new(matrix::points().into_iter());
    let faults = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(point) = points.lock().unwrap().next() else {
                        break;
                    };
                    let found = at_point(&point).unwrap_or_else(|e| vec![format!("{e:#}")]);
                    let found = found.into_iter().map(|fault| format!("{point}: {fault}"));
                    faults.lock().unwrap().extend(found);
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

fn at_point(point: &Point) -> anyhow::Result<Vec<String>> {
    let pair = Pair::both("kinds", point)?;
    inspect::check(&pair.plain, &pair.unpoisoned)?;
    let mut faults = site_faults(&pair.unpoisoned, point)?;
    for engine in node::nodes() {
        let mut runs = failures();
        runs.push(healthy());
        let mut runs = node::run(&engine, &pair.unpoisoned, &runs)?;
        let last = runs.pop().expect("as many outcomes as runs");
        if last.calls != healthy_answers() || last.state != Some(0) {
            faults.push(format!("healthy calls: {last:?}"));
        }
        for (kind, run) in KINDS.iter().zip(&runs) {
            let found = kind_faults(kind, run, point).into_iter();
            faults.extend(found.map(|f| format!("{}: {}: {f}", engine.display(), kind.export)));
        }
    }
    Ok(faults)
}

fn kind_faults(kind: &Kind, run: &Run, point: &Point) -> Vec<String> {
    let Outcome::Exception { tag, report } = &run.calls[0] else {
        return vec![format!("{:?}", run.calls[0])];
    };
    let mut faults = kind.faults(tag, report, point);
    if run.state != Some(report.kind) {
        faults.push(format!("state {:?} after kind {}", run.state, report.kind));
    }
    faults
}

/// What is wrong with the custom section `unpoison`.
fn site_faults(module: &Path, point: &Point) -> anyhow::Result<Vec<String>> {
    let section =
        run::quiet(Command::new(tools::unpoison()?).args(["inspect", "--json"]).arg(module))?;
    let mut faults = Vec::new();
    let table: serde_json::Value = serde_json::from_str(&section)?;
    for (key, value) in [("panic", "abort"), ("eh", "none"), ("abort", "throw")] {
        if table[key] != value {
            faults.push(format!("section `unpoison`: {key} is {}", table[key]));
        }
    }
    if table["version"] != 1 {
        faults.push(format!("section `unpoison`: version {}", table["version"]));
    }
    let sites = table["sites"].as_array().cloned().unwrap_or_default();
    let text = |site: &serde_json::Value, key: &str| site[key].as_str().unwrap_or("").to_owned();
    let site = sites.iter().find(|site| text(site, "function").contains("kinds::give_up"));
    match site {
        None => faults.push(format!("no site in kinds::give_up among {sites:?}")),
        Some(site) => {
            if text(site, "kind") != "abort" {
                faults.push(format!("kinds::give_up: {site}"));
            }
            // "file:line:column", wherever the compiler left it.
            let location = text(site, "location");
            let numbers = location.rsplit(':').take(2).filter(|n| n.parse::<u32>().is_ok());
            if point.debug != "none" && numbers.count() != 2 {
                faults.push(format!("kinds::give_up has debug info but no location: {site}"));
            }
        }
    }
    let root = run::root();
    if section.contains(&*root.to_string_lossy()) {
        faults.push("section `unpoison` names a folder of the build machine".to_owned());
    }
    Ok(faults)
}

/// After each kind, the next calls are refused with the same report: no Rust runs.
#[test]
fn the_next_call_is_refused() {
    let pair = Pair::both("kinds", Point::RELEASE).unwrap();
    let runs: Vec<Vec<Call>> = KINDS
        .iter()
        .map(|kind| {
            vec![
                call("count", &[]),
                call(kind.export, kind.args),
                call("count", &[]),
                call("add", &[1, 1]),
            ]
        })
        .collect();
    for engine in node::nodes() {
        let outcomes = node::run(&engine, &pair.unpoisoned, &runs).unwrap();
        for (kind, run) in KINDS.iter().zip(outcomes) {
            let what = format!("{}: {run:?}", kind.export);
            let [first, failure, next, after] = &run.calls[..] else { panic!("{what}") };
            assert_eq!(*first, Outcome::Ok(1.into()), "{what}");
            let Outcome::Exception { report, .. } = failure else { panic!("{what}") };
            let tag = "__unpoison_sealed".to_owned();
            let refused = Outcome::Exception { tag, report: report.clone() };
            assert_eq!(*next, refused, "{what}");
            assert_eq!(*after, refused, "{what}");
        }
    }
}

/// With `panic=immediate-abort` a panic is the instruction that an abort is, and says nothing.
/// It builds the standard library, so it is one of the wide matrix.
#[test]
fn an_immediate_abort_is_typed_and_seals() {
    if std::env::var_os(check::ALL).is_none() {
        return;
    }
    let build = Build { point: Point::RELEASE, panics: Panics::ImmediateAbort };
    let pair = Pair::both("kinds", build).unwrap();
    let runs: Vec<Vec<Call>> =
        KINDS.iter().map(|kind| vec![call(kind.export, kind.args), call("count", &[])]).collect();
    for engine in node::nodes() {
        for (kind, run) in KINDS.iter().zip(node::run(&engine, &pair.unpoisoned, &runs).unwrap()) {
            let what = format!("{}: {run:?}", kind.export);
            let Outcome::Exception { tag, report } = &run.calls[0] else { panic!("{what}") };
            let expected = match report.kind {
                table::PANIC => "__unpoison_panic",
                _ => "__unpoison_abort",
            };
            assert_eq!(tag, expected, "{what}");
            // The function that ends it may be left to know it by: a failed allocation's, too.
            let known = [table::ABORT, table::ALLOC].contains(&report.kind);
            assert!(known || kind.kinds.contains(&report.kind), "{what}");
            assert_ne!(report.site, 0, "{what}");
            let Outcome::Exception { tag, .. } = &run.calls[1] else { panic!("{what}") };
            assert_eq!(tag, "__unpoison_sealed", "{what}");
        }
    }
    // Landing pads around an import that may throw are no sign of panics that unwind.
    let pair = Pair::both("unwind", build).unwrap();
    let section = inspect::custom_section(&read(&pair.unpoisoned).unwrap(), "unpoison").unwrap();
    let table: serde_json::Value = serde_json::from_slice(&section.unwrap()).unwrap();
    assert_eq!(table["panic"], "abort");
}

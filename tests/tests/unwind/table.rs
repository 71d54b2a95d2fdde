//! Every sort of panic, at many build settings: out of an export, past its frames.

use crate::hosted::{self, Script};
use crate::points;
use crate::sorts::{SORTS, faults, script};
use unpoison_tests::inspect;
use unpoison_tests::links::Pair;
use xtask::fixture::{Build, Eh, Panics, Point};

fn at(build: &Build, eh: Eh) -> anyhow::Result<Vec<String>> {
    let pair = Pair::both("unwind", *build)?;
    inspect::check(&pair.plain, &pair.unpoisoned)?;
    let section = inspect::custom_section(&std::fs::read(&pair.unpoisoned)?, "unpoison")?;
    let section: serde_json::Value = serde_json::from_slice(&section.unwrap_or_default())?;
    let mut found = Vec::new();
    for (key, value) in [("panic", "unwind"), ("eh", eh.name()), ("abort", "trap")] {
        if section[key] != value {
            found.push(format!("section `unpoison`: {key} is {}", section[key]));
        }
    }
    let scripts: Vec<Script> = SORTS.iter().map(script).collect();
    for engine in hosted::engines(eh) {
        let logs = hosted::run(&engine, &pair.unpoisoned, &scripts)?;
        for (sort, log) in SORTS.iter().zip(&logs) {
            let faults = faults(sort, log, build.point.lto == "fat").into_iter();
            found.extend(faults.map(|f| format!("{}: {}: {f}", engine.display(), sort.export)));
        }
    }
    Ok(found)
}

#[test]
fn every_panic_arrives_at_every_point() {
    points::each(|build, eh| at(&build, eh));
}

/// The library that cargo builds along with the crate is as good.
#[test]
fn build_std_does_the_same() {
    let build = Build { point: Point::RELEASE, panics: Panics::BuildStd };
    let found = at(&build, Eh::Legacy).unwrap();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

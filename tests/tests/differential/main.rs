//! Unwinding builds of real crates at many build settings: behind unpoison every call
//! ends as it does behind rust-lld, wherever it panics.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use unpoison_tests::glue::{Glue, GluePair};
use unpoison_tests::{inspect, links, matrix, node};
use xtask::fixture::{Build, Eh, Panics, Point};
use xtask::{run, setup};

const LTO: [&str; 3] = ["off", "thin", "fat"];
const OPT: [&str; 5] = ["1", "2", "3", "s", "z"];

fn point(lto: &'static str, opt: &'static str) -> Point {
    Point { lto, opt, debug: "none", strip: "none" }
}

/// A build for each `lto`; all of both settings in a whole run.
fn builds() -> Vec<Build> {
    let few = vec![("thin", "3"), ("fat", "z")];
    let every = || LTO.iter().flat_map(|lto| OPT.map(|opt| (*lto, opt))).collect();
    let (older, newer) = match matrix::whole() {
        true => (every(), every()),
        false => (few, vec![("off", "2")]),
    };
    let of = |eh| move |(lto, opt)| Build::unwinding(point(lto, opt), eh);
    older.into_iter().map(of(Eh::Legacy)).chain(newer.into_iter().map(of(Eh::Exnref))).collect()
}

/// What a script of `tests/js` makes of glue.
fn ask(node: &Path, script: &str, glue: &Glue) -> Result<Vec<Value>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("js").join(script);
    let said = run::quiet(Command::new(node).arg(script).arg(glue.script()).arg(glue.wasm()))?;
    serde_json::from_str(&said).with_context(|| format!("it printed: {said}"))
}

fn engines(build: &Build) -> Vec<PathBuf> {
    match build.panics {
        Panics::Unwind(Eh::Legacy) => node::nodes(),
        _ => vec![setup::get().node.newer.clone()],
    }
}

/// Calls that two logs tell differently, at most a few.
fn differences(plain: &[Value], unpoisoned: &[Value]) -> Vec<String> {
    // By call, how and tick.
    let told = |log: &[Value]| -> BTreeMap<String, Value> {
        let key = |line: &Value| format!("{} {} {}", line[0], line[1], line[2]);
        log.iter().map(|line| (key(line), line.clone())).collect()
    };
    let (plain, unpoisoned) = (told(plain), told(unpoisoned));
    let calls: BTreeSet<&String> = plain.keys().chain(unpoisoned.keys()).collect();
    let differ = calls.into_iter().filter(|call| plain.get(*call) != unpoisoned.get(*call));
    let shown = |line: Option<&Value>| line.map_or("nothing".into(), Value::to_string);
    let mut found: Vec<String> = differ
        .map(|call| {
            format!("{}\n  instead of {}", shown(unpoisoned.get(call)), shown(plain.get(call)))
        })
        .collect();
    if found.len() > 3 {
        let count = found.len();
        found.truncate(3);
        found.push(format!("and {} more", count - 3));
    }
    found
}

/// How many calls were made, and how many of them panicked; nothing where rustc itself
/// makes a module that is not valid: LLVM 22 does, in the newer encoding, of some
/// functions with many landing pads.
fn at(build: &Build) -> Result<Option<(usize, usize)>> {
    let link = build.record_in_turn(links::toolchain(), "differential")?;
    let dir = tempfile::tempdir()?;
    let plain = dir.path().join("plain.wasm");
    run::quiet(&mut link.plain(links::toolchain(), &plain)?)?;
    if inspect::validate(&links::read(&plain)?).is_err()
        && build.panics == Panics::Unwind(Eh::Exnref)
    {
        return Ok(None);
    }
    let pair = GluePair::of(&link)?;
    inspect::validate(&links::read(&pair.unpoisoned.linked)?)?;
    let mut seen = (0, 0);
    for engine in engines(build) {
        let plain = ask(&engine, "differential.mjs", &pair.plain)?;
        let unpoisoned = ask(&engine, "differential.mjs", &pair.unpoisoned)?;
        let differences = differences(&plain, &unpoisoned);
        anyhow::ensure!(differences.is_empty(), "{}: {}", engine.display(), differences.join("\n"));
        seen = (plain.len(), plain.iter().filter(|line| line[3].get("panic").is_some()).count());
    }
    Ok(Some(seen))
}

#[test]
fn real_crates_panic_as_behind_rust_lld() {
    let mut faults = Vec::new();
    for build in builds() {
        match at(&build) {
            Ok(None) => println!("{build}: no valid module to compare with"),
            Ok(Some((calls, panics))) => {
                println!("{build}: {calls} calls, {panics} panics: the same");
                // The calls are no proof if they do not panic, or always.
                assert!(panics > 500 && calls > panics + 500, "{calls}, {panics}");
            }
            Err(e) => {
                println!("{build}: {e:#}");
                faults.push(format!("{build}: {e:#}"));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} of {} builds:\n{}",
        faults.len(),
        builds().len(),
        faults.join("\n")
    );
}

/// A panic in one of four functions, another of which is async, seals nothing.
#[test]
fn four_functions() {
    let panic = "PanicError: bad is not good";
    let expected = json!([42, 7, panic, 42, "Hello, é!", 7, panic, "good", 7]);
    let mut faults = Vec::new();
    for eh in [Eh::Legacy, Eh::Exnref] {
        let every = LTO.iter().flat_map(|lto| ["2", "3", "s"].map(|opt| (*lto, opt)));
        let points = match matrix::whole() {
            true => every.collect(),
            false => vec![("thin", "3"), ("fat", "3")],
        };
        for (lto, opt) in points {
            let build = Build::unwinding(point(lto, opt), eh);
            let pair = GluePair::new("four", build).unwrap();
            for engine in engines(&build) {
                for (linker, glue) in [("rust-lld", &pair.plain), ("unpoison", &pair.unpoisoned)] {
                    let seen = json!(ask(&engine, "four.mjs", glue).unwrap());
                    if seen != expected {
                        faults.push(format!("{build}: {linker}, {}: {seen}", engine.display()));
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

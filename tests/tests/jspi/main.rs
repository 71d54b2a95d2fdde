//! Calls that are suspended in the middle (JSPI), with others in between: behind unpoison
//! as behind rust-lld, and no call loses its frames or its panic to another.

use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use unpoison_tests::glue::{Glue, GluePair};
use unpoison_tests::links::Pair;
use xtask::fixture::{Build, Eh, Panics, Point};
use xtask::{run, setup};

/// What a script of `tests/js` sees, in an engine that has JSPI.
fn ask(script: &str, files: &[&Path]) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("js").join(script);
    let mut node = Command::new(&setup::get().node.newer);
    node.arg("--experimental-wasm-jspi").arg(script).args(files);
    let said = run::quiet(node.env("UNPOISON_CHROMIUM", &setup::get().chromium)).unwrap();
    serde_json::from_str(&said).unwrap_or_else(|e| panic!("{e}: {said}"))
}

fn points() -> [Point; 3] {
    let point = |lto, opt| Point { lto, opt, debug: "none", strip: "none" };
    [Point::RELEASE, point("fat", "z"), point("off", "0")]
}

/// Suspended by the host itself: frames are as they were wherever the plain module's are.
#[test]
fn frames_of_suspended_calls() {
    for point in points() {
        for panics in [Panics::Abort, Panics::Unwind(Eh::Legacy), Panics::Unwind(Eh::Exnref)] {
            let build = Build { point, panics };
            let pair = Pair::both("fibers", build).unwrap();
            // Where panics abort, somebody must say that the host does this.
            let unpoisoned = match panics {
                Panics::Abort => pair.with_options(&["--unpoison-jspi=on"]).unwrap(),
                _ => pair.unpoisoned.clone(),
            };
            let [plain, seen] = [&pair.plain, &unpoisoned].map(|m| ask("fibers.mjs", &[m]));
            let runs = plain.as_array().unwrap().iter().zip(seen.as_array().unwrap());
            let waits = |calls: &Value| {
                calls
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|call| call.as_str().unwrap().starts_with("waits"))
            };
            let mut faults = Vec::new();
            for (plain, seen) in runs.filter(|(plain, _)| waits(&plain[0])) {
                let words = |run: &Value| -> Vec<Option<u64>> {
                    run[2].as_array().unwrap().iter().map(Value::as_u64).collect()
                };
                let worse = words(seen).iter().zip(words(plain)).any(|(seen, plain)| {
                    seen.is_none_or(|seen| plain.is_some_and(|plain| seen > plain))
                });
                if worse || seen[3] != json!([2, 0]) || seen[4] != 0 {
                    faults.push(format!("{seen}\n  instead of {plain}"));
                }
            }
            assert!(faults.is_empty(), "{build}: words that are wrong:\n{}", faults.join("\n"));
        }
    }
}

/// Where panics abort and nobody says so, the instance is sealed: no call reads what is not
/// its own.
#[test]
fn suspended_calls_that_nobody_announced() {
    let pair = Pair::both("fibers", Point::RELEASE).unwrap();
    let seen = ask("fibers.mjs", &[&pair.unpoisoned]);
    let waits = |run: &&Value| {
        let calls = run[0].as_array().unwrap();
        calls.iter().all(|call| call.as_str().unwrap().starts_with("waits"))
    };
    let runs: Vec<&Value> = seen.as_array().unwrap().iter().filter(waits).collect();
    let sealed = |run: &&&Value| run.to_string().contains("__unpoison_sealed");
    assert!(runs.iter().any(|run| sealed(&run)), "{seen}");
    for run in runs.iter().filter(|run| !sealed(run)) {
        assert!(run[3] == json!([2, 0]) && run[4] == 0, "{run}");
    }
}

/// Panics whose destructors wait: each call ends with its own.
#[test]
fn panics_of_suspended_calls() {
    // Without optimization frames overwrite each other, as in the plain module.
    for point in points().into_iter().filter(|point| point.opt != "0") {
        for eh in [Eh::Legacy, Eh::Exnref] {
            let build = Build::unwinding(point, eh);
            let pair = Pair::both("fibers", build).unwrap();
            let seen = ask("fibers.mjs", &[&pair.unpoisoned]);
            let mut faults = Vec::new();
            for run in seen.as_array().unwrap() {
                for (at, call) in run[0].as_array().unwrap().iter().enumerate() {
                    let id = 100 + at;
                    let expected = match call.as_str().unwrap() {
                        "panics" => json!(format!("__unpoison_panic 1: the panic of {id}")),
                        "catches" => json!(id),
                        _ => continue,
                    };
                    if run[2][at] != expected || run[3] != json!([2, 0]) || run[4] != 0 {
                        faults.push(format!("call {at} of {run}"));
                    }
                }
            }
            assert!(faults.is_empty(), "{build}:\n{}", faults.join("\n"));
        }
    }
}

fn glue(glue: &Glue) -> Value {
    ask("jspi.mjs", &[&glue.script(), &glue.wasm()])
}

/// As Node, as Chromium.
#[test]
fn in_chromium() {
    for panics in [Panics::Abort, Panics::Unwind(Eh::Exnref)] {
        let pair = GluePair::new("jspi", Build { point: Point::RELEASE, panics }).unwrap();
        for linked in [&pair.plain, &pair.unpoisoned] {
            let seen = ask("jspi-chromium.mjs", &[&linked.script(), &linked.wasm()]);
            assert_eq!(seen, glue(linked), "{panics:?}");
        }
    }
}

/// wasm-bindgen's mode. Its instructions are those of newer engines: with panics that
/// unwind the module has to be made of them, too.
#[test]
fn wasm_bindgens_mode() {
    for point in points() {
        for panics in [Panics::Abort, Panics::Unwind(Eh::Exnref)] {
            let build = Build { point, panics };
            let pair = GluePair::new("jspi", build).unwrap();
            let (plain, seen) = (glue(&pair.plain), glue(&pair.unpoisoned));
            let scenarios = plain.as_object().unwrap();
            assert!(scenarios.len() > 30, "{}", scenarios.len());
            let mut faults = Vec::new();
            for (name, plain) in scenarios {
                let seen = &seen[name];
                let right = match panics {
                    Panics::Abort if name.contains("panic") => refused(seen),
                    _ => seen == plain,
                };
                if !right {
                    faults.push(format!("{name}: {seen}\n  instead of {plain}"));
                }
            }
            assert!(faults.is_empty(), "{build}: {} differ:\n{}", faults.len(), faults.join("\n"));
        }
    }
}

/// A panic sealed it: no call of Rust's is answered.
fn refused(seen: &Value) -> bool {
    let after = seen["after"].as_array().unwrap();
    seen["state"] == 1 && after.iter().all(|answer| answer["error"] == "a trap")
}

/// What the plain module makes of the scenarios, so that they are known to show something.
#[test]
fn the_scenarios_do_what_they_say() {
    let build = Build::unwinding(Point::RELEASE, Eh::Exnref);
    let plain = glue(&GluePair::new("jspi", build).unwrap().plain);
    // Twice 1 and its guard in each of four frames.
    assert_eq!(plain["one first"]["seen"], json!([{ "ok": 12 }]));
    assert_eq!(plain["rejections last"]["seen"][1], json!({ "ok": "rejected: no 2" }));
    assert_eq!(plain["rejections that go on last"]["seen"][0], json!({ "error": "thrown: no 1" }));
    let panics = &plain["one of three panics last"];
    let ends: Vec<bool> = (0..3).map(|at| panics["seen"][at]["ok"].is_number()).collect();
    assert_eq!(ends, [true, false, true], "{panics}");
    assert_eq!(panics["after"][0], json!({ "ok": 4 }), "{panics}");
    // At random: every call ends, some by a panic and some by a refusal.
    let all: Vec<&Value> = (1..=16)
        .flat_map(|seed| plain[format!("random, with panics, {seed}")]["seen"].as_array().unwrap())
        .collect();
    let count = |text: &str| all.iter().filter(|event| event.to_string().contains(text)).count();
    assert_eq!(count("begins as") + 16, count("\"ok\"") + count("\"error\""));
    assert!(count("panics after") > 16 && count("rejected: no") > 0 && count("goes on") > 100);
}

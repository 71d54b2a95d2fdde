//! `examples/worker` in the real workerd: what its clients see.

use serde_json::{Value, json};
use std::process::Command;
use unpoison_tests::links::toolchain;
use xtask::worker::{self, Build};
use xtask::{run, setup};

fn seen(build: Build, what: &str) -> Value {
    let dir = worker::folder(toolchain(), build).unwrap();
    let mut node = Command::new(&setup::get().node.system);
    node.arg(run::root().join("tests/js/worker.mjs")).arg(what).arg(dir);
    serde_json::from_str(&run::quiet(&mut node).unwrap()).unwrap()
}

fn number(value: &Value) -> i64 {
    value.as_f64().unwrap_or_else(|| panic!("no number: {value}")) as i64
}

fn clients(build: Build) {
    let rounds = seen(build, "clients");
    let rounds = rounds.as_array().unwrap();
    assert_eq!(rounds.len(), 12);
    for round in rounds {
        let kind = round["kind"].as_str().unwrap();
        let what = format!("{build:?} {kind} {}", round["point"]);
        let (failed, before, after) = (&round["failed"], &round["before"], &round["after"]);
        assert_eq!(failed["status"], 500, "{what}: {failed}");
        let error = &failed["body"]["error"];
        let expected = match kind {
            "memory" => "alloc",
            "stack" => "trap",
            other => other,
        };
        assert_eq!(error["kind"], expected, "{what}: {error}");
        if kind == "panic" {
            assert_eq!(error["message"], "this request was told to panic", "{what}");
            assert_eq!(error["file"], "src/fail.rs", "{what}");
            assert!(number(&error["line"]) > 0, "{what}");
        }
        for (n, pair) in round["others"].as_array().unwrap().chunks(2).enumerate() {
            assert_eq!(pair[0]["body"]["made"], true, "{what}: {pair:?}");
            assert_eq!(pair[1]["body"]["square"], json!(n * n), "{what}: {pair:?}");
        }
        assert_eq!(round["next"]["body"]["square"], 81, "{what}");
        // One failure, one instance; none where the panic unwound.
        let survives = build == Build::Unwind && kind == "panic";
        let fresh = number(&after["generation"]) - number(&before["generation"]);
        assert_eq!(fresh, i64::from(!survives), "{what}");
        if survives {
            assert_eq!(number(&after["served"]), number(&before["served"]) + 10, "{what}");
        }
        assert_eq!(number(&after["stored"]), number(&before["stored"]) + 10, "{what}");
        assert_eq!(number(&after["sum"]), 100_000, "{what}");
        assert_eq!(after["accounts"][1], before["accounts"][1], "{what}");
    }
}

fn load(build: Build) {
    let seen = seen(build, "load");
    assert_eq!(seen["wrong"], json!([]), "{seen}");
    assert_eq!((number(&seen["panics"]), number(&seen["aborts"])), (100, 10), "{seen}");
    assert_eq!(seen["stored"], seen["transfers"], "{seen}");
    assert_eq!(number(&seen["sum"]), 100_000, "{seen}");
    let most = if build == Build::Unwind { 10 } else { 110 };
    assert_eq!(number(&seen["reinitialisations"]), most, "{seen}");
}

#[test]
fn a_failure_costs_its_own_request() {
    clients(Build::Abort);
}

#[test]
fn a_panic_that_unwinds_costs_no_state() {
    clients(Build::Unwind);
}

#[test]
fn ten_thousand_requests() {
    load(Build::Abort);
}

#[test]
fn ten_thousand_requests_unwinding() {
    load(Build::Unwind);
}

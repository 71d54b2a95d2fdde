//! `examples/workers-rs` with the entry of `npx unpoison worker-build`, in miniflare: what its
//! clients see. `cargo xtask workers` shows the same beside worker-build's own entry.

use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;
use unpoison_tests::links::toolchain;
use unpoison_tests::matrix;
use xtask::worker::Build;
use xtask::workers_rs::{self, FLAG, Way};
use xtask::{run, setup};

/// Requests under load; `cargo xtask workers` makes 10,000.
const REQUESTS: u32 = 1000;

/// By worker-build itself in a whole run, and by its steps in an ordinary one.
fn folder(build: Build) -> PathBuf {
    match matrix::whole() {
        true => workers_rs::folder(toolchain(), Way::Entry, build).unwrap(),
        false => workers_rs::folder_by_steps(toolchain(), build, true).unwrap(),
    }
}

fn status(of: &Value) -> u64 {
    of["status"].as_u64().unwrap()
}

/// What the clients of an app see; those that waited, too.
fn clients(rows: &Value, build: Build, others: impl Fn(&Value, &str)) {
    for (fault, error) in [
        ("panic", "PanicError: the request wanted a panic"),
        ("abort", "RustAbortError: abort"),
        ("overflow", "RustAbortError: "),
    ] {
        for when in ["", " later"] {
            let row = &rows[&format!("{fault}{when}")];
            let what = format!("{build:?} {fault}{when}: {row}");
            // Who fails is told how.
            assert_eq!(status(&row["failing"]), 500, "{what}");
            assert!(row["failing"]["text"].as_str().unwrap().contains(error), "{what}");
            assert_eq!(row["next"]["text"], "64", "{what}");
            // With its message and stack.
            let log = row["log"].to_string();
            assert!(log.contains("fault::"), "{what}");
            let survives = build == Build::Unwind && fault == "panic";
            if !survives {
                others(row, &what);
            }
        }
        let row = &rows[&format!("{fault} in the object")];
        assert!(status(&row["failing"]) >= 500, "{build:?} {fault}: {row}");
        assert_eq!(status(&row["next"]), 200, "{build:?} {fault}: {row}");
    }
    assert_eq!(rows["orders"]["text"], "5");
    assert_eq!(rows["scheduled"], "ok");
}

/// What only reads is made again, and answered right.
fn everybody_is_answered(build: Build) {
    let folder = folder(build);
    let rows = workers_rs::told(&folder, "rows", &[], 0).unwrap();
    clients(&rows, build, |row, what| {
        assert_eq!(row["stateless"]["text"], "9", "{what}");
        assert_eq!(status(&row["object"]), 200, "{what}");
    });
    for flags in [&[][..], &[FLAG]] {
        let told = workers_rs::told(&folder, "load", flags, REQUESTS).unwrap();
        let what = format!("{build:?} {flags:?}: {told}");
        let seen = &told["with"];
        assert_eq!(seen["wrong"].as_array().unwrap().len(), 0, "{what}");
        let others = u64::from(REQUESTS) - seen["failed"].as_u64().unwrap();
        assert!(others < u64::from(REQUESTS), "{what}");
        assert_eq!(seen["right"], others, "{what}");
    }
}

#[test]
fn panics_abort() {
    everybody_is_answered(Build::Abort);
}

#[test]
fn panics_unwind() {
    everybody_is_answered(Build::Unwind);
}

/// Without options, those that waited are told to come again.
#[test]
fn nothing_is_made_again_unasked() {
    let folder = workers_rs::folder_by_steps(toolchain(), Build::Abort, false).unwrap();
    for flags in [&[][..], &[FLAG]] {
        let rows = workers_rs::told(&folder, "rows", flags, 0).unwrap();
        clients(&rows, Build::Abort, |row, what| {
            for other in [&row["stateless"], &row["object"]] {
                assert_eq!(status(other), 503, "{what}");
                assert_eq!(other["retry"], "1", "{what}");
                assert!(other["took"].as_u64().unwrap() < 390, "{what}");
                assert_eq!(other["text"], "Service Unavailable", "{what}");
            }
        });
    }
}

/// What is no request and is under way when a request aborts: nothing hangs, and what
/// workerd makes again it makes in the new instance.
#[test]
fn streams_sockets_alarms_queues_and_mail() {
    for (build, flags) in [(Build::Abort, &[][..]), (Build::Unwind, &[FLAG])] {
        let folder = workers_rs::folder_by_steps(toolchain(), build, false).unwrap();
        let flown = workers_rs::told(&folder, "flights", flags, 0).unwrap();
        let what = format!("{build:?} {flags:?}: {flown}");
        let took = |of: &Value| of["took"].as_u64().unwrap();
        let during = |name: &str| {
            assert_eq!(flown[name]["failing"], 500, "{what}");
            &flown[name]
        };
        assert_eq!(flown["whole"]["lines"].as_array().unwrap().len(), 3, "{what}");
        // A stream whose end does not come is an error of the connection's.
        let stream = during("stream");
        assert!(stream["lines"].as_array().unwrap().len() < 20 && took(stream) < 900, "{what}");
        // Nobody waits for it any more.
        let later = during("waitUntil");
        assert_eq!((status(&later["answer"]), &later["written"]), (200, &"".into()), "{what}");
        assert_eq!(flown["written"]["text"], "2", "{what}");
        assert!(during("alarm")["text"].as_str().unwrap().starts_with("1000 left"), "{what}");
        assert_eq!(during("queue")["text"], "2000", "{what}");
        assert_eq!(flown["said"]["what"], "999 left", "{what}");
        let socket = during("socket");
        assert_eq!(socket["what"], "closed 1013", "{what}");
        assert!(took(socket) < 900, "{what}");
        assert!(flown["again"]["what"].as_str().unwrap().ends_with("left"), "{what}");
        assert_eq!(flown["fault"]["what"], "closed 1011", "{what}");
        assert_eq!(status(&flown["mail"]), 200, "{what}");
        let mail = during("mailed");
        assert!(status(mail) >= 500 && took(mail) < 900, "{what}");
        assert_eq!(flown["good"]["text"], "49", "{what}");
        assert!(!flown["log"].to_string().contains("had hung"), "{what}");
    }
}

/// A sentence, and no half of a build.
#[test]
fn tools_that_are_missing_or_not_known() {
    let bin = run::root().join("hosts/js/bin");
    let said = |script: &str, args: &[&str]| {
        let mut node = Command::new(&setup::get().node.newer);
        node.arg(bin.join(script)).args(args).env("PATH", "").env("ESBUILD_BIN", "esbuild");
        let output = run::output(&mut node).unwrap();
        assert_eq!(output.status.code(), Some(1), "{script}");
        String::from_utf8(output.stderr).unwrap()
    };
    let missing = said("unpoison.mjs", &["worker-build", "--release"]);
    assert_eq!(missing, "unpoison: there is no worker-build: `cargo install worker-build`\n");
    let other = said("esbuild.mjs", &["--bundle", "./entry.js"]);
    assert!(other.contains("does not bundle shim.js"), "{other}");
}

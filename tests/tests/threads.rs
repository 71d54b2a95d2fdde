//! Modules with shared memory: one failure seals all threads, the first report wins, and no
//! report is torn (invariant 8 of the contract).

use serde::Deserialize;
use serde_json::{Value, json};
use std::path::Path;
use unpoison_tests::links::Pair;
use unpoison_tests::node;
use xtask::fixture::{Build, Panics, Point};

/// What the threads saw.
#[derive(Debug, Deserialize)]
struct Seen {
    threads: Vec<Thread>,
    main: Value,
}

#[derive(Debug, Deserialize)]
struct Thread {
    came: Vec<Value>,
    step: Value,
}

fn pair() -> Pair {
    let build = Build { point: Point::RELEASE, panics: Panics::Threads };
    Pair::both("threads", build).unwrap()
}

fn run(engine: &Path, module: &Path, calls: &[&str], rounds: u32) -> Seen {
    node::ask(engine, "threads.mjs", module, &json!({ "calls": calls, "rounds": rounds })).unwrap()
}

#[test]
fn one_failure_seals_all_threads() {
    let pair = pair();
    let calls = ["fails", "waits", "fails", "waits", "aborts", "waits", "fails", "waits"];
    for engine in node::nodes() {
        for _ in 0..5 {
            let seen = run(&engine, &pair.unpoisoned, &calls, 1);
            assert_eq!(seen.main["tag"], "__unpoison_sealed", "{seen:?}");
            for (thread, call) in seen.threads.iter().zip(calls) {
                let [came] = &thread.came[..] else { panic!("{seen:?}") };
                // One report for all, whole.
                for outcome in [came, &thread.step] {
                    assert_eq!(outcome["text"], seen.main["text"], "{call}: {seen:?}");
                    assert_eq!(outcome["kind"], seen.main["kind"], "{call}: {seen:?}");
                }
                assert_eq!(thread.step["tag"], "__unpoison_sealed", "{call}: {seen:?}");
                if call == "waits" {
                    assert_eq!(came["tag"], "__unpoison_sealed", "{seen:?}");
                }
            }
            let first = seen.main["text"].as_str().unwrap();
            let possible = |id: usize| format!("thread {id} {}", "x".repeat(id * 40));
            let whole = [0, 2, 6].map(possible).iter().any(|text| text == first);
            assert!(whole || (first.is_empty() && seen.main["kind"] == 2), "{seen:?}");
        }
    }
}

/// Typed failures only: each thread has a report of its own.
#[test]
fn without_sealing_no_report_is_torn() {
    let pair = pair();
    let module = pair.with_options(&["--unpoison-guard=off"]).unwrap();
    let calls = ["fails"; 4];
    for engine in node::nodes() {
        let seen = run(&engine, &module, &calls, 500);
        for (id, thread) in seen.threads.iter().enumerate() {
            let text = format!("thread {id} {}", "x".repeat(id * 40));
            let own = json!({ "tag": "__unpoison_panic", "kind": 1, "text": text });
            assert_eq!(thread.came, [own], "{id}");
            assert_eq!(thread.step, 2);
        }
    }
}

/// So that the above is known to show something.
#[test]
fn the_plain_threads_go_on() {
    let pair = pair();
    let seen = run(&node::nodes()[1], &pair.plain, &["fails", "waits", "step", "step"], 1);
    assert_eq!(seen.main, 2);
    assert!(seen.threads.iter().all(|thread| thread.step == 2), "{seen:?}");
}

//! Modules with shared memory: one failure seals all threads, the first report wins, and no
//! report is torn (invariant 8 of the contract).

mod model;

use serde::Deserialize;
use serde_json::{Value, json};
use std::path::Path;
use unpoison_tests::glue::GluePair;
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

/// What came of a pool's work.
#[derive(Debug, Deserialize)]
struct Worked {
    calls: Vec<Ended>,
    threads: Vec<Option<Ended>>,
}

#[derive(Debug, Deserialize)]
struct Ended {
    came: Value,
    ms: i32,
}

/// The calls of a pool of eight: sums that end well, or in a panic (1) or an abort (2).
fn pool(engine: &Path, module: &Path, calls: &[(u32, u32, u32)]) -> Worked {
    let input = json!({ "threads": 8, "calls": calls });
    node::ask(engine, "pool.mjs", module, &input).unwrap()
}

/// Numbers below a million, each modulo 7.
const SUM: u32 = 2_999_997;
const END: u32 = 1_000_000;

/// Far above what a thread takes to look up, and far below for ever.
const SOON: i32 = 1500;

/// A thread of rayon's fails: the call that waits for it and all the other threads, which
/// wait for work inside Rust, end as well.
#[test]
fn a_pool_whose_thread_fails_ends() {
    let pair = pair();
    for engine in node::nodes() {
        for (kind, tag) in [(1, "__unpoison_panic"), (2, "__unpoison_abort")] {
            let calls = [(END, 0, 0), (END, 0, 0), (END, 700_000, kind)];
            let seen = pool(&engine, &pair.unpoisoned, &calls);
            for good in &seen.calls[..2] {
                assert_eq!(good.came, SUM, "{seen:?}");
            }
            let failed = &seen.calls[2];
            assert_eq!(failed.came["tag"], "__unpoison_sealed", "{seen:?}");
            assert_eq!(failed.came["kind"], kind, "{seen:?}");
            assert!(failed.ms < SOON, "{seen:?}");
            let ended: Vec<&Ended> = seen.threads.iter().flatten().collect();
            assert_eq!(ended.len(), 8, "{seen:?}");
            let culprits = ended.iter().filter(|end| end.came["tag"] == tag).count();
            assert_eq!(culprits, 1, "{seen:?}");
            for end in ended {
                assert_eq!(end.came["text"], failed.came["text"], "{seen:?}");
                assert!(end.ms < SOON, "{seen:?}");
                println!("kind {kind}: {} ms, the call {} ms", end.ms, failed.ms);
            }
        }
    }
}

/// Where panics unwind, rayon hands them to who waits, and the pool works on.
#[test]
fn an_unwinding_pool_works_on_after_a_panic() {
    let build = Build { point: Point::RELEASE, panics: Panics::UnwindThreads };
    let pair = Pair::both("threads", build).unwrap();
    for engine in node::nodes() {
        let calls = [(END, 700_000, 1), (END, 0, 0), (END, 5, 1), (END, 0, 0), (END, 9, 2)];
        let seen = pool(&engine, &pair.unpoisoned, &calls);
        for (call, (_, at, kind)) in seen.calls.iter().zip(calls) {
            match kind {
                0 => assert_eq!(call.came, SUM, "{seen:?}"),
                1 => {
                    assert_eq!(call.came["tag"], "__unpoison_panic", "{seen:?}");
                    // A library that cargo built without link-time optimization has no bitcode,
                    // and then the text of what is thrown again is not known.
                    let texts = [json!("Box<dyn Any>"), json!(format!("{at} is not added"))];
                    assert!(texts.contains(&call.came["text"]), "{seen:?}");
                }
                // A throw would run destructors.
                _ => assert_eq!(call.came, "RuntimeError: unreachable", "{seen:?}"),
            }
        }
        assert_eq!(seen.threads.iter().flatten().count(), 8, "{seen:?}");
    }
}

/// The same behind wasm-bindgen's glue, whose modules trap.
#[test]
fn a_pool_behind_glue_whose_thread_fails_ends() {
    let build = Build { point: Point::RELEASE, panics: Panics::Threads };
    let glue = GluePair::new("threads_bindgen", build).unwrap().unpoisoned;
    for engine in node::nodes() {
        for kind in [1, 2] {
            let calls = [(END, 0, 0), (END, 700_000, kind), (END, 0, 0)];
            let input = json!({ "wasm": glue.wasm(), "threads": 8, "calls": calls });
            let seen: Worked =
                node::ask(&engine, "pool-bindgen.mjs", &glue.script(), &input).unwrap();
            assert_eq!(seen.calls[0].came, SUM, "{seen:?}");
            let ended: Vec<&Ended> = seen.threads.iter().flatten().collect();
            assert_eq!(ended.len(), 8, "{seen:?}");
            for end in ended.into_iter().chain(&seen.calls[1..]) {
                assert_eq!(end.came, "RuntimeError: unreachable", "{seen:?}");
                assert!(end.ms < SOON, "{seen:?}");
            }
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

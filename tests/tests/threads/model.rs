//! Two threads that take turns, in random order, against a model of what they may see.

use crate::pair;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use unpoison_tests::node;

/// A turn of one of two threads.
#[derive(Clone, Copy, Debug)]
struct Turn {
    thread: usize,
    call: &'static str,
}

/// What the threads can know of each other.
#[derive(Debug, Default)]
struct Model {
    /// The report that sealed them.
    sealed: Option<(u32, String)>,
    /// How deep each is in the host.
    inside: [u32; 2],
}

/// How deep a thread goes.
const DEEPEST: u32 = 3;

impl Model {
    /// What comes of a turn; nothing if it cannot be taken.
    fn turn(&mut self, Turn { thread, call }: Turn) -> Option<Value> {
        match call {
            "leave" if self.inside[thread] == 0 => return None,
            "leave" => self.inside[thread] -= 1,
            "waits" if self.inside[thread] == DEEPEST => return None,
            _ => {}
        }
        if let Some((kind, text)) = &self.sealed {
            return Some(json!({ "tag": "__unpoison_sealed", "kind": kind, "text": text }));
        }
        Some(match call {
            "leave" => json!(thread),
            "step" => json!(thread + 1),
            "waits" => {
                self.inside[thread] += 1;
                json!("entered")
            }
            "fails" => {
                let text = format!("thread {thread} {}", "x".repeat(thread * 40));
                self.fails(1, "__unpoison_panic", text)
            }
            "aborts" => self.fails(2, "__unpoison_abort", String::new()),
            other => unreachable!("{other}"),
        })
    }

    fn fails(&mut self, kind: u32, tag: &str, text: String) -> Value {
        let report = json!({ "tag": tag, "kind": kind, "text": text });
        self.sealed = Some((kind, text));
        report
    }
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let call = prop_oneof![
        4 => Just("step"),
        4 => Just("waits"),
        4 => Just("leave"),
        1 => Just("fails"),
        1 => Just("aborts"),
    ];
    let turn = (0..2_usize, call).prop_map(|(thread, call)| Turn { thread, call });
    proptest::collection::vec(turn, 1..24)
}

/// A call of the host's that comes out of it again ends as well, however deep it is.
#[test]
fn two_threads_see_what_the_model_says() {
    let pair = pair();
    let engines = node::nodes();
    let runs = std::cell::Cell::new(0);
    let mut runner =
        TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(48) });
    let checked = runner.run(&turns(), |turns| {
        let mut model = Model::default();
        let (mut taken, mut expected) = (Vec::new(), Vec::new());
        let leaving = [0, 1].into_iter().flat_map(|thread| {
            std::iter::repeat_n(Turn { thread, call: "leave" }, DEEPEST as usize)
        });
        for turn in turns.into_iter().chain(leaving) {
            if let Some(outcome) = model.turn(turn) {
                taken.push(json!([turn.thread, turn.call]));
                expected.push(outcome);
            }
        }
        runs.set(runs.get() + 1);
        let engine = &engines[runs.get() % engines.len()];
        let seen: Vec<Value> = node::ask(engine, "turns.mjs", &pair.unpoisoned, &taken).unwrap();
        prop_assert_eq!(seen, expected, "{:?}", taken);
        Ok(())
    });
    checked.unwrap();
}

//! A shadow stack that is exhausted, told from a pointer that leads nowhere.

use serde_json::Value;
use unpoison_tests::links::Pair;
use unpoison_tests::node;
use xtask::fixture::Point;

/// Where the stack lies: rustc asks for it before everything else.
const FIRST: &[&str] = &[];
const NOT_FIRST: &[&str] = &["--no-stack-first"];

/// The failing call, what is called after it, and the words of the report.
fn seal(links: &[&str], export: &str, cause: u32) {
    for point in [Point::RELEASE, Point { opt: "0", ..Point::RELEASE }] {
        seal_at(point, links, export, cause);
    }
}

fn seal_at(point: Point, links: &[&str], export: &str, cause: u32) {
    let pair = Pair::both("edges", point).unwrap();
    let module = match links {
        [] => pair.unpoisoned.clone(),
        args => pair.with_args(args).unwrap().1,
    };
    for engine in node::nodes() {
        let what = format!("{point}, {links:?}, {export}, {}", engine.display());
        let seen: Value = node::ask(&engine, "edges.mjs", &module, &[export]).unwrap();
        assert!(seen["failed"].as_str().is_some_and(|e| e.starts_with("R")), "{what}: {seen}");
        let after = seen["after"].as_object().unwrap().iter();
        // Not the finalizer, nor what shares its code: `tables` looks at those.
        let others = after.filter(|(name, _)| !["__wbg_thing_free", "tidy"].contains(&&***name));
        for (name, outcome) in others {
            assert_eq!(*outcome, "__unpoison_sealed", "{what}: {name}: {seen}");
        }
        assert_eq!(seen["moved"], 0, "{what}: {seen}");
        assert_eq!(seen["state"], 5, "{what}: {seen}");
        assert_eq!(seen["kind"], 5, "{what}: {seen}");
        assert_eq!(seen["cause"], cause, "{what}: {seen}");
    }
}

#[test]
fn an_overflow_says_so() {
    seal(FIRST, "overflows", 1);
}

#[test]
fn a_wild_pointer_says_nothing() {
    seal(FIRST, "wild", 0);
}

/// What lies below it is overwritten: nothing of unpoison's may.
#[test]
fn an_overflow_of_a_stack_that_is_not_first() {
    seal(NOT_FIRST, "overflows", 1);
}

#[test]
fn a_wild_pointer_beside_a_stack_that_is_not_first() {
    seal(NOT_FIRST, "wild", 0);
}

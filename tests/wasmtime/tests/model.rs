//! Random trees of calls, in wasmtime: the same trees, reference and comparison as in
//! Node (`tests/tests/guard`).

mod host;

#[allow(dead_code, reason = "the tests in Node go more ways")]
#[path = "../../tests/guard/generate.rs"]
mod generate;
#[path = "../../tests/guard/outcome.rs"]
mod outcome;
#[path = "../../tests/guard/reference.rs"]
mod reference;
#[allow(dead_code, reason = "the host in JavaScript is told in its own words")]
#[path = "../../tests/guard/tree.rs"]
mod tree;
#[path = "../../tests/guard/walks.rs"]
mod walks;

use generate::Mix;
use host::InWasmtime;
use reference::Linked;
use unpoison_tests::links::Pair;
use walks::{walk_deep, walk_random};
use xtask::fixture::{Build, Eh, Point};

/// Host frames of an unoptimized test lie between those of the module.
const STACK: usize = 256 << 20;

fn on_a_large_stack(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(test).unwrap();
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn random_trees() {
    on_a_large_stack(|| {
        let pair = Pair::both("tree", Point::RELEASE).unwrap();
        let host = InWasmtime::new(&pair.unpoisoned).unwrap();
        let seen = walk_random(&generate::trees(Mix::OBJECTS), host, Linked::GUARDED, 20)
            .unwrap_or_else(|e| panic!("{e}"));
        seen.check(Linked::GUARDED);
    });
}

#[test]
fn random_trees_with_a_hook() {
    on_a_large_stack(|| {
        let pair = Pair::both("hook", Point::RELEASE).unwrap();
        let host = InWasmtime::new(&pair.unpoisoned).unwrap();
        let linked = Linked { hook: true, ..Linked::GUARDED };
        let seen = walk_random(&generate::trees_with_hook(Mix::OBJECTS), host, linked, 21)
            .unwrap_or_else(|e| panic!("{e}"));
        seen.check(linked);
    });
}

#[test]
fn random_trees_that_unwind() {
    on_a_large_stack(|| {
        // wasmtime knows the newer encoding only.
        let pair = Pair::both("tree", Build::unwinding(Point::RELEASE, Eh::Exnref)).unwrap();
        let host = InWasmtime::new(&pair.unpoisoned).unwrap().without_errors();
        let linked = Linked { abort_traps: true, unwinds: true, ..Linked::GUARDED };
        let seen = walk_random(&generate::trees(Mix::OBJECTS), host, linked, 22)
            .unwrap_or_else(|e| panic!("{e}"));
        seen.check(linked);
    });
}

#[test]
fn two_hundred_deep() {
    on_a_large_stack(|| {
        let pair = Pair::both("tree", Point::RELEASE).unwrap();
        // As much as fits: the frames of an unoptimized host count as wasm's.
        walk_deep(InWasmtime::new(&pair.unpoisoned).unwrap(), Linked::GUARDED, 200);
    });
}

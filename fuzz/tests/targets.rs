//! Every target over the corpus and a bounded stream of random data.

use unpoison_fuzz::TARGETS;
use unpoison_fuzz::run::{Until, run};

/// Random executions of a target: so many, and with `UNPOISON_TEST_ALL` so many times more.
fn check(name: &str, count: u64) {
    let all = std::env::var_os("UNPOISON_TEST_ALL").is_some();
    let count = if all { 20 * count } else { count };
    let target = TARGETS.iter().find(|(known, _)| *known == name).unwrap();
    let outcome = run(*target, 0, Until::Count(count));
    eprintln!("{name}: {} executions, the slowest {:?}", outcome.executions, outcome.slowest);
    let failures: Vec<_> =
        outcome.failures.iter().map(|(input, words)| format!("{input}: {words}")).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(outcome.executions >= count);
}

#[test]
fn valid_in_valid_out() {
    check("valid_in_valid_out", 100);
}

#[test]
fn behaves_alike() {
    check("behaves_alike", 150);
}

#[test]
fn mutated() {
    check("mutated", 1000);
}

#[test]
fn objects() {
    check("objects", 3000);
}

#[test]
fn archives() {
    check("archives", 3000);
}

#[test]
fn response_files() {
    check("response_files", 3000);
}

#[test]
fn name_section() {
    check("name_section", 3000);
}

#[test]
fn packed() {
    check("packed", 3000);
}

#[test]
fn dwarf() {
    check("dwarf", 1000);
}

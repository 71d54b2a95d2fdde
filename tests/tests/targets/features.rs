//! Ways to build that change what a linker gets or makes: each gives a module that holds
//! the contract, or a sentence.

use serde_json::json;
use std::process::Command;
use unpoison_tests::node::{self, Outcome, Run};
use unpoison_tests::program::{Linked, Program};
use xtask::{check, engines, run, setup};

const SOURCE: &str = r#"
    use std::hint::black_box;
    #[no_mangle] pub extern "C" fn panics(x: u32) -> u32 {
        if x == 7 { panic!("seven is {x}") }
        x + 1
    }
    #[no_mangle] pub extern "C" fn aborts() { std::process::abort() }
    #[no_mangle] pub extern "C" fn traps(at: usize) -> u32 { unsafe { *(at as *const u32) } }
    #[no_mangle] pub extern "C" fn through_a_table(x: u32) -> u32 {
        let add: Box<dyn Fn(u32) -> u32> = black_box(Box::new(move |y| x + y));
        add(2)
    }
"#;

/// The contract in short: what fails is typed, and nothing runs after it.
pub(crate) fn holds(module: &Linked, what: &str) {
    let runs = [
        json!([["panics", 1], ["through_a_table", 3], ["panics", 7], ["panics", 1]]),
        json!([["aborts"], ["panics", 1]]),
        json!([["traps", -8], ["panics", 1]]),
    ];
    let node = &setup::get().node.newer;
    let seen: Vec<Run> = node::ask(node, "features.mjs", &module.path, &runs).unwrap();
    let thrown = |outcome: &Outcome| match outcome {
        Outcome::Exception { tag, report } => (tag.clone(), report.kind),
        other => panic!("{what}: {other:?}"),
    };
    assert_eq!(seen[0].calls[..2], [Outcome::Ok(json!(2)), Outcome::Ok(json!(5))], "{what}");
    assert_eq!(thrown(&seen[0].calls[2]), ("__unpoison_panic".into(), 1), "{what}");
    let Outcome::Exception { report, .. } = &seen[0].calls[2] else { unreachable!() };
    assert_eq!(report.message.as_deref(), Some("seven is 7"), "{what}");
    assert_eq!(thrown(&seen[0].calls[3]), ("__unpoison_sealed".into(), 1), "{what}");
    assert_eq!(thrown(&seen[1].calls[0]), ("__unpoison_abort".into(), 2), "{what}");
    assert_eq!(thrown(&seen[1].calls[1]), ("__unpoison_sealed".into(), 2), "{what}");
    assert!(matches!(seen[2].calls[0], Outcome::Trap(_)), "{what}: {:?}", seen[2]);
    assert_eq!(thrown(&seen[2].calls[1]), ("__unpoison_sealed".into(), 5), "{what}");
}

#[test]
fn every_way_to_build_holds_the_contract() {
    let ways: [&[&str]; 8] = [
        &["-Clinker-plugin-lto"],
        &["-Crelocation-model=pic"],
        &["-Clink-arg=--import-memory"],
        &["-Clink-arg=--growable-table", "-Clink-arg=--export-table"],
        &["-Clink-arg=--import-table"],
        &["-Ctarget-feature=+tail-call,+simd128"],
        &["-Ctarget-feature=+multivalue", "-Cllvm-args=-target-abi=experimental-mv"],
        &["-Ctarget-cpu=mvp"],
    ];
    for way in ways {
        let module = Program::new(SOURCE).args(way.iter().copied()).link();
        let module = module.unwrap_or_else(|e| panic!("{way:?}: {e:#}"));
        holds(&module, &format!("{way:?}"));
    }
}

/// The same exports with C between the host and Rust.
const WITH_C: &str = r#"
    extern "C" {
        fn c_calls(x: u32) -> u32;
        fn c_traps() -> !;
        fn c_divides(a: i32, b: i32) -> i32;
        fn c_calls_back(f: extern "C" fn(u32) -> u32, x: u32) -> u32;
    }
    extern "C" fn adds(x: u32) -> u32 { x + 1 }
    #[no_mangle] pub extern "C" fn rust_adds(x: u32) -> u32 {
        if x == 7 { panic!("seven is {x}") }
        x + 1
    }
    #[no_mangle] pub extern "C" fn panics(x: u32) -> u32 { unsafe { c_calls(x) } }
    #[no_mangle] pub extern "C" fn aborts() { unsafe { c_traps() } }
    #[no_mangle] pub extern "C" fn traps(_: u32) -> i32 { unsafe { c_divides(1, 0) } }
    #[no_mangle] pub extern "C" fn through_a_table(x: u32) -> u32 {
        unsafe { c_calls_back(adds, x) }
    }
"#;

const C: &str = "
    unsigned rust_adds(unsigned);
    unsigned c_calls(unsigned x) { return rust_adds(x); }
    void c_traps(void) { __builtin_trap(); }
    int c_divides(int a, int b) { return a / b; }
    unsigned c_calls_back(unsigned (*f)(unsigned), unsigned x) { return f(x) + 1; }
";

/// clang is a large package, so this is one of the wide matrix.
#[test]
fn c_in_the_module() {
    if std::env::var_os(check::ALL).is_none() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (source, object) = (dir.path().join("part.c"), dir.path().join("part.o"));
    std::fs::write(&source, C).unwrap();
    let mut clang = Command::new(engines::clang().unwrap());
    clang.args(["--target=wasm32-unknown-unknown", "-O2", "-c", "-o"]).args([&object, &source]);
    run::quiet(&mut clang).unwrap();
    let module = Program::new(WITH_C).args([format!("-Clink-arg={}", object.display())]).link();
    holds(&module.unwrap(), "with C");
}

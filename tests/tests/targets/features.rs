//! Ways to build that change what a linker gets or makes: each gives a module that holds
//! the contract, or a sentence.

use serde_json::json;
use std::path::Path;
use unpoison_tests::node::{self, Outcome, Run};
use unpoison_tests::program::Program;
use xtask::setup;

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
pub(crate) fn holds(module: &Path, what: &str) {
    let runs = [
        json!([["panics", 1], ["through_a_table", 3], ["panics", 7], ["panics", 1]]),
        json!([["aborts"], ["panics", 1]]),
        json!([["traps", -8], ["panics", 1]]),
    ];
    let node = &setup::get().node.newer;
    let seen: Vec<Run> = node::ask(node, "features.mjs", module, &runs).unwrap();
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
        holds(&module.path, &format!("{way:?}"));
    }
}

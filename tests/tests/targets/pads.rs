//! Modules whose panics abort, and that have landing pads all the same: with an
//! `extern "C-unwind"` import where older compilers make them, and wherever the target has
//! exceptions (`-Ctarget-cpu=bleeding-edge`).

use serde_json::json;
use unpoison_tests::inspect;
use unpoison_tests::links::read;
use unpoison_tests::node::{self, Outcome, Run};
use unpoison_tests::program::Program;
use xtask::{reach, setup};

const SOURCE: &str = r#"
    #[link(wasm_import_module = "env")]
    extern "C-unwind" { fn host(what: u32) -> u32; }
    struct Counts(u32);
    static mut DROPS: u32 = 0;
    impl Drop for Counts { fn drop(&mut self) { unsafe { DROPS += self.0 } } }
    #[no_mangle] pub extern "C" fn ends(what: u32) -> u32 {
        if what == 100 { panic!("one hundred") }
        unsafe { host(what) }
    }
    #[no_mangle] pub extern "C-unwind" fn drops(what: u32) -> u32 {
        let _counts = Counts(1);
        if what == 100 { std::process::abort() }
        unsafe { host(what) }
    }
    #[no_mangle] pub extern "C" fn count() -> u32 { unsafe { DROPS } }
"#;

/// What the host is told to do by a number; `js/pads.mjs` has the words.
const THROWS: i32 = 1;
const PANICS_INSIDE: i32 = 2;
const SWALLOWS_A_PANIC: i32 = 3;
const ABORTS_INSIDE: i32 = 4;
const SWALLOWS_ITS_OWN: i32 = 5;
const NOTHING: i32 = 0;
const FAILS: i32 = 100;

/// The first export that is called, with what, how it ends, and what sealed the instance.
const CASES: [(&str, i32, &str, u32); 10] = [
    ("ends", NOTHING, "ok", 0),
    ("ends", FAILS, "__unpoison_panic", 1),
    ("drops", FAILS, "__unpoison_abort", 2),
    // Rust says so: no exception leaves an `extern "C"` function.
    ("ends", THROWS, "__unpoison_abort", 4),
    ("ends", PANICS_INSIDE, "__unpoison_sealed", 1),
    ("ends", SWALLOWS_A_PANIC, "__unpoison_sealed", 1),
    ("ends", ABORTS_INSIDE, "__unpoison_sealed", 2),
    ("drops", PANICS_INSIDE, "__unpoison_sealed", 1),
    ("drops", ABORTS_INSIDE, "__unpoison_sealed", 2),
    ("drops", SWALLOWS_ITS_OWN, "__unpoison_sealed", 4),
];

fn check(program: &Program<'_>, what: &str) {
    let linked = program.link().unwrap_or_else(|e| panic!("{what}: {e:#}"));
    let section = inspect::custom_section(&read(&linked.path).unwrap(), "unpoison").unwrap();
    let section: serde_json::Value = serde_json::from_slice(&section.unwrap()).unwrap();
    assert_eq!(section["panic"], "abort", "{what}");
    assert_ne!(section["eh"], "none", "{what}: it has no landing pad, so nothing is tested");
    let runs: Vec<_> = CASES
        .iter()
        .map(|(export, arg, ..)| json!([[export, arg], ["count"], ["ends", NOTHING]]))
        .collect();
    let node = &setup::get().node.newer;
    let seen: Vec<Run> = node::ask(node, "pads.mjs", &linked.path, &runs).unwrap();
    for ((export, arg, ends, state), run) in CASES.iter().zip(&seen) {
        let what = format!("{what}: {export}({arg})");
        let tag = |outcome: &Outcome| match outcome {
            Outcome::Ok(_) => "ok".to_owned(),
            Outcome::Exception { tag, .. } => tag.clone(),
            other => format!("{other:?}"),
        };
        assert_eq!(tag(&run.calls[0]), *ends, "{what}");
        assert_eq!(run.state, Some(*state), "{what}");
        // No Rust after a failure: neither a destructor nor a call.
        match state {
            0 => assert_eq!(tag(&run.calls[2]), "ok", "{what}"),
            _ => {
                assert_eq!(tag(&run.calls[1]), "__unpoison_sealed", "{what}");
                assert_eq!(tag(&run.calls[2]), "__unpoison_sealed", "{what}");
            }
        }
    }
}

#[test]
fn with_exceptions_in_the_target() {
    for opt in ["0", "3"] {
        let args = ["-Ctarget-cpu=bleeding-edge".to_owned(), format!("-Copt-level={opt}")];
        check(&Program::new(SOURCE).args(args), &format!("bleeding edge at {opt}"));
    }
    let off = ["-Ctarget-cpu=bleeding-edge", "-Clink-arg=--unpoison-exceptions=off"];
    let refusal = Program::new(SOURCE).args(off).refusal();
    assert!(refusal.contains("landing pads") && refusal.contains("bleeding-edge"), "{refusal}");
}

#[test]
fn with_an_older_compiler() {
    match reach::compiler("1.85") {
        Ok(compiler) => {
            let program = Program::new(SOURCE).by(&compiler.toolchain);
            check(&program.args(["-Clink-arg=--allow-undefined"]), "1.85");
            reach::spare("1.85", compiler);
        }
        // As in the test `reach`.
        Err(e) => eprintln!("pads: 1.85 is not tried: {e:#}"),
    }
}

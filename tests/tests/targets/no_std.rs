//! Programs without the standard library, with a panic handler of their own: plugins, for
//! engines that may know nothing of exceptions (wasm32v1-none).

use unpoison_tests::inspect;
use unpoison_tests::links::{read, toolchain};
use unpoison_tests::node::{self, Outcome, Report, call};
use unpoison_tests::program::{Linked, Program};
use wasmparser::{Validator, WasmFeatures};
use xtask::setup;
use xtask::toolchain::has_other_targets;

pub(crate) const SOURCE: &str = r#"
    #![no_std]
    extern crate alloc;
    use alloc::{boxed::Box, vec::Vec};
    use core::alloc::{GlobalAlloc, Layout};
    use core::hint::black_box;
    use core::panic::PanicInfo;

    struct Nothing;
    unsafe impl GlobalAlloc for Nothing {
        unsafe fn alloc(&self, _: Layout) -> *mut u8 { core::ptr::null_mut() }
        unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
    }
    #[global_allocator]
    static NOTHING: Nothing = Nothing;

    #[panic_handler]
    fn handler(info: &PanicInfo) -> ! { HANDLER }

    #[no_mangle] pub extern "C" fn formatted(x: u32) { if x == 7 { panic!("seven is {x}") } }
    #[no_mangle] pub extern "C" fn bounds(x: usize) -> u32 { [1, 2, 3][black_box(x)] }
    #[no_mangle] pub extern "C" fn boxed() { drop(black_box(Box::new(black_box([1u32; 2000])))) }
    #[no_mangle] pub extern "C" fn vec() { drop(black_box(Vec::<u8>::with_capacity(8000))) }
"#;

pub(crate) const IGNORES: &str = "let _ = info; core::arch::wasm32::unreachable()";
const LOOPS: &str = "let _ = info; loop {}";
pub(crate) const TELLS: &str = r#"
    extern "C" { fn __unpoison_panic_info(info: &PanicInfo<'_>); }
    unsafe { __unpoison_panic_info(info) }
    core::arch::wasm32::unreachable()
"#;
/// Of all it is told it looks at the place.
const LINE: &str = r#"
    static mut LINE: u32 = 0;
    #[no_mangle] pub extern "C" fn line() -> u32 { unsafe { LINE } }
    unsafe { LINE = info.location().map_or(0, |at| at.line()) }
    loop {}
"#;

pub(crate) const CASES: [(&str, &[i32], u32, &str); 4] = [
    ("formatted", &[7], PANIC, "seven is 7"),
    ("bounds", &[5], PANIC, "index out of bounds: the len is 3 but the index is 5"),
    ("boxed", &[], ALLOC, "memory allocation of 8000 bytes failed"),
    ("vec", &[], ALLOC, "memory allocation of 8000 bytes failed"),
];
const PANIC: u32 = 1;
pub(crate) const ALLOC: u32 = 3;

fn link(handler: &str, lto: &str, target: &str, args: &[&str]) -> Linked {
    let source = SOURCE.replace("HANDLER", handler);
    let lto = format!("-Clto={lto}");
    let program = Program::new(&source).target(target).args([&*lto, "-Cpanic=abort"]);
    program.args(args.iter().copied()).link().unwrap_or_else(|e| panic!("{handler}: {e:#}"))
}

/// What each case reports, by an exception.
fn reports(module: &Linked) -> Vec<Report> {
    let calls: Vec<_> = CASES
        .iter()
        .map(|(export, args, ..)| vec![call(export, args), call("formatted", &[1])])
        .collect();
    let runs = node::run(&setup::get().node.system, &module.path, &calls).unwrap();
    let report = |run: node::Run| {
        let Outcome::Exception { tag, .. } = &run.calls[1] else { panic!("{run:?}") };
        assert_eq!(tag, "__unpoison_sealed", "{run:?}");
        match run.calls.into_iter().next().unwrap() {
            Outcome::Exception { report, .. } => report,
            other => panic!("{other:?}"),
        }
    };
    runs.into_iter().map(report).collect()
}

#[test]
fn message_and_place_arrive() {
    // A handler that looks at nothing keeps them where nothing is optimized across crates;
    // one that hands them on, everywhere.
    let all = [(IGNORES, "off"), (LOOPS, "off"), (TELLS, "off"), (TELLS, "thin"), (TELLS, "fat")];
    for (handler, lto) in all {
        let module = link(handler, lto, xtask::toolchain::TARGET, &[]);
        for ((export, _, kind, message), report) in CASES.iter().zip(reports(&module)) {
            let what = format!("{handler}, lto {lto}, {export}: {report:?}");
            assert_eq!(report.kind, *kind, "{what}");
            assert_eq!(report.message.as_deref(), Some(*message), "{what}");
            assert!(report.file.is_some() && report.line > 0, "{what}");
            let size = if *kind == ALLOC { 8000 } else { 0 };
            assert_eq!(report.size, size, "{what}");
        }
    }
}

#[test]
fn a_panic_is_one_whatever_optimization_leaves_of_it() {
    for handler in [IGNORES, LOOPS, LINE] {
        for lto in ["thin", "fat"] {
            let module = link(handler, lto, xtask::toolchain::TARGET, &[]);
            for ((export, _, kind, message), report) in CASES.iter().zip(reports(&module)) {
                let what = format!("{handler}, lto {lto}, {export}: {report:?}");
                // Of a failed allocation nothing may be left but that it is a panic.
                assert!([PANIC, *kind].contains(&report.kind), "{what}");
                let said = report.message.as_deref();
                assert!(said.is_none() || said == Some(message), "{what}");
            }
        }
    }
}

#[test]
fn engines_without_exceptions_run_it() {
    if !has_other_targets(toolchain()) {
        return;
    }
    let without = WasmFeatures::MVP | WasmFeatures::MUTABLE_GLOBAL;
    let valid = |module: &Linked| {
        let bytes = read(&module.path).unwrap();
        let features = inspect::custom_section(&bytes, "target_features").unwrap().unwrap();
        let named = String::from_utf8_lossy(&features).contains("exception-handling");
        let valid = Validator::new_with_features(without).validate_all(&bytes).is_ok();
        assert_eq!(named, !valid);
        valid
    };
    let module = link(IGNORES, "off", "wasm32v1-none", &[]);
    assert!(valid(&module), "it has something that the first version of wasm has not");
    let calls = vec![vec![call("formatted", &[7]), call("formatted", &[1])]];
    let run = node::run(&setup::get().node.system, &module.path, &calls).unwrap().remove(0);
    assert_eq!(run.state, Some(PANIC), "{run:?}");
    assert!(run.calls.iter().all(|call| matches!(call, Outcome::Trap(_))), "{run:?}");
    let on = link(IGNORES, "off", "wasm32v1-none", &["-Clink-arg=--unpoison-exceptions=on"]);
    assert!(!valid(&on));
    assert_eq!(reports(&on)[0].message.as_deref(), Some("seven is 7"));
}

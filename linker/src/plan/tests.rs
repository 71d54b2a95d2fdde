//! Plans of small modules written by hand, carried out and validated. Their indices are
//! not padded, so nothing fits in place: the worst case for the editor.

use super::*;
use crate::args::Options;
use crate::patch;
use crate::read::flow::Place;
use crate::strip::{Strip, Stripper};
use crate::stubs;
use wasm_encoder::{CodeSection, Function, FunctionSection, InstructionSink, TypeSection};

/// The stubs' exports, as functions that do nothing.
fn module(functions: &str) -> Vec<u8> {
    module_with("", functions)
}

fn module_with(imports: &str, functions: &str) -> Vec<u8> {
    let stub = |name: &str, ty: &str, body: &str| {
        format!("(func ${name} (export \"{name}\") {ty} {body})")
    };
    let text = format!(
        "(module
           (import \"env\" \"host\" (func $host (param i32) (result i32)))
           {imports}
           (memory (export \"memory\") 1)
           {functions}
           {} {} {} {} {})",
        stub(stubs::PANIC, "(param i32)", ""),
        stub(stubs::ALLOC, "(param i32 i32)", ""),
        stub(stubs::FAIL, "(param i32 i32) (result i32)", "i32.const 0"),
        stub(stubs::REPORT, "(result i32)", "i32.const 0"),
        stub(stubs::TRAP, "(param i32) (result i32)", "i32.const 0"),
    );
    wat::parse_str(text).unwrap()
}

fn planned<'a>(bytes: &'a [u8], options: &Options) -> (Module<'a>, Decision) {
    let module = Module::read(bytes).unwrap();
    let flow = Flow::read(&module).unwrap();
    let decision = plan(&module, &flow, options, &LinkFacts::default()).unwrap();
    (module, decision)
}

/// The plan, after it was carried out and the result validated.
fn carried_out(functions: &str, options: &Options) -> Plan {
    let bytes = module(functions);
    let (module, decision) = planned(&bytes, options);
    let Decision::Change(plan) = decision else { panic!("nothing to change") };
    let out = patch::patch(&module, &plan, &Stripper::new(Strip::None, &[]), None).unwrap();
    let features = wasmparser::WasmFeatures::default() | wasmparser::WasmFeatures::EXCEPTIONS;
    wasmparser::Validator::new_with_features(features).validate_all(&out.to_vec()).unwrap();
    *plan
}

#[test]
fn only_live_places_are_sites() {
    let plan = carried_out(
        r#"(func $abort unreachable)
           (func $forwards call $abort unreachable)
           (func $loops (loop br 0) unreachable)
           (func $f (export "f") (param i32) (result i32)
             (block (br_if 0 (local.get 0)) call $forwards unreachable)
             (if (i32.eqz (local.get 0)) (then unreachable))
             (block call $loops unreachable)
             unreachable)"#,
        &Options::default(),
    );
    // The call that gives up, the one `unreachable` that a branch leads to, and the loop
    // that nothing ends; behind `$loops` nothing is reached.
    let kinds: Vec<_> = plan.sites.iter().map(|s| (&*s.name, s.kind)).collect();
    assert_eq!(kinds, [("f", Kind::Abort), ("f", Kind::Abort), ("f", Kind::Panic)]);
    assert!(matches!(plan.sites[0].place, Place::Call(..)));
    assert!(matches!(plan.sites[1].place, Place::Unreachable(_)));
}

/// A function that only modules with the standard library have.
const STD: &str = "_ZN3std9panicking20rust_panic_with_hook17h0123456789abcdefE";

#[test]
fn an_empty_loop_is_a_failure_where_a_panic_handler_is_the_programs_own() {
    let program = r#"(func $f (export "f") (param i32)
        (if (local.get 0) (then (loop br 0)))
        (loop (br_if 0 (local.get 0))))"#;
    let plan = carried_out(program, &Options::default());
    let places: Vec<_> = plan.sites.iter().map(|site| (site.place, site.kind)).collect();
    assert!(matches!(places[..], [(Place::Spin(_), Kind::Panic)]), "{places:?}");
    let with_std = format!("(func ${STD} unreachable) {program}");
    assert_eq!(carried_out(&with_std, &Options::default()).sites, []);
    let threads = program.replace("(loop br 0)", "(loop nop br 0)");
    assert_eq!(carried_out(&threads, &Options::default()).sites, []);
}

#[test]
fn a_function_without_room_is_copied_and_its_callers_follow() {
    // More than 127 functions: an index of one byte cannot name an added one.
    let many: String = (0..130).map(|n| format!("(func $n{n})")).collect();
    let plan = carried_out(
        &format!(
            r#"(func $leaf (param i32) (block (br_if 0 (local.get 0)) unreachable))
               (func $caller (param i32) local.get 0 call $leaf)
               (func (export "f") (param i32) local.get 0 call $caller)
               (table funcref (elem $leaf)) {many}"#
        ),
        &Options { guard: false, ..Options::default() },
    );
    let moved: Vec<_> = plan.moved.keys().map(|f| f.0).collect();
    assert_eq!(moved, [1, 2, 3], "the leaf, its caller, and the caller's");
    assert_eq!(plan.references.get(&FuncIdx(1)), plan.moved.get(&FuncIdx(1)));
    let exported: Vec<_> = plan.exports.values().copied().collect();
    assert_eq!(exported, [plan.moved[&FuncIdx(3)]]);
}

#[test]
fn a_listener_needs_the_type_of_its_stub() {
    let with = |params: &str, uses: bool| {
        carried_out(
            &format!(
                r#"(func ${STD} unreachable)
                   (func $rust_begin_unwind {params} {use_it} unreachable)
                   (func (export "f") {} call $rust_begin_unwind unreachable)"#,
                if params.is_empty() { "" } else { "i32.const 8" },
                use_it = if uses { "(drop (local.get 0))" } else { "" },
            ),
            &Options::default(),
        )
    };
    let listens = |plan: &Plan| plan.added.iter().any(|a| matches!(a.what, Body::Listen { .. }));
    let (whole, unused, gone) =
        (with("(param i32)", true), with("(param i32)", false), with("", false));
    assert!(listens(&whole) && !listens(&unused) && !listens(&gone));
    assert!([whole, unused, gone].iter().all(|p| p.sites.iter().all(|s| s.kind == Kind::Panic)));
}

#[test]
fn a_module_is_left_if_nobody_can_enter_it() {
    let nobody = module("(func $f unreachable)");
    assert!(matches!(planned(&nobody, &Options::default()).1, Decision::Leave(Left::NoWayIn)));
    for way_in in [
        r#"(func (export "add") (param i32 i32) (result i32) i32.const 1)"#,
        "(func $start) (start $start)",
        r#"(table (export "t") 1 funcref) (elem (i32.const 0) func $f) (func $f)"#,
        r#"(import "env" "t" (table 1 funcref)) (elem (i32.const 0) func $f) (func $f)"#,
    ] {
        let (import, rest) = match way_in.strip_prefix("(import") {
            Some(_) => way_in.split_at(way_in.find("(elem").unwrap()),
            None => ("", way_in),
        };
        let bytes = module_with(import, rest);
        let (_, decision) = planned(&bytes, &Options::default());
        let Decision::Change(plan) = decision else { panic!("left: {way_in}") };
        assert!(!plan.has_machinery);
        let off = Options { guard: false, ..Options::default() };
        assert!(matches!(planned(&bytes, &off).1, Decision::Leave(Left::NoWayIn)), "{way_in}");
    }
}

#[test]
fn a_table_that_the_host_reaches_is_guarded_on_both_ends() {
    let text = r#"(type $t (func (param i32) (result i32)))
        (table (export "table") 2 funcref) (elem (i32.const 0) func $a $host)
        (func $a (type $t) local.get 0)
        (func (export "f") (param i32) (result i32)
          (if (i32.eqz (local.get 0)) (then unreachable))
          local.get 0 local.get 0 call_indirect (type $t))"#;
    let plan = carried_out(text, &Options::default());
    let count = |is: fn(&Body) -> bool| plan.added.iter().filter(|a| is(&a.what)).count();
    assert_eq!(count(|b| matches!(b, Body::GuardSlot { .. })), 1);
    assert_eq!(count(|b| matches!(b, Body::GuardIndirect { .. })), 1);
    assert_eq!(count(|b| matches!(b, Body::GuardImport(_))), 1);
    let off = carried_out(text, &Options { guard: false, ..Options::default() });
    assert!(off.references.keys().all(|f| off.moved.contains_key(f)));
}

#[test]
fn no_input_makes_it_panic() {
    let bytes = module(
        r#"(func $rust_panic unreachable) (table funcref (elem $g))
           (func $g (export "g") (param i32) (block (br_if 0 (local.get 0)) call $rust_panic))"#,
    );
    let mut seed = 0x9e37_79b9_u32;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as usize % below
    };
    for _ in 0..20_000 {
        let mut broken = bytes.clone();
        for _ in 0..=random(3) {
            let at = random(broken.len());
            broken[at] = random(256) as u8;
        }
        broken.truncate(bytes.len() - random(4) * random(bytes.len() / 4));
        let Ok(module) = Module::read(&broken) else { continue };
        let Ok(flow) = Flow::read(&module) else { continue };
        let decision = plan(&module, &flow, &Options::default(), &LinkFacts::default());
        if let Ok(Decision::Change(plan)) = decision {
            let _ = patch::patch(&module, &plan, &Stripper::new(Strip::None, &[]), None);
        }
    }
}

/// With threads the guards look at a state that all of them share.
#[test]
fn shared_memory_needs_the_stubs_for_threads() {
    let with = |stubs: &str| {
        let text = format!(
            r#"(module (memory (export "memory") 1 1 shared) (func (export "f") unreachable)
                {stubs}
                (func (export "__unpoison_rt_fail") (param i32 i32) (result i32) i32.const 0)
                (func (export "__unpoison_rt_trap") (param i32) (result i32) i32.const 0)
                (func (export "__unpoison_rt_report") (result i32) i32.const 0))"#
        );
        wat::parse_str(text).unwrap()
    };
    let threads = r#"
        (func (export "__unpoison_rt_claim") (param i32 i32) (result i32) local.get 0)
        (global (export "__unpoison_rt_shared_state") i32 (i32.const 2048))"#;
    let (_, decision) = planned(&with(threads), &Options::default());
    let Decision::Change(plan) = decision else { panic!("nothing to change") };
    assert_eq!(plan.runtime.shared.map(|shared| shared.state), Some(2048));
    let bytes = with(threads.split_once("(global").unwrap().0);
    let module = Module::read(&bytes).unwrap();
    let flow = Flow::read(&module).unwrap();
    let facts = LinkFacts::default();
    let refused = super::plan(&module, &flow, &Options::default(), &facts).unwrap_err();
    assert!(refused.to_string().contains("--unpoison-guard=off"), "{refused}");
    let off = Options { guard: false, ..Options::default() };
    assert!(matches!(super::plan(&module, &flow, &off, &facts), Ok(Decision::Change(_))));
}

/// A module with one function; `wat` does not write the legacy encoding. Callees need
/// not exist.
pub(super) fn legacy(code: impl FnOnce(&mut InstructionSink<'_>)) -> Vec<u8> {
    let mut function = Function::new([]);
    let mut i = function.instructions();
    code(&mut i);
    i.end();
    let (mut types, mut functions) = (TypeSection::new(), FunctionSection::new());
    types.ty().function([], []);
    functions.function(0);
    let mut bodies = CodeSection::new();
    bodies.function(&function);
    let mut module = wasm_encoder::Module::new();
    module.section(&types).section(&functions).section(&bodies);
    module.finish()
}

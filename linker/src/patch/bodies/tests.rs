//! The code that is emitted, against what the documentation of [`crate::plan::Body`] shows.
//!
//! With `UNPOISON_BLESS=1` the files are written instead of compared.

use crate::{Stubs, rewrite};
use std::path::Path;

const STUBS: &str = r#"
  (func $rt_panic (export "__unpoison_rt_panic") (param i32))
  (func $rt_fail (export "__unpoison_rt_fail") (param i32 i32) (result i32) i32.const 1024)
  (func $rt_trap (export "__unpoison_rt_trap") (param i32) (result i32) i32.const 1024)
  (func $rt_report (export "__unpoison_rt_report") (result i32) i32.const 1024)
  (func $rt_hold (export "__unpoison_rt_hold"))
  (func $rt_depth (export "__unpoison_rt_depth") (param i32))
  (func $rt_in_cleanup (export "__unpoison_rt_in_cleanup") (param i32))
  (func $rt_thrown (export "__unpoison_rt_thrown") (param i32))
  (func $rt_caught (export "__unpoison_rt_caught_exception") (param i32 i32) (result i32)
    i32.const 1024)
"#;

const ABORTS: &str = r#"
  (type $t (func (param i32) (result i32)))
  (import "env" "host" (func $host (type $t)))
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 65536))
  (table (export "table") 3 funcref)
  (elem (i32.const 1) func $in_a_slot)
  (func $__unpoison_on_abort (export "__unpoison_on_abort") (param i32))
  (func $_RNvCs9ltgdHTiPiY_7___rustc17rust_begin_unwind (param i32)
    (drop (local.get 0)) unreachable)
  (func $_ZN3std9panicking20rust_panic_with_hook17h0123456789abcdefE unreachable)
  (func $in_a_slot (type $t) local.get 0)
  (func $export (export "export") (type $t)
    (drop (call $host (local.get 0)))
    (if (local.get 0)
      (then (call $_RNvCs9ltgdHTiPiY_7___rustc17rust_begin_unwind (i32.const 8)) unreachable))
    (call_indirect (type $t) (local.get 0) (local.get 0)))
"#;

const UNWINDS: &str = r#"
  (type $t (func (param i32) (result i32)))
  (tag $rust (param i32))
  (memory 1)
  (table 1 funcref)
  (elem (i32.const 0) func
    $_RNvNvNtCs4AFyb0YLfDs_12panic_unwind3imp5panic17exception_cleanup)
  (func $_RNvCsfLfy6EI15iL_7___rustc10rust_panic (param i32) (throw $rust (local.get 0)))
  (func $_RNvNvNtCs4AFyb0YLfDs_12panic_unwind3imp5panic17exception_cleanup (param i32 i32)
    (call $_RNvCsfLfy6EI15iL_7___rustc17___rust_drop_panic))
  (func $_RNvCsfLfy6EI15iL_7___rustc17___rust_drop_panic unreachable)
  (func $export (export "export") (local $x exnref)
    (block $pad (result exnref)
      (try_table (catch_all_ref $pad)
        (call $_RNvCsfLfy6EI15iL_7___rustc10rust_panic (i32.const 8)))
      (return))
    (local.set $x)
    (drop (call_indirect (type $t) (i32.const 1) (i32.const 0)))
    (call $_RNvCsfLfy6EI15iL_7___rustc10rust_panic (i32.const 8))
    (throw_ref (local.get $x)))
"#;

const WAITS: &str = r#"
  (memory 1 1 shared)
  (func (export "__unpoison_rt_claim") (param i32 i32) (result i32) local.get 0)
  (global (export "__unpoison_rt_shared_state") i32 (i32.const 2048))
  (func (export "export")
    (drop (memory.atomic.wait32 offset=4 (i32.const 8) (i32.const 1) (i64.const -1))))
"#;

/// What rehearsals take beside it.
const HANDLER: &str = r#"
  (func $__unpoison_rt_rehearse (export "__unpoison_rt_rehearse") (param i32)
    (call $__unpoison_rt_raise (local.get 0)) unreachable)
  (func $__unpoison_rt_raise (export "__unpoison_rt_raise") (param i32) (loop (br 0)))
  (func $_RNvCs9ltgdHTiPiY_7___rustc17rust_begin_unwind (param i32)
    (call $_ZN3std9panicking20rust_panic_with_hook17h0123456789abcdefE (local.get 0)) unreachable)
  (func $_ZN3std9panicking20rust_panic_with_hook17h0123456789abcdefE (param i32)
    (call $_RNvCsfLfy6EI15iL_7___rustc10rust_panic (local.get 0)) unreachable)
"#;

/// Where the panic count is.
const PANIC_COUNT: u32 = 2048;

/// The output as text, a function a piece.
fn functions(module: &str, options: &[&str]) -> Vec<String> {
    let bytes = wat::parse_str(format!("(module {module} {STUBS})")).unwrap();
    let out = rewrite(&bytes, options, Stubs::Linked, Some(PANIC_COUNT)).unwrap();
    let text = wasmprinter::print_bytes(out.module.unwrap()).unwrap();
    text.split("\n  (func ")
        .skip(1)
        .map(|piece| piece.split("\n  )").next().unwrap().to_owned())
        .collect()
}

/// The last function that has a part: added ones come last.
fn last(functions: &[String], part: &str) -> String {
    let found = functions.iter().rfind(|f| f.contains(part));
    let text = found.unwrap_or_else(|| panic!("no function {part}"));
    let lines: Vec<&str> =
        text.lines().map(|line| line.strip_prefix("  ").unwrap_or(line)).collect();
    format!("(func {}\n)\n", lines.join("\n"))
}

#[test]
fn the_documentation_shows_what_is_emitted() {
    let aborts = functions(ABORTS, &[]);
    let unwinds = functions(UNWINDS, &[]);
    let throws = functions(UNWINDS, &["--unpoison-abort=throw"]);
    let waits = functions(WAITS, &[]);
    let rehearsed = format!("{UNWINDS} {HANDLER}");
    let rehearsed = functions(&rehearsed, &["--unpoison-rehearse=on"]);
    let shown = [
        ("fail", &aborts, "$__unpoison_fail (;"),
        ("fail_kind", &aborts, "$__unpoison_fail_panic (;"),
        ("listen", &aborts, "call $rt_panic"),
        ("guard_export", &aborts, "(@name \"export\")"),
        ("guard_import", &aborts, "(@name \"host\")"),
        ("guard_slot", &aborts, "call $in_a_slot.guarded"),
        ("guard_indirect", &aborts, "$__unpoison_indirect_"),
        ("enter_slot", &aborts, "$__unpoison_enter_slot (;"),
        ("seal_trapped", &aborts, "$__unpoison_seal_trapped (;"),
        ("throw_sealed", &aborts, "$__unpoison_throw_sealed (;"),
        ("check_after_import", &aborts, "$__unpoison_check_after_import (;"),
        ("panic_at_boundary", &unwinds, "$__unpoison_panic_at_boundary (;"),
        ("cleanup", &unwinds, "call $_RNvCsfLfy6EI15iL_7___rustc10rust_panic\n      end"),
        ("cleanup_indirect", &unwinds, "$__unpoison_cleanup_indirect"),
        ("in_cleanup", &unwinds, "$__unpoison_in_cleanup (;"),
        ("end_payload_drop", &unwinds, "$__unpoison_end_payload_drop (;"),
        ("tell_thrown", &unwinds, "$__unpoison_tell_thrown (;"),
        ("wait", &waits, "$__unpoison_wait32_4 (;"),
        ("rehearse_at", &rehearsed, "$__unpoison_rehearse_at (;"),
        ("set_rehearsal", &rehearsed, "$__unpoison_rehearse (;"),
        ("rethrow_abort", &throws, "$__unpoison_rethrow_abort (;"),
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/plan/added");
    for (name, functions, part) in shown {
        let emitted = last(functions, part);
        let path = folder.join(name).with_extension("wat");
        if std::env::var_os("UNPOISON_BLESS").is_some() {
            std::fs::write(&path, &emitted).unwrap();
        }
        let documented = std::fs::read_to_string(&path).unwrap();
        assert_eq!(documented, emitted, "{}: UNPOISON_BLESS=1 writes it", path.display());
    }
}

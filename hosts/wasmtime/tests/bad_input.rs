//! Modules that are not what they seem: errors, never panics.

use unpoison_wasmtime::{Error, Recovering};
use wasmtime::{Config, Engine, Linker, Module, Store};

/// What comes of a call of `f` in a module of these parts.
fn called(parts: &str) -> Error {
    let mut config = Config::new();
    config.wasm_exceptions(true);
    let engine = Engine::new(&config).unwrap();
    let module = Module::new(&engine, wat::parse_str(format!("(module {parts})")).unwrap());
    let pre = Linker::<()>::new(&engine).instantiate_pre(&module.unwrap()).unwrap();
    let mut r = Recovering::new(pre, move |_| Store::new(&engine, ()));
    r.call::<(), ()>("f", ()).unwrap_err()
}

/// A module whose report is these words, and which fails with an address.
fn reported(address: u32, words: &[u32]) -> Error {
    let bytes: String =
        words.iter().flat_map(|w| w.to_le_bytes()).map(|b| format!("\\{b:02x}")).collect();
    called(&format!(
        r#"(memory (export "memory") 1) (data (i32.const 16) "{bytes}") (data (i32.const 256) "\ff\fe")
        (tag $panic (export "__unpoison_panic") (param i32))
        (global (export "__unpoison_state") (mut i32) (i32.const 1))
        (func (export "__unpoison_report") (result i32) (i32.const {address}))
        (func (export "f") (throw $panic (i32.const {address})))"#
    ))
}

#[test]
fn modules_that_are_not_ours() {
    let state = r#"(global (export "__unpoison_state") (mut i32) (i32.const 0))"#;
    let report = r#"(func (export "__unpoison_report") (result i32) (i32.const 0))"#;
    for parts in [
        String::new(),
        state.to_owned(),
        format!("{state}{report}"),
        format!(r#"{report}(global (export "__unpoison_state") (mut i64) (i64.const 0))"#),
        format!(r#"{state}(func (export "__unpoison_report"))(memory (export "memory") 1)"#),
    ] {
        let error = called(&format!(r#"{parts} (func (export "f"))"#));
        assert!(matches!(error, Error::NotLinked(_)), "{parts}: {error:?}");
    }
}

#[test]
fn reports_that_are_none() {
    let good = [1, 1, 0, 0, 0, 0, 0, 3, 4, 0, 0, 1, 0];
    assert!(matches!(reported(16, &good), Error::Failed(_)));
    let with = |at: usize, word: u32, next: u32| {
        let mut words = good;
        words[at] = word;
        words[at + 1] = next;
        words
    };
    for (address, words) in [
        (0xffff_fff0, good),
        (65536 - 4, good),
        (u32::MAX, good),
        // No version, no kind.
        (16, with(0, 0, 1)),
        (16, with(0, 1, 77)),
        // Texts outside of the memory, too long, not UTF-8.
        (16, with(3, 0xffff_ffff, 0xffff_ffff)),
        (16, with(3, 65530, 100)),
        (16, with(5, 16, 0x2_0000)),
        (16, with(3, 256, 2)),
    ] {
        let error = reported(address, &words);
        assert!(matches!(error, Error::BadReport(_)), "{address:#x} {words:?}: {error:?}");
    }
}

#[test]
fn exceptions_and_traps_of_nobody_s() {
    let own = r#"(memory (export "memory") 1)
        (global $state (export "__unpoison_state") (mut i32) (i32.const 0))
        (func (export "__unpoison_report") (result i32) (unreachable))"#;
    let error = called(&format!(r#"{own} (tag $t) (func (export "f") (throw $t))"#));
    assert!(matches!(&error, Error::Host(e) if e.is::<wasmtime::ThrownException>()), "{error:?}");
    // One that traps where it should answer.
    let error = called(&format!(r#"{own} (func (export "f") (unreachable))"#));
    assert!(matches!(error, Error::Failed(_)), "{error:?}");
    // A tag of another type.
    let error = called(&format!(
        r#"{own} (tag $t (export "__unpoison_panic") (param i64))
        (func (export "f") (throw $t (i64.const 0)))"#
    ));
    assert!(matches!(error, Error::BadReport(_)), "{error:?}");
    let error = called(&format!(
        r#"{own} (tag $t (export "__unpoison_abort")) (func (export "f") (throw $t))"#
    ));
    assert!(matches!(error, Error::Host(_) | Error::BadReport(_)), "{error:?}");
    // A start function that fails.
    let error = called(&format!(r#"{own} (func $s (unreachable)) (start $s) (func (export "f"))"#));
    assert!(matches!(error, Error::Instantiate(_)), "{error:?}");
}

//! Modules that lost something on the way, by hand.

use super::subject::Subject;
use super::{engines, protection};

const META: &str = r#"(@custom "unpoison" "{\"version\":1,\"panic\":\"abort\"}")"#;
const OWN: &str = r#"
    (global $activation (mut i32) (i32.const 0))
    (global $state (export "__unpoison_state") (mut i32) (i32.const 0))
    (func (export "__unpoison_report") (result i32) (i32.const 0))"#;
const GUARDED: &str = r#"
    (func $f (export "f")
        (if (i32.or (global.get $activation) (global.get $state)) (then unreachable))
        (global.set $activation (i32.const 1)))"#;

/// What is found of a module of these parts.
fn found(parts: &[&str]) -> Vec<String> {
    let bytes = wat::parse_str(format!("(module {})", parts.concat())).unwrap();
    let subject = Subject::read(&bytes).unwrap();
    protection::findings(&subject).into_iter().map(|finding| finding.what).collect()
}

fn assert_one(found: Vec<String>, what: &str) {
    assert!(found.len() == 1 && found[0].contains(what), "{what}: {found:?}");
}

#[test]
fn nothing_is_found_where_nothing_is_missing() {
    assert_eq!(found(&[META, OWN, GUARDED]), [""; 0]);
    // A shim, as wasm-bindgen makes them.
    let shim = r#"(func (export "g") (result i32) (call $f) (i32.const 1))"#;
    assert_eq!(found(&[META, OWN, GUARDED, shim]), [""; 0]);
}

#[test]
fn what_is_missing_is_found() {
    assert_one(found(&[GUARDED_ALONE]), "not linked by unpoison");
    assert_one(found(&[OWN, GUARDED]), "the section `unpoison` is gone");
    let renamed = OWN.replace("__unpoison_report", "report");
    // It is an export like any other now.
    assert_eq!(found(&[META, &renamed, GUARDED]).len(), 2);
    let mixed = "(func try catch_all end) (func (block (try_table (catch_all 0))))";
    assert_one(found(&[META, OWN, GUARDED, mixed]), "mixes");
}

#[test]
fn a_module_for_rehearsals_is_told() {
    for (export, found) in [("__unpoison_rehearse", true), ("rehearse", false)] {
        let export = format!(r#"(func (export "{export}") (param i32 i32))"#);
        let parts = [META, OWN, GUARDED, &export];
        let bytes = wat::parse_str(format!("(module {})", parts.concat())).unwrap();
        let subject = Subject::read(&bytes).unwrap();
        assert_eq!(protection::rehearsal(&subject).is_some(), found, "{export}");
        // It has lost nothing.
        assert_eq!(protection::findings(&subject).is_empty(), found, "{export}");
    }
}

const GUARDED_ALONE: &str = r#"(func (export "f"))"#;

#[test]
fn ways_past_the_guards_are_found() {
    for bare in [
        r#"(func (export "bare"))"#,
        r#"(memory 1) (func (export "bare") (i32.store (i32.const 0) (i32.const 1)) (call $f))"#,
        r#"(func $rust) (func (export "bare") (call $rust))"#,
        r#"(func $rust) (func (export "bare") (call $f) (call $rust))"#,
        r#"(func $rust) (func (export "bare") (call $rust) (drop (global.get $state)))"#,
        r#"(table 1 funcref) (func (export "bare") (call_indirect (i32.const 0)))"#,
        r#"(func $again (export "bare") (call $again))"#,
    ] {
        assert_one(found(&[META, OWN, GUARDED, bare]), "`bare` is not guarded");
    }
    let bare = r#"(func (export "a")) (func (export "b"))"#;
    assert_one(found(&[META, OWN, bare]), "no export is guarded");
}

#[test]
fn engines_have_names() {
    let error = engines::find("node").unwrap_err().to_string();
    assert!(error.contains("no engine `node`") && error.contains("node20"), "{error}");
}

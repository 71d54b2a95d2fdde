//! The modules that the JavaScript tests run, as `NAME.wasm` in one folder.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use unpoison_tests::links::{Pair, silent, toolchain};
use wasm_bindgen_cli_support::Bindgen;
use xtask::fixture::{Build, Eh, Point};
use xtask::{run, setup, tools};

/// What every linked module has, in as few words as possible: for what no Rust compiler
/// writes.
const LINKED: &str = r#"
    (tag $panic (export "__unpoison_panic") (param i32))
    (tag (export "__unpoison_abort") (param i32))
    (tag (export "__unpoison_sealed") (param i32))
    (global (export "__unpoison_state") (mut i32) (i32.const 0))
    (global (mut i32) (i32.const 0))
    (func (export "__unpoison_report") (result i32) (i32.const 16))
"#;

/// The same where the tags are the module's own, or left out: a failure is known by the state
/// and by its number. `$fail` writes the report of a panic, "gone" at lib.rs:3:4.
const UNTAGGED: &str = r#"
    (tag $panic (param i32))
    (global $state (export "__unpoison_state") (mut i32) (i32.const 0))
    (global (mut i32) (i32.const 0))
    (func (export "__unpoison_report") (result i32)
        (select (i32.const 16) (i32.const 0) (i32.load (i32.const 60))))
    (memory (export "memory") 1)
    (data (i32.const 80) "gonelib.rs")
    (func $fail (param $kind i32)
        (i32.store (i32.const 16) (i32.const 1))
        (i32.store (i32.const 20) (local.get $kind))
        (i32.store (i32.const 28) (i32.const 80)) (i32.store (i32.const 32) (i32.const 4))
        (i32.store (i32.const 36) (i32.const 84)) (i32.store (i32.const 40) (i32.const 6))
        (i32.store (i32.const 44) (i32.const 3)) (i32.store (i32.const 48) (i32.const 4))
        (i32.store (i32.const 60) (i32.add (i32.load (i32.const 60)) (i32.const 1))))
    (func (export "count") (result i32)
        (if (global.get $state) (then unreachable))
        (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
        (i32.load (i32.const 0)))
    (func (export "trap") (if (global.get $state) (then unreachable)) unreachable)
"#;

/// Modules by hand that are [`UNTAGGED`].
const BY_HAND_UNTAGGED: [(&str, &str); 2] = [
    // Panics leave as exceptions, aborts as traps.
    (
        "untagged-unwinding",
        r#"(@custom "unpoison" "{\"version\":1,\"panic\":\"unwind\",\"sites\":\"v1:packed\"}")
        (import "env" "host" (func $host))
        (func (export "panic") (call $fail (i32.const 1)) (throw $panic (i32.const 16)))
        (func (export "caught") (call $fail (i32.const 1)))
        (func (export "step") (call $host))
        (func (export "abort") (call $fail (i32.const 2)) (global.set $state (i32.const 2)) unreachable)"#,
    ),
    // Everything ends in `unreachable`.
    (
        "untagged-off",
        r#"(@custom "unpoison" "{\"version\":1,\"panic\":\"abort\",\"eh\":\"none\"}")
        (import "env" "host" (func $host))
        (func (export "panic")
            (if (global.get $state) (then unreachable))
            (call $fail (i32.const 1)) (global.set $state (i32.const 1)) unreachable)
        (func (export "step")
            (if (global.get $state) (then unreachable))
            (call $host)
            (if (global.get $state) (then unreachable)))
        (func (export "abort")
            (if (global.get $state) (then unreachable))
            (call $fail (i32.const 2)) (global.set $state (i32.const 2)) unreachable)"#,
    ),
];

/// Modules by hand.
const BY_HAND: [(&str, &str); 13] = [
    // As one that unwinds, reduced: the report says "gone" at lib.rs:3:4.
    (
        "unwinding",
        r#"(@custom "unpoison" "{\"version\":1,\"panic\":\"unwind\"}")
        (memory (export "memory") 1)
        (data (i32.const 16) "\01\00\00\00" "\01\00\00\00" "\00\00\00\00" "\50\00\00\00" "\04\00\00\00"
            "\54\00\00\00" "\06\00\00\00" "\03\00\00\00" "\04\00\00\00")
        (data (i32.const 80) "gonelib.rs")
        (import "env" "host" (func $host))
        (func (export "panic") (throw $panic (i32.const 16)))
        (func (export "count") (result i32)
            (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
            (i32.load (i32.const 0)))
        (func (export "step") (call $host))"#,
    ),
    // Functions and references as values.
    (
        "references",
        r#"(memory (export "memory") 1)
        (table (export "table") 2 2 funcref)
        (import "env" "host" (func $host (param funcref) (result funcref)))
        (elem (i32.const 0) $one $trap)
        (func $one (export "one") (result i32) (i32.const 1))
        (func $trap (export "trap") (unreachable))
        (func (export "function") (result funcref) (ref.func $one))
        (func (export "two") (result funcref i32) (ref.func $one) (i32.const 2))
        (func (export "same") (param externref) (result externref) (local.get 0))
        (func (export "same_function") (param funcref) (result funcref) (local.get 0))
        (func (export "through_host") (param funcref) (result funcref) (call $host (local.get 0)))"#,
    ),
    ("global", r#"(memory (export "memory") 1) (global $user (mut i64) (i64.const 5))"#),
    (
        "exported-global",
        r#"(memory (export "memory") 1) (global (export "counter") (mut i32) (i32.const 16))"#,
    ),
    ("references-table", r#"(memory (export "memory") 1) (table 1 1 externref)"#),
    ("growing-table", r#"(memory (export "memory") 1) (table 1 2 funcref)"#),
    (
        "imported-memory",
        r#"(import "env" "memory" (memory 1))
        (func (export "count") (result i32)
            (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
            (i32.load (i32.const 0)))
        (func (export "trap") (unreachable))"#,
    ),
    // Constants of all types and both kinds of tables, in front of what a checkpoint is
    // about. Read, never run: Node 20 does not know of constants that are sums.
    (
        "constants",
        r#"(memory (export "memory") 1)
        (global i64 (i64.const -9223372036854775808)) (global f32 (f32.const 1.5))
        (global f64 (f64.const -2.5)) (global v128 (v128.const i32x4 1 2 3 4))
        (global funcref (ref.null func)) (global externref (ref.null extern))
        (table 2 2 funcref (ref.null func)) (table 1 funcref)
        (global i32 (i32.const -70000)) (global i32 (i32.add (i32.const -1) (i32.const 66000)))
        (global $__stack_pointer (mut i32) (i32.const 32768))
        (global (export "__data_end") i32 (i32.const 40000))
        (global (export "__heap_base") i32 (i32.const 40016))
        (func (export "trap") (unreachable))"#,
    ),
    // The import is called before there is an instance.
    (
        "starting",
        r#"(memory (export "memory") 1)
        (import "env" "host" (func $host (param funcref) (result i32)))
        (func $start (i32.store (i32.const 64) (call $host (ref.func $started))))
        (start $start)
        (func $started (export "started") (result i32) (i32.load (i32.const 64)))
        (func (export "trap") (unreachable))"#,
    ),
    // Names that objects have anyway.
    (
        "names",
        r#"(memory (export "memory") 1)
        (import "__proto__" "toString" (func $one))
        (import "constructor" "keys" (func $two))
        (import "env" "__proto__" (func $three))
        (func (export "__proto__") (result i32) (i32.const 7))
        (func (export "constructor") (result i32) (i32.const 8))
        (func (export "call") (call $one) (call $two) (call $three))"#,
    ),
    // A report that claims 128 MiB of message, of a module that has them.
    (
        "boasting",
        r#"(memory (export "memory") 2100)
        (data (i32.const 16) "\01\00\00\00" "\01\00\00\00" "\00\00\00\00" "\50\00\00\00" "\00\00\00\08")
        (func (export "panic") (throw $panic (i32.const 16)))"#,
    ),
    // What WASI programs of the reactor kind want.
    (
        "wasi",
        r#"(memory (export "memory") 1)
        (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
        (func (export "_initialize") (drop (call $random (i32.const 64) (i32.const 4))))
        (func (export "seed") (result i32) (i32.load (i32.const 64)))
        (func (export "trap") (unreachable))"#,
    ),
    // The linker's word, for hosts that have no bytes.
    (
        "told",
        r#"(@custom "unpoison" "{\"version\":1,\"checkpoint\":{\"stack\":{\"from\":0,\"to\":16}}}")
        (memory (export "memory") 1)
        (func (export "count") (result i32)
            (i32.store (i32.const 64) (i32.add (i32.load (i32.const 64)) (i32.const 1)))
            (i32.load (i32.const 64)))
        (func (export "trap") (unreachable))"#,
    ),
];

/// The fixture `ledger`, by options of the linker. High up: data and heap lie in the
/// upper half of the address space, where addresses are negative numbers.
const LEDGERS: [(&str, &[&str]); 6] = [
    ("ledger", &[]),
    ("ledger-off", &["--unpoison-exceptions=off"]),
    ("ledger-traps", &["--unpoison-abort=trap"]),
    ("ledger-unguarded", &["--unpoison-guard=off"]),
    ("ledger-unguarded-traps", &["--unpoison-guard=off", "--unpoison-abort=trap"]),
    ("ledger-high", &["--global-base=2415919104", "--max-memory=4294967296"]),
];

/// The folder, filled once in a process. It stays where it is, so that a test file can
/// be run by hand, with the environment variable `UNPOISON_FIXTURES`.
pub(crate) fn dir() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(build)
}

fn build() -> PathBuf {
    let _turn = setup::turn("js-fixtures").unwrap();
    let dir = run::target_dir().join("fixtures/js");
    std::fs::create_dir_all(&dir).unwrap();
    let at = |name: &str| dir.join(format!("{name}.wasm"));
    let pair = Pair::plain("ledger", Point::RELEASE).unwrap();
    std::fs::copy(&pair.plain, at("plain")).unwrap();
    let unpoison = tools::unpoison().unwrap();
    for (name, options) in LEDGERS {
        let mut link = pair.link.unpoison(toolchain(), &unpoison, &at(name)).unwrap();
        silent(link.args(options)).unwrap();
    }
    let table = Pair::both("table", Point::RELEASE).unwrap();
    std::fs::copy(&table.unpoisoned, at("table")).unwrap();
    let unwinds = Pair::both("unwind", Build::unwinding(Point::RELEASE, Eh::Legacy)).unwrap();
    std::fs::copy(&unwinds.unpoisoned, at("unwind")).unwrap();
    let by_hand = BY_HAND.map(|(name, body)| (name, LINKED, body));
    let untagged = BY_HAND_UNTAGGED.map(|(name, body)| (name, UNTAGGED, body));
    for (name, linked, body) in by_hand.into_iter().chain(untagged) {
        // Imports first, as the text format wants them.
        let (imports, rest): (Vec<&str>, Vec<&str>) =
            body.lines().partition(|line| line.trim_start().starts_with("(import"));
        let text = format!("(module {} {linked} {})", imports.concat(), rest.join("\n"));
        let bytes = wat::parse_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        std::fs::write(at(name), bytes).unwrap();
    }
    let bindgen = Pair::both("bindgen", Point::RELEASE).unwrap();
    for target in ["web", "nodejs", "module", "bundler"] {
        // That of a bundler cannot be reset.
        glue(&bindgen.unpoisoned, target, target != "bundler", &dir.join(target));
    }
    let off = bindgen.with_options(&["--unpoison-exceptions=off"]).unwrap();
    for target in ["web", "nodejs", "bundler"] {
        glue(&off, target, target != "bundler", &dir.join("off").join(target));
    }
    let living =
        Pair::both("bindgen_unwind", Build::unwinding(Point::RELEASE, Eh::Legacy)).unwrap();
    glue(&living.unpoisoned, "nodejs", true, &dir.join("living"));
    dir
}

/// wasm-bindgen's output for one of its targets.
fn glue(module: &Path, target: &str, reset: bool, dir: &Path) {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module).reset_state_function(reset).typescript(true);
    let chosen = match target {
        "web" => bindgen.web(true),
        "nodejs" => bindgen.nodejs(true),
        "module" => bindgen.module(true),
        _ => bindgen.bundler(true),
    };
    chosen.unwrap();
    std::fs::create_dir_all(dir).unwrap();
    bindgen.generate(dir).unwrap();
    // Node takes a `.js` for a module where this says so.
    let kind = if target == "nodejs" { "commonjs" } else { "module" };
    std::fs::write(dir.join("package.json"), format!(r#"{{"type": "{kind}"}}"#)).unwrap();
}

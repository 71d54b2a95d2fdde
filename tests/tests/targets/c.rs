//! C and C++ in the module, compiled by clang. That is a large package, so these are some of
//! the wide matrix.

use crate::features::holds;
use serde_json::json;
use std::path::Path;
use std::process::Command;
use unpoison_tests::links::{Pair, toolchain};
use unpoison_tests::node::{self, Outcome, Run};
use unpoison_tests::program::Program;
use xtask::fixture::Point;
use xtask::{check, engines, run, setup, sysroot};

/// By the crate `cc`, as most crates with C in them do.
#[test]
fn c_in_the_module() {
    if std::env::var_os(check::ALL).is_none() {
        return;
    }
    engines::clang().unwrap();
    for lto in ["off", "fat"] {
        let pair = Pair::both("with_c", Point { lto, ..Point::RELEASE }).unwrap();
        holds(&pair.unpoisoned, &format!("with C, lto {lto}"));
    }
}

/// Compiles a part; answers the argument that links it.
fn compile(dir: &Path, name: &str, text: &str, args: &[&str]) -> String {
    let source = dir.join(name);
    let object = source.with_extension("o");
    std::fs::write(&source, text).unwrap();
    let mut clang = Command::new(engines::clang().unwrap());
    clang.args(["--target=wasm32-unknown-unknown", "-O2", "-c"]).args(args);
    run::quiet(clang.arg("-o").args([&object, &source])).unwrap();
    format!("-Clink-arg={}", object.display())
}

const WITH_CXX: &str = r#"
    extern "C-unwind" {
        fn c_calls(x: u32) -> u32;
        fn c_throws(x: u32);
    }
    struct Frame;
    static mut DROPPED: u32 = 0;
    impl Drop for Frame { fn drop(&mut self) { unsafe { DROPPED += 1 } } }
    #[no_mangle] pub extern "C" fn dropped() -> u32 { unsafe { DROPPED } }
    #[no_mangle] pub extern "C-unwind" fn rust_adds(x: u32) -> u32 {
        if x == 9 { panic!("nine is {x}", x = x) }
        x + 1
    }
    #[no_mangle] pub extern "C-unwind" fn catches(x: u32) -> u32 { unsafe { c_calls(x) } }
    #[no_mangle] pub extern "C-unwind" fn leaves(x: u32) -> u32 {
        let _frame = Frame;
        unsafe { c_throws(x) };
        x
    }
"#;

/// What a C++ toolchain's libraries have for exceptions, as small as it can be. They catch
/// everything.
const CXX: &str = r#"
    extern "C" {
    unsigned rust_adds(unsigned);
    static int thrown;
    __attribute__((noinline)) void throws(unsigned x) {
        if (x == 7) __builtin_wasm_throw(0, &thrown);
    }
    void *__cxa_begin_catch(void *e) { return e; }
    void __cxa_end_catch() {}
    int _Unwind_CallPersonality(void *) { return 1; }
    struct { int lpad; void *lsda; int selector; } __wasm_lpad_context;
    int __gxx_wasm_personality_v0(...) { return 0; }
    void _ZSt9terminatev() { __builtin_trap(); }
    unsigned c_calls(unsigned x) {
        try { throws(x); } catch (int) { return 100; } catch (...) { return 100; }
        return rust_adds(x);
    }
    void c_throws(unsigned x) { throws(x); }
    }
"#;

/// A tag, which those libraries define.
fn tag(name: &str) -> String {
    format!(".tagtype {name} i32\n.globl {name}\n{name}:\n")
}

/// The same by `setjmp`.
const JUMPS: &str = "
    typedef unsigned jmp_buf[8];
    __attribute__((returns_twice)) int setjmp(jmp_buf);
    __attribute__((noreturn)) void longjmp(jmp_buf, int);
    unsigned rust_adds(unsigned);
    static jmp_buf here;
    __attribute__((noinline)) void jumps(unsigned x) { if (x == 7) longjmp(here, 100); }
    unsigned c_calls(unsigned x) {
        int came = setjmp(here);
        if (came) return came;
        jumps(x);
        return rust_adds(x);
    }
    void c_throws(unsigned x) { jumps(x); }
";

/// What a C library has for it, in the two ways that clang's versions ask for.
const JUMPS_LIBRARY: &str = "
    struct state { void *id; unsigned label; };
    void __wasm_setjmp(struct state *s, unsigned label, void *id) { s->id = id; s->label = label; }
    unsigned __wasm_setjmp_test(struct state *s, void *id) { return s->id == id ? s->label : 0; }
    static struct { void *env; int val; } jump;
    void __wasm_longjmp(void *env, int val) {
        jump.env = env;
        jump.val = val ? val : 1;
        __builtin_wasm_throw(1, &jump);
    }
    struct entry { unsigned id, label; };
    static unsigned next, high;
    void setTempRet0(unsigned v) { high = v; }
    unsigned getTempRet0(void) { return high; }
    struct entry *saveSetjmp(unsigned *env, unsigned label, struct entry *t, unsigned size) {
        unsigned at = 0;
        while (t[at].id) at++;
        t[at] = (struct entry){ *env = ++next, label };
        t[at + 1].id = 0;
        setTempRet0(size);
        return t;
    }
    unsigned testSetjmp(unsigned id, struct entry *t, unsigned size) {
        for (unsigned at = 0; at < size && t[at].id; at++)
            if (t[at].id == id) return t[at].label;
        return 0;
    }
    static char heap[4096];
    static unsigned used;
    void *malloc(unsigned long n) { void *p = heap + used; used += n; return p; }
    void free(void *p) { used = 0; }
";

/// Exceptions of C++ and `longjmp` end where they are caught, pass Rust frames, whose
/// destructors run if panics unwind, and leave the module as they are. A panic passes the
/// frames of C.
#[test]
fn exceptions_of_cxx_and_jumps() {
    if std::env::var_os(check::ALL).is_none() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let eh = "-mexception-handling";
    let part = |name: &str, text: &str, args: &[&str]| compile(dir.path(), name, text, args);
    let sjlj = [eh, "-mllvm", "-wasm-enable-sjlj"];
    let cxx = part("part.cpp", CXX, &["-xc++", "-fwasm-exceptions", "-fexceptions"]);
    let jumps = [part("jumps.c", JUMPS, &sjlj), part("library.c", JUMPS_LIBRARY, &sjlj)];
    let [cxx_tag, jumps_tag] = ["__cpp_exception", "__c_longjmp"]
        .map(|name| part(&format!("{name}.s"), &tag(name), &[eh]));
    let unwinding = sysroot::unwinding(toolchain(), "legacy").unwrap().rustflags;
    let [user, library] = jumps;
    // The tag of C++ is that of Rust's panics, and the standard library brings it then.
    let builds: [(&str, &[String], bool); 4] = [
        ("C++, abort", &[cxx.clone(), cxx_tag], false),
        ("C++, unwind", &[cxx], true),
        ("setjmp, abort", &[user.clone(), library.clone(), jumps_tag.clone()], false),
        ("setjmp, unwind", &[user, library, jumps_tag], true),
    ];
    for (what, parts, unwinds) in builds {
        let mut program = Program::new(WITH_CXX).args(parts);
        if unwinds {
            program = program.args(unwinding.clone());
        }
        let module = program.link().unwrap_or_else(|e| panic!("{what}: {e:#}"));
        let run = json!([
            ["catches", 1],
            ["catches", 7],
            ["leaves", 1],
            ["leaves", 7],
            ["dropped"],
            ["catches", 9],
            ["catches", 1],
        ]);
        let node = &setup::get().node.newer;
        let seen: Vec<Run> = node::ask(node, "features.mjs", &module.path, &[run]).unwrap();
        let calls = &seen[0].calls;
        let ok = |value: u32| Outcome::Ok(json!(value));
        assert_eq!(calls[..3], [ok(2), ok(100), ok(1)], "{what}: {seen:?}");
        assert!(!matches!(calls[3], Outcome::Ok(_)), "{what}: {seen:?}");
        assert_eq!(calls[4], ok(if unwinds { 2 } else { 1 }), "{what}: {seen:?}");
        let Outcome::Exception { tag, .. } = &calls[5] else { panic!("{what}: {seen:?}") };
        assert_eq!(tag, "__unpoison_panic", "{what}: {seen:?}");
        match &calls[6] {
            after if unwinds => assert_eq!(*after, ok(2), "{what}: {seen:?}"),
            Outcome::Exception { tag, .. } => assert_eq!(tag, "__unpoison_sealed", "{what}"),
            other => panic!("{what}: {other:?}"),
        }
    }
}

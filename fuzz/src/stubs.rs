//! Appends stand-ins for the runtime stubs, which rust-lld would have linked.
//!
//! They write into memory at a failure only, so that until then the memories of a plain
//! and of a rewritten module can be compared whole.

use crate::sections::{Sections, id};
use wasm_encoder::{
    CodeSection, ConstExpr, Encode, Function, GlobalType, MemArg, MemArgTarget, NameMap,
    NameSection, ValType,
};

/// Where the report would be.
pub(crate) const REPORT: i32 = 1024;
/// Where the standard library would count panics.
pub(crate) const PANIC_COUNT: u32 = 2048;

/// Its word that says what failed: the end of a failure reads it.
const KIND: i32 = REPORT + 4;
/// Writes it: told of the kind first.
const FAIL: &str = "__unpoison_rt_fail";

/// The stubs: name, number of `i32` parameters, whether they return an address.
const STUBS: &[(&str, usize, bool)] = &[
    ("__unpoison_rt_panic", 1, false),
    ("__unpoison_rt_payload", 1, false),
    ("__unpoison_rt_resume", 1, false),
    ("__unpoison_rt_literal", 2, false),
    ("__unpoison_rt_string", 2, false),
    ("__unpoison_rt_string_only", 1, false),
    ("__unpoison_rt_alloc", 2, false),
    (FAIL, 2, true),
    ("__unpoison_rt_trap", 1, true),
    ("__unpoison_rt_report", 0, true),
    ("__unpoison_rt_hold", 0, false),
    ("__unpoison_rt_depth", 1, false),
    ("__unpoison_rt_in_cleanup", 1, false),
    ("__unpoison_rt_thrown", 1, false),
    ("__unpoison_rt_caught_exception", 2, true),
];

/// Names of Rust's panic machinery (`linker/src/plan/roles.rs`), for functions of a
/// module that has none.
pub(crate) const MACHINERY: &[&str] = &[
    "_RNvCsfLfy6EI15iL_7___rustc10rust_panic",
    "_RNvCsfLfy6EI15iL_7___rustc17rust_begin_unwind",
    "_RNvCsfLfy6EI15iL_7___rustc26___rust_alloc_error_handler",
    "_RNvNvNtCs4AFyb0YLfDs_12panic_unwind3imp5panic17exception_cleanup",
    "_RNvCsfLfy6EI15iL_7___rustc17___rust_drop_panic",
    "signature_mismatch:f",
];

/// What is added to a module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extras {
    /// A shadow stack pointer, which nobody moves.
    pub stack_pointer: bool,
    /// Names for functions, by index; for a module that has none.
    pub names: Vec<(u32, &'static str)>,
}

/// The module with the stubs in it; `None` for a module that is none.
pub(crate) fn append(module: &[u8], extras: &Extras) -> Option<Vec<u8>> {
    let mut sections = Sections::read(module)?;
    let [types, functions, globals, memories] =
        [sections.types, sections.functions, sections.globals, sections.memories];
    for (at, (name, params, answers)) in (0..).zip(STUBS) {
        let mut ty = vec![0x60];
        vec![ValType::I32; *params].encode(&mut ty);
        vec![ValType::I32; usize::from(*answers)].encode(&mut ty);
        sections.push(id::TYPE, &ty);
        let mut index = Vec::new();
        (types + at).encode(&mut index);
        sections.push(id::FUNCTION, &index);
        let mut export = Vec::new();
        name.encode(&mut export);
        export.push(0);
        (functions + at).encode(&mut export);
        sections.push(id::EXPORT, &export);
        sections.push(id::CODE, &body(*name == FAIL && !sections.memory64, *answers));
    }
    if memories == 0 {
        // One page; a report is an address.
        sections.push(id::MEMORY, &[0, 1]);
        let mut export = Vec::new();
        "__fuzz_memory".encode(&mut export);
        export.extend([2, 0]);
        sections.push(id::EXPORT, &export);
    }
    let mut names = NameSection::new();
    let mut map = NameMap::new();
    let mut named = extras.names.clone();
    named.sort_unstable();
    named.dedup_by_key(|(index, _)| *index);
    for (index, name) in named {
        map.append(index, name);
    }
    names.functions(&map);
    if extras.stack_pointer {
        let mut global = Vec::new();
        let ty = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
        ty.encode(&mut global);
        ConstExpr::i32_const(65536).encode(&mut global);
        sections.push(id::GLOBAL, &global);
        let mut map = NameMap::new();
        map.append(globals, "__stack_pointer");
        names.globals(&map);
    }
    let has_names = sections.has_names();
    let mut out = sections.finish();
    if has_names {
        return Some(out);
    }
    wasm_encoder::Section::append_to(&names, &mut out);
    Some(out)
}

/// The stubs as text.
pub(crate) fn text() -> String {
    let stub = |(name, params, answers): &(&str, usize, bool)| {
        let params = "(param i32)".repeat(*params);
        match answers {
            true => {
                let write = match *name {
                    FAIL => format!("(i32.store (i32.const {KIND}) (local.get 0))"),
                    _ => String::new(),
                };
                format!("(func (export {name:?}) {params} (result i32) {write} i32.const {REPORT})")
            }
            false => format!("(func (export {name:?}) {params})"),
        }
    };
    STUBS.iter().map(stub).collect()
}

/// A size and a body.
fn body(writes: bool, answers: bool) -> Vec<u8> {
    let mut function = Function::new([]);
    if writes {
        let word = MemArg { offset: 0, align: 2, target: MemArgTarget::default(), ordering: None };
        function.instructions().i32_const(KIND).local_get(0).i32_store(word);
    }
    if answers {
        function.instructions().i32_const(REPORT);
    }
    function.instructions().end();
    let mut code = CodeSection::new();
    code.function(&function);
    let mut section = Vec::new();
    code.encode(&mut section);
    // After the section's size and count, each of one byte.
    section.split_off(2)
}

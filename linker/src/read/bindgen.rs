//! What wasm-bindgen's command does to a module after the link, as far as guards
//! must know of it. Read from version 0.2.130 of `wasm-bindgen-cli-support`.
//!
//! The command interprets *descriptor functions* and knows few instructions: they,
//! and what they call, stay as they are. What it adds calls the module's functions
//! by their exports, hence their guards. The mark is *out* in every such place:
//!
//! | what it adds | calls | where |
//! | --- | --- | --- |
//! | shims of imports with `externref`s | `__externref_table_alloc`, `_dealloc` | around the import, in the import's guard |
//! | `JsValue`'s clone and drop | `__externref_table_alloc`, `_dealloc` | in place of an import, in its guard |
//! | catching and suspending wrappers | `__externref_table_alloc`, `__wbindgen_exn_store`, `_malloc`, `_free`, `_jspi_set_rejected` | the same |
//! | shims of exports with `externref`s, of several results, for promises | the export, `__externref_table_alloc`, `_dealloc`, `__wbindgen_malloc`, `_free` | around the export's guard |
//! | `__wbindgen_start` | `#[wasm_bindgen(start)]`, `main` | no guard saw it come in |
//! | glue of imports, in JavaScript | `__wbindgen_malloc`, `_realloc`, `_free`, `__externref_drop_slice`, … | the import's guard |
//! | glue of casts and generic imports | the same | **a function of the module becomes an import** |
//!
//! The last row is why such functions are guarded as the imports they will be: with
//! the mark left at *in*, the glue's `__wbindgen_malloc` would look like a call into
//! an instance that trapped. With that, no export needs an exception, and an
//! instance that did trap runs nothing, not even its allocator.

use super::flow::Flow;
use super::{Body, Module};
use crate::error::Result;
use crate::ids::FuncIdx;
use std::collections::{BTreeSet, HashMap};
use wasmparser::{
    BinaryReader, ExternalKind, FuncType, FunctionBody, Operator, Parser, Payload, ValType,
};

/// The import that descriptor functions tell of types, a number at a time. Longer
/// names mark the function that calls them as an import to be.
const DESCRIBE: &str = "__wbindgen_describe";
/// Throws an `Error` with a message; its name has `__wbg_` before it and a hash behind in newer
/// versions.
const THROW: &str = "__wbindgen_throw";
/// Its calls are the linker's (`__wasm_call_ctors`); the interpreter passes them by.
const SKIP: &str = "__wbindgen_skip_interpret_calls";
/// Instructions on the table of `externref`s, in the shape of imports.
const INSTRUCTIONS: &str = "__wbindgen_externref_xform__";

/// Where its imports come from before the command has run.
pub(crate) const PLACEHOLDER: &str = "__wbindgen_placeholder__";
const FUNCTION_TABLE: &str = "__wbindgen_function_table";

/// Whether the command is still to be run on a module.
pub(crate) fn is_before_the_command(module: &[u8]) -> Result<bool> {
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::ImportSection(section) = payload? {
            for import in section.into_imports() {
                if import?.module == PLACEHOLDER {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

/// Whether an export is for the command alone, which takes it away.
pub(crate) fn is_for_the_command(export: &str) -> bool {
    export.starts_with(DESCRIBE) || export == SKIP
}

/// The custom section with what the crate's macros have to say to the command.
const UNSTABLE: &str = "__wasm_bindgen_unstable";

/// Functions of a module with a part in what wasm-bindgen does.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Bindgen {
    /// Functions that become imports. Nothing calls them through a table.
    pub imports: Vec<FuncIdx>,
    /// Functions that only the host calls, under exports that are made from their
    /// places in the table: `wasm_bindgen::convert::closures::…::invoke`.
    pub closures: BTreeSet<FuncIdx>,
}

/// Whether an import is gone before the module runs, and no host is called.
pub(crate) fn is_no_call(module: &str, name: &str) -> bool {
    module == INSTRUCTIONS || name.starts_with(DESCRIBE)
}

/// The import by which wasm-bindgen's glue throws an `Error`, told the address and the length
/// of its message. Newer versions have a hash behind the name.
pub(crate) fn throw_import(module: &Module<'_>) -> Option<FuncIdx> {
    let takes_text = FuncType::new([ValType::I32; 2], []);
    let throws = |name: &str| {
        let name = name.strip_prefix("__wbg_").unwrap_or(name);
        without_hash(name) == THROW
    };
    let imports = (0..).map(FuncIdx).zip(&module.imports);
    imports
        .filter(|(_, (from, name))| *from == PLACEHOLDER && throws(name))
        .map(|(import, _)| import)
        .find(|import| module.type_of(*import) == Some(&takes_text))
}

/// Whether a module is a test binary: wasm-bindgen-test exports each test and each
/// benchmark under such a name (`crates/test-macro/src/lib.rs` of wasm-bindgen).
pub(crate) fn is_test_binary(module: &Module<'_>) -> bool {
    module.exports.iter().any(|export| {
        export.kind == ExternalKind::Func
            && ["__wbgt_", "__wbgb_"].iter().any(|prefix| export.name.starts_with(prefix))
    })
}

/// Exports that finalizers and `finally` blocks call, at any time: they answer
/// nothing on a sealed instance, because nobody could catch what they throw, or
/// because it would hide what was thrown first.
pub(crate) fn no_throw_when_sealed(export: &str) -> bool {
    if matches!(export, "__wbindgen_free" | "__wbindgen_destroy_closure") {
        return true;
    }
    // `__wbg_NAME_free`, in newer versions with a hash of the crate behind it. What
    // reads or writes a field `bytes_free` is no deallocator.
    let Some(rest) = export.strip_prefix("__wbg_") else { return false };
    let name = without_hash(rest);
    name.ends_with("_free") && !name.starts_with("get_") && !name.starts_with("set_")
}

/// A name without the hash that wasm-bindgen puts behind it.
fn without_hash(name: &str) -> &str {
    match name.rsplit_once('_') {
        Some((name, hash)) if hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => {
            name
        }
        _ => name,
    }
}

/// Whether the command is to work on a module: something in it speaks to the command alone.
pub(crate) fn is_for(module: &Module<'_>, descriptors: &[FuncIdx]) -> bool {
    !descriptors.is_empty()
        || module.imports.iter().any(|(from, _)| *from == PLACEHOLDER)
        || module.custom(UNSTABLE).is_some()
}

/// The functions that are interpreted after the link, sorted.
pub(crate) fn descriptor_functions(module: &Module<'_>, flow: &Flow) -> Vec<FuncIdx> {
    let markers: Vec<bool> = imports(module).map(marks).collect();
    let is_marker = |f: FuncIdx| markers.get(f.at()).copied().unwrap_or(false);
    let mut found: BTreeSet<FuncIdx> = module
        .exports
        .iter()
        .filter(|e| e.kind == ExternalKind::Func && e.name.starts_with(DESCRIBE))
        .map(|e| FuncIdx(e.index))
        .collect();
    if markers.contains(&true) {
        found.extend(
            flow.calls().filter(|(.., callee)| is_marker(*callee)).map(|(caller, ..)| caller),
        );
    }
    let mut work: Vec<FuncIdx> = found.iter().copied().collect();
    let skip = module.exported_function(SKIP);
    found.extend(skip);
    let skipped: BTreeSet<FuncIdx> =
        skip.into_iter().flat_map(|f| flow.calls_of(f)).map(|(_, callee)| callee).collect();
    while let Some(function) = work.pop() {
        for (_, callee) in flow.calls_of(function) {
            // The interpreter goes no further, and neither must this: in a debug
            // build all of the panic machinery comes behind the marker.
            if is_marker(callee) {
                break;
            }
            // What never returns is behind a landing pad, where the interpreter does not
            // come: the panic machinery again.
            if flow.returns(callee) && !skipped.contains(&callee) && found.insert(callee) {
                work.push(callee);
            }
        }
    }
    found.into_iter().collect()
}

impl Bindgen {
    /// Reads what the descriptor functions say.
    pub(crate) fn read(module: &Module<'_>, descriptors: &[FuncIdx]) -> Result<Self> {
        let mut this = Self::default();
        if descriptors.is_empty() {
            return Ok(this);
        }
        for &function in descriptors {
            let Some(body) = module.body(function) else { continue };
            let said = said(module, body)?;
            if said.ends_in_marker {
                this.imports.push(function);
            }
            this.closures.extend(said.numbers.into_iter().filter_map(|number| {
                let shim = module.slots.get(&(number.value as u32)).copied()?;
                is_shim(module, number, shim).then_some(shim)
            }));
        }
        Ok(this)
    }
}

/// A number that a descriptor function tells.
#[derive(Clone, Copy)]
struct Number {
    value: i32,
    /// It is written with the width of an address or a place in the table.
    relocated: bool,
}

#[derive(Default)]
struct Said {
    numbers: Vec<Number>,
    ends_in_marker: bool,
}

/// What a descriptor function tells by itself. Its numbers are constants: the
/// interpreter reads no static memory.
fn said(module: &Module<'_>, body: &Body<'_>) -> Result<Said> {
    let mut said = Said::default();
    let mut locals: HashMap<u32, Number> = HashMap::new();
    let mut top = None;
    let mut reader = FunctionBody::new(BinaryReader::new(body.bytes, 0)).get_operators_reader()?;
    while !reader.eof() {
        let (op, start) = reader.read_with_offset()?;
        top = match op {
            Operator::I32Const { value } => {
                let relocated = reader.original_position() - start == 6;
                Some(Number { value, relocated })
            }
            Operator::LocalGet { local_index } => locals.get(&local_index).copied(),
            Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
                match top {
                    Some(number) => locals.insert(local_index, number),
                    None => locals.remove(&local_index),
                };
                top
            }
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                match module.imports.get(function_index as usize) {
                    Some((_, name)) if *name == DESCRIBE => said.numbers.extend(top),
                    Some((_, name)) if marks(name) => {
                        said.ends_in_marker = true;
                        break;
                    }
                    _ => {}
                }
                None
            }
            _ => None,
        };
    }
    Ok(said)
}

/// Whether a number means the shim of a closure, at whose place in the table it
/// points: the shim takes the two words of the closure first. Most numbers are
/// small and mean something else. The linker pads the others, if it is not told to
/// compress them; then the name must do.
fn is_shim(module: &Module<'_>, number: Number, shim: FuncIdx) -> bool {
    let takes_closure = module
        .type_of(shim)
        .is_some_and(|ty| ty.params().starts_with(&[ValType::I32, ValType::I32]));
    let named = || {
        let name = module.names.function(shim).unwrap_or_default();
        name.contains("wasm_bindgen") && name.contains("closures") && name.contains("invoke")
    };
    takes_closure && module.body(shim).is_some() && (number.relocated || named())
}

/// The import through which a program asks for its table: the command exports the table
/// then. Newer versions put a hash behind the name, and `__wbg_` before it.
pub(crate) fn exports_table(module: &Module<'_>) -> bool {
    module.imports.iter().any(|(from, name)| *from == PLACEHOLDER && name.contains(FUNCTION_TABLE))
}

fn imports<'m>(module: &'m Module<'_>) -> impl Iterator<Item = &'m str> {
    module.imports.iter().map(|(_, name)| *name)
}

/// Whether an import marks the function that calls it as an import to be:
/// `__wbindgen_describe_generic_import`, in older versions `…_cast`.
fn marks(import: &str) -> bool {
    import.starts_with(DESCRIBE) && import != DESCRIBE
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In the order of the functions: two imports, then what the names say.
    const MODULE: &str = r#"
        (module
          (import "__wbindgen_placeholder__" "__wbindgen_describe" (func $describe (param i32)))
          (import "__wbindgen_placeholder__" "__wbindgen_describe_generic_import"
            (func $marker (param i32 i32) (result i32)))
          (table 9 9 funcref)
          (elem (i32.const 1)
            $cast $"_ZN12wasm_bindgen7convert8closures1_6invoke17h0E" $other $ordinary)
          (func $describe_it (export "__wbindgen_describe_it")
            (call $constructors)
            (call $describe (i32.const 15))
            (call $closure)
            (call $destructors))
          (func $closure (local i32)
            (local.set 0 (i32.const 2))
            (call $describe (local.get 0))
            ;; A number that is no place in the table, though there is one.
            (call $describe (i32.const 3)))
          (func $cast (param i32) (result i32)
            try call $told catch_all call $cannot_unwind unreachable end
            (call $panics (call $marker (i32.const 1) (local.get 0))))
          (func $told (call $describe (i32.const 0)))
          (func $"_ZN12wasm_bindgen7convert8closures1_6invoke17h0E" (param i32 i32 f64))
          (func $other (param i32 i32))
          (func $ordinary (drop (call $cast (i32.const 4))))
          (func $panics (param i32) (result i32) unreachable)
          (func $cannot_unwind (call $describe (i32.const 4)) unreachable)
          (func $constructors unreachable)
          (func $destructors unreachable)
          (func $skip (export "__wbindgen_skip_interpret_calls")
            (call $constructors)
            (call $destructors)))"#;

    #[test]
    fn descriptor_functions_say_what_becomes_an_import_and_what_the_host_calls() {
        let bytes = wat::parse_str(MODULE).unwrap();
        let module = Module::read(&bytes).unwrap();
        let flow = Flow::read(&module).unwrap();
        let descriptors = descriptor_functions(&module, &flow);
        let names: Vec<_> =
            descriptors.iter().map(|f| module.names.function(*f).unwrap()).collect();
        assert_eq!(names, ["describe", "describe_it", "closure", "cast", "told", "skip"]);
        let bindgen = Bindgen::read(&module, &descriptors).unwrap();
        let index = |name| module.names.functions().find(|(_, n)| *n == name).unwrap().0;
        assert_eq!(bindgen.imports, [index("cast")]);
        let shim = index("_ZN12wasm_bindgen7convert8closures1_6invoke17h0E");
        assert_eq!(bindgen.closures, BTreeSet::from([shim]));
    }

    #[test]
    fn a_relocated_number_needs_no_name() {
        // lld writes a place in the table as five bytes, `wat` writes it as one.
        let text = MODULE.replace("(i32.const 3)", "(i32.const 0x0fff_ffff)");
        let mut bytes = wat::parse_str(text).unwrap();
        let wide = [0x41, 0xff, 0xff, 0xff, 0xff, 0x00];
        let at = bytes.windows(wide.len()).position(|window| window == wide).unwrap();
        bytes[at..at + wide.len()].copy_from_slice(&[0x41, 0x83, 0x80, 0x80, 0x80, 0x00]);
        let module = Module::read(&bytes).unwrap();
        let flow = Flow::read(&module).unwrap();
        let bindgen = Bindgen::read(&module, &descriptor_functions(&module, &flow)).unwrap();
        let names: Vec<_> = bindgen.closures.iter().map(|f| module.names.function(*f)).collect();
        assert_eq!(names.len(), 2, "{names:?}");
        assert!(names.contains(&Some("other")), "{names:?}");
    }

    #[test]
    fn deallocators_are_known_by_name() {
        for name in [
            "__wbindgen_free",
            "__wbindgen_destroy_closure",
            "__wbg_counter_free",
            "__wbg_counter_free_49fd8537f2f4168b",
        ] {
            assert!(no_throw_when_sealed(name), "{name}");
        }
        for name in [
            "__wbindgen_malloc",
            "__wbindgen_realloc",
            "__wbg_get_counter_bytes_free",
            "__wbg_set_counter_bytes_free_49fd8537f2f4168b",
            "__wbg_counter_free_of_charge",
            "counter_free",
        ] {
            assert!(!no_throw_when_sealed(name), "{name}");
        }
    }
}

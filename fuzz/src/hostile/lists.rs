//! What stands in lists: exports, imports, names, types, tables, sections.

use super::{Hostile, PANIC, Parts};
use wasm_encoder::{
    ConstExpr, Elements, Encode, EntityType, GlobalType, ImportSection, RefType, TableType, ValType,
};

pub(super) const MODULES: &[Hostile] = &[
    ("exports of one function", exports_of_one),
    ("an export for each function", exports_of_each),
    ("imports", imports),
    ("imports of wasm-bindgen's", bindgen),
    ("names of one function", names_of_one),
    ("one name for all functions", one_name),
    ("a name that unfolds", unfolding),
    ("a long name", long_name),
    ("tables", tables),
    ("segments", segments),
    ("one function throughout a table", one_in_table),
    ("types", types),
    ("types in one group", group),
    ("globals", globals),
    ("sections of one name", sections),
    ("a section that promises much", promises),
    ("a table of sites that promises much", sites),
];

fn exports_of_one(n: u32) -> Vec<u8> {
    let mut parts = Parts::new();
    let function = parts.panics();
    (0..n).for_each(|at| parts.export(&format!("e{at}"), function));
    parts.finish()
}

fn exports_of_each(n: u32) -> Vec<u8> {
    let mut parts = Parts::new();
    let panics = parts.panics();
    for at in 0..n {
        let function = parts.function(|f| {
            f.instructions().call(panics);
        });
        parts.export(&format!("e{at}"), function);
    }
    parts.finish()
}

fn imports(n: u32) -> Vec<u8> {
    importing(n, |imports, at| {
        imports.import("env", &format!("i{at}"), EntityType::Function(0));
    })
}

fn bindgen(n: u32) -> Vec<u8> {
    importing(n, |imports, at| {
        let name = format!("__wbindgen_closure_wrapper{at}");
        imports.import("__wbindgen_placeholder__", &name, EntityType::Function(0));
    })
}

/// Each import is called, by a function that traps behind it.
fn importing(n: u32, import: impl Fn(&mut ImportSection, u32)) -> Vec<u8> {
    let mut parts = Parts::new();
    (0..n).for_each(|at| import(&mut parts.imports, at));
    for at in 0..n {
        parts.function(|f| {
            f.instructions().call(at).unreachable();
        });
    }
    parts.export("first", n);
    parts.finish()
}

/// The `name` section says `n` times what function 0 is called.
fn names_of_one(n: u32) -> Vec<u8> {
    named((0..n).map(|_| (0, "again".to_owned())))
}

fn one_name(n: u32) -> Vec<u8> {
    named((0..n).map(|at| (at, PANIC.to_owned())))
}

/// A path in Rust's mangling each half of which refers back to the one before, so that it is
/// longer, written out, than any memory.
fn unfolding(n: u32) -> Vec<u8> {
    let mut name = "_RIC1a".to_owned();
    let mut last = 0;
    for _ in 0..40.min(n) {
        let at = name.len() - 2;
        let back = if last == 0 { "p".to_owned() } else { format!("B{}_", base62(last - 1)) };
        name.push_str(&format!("T{back}{back}E"));
        last = at;
    }
    name.push('E');
    named((0..n / 100).map(|at| (at, name.clone())))
}

/// A number as back references have it.
fn base62(mut number: usize) -> String {
    const DIGITS: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut digits = Vec::new();
    loop {
        digits.insert(0, DIGITS[number % 62] as char);
        number /= 62;
        if number == 0 {
            return digits.into_iter().collect();
        }
    }
}

fn long_name(n: u32) -> Vec<u8> {
    named([(0, "_ZN".to_owned() + &"1a".repeat(20 * n as usize) + "E")].into_iter())
}

/// Functions that trap, and a `name` section that says these things of them.
fn named(names: impl Iterator<Item = (u32, String)> + Clone) -> Vec<u8> {
    let mut parts = Parts::new();
    let functions = names.clone().map(|(function, _)| function).max().unwrap_or(0);
    for _ in 0..=functions {
        parts.function(|f| {
            f.instructions().unreachable();
        });
    }
    parts.export("first", 0);
    let mut list = Vec::new();
    names.clone().count().encode(&mut list);
    for (function, name) in names {
        function.encode(&mut list);
        name.encode(&mut list);
    }
    let mut content = vec![1];
    list.encode(&mut content);
    parts.customs.push(("name", content));
    parts.finish()
}

const ONE: TableType = TableType {
    element_type: RefType::FUNCREF,
    table64: false,
    minimum: 1,
    maximum: None,
    shared: false,
};

fn tables(n: u32) -> Vec<u8> {
    let mut parts = Parts::new();
    let function = parts.panics();
    for at in 0..n {
        parts.tables.table(ONE);
        parts.exports.export(&format!("t{at}"), wasm_encoder::ExportKind::Table, at);
        let functions = Elements::Functions(vec![function].into());
        parts.elements.active(Some(at), &ConstExpr::i32_const(0), functions);
    }
    parts.finish()
}

fn segments(n: u32) -> Vec<u8> {
    let mut parts = Parts::new();
    parts.tables.table(TableType { minimum: n.into(), ..ONE });
    parts.exports.export("table", wasm_encoder::ExportKind::Table, 0);
    for at in 0..n {
        let function = parts.function(|f| {
            f.instructions().unreachable();
        });
        let functions = Elements::Functions(vec![function].into());
        parts.elements.active(Some(0), &ConstExpr::i32_const(at as i32), functions);
    }
    parts.finish()
}

fn one_in_table(n: u32) -> Vec<u8> {
    let mut parts = Parts::new();
    let function = parts.panics();
    parts.tables.table(TableType { minimum: n.into(), ..ONE });
    parts.exports.export("table", wasm_encoder::ExportKind::Table, 0);
    let functions = Elements::Functions(vec![function; n as usize].into());
    parts.elements.active(Some(0), &ConstExpr::i32_const(0), functions);
    parts.finish()
}

/// As many different types, each of an exported function.
fn types(n: u32) -> Vec<u8> {
    let mut parts = Parts::new();
    for at in 0..n {
        let bits = (0..17).map(|bit| if at >> bit & 1 == 1 { ValType::I64 } else { ValType::I32 });
        parts.types.ty().function(bits, []);
        parts.functions.function(at + 1);
        let mut function = wasm_encoder::Function::new([]);
        function.instructions().unreachable().end();
        parts.code.function(&function);
        parts.export(&format!("e{at}"), at);
    }
    parts.finish()
}

fn group(n: u32) -> Vec<u8> {
    let mut parts = Parts::new();
    let empty = wasm_encoder::FuncType::new([], []);
    let one = wasm_encoder::SubType {
        is_final: true,
        supertype_idxs: Vec::new(),
        composite_type: wasm_encoder::CompositeType {
            inner: wasm_encoder::CompositeInnerType::Func(empty),
            shared: false,
            descriptor: None,
            describes: None,
        },
    };
    parts.types.ty().rec(vec![one; n as usize]);
    let function = parts.panics();
    parts.export("panics", function);
    parts.finish()
}

fn globals(n: u32) -> Vec<u8> {
    let mut parts = Parts::new();
    for at in 0..n {
        let ty = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
        parts.globals.global(ty, &ConstExpr::i32_const(1));
        parts.exports.export(&format!("g{at}"), wasm_encoder::ExportKind::Global, at);
    }
    let function = parts.panics();
    parts.export("panics", function);
    parts.finish()
}

fn sections(n: u32) -> Vec<u8> {
    let mut parts = Parts::new();
    let function = parts.panics();
    parts.export("panics", function);
    for at in 0..n {
        let name = ["producers", "target_features", "name", "unpoison", "note"]
            [at as usize * 5 / n as usize];
        parts.customs.push((name, vec![0]));
    }
    parts.finish()
}

/// `2^32 - 1` features, of which none is there.
fn promises(_: u32) -> Vec<u8> {
    let mut parts = Parts::new();
    let function = parts.panics();
    parts.export("panics", function);
    for name in ["producers", "target_features", "metadata.code.branch_hint", "dylink.0"] {
        parts.customs.push((name, vec![0xff, 0xff, 0xff, 0xff, 0x0f]));
    }
    parts.finish()
}

/// Copies of copies, in the form that a linked module has.
fn sites(n: u32) -> Vec<u8> {
    let mut parts = Parts::new();
    let function = parts.panics();
    parts.export("panics", function);
    let packed = "a".to_owned() + &"~~~".repeat(n as usize);
    let text = format!(r#"{{"version":1,"contract":"1.1","sites":"{packed}"}}"#);
    parts.customs.push(("unpoison", text.into_bytes()));
    parts.finish()
}

//! A module as the checks see it. Of whatever tool, so less is taken for granted than
//! where rust-lld's modules are read.

use std::collections::BTreeMap;

use crate::read::bindgen;
use wasmparser::{
    BinaryReaderError, ExternalKind, FunctionBody, Operator, Parser, Payload, TypeRef,
};

/// What a body does, as far as guards go.
#[derive(Debug, Default)]
pub(super) struct Body {
    /// The functions that it calls before it looks at a global, or at all if it never does;
    /// `None` if it writes to memory or calls through a table before.
    pub calls_before: Option<Vec<u32>>,
    /// Whether it looks at the global.
    pub looks: bool,
}

/// A module.
#[derive(Debug)]
pub(super) struct Subject<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// The custom section `unpoison`.
    pub meta: Option<serde_json::Value>,
    /// Its exports: name, kind and index.
    pub exports: Vec<(&'a str, ExternalKind, u32)>,
    /// How many functions are imported.
    pub imported: u32,
    /// wasm-bindgen has not run yet.
    pub before_bindgen: bool,
    /// The bodies, by function index.
    bodies: BTreeMap<u32, FunctionBody<'a>>,
    /// The functions' names in the section `name`.
    pub names: Vec<(u32, &'a str)>,
    /// It has `try`.
    pub legacy: bool,
    /// It has `try_table` or `throw_ref`.
    pub exnref: bool,
    /// It has `throw`, or a tag.
    pub throws: bool,
}

impl<'a> Subject<'a> {
    /// Reads a module.
    ///
    /// # Errors
    /// Where it is malformed.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, BinaryReaderError> {
        let mut subject = Self {
            bytes,
            meta: None,
            exports: Vec::new(),
            imported: 0,
            before_bindgen: false,
            bodies: BTreeMap::new(),
            names: Vec::new(),
            legacy: false,
            exnref: false,
            throws: false,
        };
        let mut next = 0;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        subject.before_bindgen |= import.module == bindgen::PLACEHOLDER;
                        match import.ty {
                            TypeRef::Func(_) | TypeRef::FuncExact(_) => subject.imported += 1,
                            TypeRef::Tag(_) => subject.throws = true,
                            _ => {}
                        }
                    }
                    next = subject.imported;
                }
                Payload::TagSection(_) => subject.throws = true,
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        subject.exports.push((export.name, export.kind, export.index));
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    subject.encodings(&body)?;
                    subject.bodies.insert(next, body);
                    next += 1;
                }
                Payload::CustomSection(section) => match section.as_known() {
                    wasmparser::KnownCustom::Name(names) => {
                        for name in names.into_iter().flatten() {
                            if let wasmparser::Name::Function(map) = name {
                                let named = map.into_iter().flatten();
                                subject.names.extend(named.map(|one| (one.index, one.name)));
                            }
                        }
                    }
                    _ if section.name() == "unpoison" => {
                        subject.meta = serde_json::from_slice(section.data()).ok();
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        Ok(subject)
    }

    fn encodings(&mut self, body: &FunctionBody<'_>) -> Result<(), BinaryReaderError> {
        for operator in body.get_operators_reader()? {
            match operator? {
                Operator::Try { .. }
                | Operator::Catch { .. }
                | Operator::CatchAll
                | Operator::Delegate { .. }
                | Operator::Rethrow { .. } => self.legacy = true,
                Operator::TryTable { .. } | Operator::ThrowRef => self.exnref = true,
                Operator::Throw { .. } => self.throws = true,
                _ => {}
            }
        }
        Ok(())
    }

    /// What a function does until it looks at a global; `None` for one without a body.
    pub(super) fn body(&self, function: u32, global: u32) -> Option<Body> {
        let mut calls = Vec::new();
        let looks_after = |calls| Some(Body { calls_before: Some(calls), looks: true });
        for operator in self.bodies.get(&function)?.get_operators_reader().ok()? {
            match operator.ok()? {
                Operator::GlobalGet { global_index } if global_index == global => {
                    return looks_after(calls);
                }
                Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                    calls.push(function_index);
                }
                operator if leaves_traces(&operator) => return Some(Body::default()),
                _ => {}
            }
        }
        Some(Body { calls_before: Some(calls), looks: false })
    }

    /// The sizes of the functions that unpoison adds to a module, by their names.
    pub(super) fn added(&self) -> impl Iterator<Item = u64> + '_ {
        self.names.iter().filter(|(_, name)| is_added(name)).filter_map(|(function, _)| {
            let range = self.bodies.get(function)?.range();
            Some(range.end - range.start)
        })
    }

    /// What is exported by a name.
    pub(super) fn export(&self, wanted: &str) -> Option<(ExternalKind, u32)> {
        let mut exports = self.exports.iter();
        exports.find(|(name, ..)| *name == wanted).map(|(_, kind, index)| (*kind, *index))
    }

    /// The exported functions that have a body, but unpoison's own, and those that are
    /// for wasm-bindgen alone.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'a str, u32)> + '_ {
        self.exports.iter().filter_map(|(name, kind, index)| {
            let entry = *kind == ExternalKind::Func
                && *index >= self.imported
                && !name.starts_with("__unpoison_")
                && !(self.before_bindgen && bindgen::is_for_the_command(name));
            entry.then_some((*name, *index))
        })
    }

    /// Whether its panics unwind, by its own word or by what it has.
    pub(super) fn unwinds(&self) -> bool {
        let said = self.meta.as_ref().and_then(|meta| meta["panic"].as_str());
        said.map_or(self.legacy || self.exnref, |panic| panic == "unwind")
    }
}

/// Whether a symbol is that of a function which unpoison adds to a module.
pub(crate) fn is_added(symbol: &str) -> bool {
    ["__unpoison_", "___unpoison_runtime"].iter().any(|ours| symbol.contains(ours))
}

/// Whether an instruction writes to memory, whatever its size, or calls somebody unknown.
fn leaves_traces(operator: &Operator<'_>) -> bool {
    // The names are the text format's: `i32.store8` is `I32Store8`, and so on.
    let name = format!("{operator:?}");
    let name = name.split([' ', '(', '{']).next().unwrap_or(&name);
    ["Store", "Rmw", "CallIndirect", "CallRef"].iter().any(|part| name.contains(part))
        || matches!(name, "MemoryCopy" | "MemoryFill" | "MemoryInit" | "MemoryGrow")
}

//! Reads what rust-lld wrote: an index over the bytes, which stay where they are.
//! Nothing here decides anything.

pub(crate) mod bindgen;
pub(crate) mod boundary;
pub(crate) mod dwarf;
pub(crate) mod flow;
pub(crate) mod instructions;
pub(crate) mod names;

use crate::error::{Error, Result};
use crate::ids::{CodeOffset, FuncIdx, GlobalIdx, TypeIdx};
use names::Names;
use std::collections::BTreeMap;
use std::ops::Range;
use wasmparser::{
    AbstractHeapType, BinaryReader, CompositeInnerType, ElementItems, ElementKind, ExternalKind,
    FuncType, FunctionBody, HeapType, Parser, Payload, TableInit, TypeRef, ValType,
};

/// A section as it stands in the file.
#[derive(Clone, Debug)]
pub(crate) struct Section<'a> {
    /// The section's id (<https://webassembly.github.io/spec/core/binary/modules.html#sections>).
    pub id: u8,
    /// For a custom section its name, else empty.
    pub name: &'a str,
    /// The content: after id and size; for a custom section after its name too.
    pub content: &'a [u8],
    /// Id, size and content together.
    pub whole: &'a [u8],
}

pub(crate) use crate::wasm::section as id;

/// An export.
#[derive(Clone, Debug)]
pub(crate) struct Export<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it exports.
    pub kind: ExternalKind,
    /// The index in the kind's index space.
    pub index: u32,
}

/// A module of one linear memory, as rust-lld writes it.
#[derive(Debug)]
pub(crate) struct Module<'a> {
    /// Every section in the order of the file.
    pub sections: Vec<Section<'a>>,
    /// The function types, by type index; `None` for a type of another sort.
    pub types: Vec<Option<FuncType>>,
    /// Whether a type is what it looks like: not in a group with others, without
    /// supertypes, final. Two such types of one shape are the same type.
    pub plain_types: Vec<bool>,
    /// The type of each function, imports first.
    pub functions: Vec<TypeIdx>,
    /// How many of them are imports.
    pub imported_functions: u32,
    /// Module and name of each imported function.
    pub imports: Vec<(&'a str, &'a str)>,
    /// The bodies of the functions that are not imports.
    pub bodies: Vec<Body<'a>>,
    /// The types of the tags.
    pub tags: Vec<TypeIdx>,
    /// How many globals there are, imports first.
    pub globals: u32,
    /// For each global that is not imported and starts as a constant `i32`: that.
    pub global_values: Vec<(GlobalIdx, i32)>,
    /// For each table whether it is imported, imports first.
    pub tables: Vec<bool>,
    /// The memories' `shared` flags.
    pub memories: Vec<bool>,
    /// Whether a memory has 64-bit addresses.
    pub memory64: bool,
    /// Whether a table has 64-bit slots.
    pub table64: bool,
    /// A reference to a function can cross the boundary as a value: a parameter or result
    /// of an import or export, an imported or exported global.
    pub references_cross: bool,
    /// Functions that the initial values of globals and tables refer to.
    pub initial_references: Vec<FuncIdx>,
    /// The exports, in order.
    pub exports: Vec<Export<'a>>,
    /// The start function.
    pub start: Option<FuncIdx>,
    /// Functions that can be reached other than by `call`: through a table, as a
    /// reference, as the start function, or by the host.
    pub escaping: Vec<FuncIdx>,
    /// The functions that element segments name, sorted.
    pub in_tables: Vec<FuncIdx>,
    /// What each slot of the table holds at the start, as far as it can be told; see
    /// [`Module::slots_known`].
    pub slots: BTreeMap<u32, FuncIdx>,
    /// Whether every element segment goes to the first table at a constant place.
    pub slots_known: bool,
    /// What the `name` section says.
    pub names: Names<'a>,
}

/// The body of a function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Body<'a> {
    /// The bytes: local declarations and instructions, without the size before them.
    pub bytes: &'a [u8],
    /// Where `bytes` start: what DWARF calls the address of the function.
    pub start: CodeOffset,
}

impl Body<'_> {
    /// The first address behind it.
    pub(crate) fn end(&self) -> CodeOffset {
        CodeOffset(self.start.0 + self.bytes.len() as u32)
    }
}

impl<'a> Module<'a> {
    /// Reads a module.
    ///
    /// # Errors
    /// [`Error::Module`] for what is not a well-formed module, and for one with
    /// parts that unpoison would not keep right.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self> {
        let mut m = Self {
            sections: Vec::new(),
            types: Vec::new(),
            plain_types: Vec::new(),
            functions: Vec::new(),
            imported_functions: 0,
            imports: Vec::new(),
            bodies: Vec::new(),
            tags: Vec::new(),
            globals: 0,
            global_values: Vec::new(),
            tables: Vec::new(),
            memories: Vec::new(),
            memory64: false,
            table64: false,
            references_cross: false,
            initial_references: Vec::new(),
            exports: Vec::new(),
            start: None,
            escaping: Vec::new(),
            in_tables: Vec::new(),
            slots: BTreeMap::new(),
            slots_known: true,
            names: Names::default(),
        };
        let mut code_start = 0;
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            if let Some((id, range)) = payload.as_section() {
                m.section(bytes, id, range, &payload)?;
            }
            match payload {
                Payload::TypeSection(reader) => {
                    for group in reader {
                        let group = group?;
                        let alone = group.types().len() == 1;
                        for sub in group.into_types() {
                            m.plain_types
                                .push(alone && sub.is_final && sub.supertype_idxs.is_empty());
                            m.types.push(match sub.composite_type.inner {
                                CompositeInnerType::Func(f) => Some(f),
                                _ => None,
                            });
                        }
                    }
                }
                Payload::ImportSection(reader) => {
                    for import in reader.into_imports() {
                        let import = import?;
                        match import.ty {
                            TypeRef::Func(t) | TypeRef::FuncExact(t) => {
                                m.functions.push(TypeIdx(t));
                                m.imports.push((import.module, import.name));
                                m.imported_functions += 1;
                            }
                            TypeRef::Table(t) => m.table(t, true),
                            TypeRef::Memory(t) => m.memory(t),
                            TypeRef::Global(t) => {
                                m.references_cross |= is_function_reference(t.content_type);
                                m.globals += 1;
                            }
                            TypeRef::Tag(t) => m.tags.push(TypeIdx(t.func_type_idx)),
                        }
                    }
                }
                Payload::FunctionSection(reader) => {
                    for ty in reader {
                        m.functions.push(TypeIdx(ty?));
                    }
                }
                Payload::TableSection(reader) => {
                    for table in reader {
                        let table = table?;
                        if let TableInit::Expr(init) = &table.init {
                            m.initial_references.extend(functions_named(init)?);
                        }
                        m.table(table.ty, false);
                    }
                }
                Payload::MemorySection(reader) => {
                    for memory in reader {
                        m.memory(memory?);
                    }
                }
                Payload::TagSection(reader) => {
                    for tag in reader {
                        m.tags.push(TypeIdx(tag?.func_type_idx));
                    }
                }
                Payload::GlobalSection(reader) => {
                    for global in reader {
                        let global = global?;
                        m.initial_references.extend(functions_named(&global.init_expr)?);
                        let mut ops = global.init_expr.get_operators_reader();
                        if let wasmparser::Operator::I32Const { value } = ops.read()? {
                            m.global_values.push((GlobalIdx(m.globals), value));
                        }
                        m.globals += 1;
                    }
                }
                Payload::ExportSection(reader) => {
                    for export in reader {
                        let export = export?;
                        if export.kind == ExternalKind::Func {
                            m.escaping.push(FuncIdx(export.index));
                        }
                        m.exports.push(Export {
                            name: export.name,
                            kind: export.kind,
                            index: export.index,
                        });
                    }
                }
                Payload::StartSection { func, .. } => {
                    m.start = Some(FuncIdx(func));
                    m.escaping.push(FuncIdx(func));
                }
                Payload::ElementSection(reader) => {
                    for element in reader {
                        m.element(&element?)?;
                    }
                }
                Payload::CodeSectionStart { unchecked_range, .. } => {
                    code_start = unchecked_range.start
                }
                Payload::CodeSectionEntry(body) => m.bodies.push(body_of(&body, code_start)?),
                Payload::CustomSection(custom) if custom.name() == "name" => {
                    m.names = Names::read(BinaryReader::new(custom.data(), custom.data_offset()))?;
                }
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => {
                    return Err(Error::Module("it is a component".into()));
                }
                _ => {}
            }
        }
        if m.functions.len() != m.imported_functions as usize + m.bodies.len() {
            return Err(Error::Module("functions and bodies do not match".into()));
        }
        let is_function = |ty: &TypeIdx| m.types.get(ty.at()).is_some_and(Option::is_some);
        if !m.functions.iter().chain(&m.tags).all(is_function) {
            return Err(Error::Module("a function or a tag has no function type".into()));
        }
        m.in_tables.sort_unstable();
        m.in_tables.dedup();
        m.escaping.extend(&m.in_tables);
        m.escaping.extend(&m.initial_references);
        m.references_cross |= m.references_cross_calls();
        m.escaping.sort_unstable();
        m.escaping.dedup();
        Ok(m)
    }

    fn element(&mut self, element: &wasmparser::Element<'_>) -> Result<()> {
        let items = element_items(element)?;
        self.in_tables.extend(items.iter().flatten());
        let ElementKind::Active { table_index, offset_expr } = &element.kind else {
            self.slots_known = false;
            return Ok(());
        };
        // A constant, a global of the linker's, or the sum of the two.
        let mut start = 0_i32;
        let mut constant = matches!(element.items, ElementItems::Functions(_));
        for op in offset_expr.get_operators_reader() {
            match op? {
                wasmparser::Operator::I32Const { value } => start = start.wrapping_add(value),
                wasmparser::Operator::GlobalGet { global_index } => {
                    constant = false;
                    // They are in order.
                    let known =
                        self.global_values.binary_search_by_key(&global_index, |(g, _)| g.0);
                    let known = known.ok().and_then(|at| self.global_values.get(at));
                    start = start.wrapping_add(known.map_or(0, |(_, value)| *value));
                }
                wasmparser::Operator::End => {}
                _ => constant = false,
            }
        }
        self.slots_known &= constant && table_index.unwrap_or(0) == 0;
        for (at, function) in items.into_iter().enumerate() {
            if let Some(function) = function {
                self.slots.insert((start as u32).wrapping_add(at as u32), function);
            }
        }
        Ok(())
    }

    fn memory(&mut self, ty: wasmparser::MemoryType) {
        self.memories.push(ty.shared);
        self.memory64 |= ty.memory64;
    }

    fn table(&mut self, ty: wasmparser::TableType, imported: bool) {
        self.tables.push(imported);
        self.table64 |= ty.table64;
    }

    fn references_cross_calls(&self) -> bool {
        let exported = self.exports.iter().filter(|e| e.kind == ExternalKind::Func);
        let crossing = (0..self.imported_functions).chain(exported.map(|e| e.index));
        crossing
            .filter_map(|f| self.type_of(FuncIdx(f)))
            .any(|ty| ty.params().iter().chain(ty.results()).any(|ty| is_function_reference(*ty)))
    }

    fn section(
        &mut self,
        bytes: &'a [u8],
        id: u8,
        range: Range<u64>,
        payload: &Payload<'a>,
    ) -> Result<()> {
        // Bodies are announced one by one under the code section's id.
        if matches!(payload, Payload::CodeSectionEntry(_)) {
            return Ok(());
        }
        let start = self.sections.last().map_or(8, |last| {
            last.whole.as_ptr() as usize - bytes.as_ptr() as usize + last.whole.len()
        });
        let end = range.end as usize;
        let (name, content) = match payload {
            Payload::CustomSection(custom) => (custom.name(), custom.data()),
            _ => ("", bytes.get(range.start as usize..end).unwrap_or_default()),
        };
        let whole = bytes
            .get(start..end)
            .ok_or_else(|| Error::Module("a section reaches past the end".into()))?;
        self.sections.push(Section { id, name, content, whole });
        Ok(())
    }

    /// The type of a function.
    pub(crate) fn type_of(&self, function: FuncIdx) -> Option<&FuncType> {
        self.types.get(self.functions.get(function.at())?.at())?.as_ref()
    }

    /// The body of a function, if it is not an import.
    pub(crate) fn body(&self, function: FuncIdx) -> Option<&Body<'a>> {
        self.bodies.get(function.0.checked_sub(self.imported_functions)? as usize)
    }

    /// Every function with a body.
    pub(crate) fn defined(&self) -> impl Iterator<Item = (FuncIdx, &Body<'a>)> {
        (self.imported_functions..).map(FuncIdx).zip(&self.bodies)
    }

    /// The function exported under a name. In a module with constructors that nobody
    /// calls, lld exports a wrapper that calls them first, `NAME.command_export`; then
    /// it is the function behind.
    pub(crate) fn exported_function(&self, name: &str) -> Option<FuncIdx> {
        let exported = self
            .exports
            .iter()
            .find(|e| e.name == name && e.kind == ExternalKind::Func)
            .map(|e| FuncIdx(e.index))?;
        let behind = self
            .names
            .function(exported)
            .and_then(|symbol| symbol.strip_suffix(".command_export"))
            .and_then(|symbol| self.names.functions().find(|(_, name)| *name == symbol));
        Some(behind.map_or(exported, |(function, _)| function))
    }

    /// The global exported under a name.
    pub(crate) fn exported_global(&self, name: &str) -> Option<GlobalIdx> {
        self.exports
            .iter()
            .find(|e| e.name == name && e.kind == ExternalKind::Global)
            .map(|e| GlobalIdx(e.index))
    }

    /// The first custom section of a name.
    pub(crate) fn custom(&self, name: &str) -> Option<&'a [u8]> {
        self.sections.iter().find(|s| s.id == id::CUSTOM && s.name == name).map(|s| s.content)
    }
}

fn body_of<'a>(body: &FunctionBody<'a>, code_start: u64) -> Result<Body<'a>> {
    let range = body.range();
    let start = u32::try_from(range.start - code_start)
        .map_err(|_| Error::Module("the code section is larger than 4 GiB".into()))?;
    Ok(Body { bytes: body.as_bytes(), start: CodeOffset(start) })
}

/// The functions that a constant expression refers to.
fn functions_named(expression: &wasmparser::ConstExpr<'_>) -> Result<Vec<FuncIdx>> {
    let mut named = Vec::new();
    for op in expression.get_operators_reader() {
        if let wasmparser::Operator::RefFunc { function_index } = op? {
            named.push(FuncIdx(function_index));
        }
    }
    Ok(named)
}

/// Whether a value may be a reference to a function.
fn is_function_reference(ty: ValType) -> bool {
    let ValType::Ref(ty) = ty else { return false };
    match ty.heap_type() {
        HeapType::Abstract { ty, .. } => ty == AbstractHeapType::Func,
        HeapType::Concrete(_) | HeapType::Exact(_) => true,
    }
}

/// The function that each item of an element segment names, if it names one. A passive
/// or declared segment counts too: `table.init` and `ref.func` use it.
fn element_items(element: &wasmparser::Element<'_>) -> Result<Vec<Option<FuncIdx>>> {
    let mut out = Vec::new();
    match &element.items {
        ElementItems::Functions(items) => {
            for item in items.clone() {
                out.push(Some(FuncIdx(item?)));
            }
        }
        ElementItems::Expressions(_, items) => {
            for item in items.clone() {
                let named = functions_named(&item?)?.pop();
                out.push(named);
            }
        }
    }
    Ok(out)
}

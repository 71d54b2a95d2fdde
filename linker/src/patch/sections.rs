//! The sections that gain something: types, functions, tags, globals, exports; and
//! those that name a function by index: start and elements.

use crate::error::{Error, Result};
use crate::ids::FuncIdx;
use crate::plan::{Body, Plan};
use crate::read::{Module, id};
use crate::wasm::leb;
use std::borrow::Cow;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    ElementSection, Elements, Encode, ExportKind, ExportSection, FunctionSection, GlobalSection,
    GlobalType, TableSection, TagKind, TagSection, TagType, TypeSection, ValType,
};
use wasmparser::{BinaryReader, ElementSectionReader, GlobalSectionReader, TableSectionReader};

/// The new content of a section. `old` is empty for one that the module lacked.
pub(crate) fn patch(module: &Module<'_>, plan: &Plan, id: u8, old: &[u8]) -> Result<Vec<u8>> {
    match id {
        id::TYPE => {
            let mut new = TypeSection::new();
            for ty in &plan.new_types {
                let ty = RoundtripReencoder.func_type(ty.clone()).map_err(reencode_error)?;
                new.ty().func_type(&ty);
            }
            append(old, &new)
        }
        id::FUNCTION => {
            let mut new = FunctionSection::new();
            for added in &plan.added {
                new.function(added.ty.0);
            }
            append(old, &new)
        }
        id::TAG => {
            let mut new = TagSection::new();
            for _ in plan.runtime.tags.iter().flat_map(|tags| tags.named()) {
                new.tag(TagType { kind: TagKind::Exception, func_type_idx: plan.tag_type.0 });
            }
            append(old, &new)
        }
        id::GLOBAL => {
            let mut new = GlobalSection::new();
            for _ in plan.new_globals() {
                new.global(
                    GlobalType { val_type: ValType::I32, mutable: true, shared: false },
                    &wasm_encoder::ConstExpr::i32_const(0),
                );
            }
            let old = references_replaced(plan, old)?;
            append(&old, &new)
        }
        id::EXPORT => exports(module, plan),
        id::START => {
            let mut out = Vec::new();
            if let Some(start) = plan.start {
                leb::write(&mut out, start.0);
            }
            Ok(out)
        }
        other => Err(Error::Module(format!("section {other} does not change"))),
    }
}

/// A vector of the binary format with the items of a section behind its own.
fn append(old: &[u8], new: &impl Encode) -> Result<Vec<u8>> {
    let count_of = |content: &[u8]| -> Result<(u32, usize)> {
        let mut reader = BinaryReader::new(content, 0);
        let count = if content.is_empty() { 0 } else { reader.read_var_u32()? };
        Ok((count, reader.original_position() as usize))
    };
    let new = content(new)?;
    let (old_count, old_start) = count_of(old)?;
    let (new_count, new_start) = count_of(&new)?;
    let mut out = Vec::with_capacity(old.len() + new.len() + 4);
    leb::write(&mut out, old_count + new_count);
    out.extend_from_slice(rest(old, old_start)?);
    out.extend_from_slice(rest(&new, new_start)?);
    Ok(out)
}

/// What stands behind the count of a vector.
fn rest(content: &[u8], start: usize) -> Result<&[u8]> {
    content.get(start..).ok_or_else(|| Error::Bug("a section ends in its count".into()))
}

/// The global section with other functions in the place of those that its initial values
/// refer to.
fn references_replaced<'o>(plan: &Plan, old: &'o [u8]) -> Result<Cow<'o, [u8]>> {
    if (plan.references.is_empty() && plan.values.is_empty()) || old.is_empty() {
        return Ok(old.into());
    }
    let mut section = GlobalSection::new();
    let reader = GlobalSectionReader::new(BinaryReader::new(old, 0))?;
    Values(plan).parse_global_section(&mut section, reader).map_err(reencode_error)?;
    content(&section).map(Cow::Owned)
}

/// What a section holds: it encodes itself with its size first.
fn content(section: &impl Encode) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    section.encode(&mut out);
    let mut reader = BinaryReader::new(&out, 0);
    reader.read_var_u32()?;
    let start = reader.original_position() as usize;
    Ok(out.split_off(start))
}

fn exports(module: &Module<'_>, plan: &Plan) -> Result<Vec<u8>> {
    let mut section = ExportSection::new();
    for (position, export) in module.exports.iter().enumerate() {
        if plan.dropped_exports.binary_search(&position).is_ok() {
            continue;
        }
        let index = plan.exports.get(&position).map_or(export.index, |instead| instead.0);
        let kind = RoundtripReencoder.export_kind(export.kind).map_err(reencode_error)?;
        section.export(export.name, kind, index);
    }
    let tags = plan.runtime.tags.filter(|_| plan.export_tags);
    for (tag, name) in tags.into_iter().flat_map(|tags| tags.named()) {
        section.export(name, ExportKind::Tag, tag.0);
    }
    section.export("__unpoison_state", ExportKind::Global, plan.runtime.state.0);
    section.export("__unpoison_report", ExportKind::Func, plan.runtime.rt_report.0);
    if plan.rehearsal.is_some() {
        let set = plan.index_of(&Body::SetRehearsal)?;
        section.export("__unpoison_rehearse", ExportKind::Func, set.0);
    }
    content(&section)
}

/// Puts other functions in the place of those that moved or are guarded.
struct References<'p>(&'p Plan);

impl Reencode for References<'_> {
    type Error = std::convert::Infallible;

    fn function_index(
        &mut self,
        function: u32,
    ) -> Result<u32, wasm_encoder::reencode::Error<Self::Error>> {
        let function = FuncIdx(function);
        Ok(self.0.references.get(&function).unwrap_or(&function).0)
    }
}

/// The same where the function is a value.
struct Values<'p>(&'p Plan);

impl Reencode for Values<'_> {
    type Error = std::convert::Infallible;

    fn function_index(
        &mut self,
        function: u32,
    ) -> Result<u32, wasm_encoder::reencode::Error<Self::Error>> {
        let function = FuncIdx(function);
        let instead = self.0.values.get(&function).or_else(|| self.0.references.get(&function));
        Ok(instead.unwrap_or(&function).0)
    }
}

/// The new content of the element section, or none where nothing in it changes. What code
/// refers to instead is declared by a segment of its own.
pub(crate) fn elements(plan: &Plan, old: &[u8]) -> Result<Option<Vec<u8>>> {
    if plan.references.is_empty() && plan.declared.is_empty() {
        return Ok(None);
    }
    let mut section = ElementSection::new();
    if !old.is_empty() {
        let reader = ElementSectionReader::new(BinaryReader::new(old, 0))?;
        References(plan).parse_element_section(&mut section, reader).map_err(reencode_error)?;
    }
    if !plan.declared.is_empty() {
        let declared: Vec<u32> = plan.declared.iter().map(|function| function.0).collect();
        section.declared(Elements::Functions(declared.into()));
    }
    content(&section).map(Some)
}

/// The new content of the table section, or none where nothing in it changes.
pub(crate) fn tables(module: &Module<'_>, plan: &Plan, old: &[u8]) -> Result<Option<Vec<u8>>> {
    if module.initial_references.is_empty() {
        return Ok(None);
    }
    let mut section = TableSection::new();
    let reader = TableSectionReader::new(BinaryReader::new(old, 0))?;
    Values(plan).parse_table_section(&mut section, reader).map_err(reencode_error)?;
    content(&section).map(Some)
}

fn reencode_error(e: wasm_encoder::reencode::Error) -> Error {
    Error::Module(e.to_string())
}

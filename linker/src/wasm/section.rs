//! Sections: their ids, their order, and how one is written
//! (<https://webassembly.github.io/spec/core/binary/modules.html#sections>).

use super::leb;
use std::collections::BTreeMap;
use wasmparser::{BinaryReaderError, CustomSectionReader, Parser, Payload};

/// The magic number and version of a core module.
pub(crate) const HEADER: &[u8] = b"\0asm\x01\0\0\0";

pub(crate) const CUSTOM: u8 = 0;
pub(crate) const TYPE: u8 = 1;
pub(crate) const IMPORT: u8 = 2;
pub(crate) const FUNCTION: u8 = 3;
pub(crate) const TABLE: u8 = 4;
pub(crate) const MEMORY: u8 = 5;
pub(crate) const GLOBAL: u8 = 6;
pub(crate) const EXPORT: u8 = 7;
pub(crate) const START: u8 = 8;
pub(crate) const ELEMENT: u8 = 9;
pub(crate) const CODE: u8 = 10;
pub(crate) const DATA: u8 = 11;
pub(crate) const DATA_COUNT: u8 = 12;
pub(crate) const TAG: u8 = 13;

/// The order in a module, which is not that of the ids.
const ORDER: [u8; 13] = [
    TYPE, IMPORT, FUNCTION, TABLE, MEMORY, TAG, GLOBAL, EXPORT, START, ELEMENT, DATA_COUNT, CODE,
    DATA,
];

/// Where a section stands among the others; unknown ones come last.
pub(crate) fn rank(id: u8) -> usize {
    ORDER.iter().position(|known| *known == id).unwrap_or(ORDER.len())
}

/// Writes a section.
pub(crate) fn write(out: &mut Vec<u8>, id: u8, content: &[u8]) {
    out.push(id);
    leb::write(out, content.len() as u32);
    out.extend_from_slice(content);
}

/// Writes a custom section.
pub(crate) fn write_custom(out: &mut Vec<u8>, name: &str, content: &[u8]) {
    write_custom_head(out, name, content.len());
    out.extend_from_slice(content);
}

/// Writes what stands before the content of a custom section.
pub(crate) fn write_custom_head(out: &mut Vec<u8>, name: &str, content_len: usize) {
    let mut head = Vec::new();
    leb::write_name(&mut head, name);
    out.push(CUSTOM);
    leb::write(out, (head.len() + content_len) as u32);
    out.extend(head);
}

/// The custom sections of a module, in their order.
///
/// An error, where the module is malformed, comes last.
pub(crate) fn custom(
    module: &[u8],
) -> impl Iterator<Item = Result<CustomSectionReader<'_>, BinaryReaderError>> {
    Parser::new(0).parse_all(module).filter_map(|payload| match payload {
        Ok(Payload::CustomSection(section)) => Some(Ok(section)),
        Ok(_) => None,
        Err(e) => Some(Err(e)),
    })
}

/// The first custom section of a name. What is behind it may be malformed.
///
/// # Errors
/// For a module that is malformed before it.
pub(crate) fn find_custom<'a>(
    module: &'a [u8],
    name: &str,
) -> Result<Option<CustomSectionReader<'a>>, BinaryReaderError> {
    custom(module)
        .find(|section| section.as_ref().map_or(true, |section| section.name() == name))
        .transpose()
}

/// What the custom sections of a module hold, by their names.
///
/// # Errors
/// For a module that is malformed.
pub(crate) fn custom_by_name(module: &[u8]) -> Result<BTreeMap<&str, &[u8]>, BinaryReaderError> {
    custom(module).map(|section| section.map(|section| (section.name(), section.data()))).collect()
}

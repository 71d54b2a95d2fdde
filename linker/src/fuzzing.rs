//! What the fuzz targets reach of the private modules; no part of the public interface.

use crate::args::response::{self, Quoting};
use crate::debug::source_map;
use crate::objects;
use crate::packed;
use crate::patch::dwarf::{self, AddressMap, Piece};
use crate::read::dwarf::{Refused, open};
use crate::read::names::Names;
use crate::wasm::section::{HEADER, write_custom};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

/// Reads an object as the linker does: how many features it names.
pub fn object(bytes: &[u8]) -> Option<usize> {
    objects::features_in_object(bytes).map(|features| features.len())
}

/// Reads an archive: how many features its first telling object names.
pub fn archive(bytes: &[u8]) -> Option<usize> {
    objects::features_in_archive(bytes).map(|features| features.len())
}

/// Splits the text of a response file, in either quoting.
pub fn split_response(text: &[u8], windows: bool) -> Vec<Vec<u8>> {
    response::split(text, if windows { Quoting::Windows } else { Quoting::Posix })
}

/// Writes a response file that has these words.
pub fn write_response(words: &[std::ffi::OsString]) -> Vec<u8> {
    response::write_posix(words)
}

/// Reads a `name` section: how many functions it names.
///
/// # Errors
/// In words.
pub fn names(content: &[u8]) -> Result<usize, String> {
    let names =
        Names::read(wasmparser::BinaryReader::new(content, 0)).map_err(|e| e.to_string())?;
    Ok(names.functions().count())
}

/// The table of sites in few bytes.
pub fn pack(text: &str) -> String {
    packed::pack(text)
}

/// The text that was packed, if it was.
pub fn unpack(text: &str) -> Option<String> {
    packed::unpack(text, usize::MAX)
}

/// The mappings of a source map of DWARF, for so many bytes of code.
///
/// # Errors
/// In words.
pub fn source_map(sections: &BTreeMap<&str, &[u8]>, code_len: u32) -> Result<String, String> {
    let mut module = HEADER.to_vec();
    for (name, content) in sections {
        write_custom(&mut module, name, content);
    }
    source_map::mappings(&module, code_len.into()).map_err(|error| error.to_string())
}

/// Makes DWARF follow code whose pieces (old addresses, new start) moved.
///
/// # Errors
/// In words.
pub fn dwarf<'a>(
    sections: &BTreeMap<&'a str, &'a [u8]>,
    pieces: &[(Range<u32>, u32)],
) -> Result<BTreeMap<&'a str, Vec<u8>>, String> {
    let piece =
        |(old, new_start): &(Range<u32>, u32)| Piece { old: old.clone(), new_start: *new_start };
    if let Err(refused @ Refused::Excess(_)) = open(|name| sections.get(name).copied()) {
        return Err(refused.to_string());
    }
    let map = AddressMap { shift: 0, pieces: pieces.iter().map(piece).collect() };
    let mut patched: dwarf::Sections<'_> =
        sections.iter().map(|(name, content)| (*name, Cow::Borrowed(*content))).collect();
    dwarf::patch(&mut patched, &map).map_err(|error| error.to_string())?;
    Ok(patched.into_iter().map(|(name, content)| (name, content.into_owned())).collect())
}

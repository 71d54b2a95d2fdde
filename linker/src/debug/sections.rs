//! Custom sections, taken out of a module and put into it. All else stays as it is, where it is.

use crate::error::Result;
use crate::wasm::leb;
use crate::wasm::section::{CUSTOM, HEADER, find_custom, write_custom};
use wasmparser::BinaryReader;

/// A module without the custom sections of these names.
pub(super) fn without(module: &[u8], removed: impl Fn(&str) -> bool) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(module.len());
    out.extend_from_slice(HEADER);
    let mut reader = BinaryReader::new(module, 0);
    reader.read_bytes(HEADER.len())?;
    while !reader.eof() {
        let start = reader.original_position() as usize;
        let id = reader.read_u8()?;
        let len = reader.read_var_u32()? as usize;
        let content = reader.read_bytes(len)?;
        if id == CUSTOM && removed(BinaryReader::new(content, 0).read_string()?) {
            continue;
        }
        let end = reader.original_position() as usize;
        out.extend_from_slice(module.get(start..end).unwrap_or_default());
    }
    Ok(out)
}

/// The same module with a custom section that holds one string, instead of an older one.
pub(super) fn with_string(module: &[u8], section: &str, text: &str) -> Result<Vec<u8>> {
    let mut out = without(module, |name| name == section)?;
    let mut content = Vec::new();
    leb::write_name(&mut content, text);
    write_custom(&mut out, section, &content);
    Ok(out)
}

/// What such a section says.
pub(super) fn string<'a>(module: &'a [u8], section: &str) -> Result<Option<&'a str>> {
    let Some(custom) = find_custom(module, section)? else { return Ok(None) };
    Ok(Some(BinaryReader::new(custom.data(), 0).read_string()?))
}

/// Whether a module has DWARF.
pub(super) fn has_dwarf(module: &[u8]) -> Result<bool> {
    Ok(find_custom(module, ".debug_line")?.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_goes_and_another_takes_its_place() {
        let module = with_string(HEADER, "url", "a").unwrap();
        let module = with_string(&module, "other", "b").unwrap();
        let module = with_string(&module, "url", "c").unwrap();
        assert_eq!(string(&module, "url").unwrap(), Some("c"));
        assert_eq!(string(&module, "other").unwrap(), Some("b"));
        let module = without(&module, |name| name == "other").unwrap();
        assert_eq!(string(&module, "other").unwrap(), None);
        assert_eq!(without(&module, |_| true).unwrap(), HEADER);
    }

    #[test]
    fn a_cut_module_is_an_error() {
        let module = with_string(HEADER, "url", "a").unwrap();
        without(&module[..module.len() - 1], |_| false).unwrap_err();
        without(&HEADER[..5], |_| false).unwrap_err();
    }
}

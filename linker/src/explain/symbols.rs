//! A module's functions, and what its debug information says of them. Of whatever tool.

use std::collections::BTreeMap;
use std::ops::Range;

use super::stack::Place;
use crate::ids::{CodeOffset, FuncIdx};
use crate::plan::location::Locations;
use crate::plan::roles::demangled;
use crate::read::id;
use crate::read::names::Names;
use crate::wasm::section::custom_by_name;
use wasmparser::{BinaryReader, BinaryReaderError, Parser, Payload, TypeRef};

/// What is known of a module.
pub(super) struct Symbols<'a> {
    /// Where the content of the code section begins.
    code: u64,
    /// The bodies, in the order of the functions that are not imported.
    bodies: Vec<Range<u64>>,
    imported: u32,
    names: Names<'a>,
    locations: Locations<'a>,
}

impl<'a> Symbols<'a> {
    /// Reads a module. `debug` is the file with its debug information, if it is not in itself.
    ///
    /// # Errors
    /// Where one of them is malformed.
    pub(super) fn read(
        bytes: &'a [u8],
        debug: Option<&'a [u8]>,
    ) -> Result<Self, BinaryReaderError> {
        let (mut code, mut imported) = (0, 0);
        let (mut bodies, mut custom) = (Vec::new(), BTreeMap::new());
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            if let Some((id::CODE, range)) = payload.as_section() {
                code = range.start;
            }
            match payload {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        imported += u32::from(matches!(
                            import?.ty,
                            TypeRef::Func(_) | TypeRef::FuncExact(_)
                        ));
                    }
                }
                Payload::CodeSectionEntry(body) => bodies.push(body.range()),
                Payload::CustomSection(section) => {
                    custom.insert(section.name(), section.data());
                }
                _ => {}
            }
        }
        if let Some(debug) = debug {
            for (name, content) in custom_by_name(debug)? {
                custom.entry(name).or_insert(content);
            }
        }
        // Names that cannot be read are as good as none.
        let names = custom.get("name").map(|names| Names::read(BinaryReader::new(names, 0)));
        let names = names.and_then(Result::ok).unwrap_or_default();
        let locations = Locations::of(|section| custom.get(section).copied());
        Ok(Self { code, bodies, imported, names, locations })
    }

    /// The functions at a place, the innermost first: those that were inlined there, too.
    pub(super) fn frames(&self, Place { function, offset }: Place) -> Vec<String> {
        let within = offset.and_then(|offset| {
            // They are in the order of the file.
            let at = self.bodies.partition_point(|body| body.end <= offset);
            self.bodies.get(at).filter(|body| body.contains(&offset))?;
            Some((offset, self.imported + at as u32))
        });
        let inlined = within
            .and_then(|(offset, _)| u32::try_from(offset.checked_sub(self.code)?).ok())
            .map(|address| self.locations.frames(CodeOffset(address)))
            .unwrap_or_default();
        if !inlined.is_empty() {
            return inlined;
        }
        let function = within.map(|(_, function)| function).or(function);
        let name = function.and_then(|function| self.names.function(FuncIdx(function)));
        name.map(demangled).into_iter().collect()
    }
}

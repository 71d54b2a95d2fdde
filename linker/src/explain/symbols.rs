//! A module's functions, and what its debug information says of them. Of whatever tool.

use std::collections::BTreeMap;
use std::ops::Range;

use super::stack::Place;
use crate::ids::CodeOffset;
use crate::plan::location::Locations;
use crate::plan::roles::demangled;
use wasmparser::{BinaryReaderError, KnownCustom, Name, Parser, Payload, TypeRef};

/// The id of the code section.
const CODE: u8 = 10;

/// What is known of a module.
pub(super) struct Symbols<'a> {
    /// Where the content of the code section begins.
    code: u64,
    /// The bodies, in the order of the functions that are not imported.
    bodies: Vec<Range<u64>>,
    imported: u32,
    names: BTreeMap<u32, &'a str>,
    locations: Locations<'a>,
}

impl<'a> Symbols<'a> {
    /// Reads a module.
    ///
    /// # Errors
    /// Where it is malformed.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, BinaryReaderError> {
        let (mut code, mut imported) = (0, 0);
        let (mut bodies, mut names) = (Vec::new(), BTreeMap::new());
        let mut custom = BTreeMap::new();
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            if let Some((CODE, range)) = payload.as_section() {
                code = range.start;
            }
            match payload {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::CodeSectionEntry(body) => bodies.push(body.range()),
                Payload::CustomSection(section) => {
                    custom.insert(section.name(), section.data());
                    let KnownCustom::Name(all) = section.as_known() else { continue };
                    for name in all.into_iter().flatten() {
                        if let Name::Function(map) = name {
                            let named = map.into_iter().flatten();
                            names.extend(named.map(|one| (one.index, one.name)));
                        }
                    }
                }
                _ => {}
            }
        }
        let locations = Locations::of(|section| custom.get(section).copied());
        Ok(Self { code, bodies, imported, names, locations })
    }

    /// The functions at a place, the innermost first: those that were inlined there, too.
    pub(super) fn frames(&self, Place { function, offset }: Place) -> Vec<String> {
        let within = |offset| {
            let at = self.bodies.iter().position(|body| body.contains(&offset));
            at.map(|at| self.imported + at as u32)
        };
        let inlined = offset
            .filter(|offset| within(*offset).is_some())
            .and_then(|offset| u32::try_from(offset.checked_sub(self.code)?).ok())
            .map(|address| self.locations.frames(CodeOffset(address)))
            .unwrap_or_default();
        if !inlined.is_empty() {
            return inlined;
        }
        let function = offset.and_then(within).or(function);
        let name = function.and_then(|function| self.names.get(&function));
        name.map(|name| demangled(name)).into_iter().collect()
    }
}

//! What addr2line says of an address.

use addr2line::gimli::{EndianSlice, LittleEndian, SectionId};
use std::collections::HashMap;
use wasmparser::{Parser, Payload};

pub(crate) struct Symbols<'a>(addr2line::Context<EndianSlice<'a, LittleEndian>>);

impl<'a> Symbols<'a> {
    pub(crate) fn read(module: &'a [u8]) -> Self {
        let mut sections: HashMap<&str, &[u8]> = HashMap::new();
        for payload in Parser::new(0).parse_all(module) {
            if let Payload::CustomSection(section) = payload.unwrap() {
                sections.insert(section.name(), section.data());
            }
        }
        let load = |id: SectionId| -> Result<_, addr2line::gimli::Error> {
            Ok(EndianSlice::new(sections.get(id.name()).copied().unwrap_or_default(), LittleEndian))
        };
        let dwarf = addr2line::gimli::Dwarf::load(load).unwrap();
        Self(addr2line::Context::from_dwarf(dwarf).unwrap())
    }

    /// Line and column of an address, as its line table has them: both 0 where it has none.
    pub(crate) fn place(&self, at: u64) -> (u32, u32) {
        let found = self.0.find_location(at).unwrap();
        let place = found.and_then(|place| Some((place.line?, place.column.unwrap_or(0))));
        place.unwrap_or((0, 0))
    }

    /// Each frame's function, file, line and column, inlined ones first.
    pub(crate) fn frames(&self, at: u64) -> Vec<String> {
        let mut found = Vec::new();
        let mut frames = self.0.find_frames(at).skip_all_loads().unwrap();
        while let Some(frame) = frames.next().unwrap() {
            let function = frame.function.as_ref().and_then(|f| f.raw_name().ok());
            let place = frame.location.map(|l| (l.file.map(str::to_owned), l.line, l.column));
            found.push(format!("{function:?} {place:?}"));
        }
        found
    }
}

//! A module as its sections, to append to their vectors.

use wasm_encoder::{CustomSection, Encode, Section as _};
use wasmparser::{BinaryReader, Parser, Payload, TypeRef};

/// Ids of sections
/// (<https://webassembly.github.io/spec/core/binary/modules.html#sections>).
pub(crate) mod id {
    pub(crate) const TYPE: u8 = 1;
    pub(crate) const FUNCTION: u8 = 3;
    pub(crate) const MEMORY: u8 = 5;
    pub(crate) const GLOBAL: u8 = 6;
    pub(crate) const EXPORT: u8 = 7;
    pub(crate) const CODE: u8 = 10;
}

/// The order of the sections: tags stand between memories and globals, the count of data
/// segments before the code.
const ORDER: [u8; 13] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

/// The sections of a module, custom ones apart, and how much of what there is.
#[derive(Debug, Default)]
pub(crate) struct Sections {
    /// Id and content, in the order of the file.
    sections: Vec<(u8, Vec<u8>)>,
    /// Name and content of the custom sections, which stand at the end of what comes out.
    customs: Vec<(String, Vec<u8>)>,
    /// How many types there are, all groups together.
    pub types: u32,
    /// How many functions, imports included.
    pub functions: u32,
    /// How many globals, imports included.
    pub globals: u32,
    /// How many memories, imports included.
    pub memories: u32,
    /// Whether one of them has 64-bit addresses.
    pub memory64: bool,
    /// Whether one of them may have no room for a report.
    pub tiny_memory: bool,
}

impl Sections {
    /// Reads a module; `None` if it is none.
    pub(crate) fn read(module: &[u8]) -> Option<Self> {
        let mut all = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            let payload = payload.ok()?;
            if let Some((id, range)) = payload.as_section()
                && id != 0
                && !matches!(payload, Payload::CodeSectionEntry(_))
            {
                let content = module.get(range.start as usize..range.end as usize)?;
                all.sections.push((id, content.to_vec()));
            }
            match payload {
                Payload::CustomSection(custom) => {
                    all.customs.push((custom.name().to_owned(), custom.data().to_vec()));
                }
                Payload::TypeSection(groups) => {
                    for group in groups {
                        all.types += group.ok()?.types().len() as u32;
                    }
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        match import.ok()?.ty {
                            TypeRef::Func(_) | TypeRef::FuncExact(_) => all.functions += 1,
                            TypeRef::Global(_) => all.globals += 1,
                            TypeRef::Memory(ty) => {
                                all.memories += 1;
                                all.memory64 |= ty.memory64;
                                all.tiny_memory |= ty.initial == 0;
                            }
                            TypeRef::Table(_) | TypeRef::Tag(_) => {}
                        }
                    }
                }
                Payload::FunctionSection(section) => all.functions += section.count(),
                Payload::GlobalSection(section) => all.globals += section.count(),
                Payload::MemorySection(section) => {
                    all.memories += section.count();
                    for ty in section {
                        let ty = ty.ok()?;
                        all.memory64 |= ty.memory64;
                        all.tiny_memory |= ty.initial == 0;
                    }
                }
                _ => {}
            }
        }
        Some(all)
    }

    /// Appends an item to a section that is a vector, and makes the section if need be.
    pub(crate) fn push(&mut self, id: u8, item: &[u8]) {
        let rank = |id: u8| ORDER.iter().position(|known| *known == id);
        let at = self.sections.partition_point(|(other, _)| rank(*other) < rank(id));
        if self.sections.get(at).is_none_or(|(other, _)| *other != id) {
            self.sections.insert(at, (id, vec![0]));
        }
        let content = &mut self.sections[at].1;
        let mut reader = BinaryReader::new(content, 0);
        let count = reader.read_var_u32().unwrap_or(0);
        let rest = content.split_off(reader.original_position() as usize);
        content.clear();
        (count + 1).encode(content);
        content.extend(rest);
        content.extend(item);
    }

    /// Whether there are names for functions.
    pub(crate) fn has_names(&self) -> bool {
        self.customs.iter().any(|(name, _)| name == "name")
    }

    /// The module.
    pub(crate) fn finish(self) -> Vec<u8> {
        let mut out = b"\0asm\x01\0\0\0".to_vec();
        for (id, content) in self.sections {
            out.push(id);
            content.encode(&mut out);
        }
        for (name, data) in &self.customs {
            CustomSection { name: name.into(), data: data.into() }.append_to(&mut out);
        }
        out
    }
}

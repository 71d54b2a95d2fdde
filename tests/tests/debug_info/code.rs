//! The code section, instruction by instruction. Addresses are DWARF's: offsets from
//! the start of the section's content.

use wasmparser::{Name, Parser, Payload};

pub(crate) struct Code {
    /// Bytes of the function count: what all addresses shift by when it grows.
    pub(crate) count_bytes: u64,
    /// Where the section's content begins in the file.
    pub(crate) offset: u64,
    pub(crate) functions: Vec<Function>,
}

pub(crate) struct Function {
    pub(crate) index: usize,
    pub(crate) name: String,
    /// The first byte of the body, behind its size: its address in DWARF.
    pub(crate) start: u64,
    pub(crate) size: u64,
    pub(crate) operators: Vec<Operator>,
}

pub(crate) struct Operator {
    pub(crate) at: u64,
    pub(crate) len: u64,
    /// The instruction's name.
    pub(crate) name: String,
}

impl Code {
    pub(crate) fn read(module: &[u8]) -> Self {
        let mut code = Self { count_bytes: 0, offset: 0, functions: Vec::new() };
        let (mut base, mut imports, mut names) = (0, 0, Vec::new());
        for payload in Parser::new(0).parse_all(module) {
            match payload.unwrap() {
                Payload::ImportSection(section) => {
                    imports = section
                        .into_imports()
                        .filter(|i| matches!(i.as_ref().unwrap().ty, wasmparser::TypeRef::Func(_)))
                        .count();
                }
                Payload::CodeSectionStart { count, unchecked_range, .. } => {
                    base = unchecked_range.start;
                    code.offset = base;
                    code.count_bytes = leb_len(u64::from(count));
                }
                Payload::CodeSectionEntry(body) => {
                    let range = body.range();
                    let mut operators: Vec<Operator> = Vec::new();
                    let mut reader = body.get_operators_reader().unwrap();
                    while !reader.eof() {
                        let (op, at) = reader.read_with_offset().unwrap();
                        let text = format!("{op:?}");
                        let name = text.split([' ', '{']).next().unwrap().to_owned();
                        let len = reader.original_position() - at;
                        operators.push(Operator { at: at - base, len, name });
                    }
                    let size = range.end - range.start;
                    code.functions.push(Function {
                        index: code.functions.len(),
                        name: String::new(),
                        start: range.start - base,
                        size,
                        operators,
                    });
                }
                Payload::CustomSection(section) => {
                    if let wasmparser::KnownCustom::Name(section) = section.as_known() {
                        for part in section {
                            if let Name::Function(map) = part.unwrap() {
                                names = map
                                    .into_iter()
                                    .map(|n| {
                                        n.map(|n| (n.index as usize, n.name.to_owned())).unwrap()
                                    })
                                    .collect();
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        for (index, name) in names {
            if let Some(at) = index.checked_sub(imports) {
                code.functions[at].name = name;
            }
        }
        code
    }
}

fn leb_len(value: u64) -> u64 {
    (1..).find(|bytes| value >> (7 * bytes) == 0).unwrap()
}

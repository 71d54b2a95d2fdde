//! What a module is made of, in bytes. Of whatever tool.

use std::collections::BTreeMap;

use crate::check;
use crate::ids::FuncIdx;
use crate::read::{id, names::Names};
use wasmparser::{BinaryReader, BinaryReaderError, ExternalKind, Parser, Payload, TypeRef};

/// What bytes are there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Code,
    Added,
    Data,
    Names,
    Debug,
    SiteTable,
    Custom,
    Declarations,
}

/// What unpoison adds functions for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    Reports,
    Sites,
    Guards,
    Tables,
    Unwinding,
    Threads,
    Moved,
}

impl Cause {
    pub(super) fn about(self) -> &'static str {
        match self {
            Self::Reports => "writing reports: the runtime stubs",
            Self::Sites => "leaving the module at a site",
            Self::Guards => "the guards' common part: sealing, and refusing calls",
            Self::Tables => "calls through tables that the host reaches",
            Self::Unwinding => "panics and aborts where the module unwinds",
            Self::Threads => "threads that wait",
            Self::Moved => "what is left where functions were moved",
        }
    }

    /// Of one of the functions that [`check::is_added`] knows.
    fn of(symbol: &str) -> Self {
        const STEMS: [(&str, Cause); 11] = [
            ("rt_", Cause::Reports),
            ("fail", Cause::Sites),
            ("indirect_", Cause::Tables),
            ("enter_slot", Cause::Tables),
            ("panic_at_boundary", Cause::Unwinding),
            ("end_payload_drop", Cause::Unwinding),
            ("tell_thrown", Cause::Unwinding),
            ("rethrow_abort", Cause::Unwinding),
            ("wait", Cause::Threads),
            ("gone_", Cause::Moved),
            ("cleanup_", Cause::Unwinding),
        ];
        let Some(rest) = symbol.strip_prefix("__unpoison_") else { return Self::Reports };
        let known = STEMS.iter().find(|(stem, _)| rest.starts_with(stem));
        match known {
            Some((_, cause)) => *cause,
            None if rest == "in_cleanup" => Self::Unwinding,
            None => Self::Guards,
        }
    }
}

/// A function with a body.
#[derive(Debug)]
pub(super) struct Function<'a> {
    /// The bytes of its body.
    pub bytes: u64,
    pub symbol: Option<&'a str>,
}

/// A module, taken apart.
#[derive(Debug, Default)]
pub(super) struct Anatomy<'a> {
    /// Bytes by what they are there for; together those of the file.
    pub parts: BTreeMap<Part, u64>,
    /// Bytes of the custom sections that are no other part, by name.
    pub custom: BTreeMap<&'a str, u64>,
    /// What unpoison's functions are there for: how many, and their bytes.
    pub added: BTreeMap<Cause, (usize, u64)>,
    pub functions: Vec<Function<'a>>,
    /// Functions of the host's: module and name.
    pub imports: Vec<(&'a str, &'a str)>,
    /// Memories and tables that the host holds, too, with what they are.
    pub shared_with_host: Vec<(ExternalKind, &'a str)>,
    pub has_start: bool,
}

impl<'a> Anatomy<'a> {
    /// Takes a module apart.
    ///
    /// # Errors
    /// Where it is malformed.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, BinaryReaderError> {
        let mut anatomy = Self::default();
        let (mut bodies, mut names, mut imported) = (Vec::new(), None, 0);
        // A section is what lies between the ends of two.
        let mut end = 0;
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            if let Some((id, range)) = payload.as_section()
                && !matches!(payload, Payload::CodeSectionEntry(_))
            {
                let whole = range.end.saturating_sub(end);
                end = range.end;
                anatomy.count(id, &payload, whole);
            }
            match payload {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        let kind = match import.ty {
                            TypeRef::Func(_) | TypeRef::FuncExact(_) => {
                                imported += 1;
                                anatomy.imports.push((import.module, import.name));
                                continue;
                            }
                            TypeRef::Memory(_) => ExternalKind::Memory,
                            TypeRef::Table(_) => ExternalKind::Table,
                            _ => continue,
                        };
                        anatomy.shared_with_host.push((kind, import.name));
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        if matches!(export.kind, ExternalKind::Memory | ExternalKind::Table) {
                            anatomy.shared_with_host.push((export.kind, export.name));
                        }
                    }
                }
                Payload::StartSection { .. } => anatomy.has_start = true,
                Payload::CodeSectionEntry(body) => {
                    bodies.push(body.range().end - body.range().start);
                }
                Payload::CustomSection(section) if section.name() == "name" => {
                    names = Names::read(BinaryReader::new(section.data(), 0)).ok();
                }
                _ => {}
            }
        }
        // A file without a section has its head.
        if end == 0 {
            anatomy.parts.insert(Part::Declarations, bytes.len() as u64);
        }
        // Names that cannot be read are as good as none.
        let names = names.unwrap_or_default();
        for (index, bytes) in (imported..).map(FuncIdx).zip(bodies) {
            let symbol = names.function(index);
            if let Some(symbol) = symbol.filter(|symbol| check::is_added(symbol)) {
                anatomy.shift(Part::Code, Part::Added, bytes);
                let (count, all) = anatomy.added.entry(Cause::of(symbol)).or_default();
                *count += 1;
                *all += bytes;
            }
            anatomy.functions.push(Function { bytes, symbol });
        }
        Ok(anatomy)
    }

    /// Counts a section's bytes, those of its head among them; the file's head goes with the
    /// first.
    fn count(&mut self, id: u8, payload: &Payload<'a>, bytes: u64) {
        let part = match (id, payload) {
            (id::CODE, _) => Part::Code,
            (id::DATA, _) => Part::Data,
            (_, Payload::CustomSection(section)) => match section.name() {
                "name" => Part::Names,
                "unpoison" => Part::SiteTable,
                name if name.starts_with(".debug_") => Part::Debug,
                name => {
                    *self.custom.entry(name).or_default() += bytes;
                    Part::Custom
                }
            },
            _ => Part::Declarations,
        };
        *self.parts.entry(part).or_default() += bytes;
    }

    fn shift(&mut self, from: Part, to: Part, bytes: u64) {
        if let Some(from) = self.parts.get_mut(&from) {
            *from = from.saturating_sub(bytes);
        }
        *self.parts.entry(to).or_default() += bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODULE: &str = r#"(module
        (import "env" "log" (func (param i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "hello")
        (func $app::work (export "work") (call 0 (i32.const 7)))
        (func $__unpoison_fail_abort unreachable)
        (func $__unpoison_seal_trapped nop)
        (@custom "unpoison" "{}")
        (@custom ".debug_line" "xyz")
        (@custom "producers" "abc"))"#;

    #[test]
    fn every_byte_is_of_one_part() {
        let bytes = wat::parse_str(MODULE).unwrap();
        let anatomy = Anatomy::read(&bytes).unwrap();
        assert_eq!(anatomy.parts.values().sum::<u64>(), bytes.len() as u64);
        let all = [
            Part::Code,
            Part::Added,
            Part::Data,
            Part::Names,
            Part::Debug,
            Part::SiteTable,
            Part::Custom,
            Part::Declarations,
        ];
        assert!(all.iter().all(|part| anatomy.parts[part] > 0), "{:?}", anatomy.parts);
        assert_eq!(anatomy.custom.keys().collect::<Vec<_>>(), [&"producers"]);
        assert_eq!(anatomy.imports, [("env", "log")]);
        assert_eq!(anatomy.shared_with_host, [(ExternalKind::Memory, "memory")]);
        assert_eq!(anatomy.functions[0].symbol, Some("app::work"));
        let causes: Vec<_> = anatomy.added.keys().copied().collect();
        assert_eq!(causes, [Cause::Sites, Cause::Guards]);
    }

    #[test]
    fn an_empty_module_is_one() {
        let anatomy = Anatomy::read(b"\0asm\x01\0\0\0").unwrap();
        assert!(anatomy.functions.is_empty());
        assert_eq!(anatomy.parts[&Part::Declarations], 8);
    }
}

//! Carries a plan out: bytes in, bytes out. Nothing is decided here.

pub(crate) mod bodies;
pub(crate) mod code;
pub(crate) mod custom;
pub mod dwarf;
pub(crate) mod name;
pub(crate) mod sections;

use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::plan::location::debug_sections;
use crate::read::{Module, Section, id};
use crate::strip::Stripper;
use dwarf::AddressMap;
use std::borrow::Cow;

/// The magic number and version of a core module.
const HEADER: &[u8] = b"\0asm\x01\0\0\0";

/// The order of the sections (<https://webassembly.github.io/spec/core/binary/modules.html#binary-module>).
const ORDER: [u8; 13] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

/// Writes the changed module.
///
/// # Errors
/// [`Error::Module`] if a section is not as it was read, or its DWARF is malformed.
pub fn patch(
    module: &Module<'_>,
    plan: &Plan,
    meta: &[u8],
    strip: &Stripper<'_>,
) -> Result<Vec<u8>> {
    let code = code::patch(module, plan)?;
    let mut debug: dwarf::Sections<'_> = debug_sections(module)
        .filter(|(name, _)| !strip.removes(name))
        .map(|(name, content)| (name, Cow::Borrowed(content)))
        .collect();
    follow(&mut debug, &code.addresses)?;

    let mut out = Vec::with_capacity(
        module.sections.iter().map(|s| s.whole.len()).sum::<usize>() + meta.len() + (8 << 10),
    );
    out.extend_from_slice(HEADER);
    let mut missing = vec![id::TYPE, id::FUNCTION, id::TAG, id::GLOBAL, id::EXPORT];
    for section in &module.sections {
        if section.id == id::CUSTOM {
            if section.name.starts_with("reloc.") || section.name == "linking" {
                return Err(Error::Module("it still has relocations".into()));
            }
            if strip.removes(section.name) {
                continue;
            }
            match section.name {
                "name" => write_custom(&mut out, "name", &name::patch(module, plan, section)?),
                "target_features" => {
                    write_custom(&mut out, "target_features", &custom::features(section.content)?);
                }
                name => match debug.get(name) {
                    Some(Cow::Owned(content)) => write_custom(&mut out, name, content),
                    _ => out.extend_from_slice(section.whole),
                },
            }
            continue;
        }
        // Sections that the module did not have stand before those that follow them.
        while let Some(&id) = missing.first()
            && rank(id) < rank(section.id)
        {
            missing.remove(0);
            write_section(&mut out, id, &sections::patch(module, plan, id, &[])?);
        }
        missing.retain(|id| *id != section.id);
        match section.id {
            id::CODE => write_section(&mut out, id::CODE, &code.content),
            id::TYPE | id::FUNCTION | id::TAG | id::GLOBAL | id::EXPORT | id::START => {
                let content = sections::patch(module, plan, section.id, section.content)?;
                write_section(&mut out, section.id, &content);
            }
            id::ELEMENT => out.extend(elements(plan, section)?.as_ref()),
            _ => out.extend_from_slice(section.whole),
        }
    }
    write_custom(&mut out, "unpoison", meta);
    Ok(out)
}

fn elements<'a>(plan: &Plan, section: &Section<'a>) -> Result<Cow<'a, [u8]>> {
    Ok(match sections::elements(plan, section.content)? {
        Some(content) => {
            let mut out = Vec::new();
            write_section(&mut out, id::ELEMENT, &content);
            out.into()
        }
        None => section.whole.into(),
    })
}

/// Lets debug information follow the code.
fn follow(debug: &mut dwarf::Sections<'_>, addresses: &AddressMap) -> Result<()> {
    if debug.is_empty() || addresses.is_identity() {
        return Ok(());
    }
    dwarf::patch(debug, addresses)
        .map_err(|e| Error::Module(format!("its debug information is malformed: {e}")))
}

fn rank(id: u8) -> usize {
    ORDER.iter().position(|known| *known == id).unwrap_or(ORDER.len())
}

fn write_section(out: &mut Vec<u8>, id: u8, content: &[u8]) {
    out.push(id);
    write_leb(out, content.len() as u32);
    out.extend_from_slice(content);
}

fn write_custom(out: &mut Vec<u8>, name: &str, content: &[u8]) {
    let mut head = Vec::new();
    write_string(&mut head, name);
    out.push(id::CUSTOM);
    write_leb(out, (head.len() + content.len()) as u32);
    out.extend(head);
    out.extend_from_slice(content);
}

pub(crate) fn write_leb(out: &mut Vec<u8>, value: u32) {
    crate::plan::edits::write_unsigned(out, value, crate::read::leb_len(value));
}

pub(crate) fn write_string(out: &mut Vec<u8>, text: &str) {
    write_leb(out, text.len() as u32);
    out.extend_from_slice(text.as_bytes());
}

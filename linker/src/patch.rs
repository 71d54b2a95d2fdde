//! Carries a plan out: bytes in, bytes out. Nothing is decided here.

pub(crate) mod bodies;
pub(crate) mod branch_hints;
pub(crate) mod build_id;
pub(crate) mod code;
pub(crate) mod custom;
pub(crate) mod dwarf;
pub(crate) mod name;
pub(crate) mod sections;

use crate::error::{Error, Result};
use crate::parallel;
use crate::plan::Plan;
use crate::plan::location::debug_sections;
use crate::read::{Module, Section, id};
use crate::strip::Stripper;
pub(crate) use crate::wasm::leb::{write as write_leb, write_name as write_string};
use crate::wasm::section::{HEADER, rank, write as write_section, write_custom};
use dwarf::AddressMap;
use std::borrow::Cow;

/// How much longer a module gets, as a rule.
const ROOM: usize = 64 << 10;

/// Writes the changed module, but for what it says of itself.
///
/// # Errors
/// [`Error::Module`] if a section is not as it was read, [`Error::DebugInfo`] if its DWARF
/// is not understood.
pub(crate) fn patch(module: &Module<'_>, plan: &Plan, strip: &Stripper<'_>) -> Result<Vec<u8>> {
    let is_kept = |section: &&Section<'_>| section.name == "name" && !strip.removes(section.name);
    let bytes: usize = module.sections.iter().map(|section| section.whole.len()).sum();
    let (names, code) = parallel::both(
        bytes,
        || module.sections.iter().find(is_kept).map(|names| name::patch(module, plan, names)),
        || -> Result<_> {
            let code = code::patch(module, plan)?;
            let mut debug: dwarf::Sections<'_> = debug_sections(module)
                .filter(|(name, _)| !strip.removes(name))
                .map(|(name, content)| (name, Cow::Borrowed(content)))
                .collect();
            follow(&mut debug, &code.addresses)?;
            Ok((code, debug))
        },
    );
    let (code, debug) = code?;
    let mut names = names.transpose()?;

    let mut out = Vec::with_capacity(bytes + ROOM);
    out.extend_from_slice(HEADER);
    let mut missing = vec![id::TYPE, id::FUNCTION];
    missing.extend(plan.runtime.tags.map(|_| id::TAG));
    missing.extend([id::GLOBAL, id::EXPORT]);
    missing.extend((!plan.declared.is_empty()).then_some(id::ELEMENT));
    for section in &module.sections {
        if section.id == id::CUSTOM {
            if section.name.starts_with("reloc.") || section.name == "linking" {
                return Err(Error::Module("it still has relocations".into()));
            }
            if strip.removes(section.name) || custom::is_stale(section.name) {
                // Whoever strips a module tells wasm-opt by hand which features it has, and
                // knows nothing of those that were added here.
                if section.name == "target_features" && plan.runtime.tags.is_some() {
                    write_custom(&mut out, section.name, &custom::features(&[0])?);
                }
                continue;
            }
            match section.name {
                "name" => {
                    // rust-lld writes one.
                    if let Some(names) = names.take() {
                        write_custom(&mut out, "name", &names);
                    }
                }
                "target_features" if plan.runtime.tags.is_some() => {
                    write_custom(&mut out, "target_features", &custom::features(section.content)?);
                }
                branch_hints::NAME => {
                    if let Some(content) = branch_hints::patch(module, plan, section.content)? {
                        write_custom(&mut out, branch_hints::NAME, &content);
                    }
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
            let content = match id {
                id::ELEMENT => sections::elements(plan, &[])?.unwrap_or_else(|| vec![0]),
                _ => sections::patch(module, plan, id, &[])?,
            };
            write_section(&mut out, id, &content);
        }
        missing.retain(|id| *id != section.id);
        match section.id {
            id::CODE => write_section(&mut out, id::CODE, &code.content),
            id::TYPE | id::FUNCTION | id::TAG | id::GLOBAL | id::EXPORT | id::START => {
                let content = sections::patch(module, plan, section.id, section.content)?;
                write_section(&mut out, section.id, &content);
            }
            id::ELEMENT | id::TABLE => {
                let changed = match section.id {
                    id::ELEMENT => sections::elements(plan, section.content)?,
                    _ => sections::tables(module, plan, section.content)?,
                };
                match changed {
                    Some(content) => write_section(&mut out, section.id, &content),
                    None => out.extend_from_slice(section.whole),
                }
            }
            _ => out.extend_from_slice(section.whole),
        }
    }
    Ok(out)
}

/// Lets debug information follow the code.
fn follow(debug: &mut dwarf::Sections<'_>, addresses: &AddressMap) -> Result<()> {
    if debug.is_empty() || addresses.is_identity() {
        return Ok(());
    }
    Ok(dwarf::patch(debug, addresses)?)
}

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
use crate::read::dwarf::Refused;
use crate::read::{Module, Section, id};
use crate::strip::Stripper;
pub(crate) use crate::wasm::leb::{write as write_leb, write_name as write_string};
use crate::wasm::output::Output;
use crate::wasm::section::{HEADER, rank, write as write_section, write_custom, write_custom_head};
use dwarf::AddressMap;
use std::borrow::Cow;
use std::mem::take;

/// Writes the changed module, but for what it says of itself. `refused` is why its debug
/// information is not read.
///
/// # Errors
/// [`Error::Module`] if a section is not as it was read, [`Error::DebugInfo`] if its DWARF
/// is not understood.
pub(crate) fn patch<'a>(
    module: &Module<'a>,
    plan: &Plan,
    strip: &Stripper<'_>,
    refused: Option<&Refused>,
) -> Result<Output<'a>> {
    let is_kept = |section: &&Section<'_>| section.name == "name" && !strip.removes(section.name);
    let bytes: usize = module.sections.iter().map(|section| section.whole.len()).sum();
    let (names, code) = parallel::both(
        bytes,
        || module.sections.iter().find(is_kept).map(|names| name::patch(module, plan, names)),
        || -> Result<_> {
            let code = code::patch(module, plan)?;
            let mut debug: dwarf::Sections<'a> = dwarf::Sections::new();
            for (name, content) in debug_sections(module).filter(|(name, _)| !strip.removes(name)) {
                if debug.insert(name, Cow::Borrowed(content)).is_some() {
                    return Err(Error::Module(format!("it has two sections `{name}`")));
                }
            }
            follow(&mut debug, &code.addresses, refused)?;
            Ok((code, debug))
        },
    );
    let (code, mut debug) = code?;
    let mut names = names.transpose()?;

    let mut code = Some(code.content);
    let mut out = Output::from(HEADER.to_vec());
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
                    write_custom(out.new_bytes(), section.name, &custom::features(&[0])?);
                }
                continue;
            }
            match section.name {
                "name" => {
                    // rust-lld writes one.
                    if let Some(names) = names.take() {
                        put_custom(&mut out, "name", names);
                    }
                }
                "target_features" if plan.runtime.tags.is_some() => {
                    write_custom(
                        out.new_bytes(),
                        "target_features",
                        &custom::features(section.content)?,
                    );
                }
                branch_hints::NAME => {
                    if let Some(content) = branch_hints::patch(module, plan, section.content)? {
                        write_custom(out.new_bytes(), branch_hints::NAME, &content);
                    }
                }
                name => match debug.get_mut(name) {
                    Some(Cow::Owned(content)) => put_custom(&mut out, name, take(content)),
                    _ => out.put(section.whole),
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
            write_section(out.new_bytes(), id, &content);
        }
        missing.retain(|id| *id != section.id);
        match section.id {
            id::CODE => {
                if let Some(code) = code.take() {
                    out.new_bytes().push(id::CODE);
                    write_leb(out.new_bytes(), code.len() as u32);
                    out.append(code);
                }
            }
            id::TYPE | id::FUNCTION | id::TAG | id::GLOBAL | id::EXPORT | id::START => {
                let content = sections::patch(module, plan, section.id, section.content)?;
                write_section(out.new_bytes(), section.id, &content);
            }
            id::ELEMENT | id::TABLE => {
                let changed = match section.id {
                    id::ELEMENT => sections::elements(plan, section.content)?,
                    _ => sections::tables(module, plan, section.content)?,
                };
                match changed {
                    Some(content) => write_section(out.new_bytes(), section.id, &content),
                    None => out.put(section.whole),
                }
            }
            _ => out.put(section.whole),
        }
    }
    if u32::try_from(out.len()).is_err() {
        return Err(Error::Unsupported("the module would be larger than 4 GiB".into()));
    }
    Ok(out)
}

/// A custom section whose content is not copied.
fn put_custom(out: &mut Output<'_>, name: &str, content: Vec<u8>) {
    write_custom_head(out.new_bytes(), name, content.len());
    out.put(content);
}

/// Lets debug information follow the code.
fn follow(
    debug: &mut dwarf::Sections<'_>,
    addresses: &AddressMap,
    refused: Option<&Refused>,
) -> Result<()> {
    if debug.is_empty() || addresses.is_identity() {
        return Ok(());
    }
    if let Some(Refused::Excess(what)) = refused {
        return Err(dwarf::DwarfError::Excess(what).into());
    }
    Ok(dwarf::patch(debug, addresses)?)
}

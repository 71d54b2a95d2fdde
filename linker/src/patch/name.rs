//! The `name` section: what the module gains gets a name, and a function that moved
//! takes its name along, so that a stack trace reads as before.

use crate::error::{Error, Result};
use crate::ids::FuncIdx;
use crate::plan::{Body, Plan};
use crate::read::{Module, Section};
use crate::wasm::leb::{write as write_leb, write_name as write_string};
use std::collections::BTreeSet;
use wasmparser::BinaryReader;

/// Subsections, see <https://webassembly.github.io/spec/core/appendix/custom.html#name-section>
/// and for globals the extended-name-section proposal.
const FUNCTIONS: u8 = 1;
const GLOBALS: u8 = 7;

/// The new content of the section.
pub(crate) fn patch(module: &Module<'_>, plan: &Plan, section: &Section<'_>) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(section.content.len() + 64 * plan.added.len());
    let mut reader = BinaryReader::new(section.content, 0);
    let (mut globals, mut functions_written) = (false, false);
    while !reader.eof() {
        let id = reader.read_u8()?;
        let size = reader.read_var_u32()? as usize;
        let content = reader.read_bytes(size)?;
        if id > GLOBALS && !globals {
            globals = true;
            write_globals(&mut out, plan, &[])?;
        }
        match id {
            // All of them, in the place of the first such subsection.
            FUNCTIONS if functions_written => {}
            FUNCTIONS => {
                functions_written = true;
                write_subsection(&mut out, id, &functions(module, plan));
            }
            GLOBALS => {
                globals = true;
                write_globals(&mut out, plan, content)?;
            }
            _ => write_subsection(&mut out, id, content),
        }
    }
    if !globals {
        write_globals(&mut out, plan, &[])?;
    }
    Ok(out)
}

fn functions(module: &Module<'_>, plan: &Plan) -> Vec<u8> {
    let mut out = Vec::new();
    let guarded = guarded_in_slots(plan);
    // What is gone has no name.
    let here = || module.names.functions().filter(|(f, _)| !plan.unused.contains(f));
    let old = here().count();
    let named = plan.added.iter().filter(|added| !added.name.is_empty()).count();
    write_leb(&mut out, (old + named) as u32);
    for (function, name) in here() {
        write_leb(&mut out, function.0);
        if plan.moved.contains_key(&function) {
            write_string(&mut out, &format!("__unpoison_gone_{}", function.0));
        } else if guarded.contains(&function) {
            // wasm-bindgen names the exports that it makes of slots after what is in them,
            // and tells functions of one name apart: the name is the guard's.
            write_string(&mut out, &format!("{name}.guarded"));
        } else {
            write_string(&mut out, name);
        }
    }
    for (at, added) in (plan.first_added.0..).zip(&plan.added) {
        if added.name.is_empty() {
            continue;
        }
        write_leb(&mut out, at);
        write_string(&mut out, &added.name);
    }
    out
}

/// The functions in whose slots a guard is.
fn guarded_in_slots(plan: &Plan) -> BTreeSet<FuncIdx> {
    let targets = plan.added.iter().filter_map(|added| match added.what {
        Body::GuardExport { target, .. } | Body::GuardSlot { target, .. } => Some(target),
        _ => None,
    });
    targets.filter(|target| plan.references.contains_key(target)).collect()
}

fn write_globals(out: &mut Vec<u8>, plan: &Plan, old: &[u8]) -> Result<()> {
    let added = plan.new_globals();
    let mut reader = BinaryReader::new(old, 0);
    let count = if old.is_empty() { 0 } else { reader.read_var_u32()? };
    let mut content = Vec::new();
    write_leb(&mut content, count + added.len() as u32);
    let position = reader.original_position() as usize;
    content.extend_from_slice(
        old.get(position..).ok_or_else(|| Error::Bug("a name map ends in its count".into()))?,
    );
    for (global, name) in added {
        write_leb(&mut content, global.0);
        write_string(&mut content, name);
    }
    write_subsection(out, GLOBALS, &content);
    Ok(())
}

fn write_subsection(out: &mut Vec<u8>, id: u8, content: &[u8]) {
    out.push(id);
    write_leb(out, content.len() as u32);
    out.extend_from_slice(content);
}

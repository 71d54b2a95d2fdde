//! A check of what goes out: nobody reaches the code that a copied function has left behind.
//!
//! It is unprotected, and does the same in every other respect: no run of a module shows it,
//! unless it fails just there.

use super::Plan;
use crate::error::{Error, Result};
use crate::ids::FuncIdx;
use crate::read::Module;
use crate::read::boundary::Boundary;
use crate::read::flow::Flow;
use wasmparser::ExternalKind;

/// Looks for a call, an export or a reference of a function that was copied.
///
/// # Errors
/// [`Error::Bug`] if there is one, and as in [`Module::read`].
pub(crate) fn check(output: &[u8], plan: &Plan, boundary: &Boundary) -> Result<()> {
    if plan.moved.is_empty() {
        return Ok(());
    }
    let module = Module::read(output)?;
    let flow = Flow::read(&module)?;
    // Nobody runs these: what was left behind itself, and what wasm-bindgen takes away.
    let is_dead = |f: &FuncIdx| plan.moved.contains_key(f) || boundary.is_descriptor(*f);
    let alive = |(user, at, named)| (!is_dead(&user)).then_some((named, format!("at {at:?}")));
    let by_code = flow.calls().chain(flow.references()).filter_map(alive);
    let exports = module.exports.iter().filter(|export| export.kind == ExternalKind::Func);
    let by_export = exports.map(|export| (FuncIdx(export.index), format!("as {}", export.name)));
    // What the code left behind names must be declared, in a segment that is in no table.
    let in_tables = module.in_tables.iter().filter(|named| !plan.declared.contains(named));
    let by_table = in_tables.map(|named| (*named, "in a table".to_owned()));
    let by_start = module.start.iter().map(|start| (*start, "as the start function".to_owned()));
    for (named, place) in by_code.chain(by_export).chain(by_table).chain(by_start) {
        if plan.moved.contains_key(&named) && !boundary.is_descriptor(named) {
            return Err(Error::Bug(format!(
                "function {} was copied, and is still named {place}",
                named.0
            )));
        }
    }
    Ok(())
}

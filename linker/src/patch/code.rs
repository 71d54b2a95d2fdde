//! The code section: old bodies in their old places, new ones behind them.

use super::bodies;
use super::dwarf::{AddressMap, Piece};
use crate::error::{Error, Result};
use crate::ids::FuncIdx;
use crate::plan::body_patch::BodyPatch;
use crate::plan::{self, Plan};
use crate::read::{Body, Module, id};
use crate::wasm::leb::{self, unsigned_len, write_unsigned};

/// A patched code section.
pub(crate) struct Code {
    /// Its content, from the function count on.
    pub(crate) content: Vec<u8>,
    /// Where code went.
    pub(crate) addresses: AddressMap,
}

/// Patches the code section.
pub(crate) fn patch(module: &Module<'_>, plan: &Plan) -> Result<Code> {
    let old = module
        .sections
        .iter()
        .find(|section| section.id == id::CODE)
        .ok_or_else(|| Error::Module("it has no code".into()))?
        .content;
    let old_count = old.iter().position(|byte| byte & 0x80 == 0).unwrap_or(0) as u32 + 1;
    // The count's length decides where everything behind it stands.
    let count = (module.bodies.len() + plan.added.len()) as u32;
    let new_count = unsigned_len(count).max(old_count);
    let mut content = Vec::with_capacity(old.len() + (4 << 10));
    write_unsigned(&mut content, count, new_count);

    let mut addresses = AddressMap { shift: new_count - old_count, pieces: Vec::new() };
    if plan.bodies_may_resize {
        for (function, body) in module.defined() {
            let bytes = match plan.patch_in_place(function) {
                Some(patch) => patch.apply(body)?,
                None => body.bytes.to_vec(),
            };
            leb::write(&mut content, bytes.len() as u32);
            content.extend(bytes);
        }
    } else {
        let kept = old.get(old_count as usize..);
        content.extend_from_slice(kept.ok_or_else(|| Error::Module("it has no code".into()))?);
        for (function, patch) in &plan.patches {
            if plan.moved.contains_key(function) {
                continue;
            }
            let body = body_of(module, *function)?;
            let bytes = patch.apply(body)?;
            let new_start = body.start.0 + addresses.shift;
            let start = new_start as usize;
            match content.get_mut(start..start + body.bytes.len()) {
                Some(place) if place.len() == bytes.len() => place.copy_from_slice(&bytes),
                _ => return Err(Error::Bug("a patched function does not fit its place".into())),
            }
            add_runs(&mut addresses, patch, body, new_start);
        }
    }
    for added in &plan.added {
        let bytes = bodies::encode(module, plan, added)?;
        leb::write(&mut content, bytes.len() as u32);
        if let plan::Body::Moved(of) = &added.what
            && let Some(patch) = plan.patches.get(of)
        {
            add_runs(&mut addresses, patch, body_of(module, *of)?, content.len() as u32);
        }
        content.extend(bytes);
    }
    addresses.pieces.sort_by_key(|piece| piece.old.start);
    Ok(Code { content, addresses })
}

fn body_of<'m, 'a>(module: &'m Module<'a>, function: FuncIdx) -> Result<&'m Body<'a>> {
    module.body(function).ok_or_else(|| Error::Bug("a patched function has no body".into()))
}

/// Adds where the bytes of a body went. Bytes that stayed where the rest of the code is
/// are in no piece.
fn add_runs(addresses: &mut AddressMap, patch: &BodyPatch, body: &Body<'_>, new_start: u32) {
    let shift = addresses.shift;
    let moved = patch.runs(body, new_start).into_iter();
    let moved = moved.filter(|run| run.new_start != run.old.start + shift);
    addresses.pieces.extend(moved.map(|run| Piece { old: run.old, new_start: run.new_start }));
}

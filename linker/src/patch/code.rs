//! The code section: old bodies in their old places, new ones behind them.

use super::dwarf::{AddressMap, Piece};
use super::{bodies, write_leb};
use crate::error::{Error, Result};
use crate::plan::edits::{Edit, write_unsigned};
use crate::plan::{self, Plan};
use crate::read::{Body, Module, id, leb_len};

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
    let new_count = leb_len(count).max(old_count);
    let mut content = Vec::with_capacity(old.len() + (4 << 10));
    write_unsigned(&mut content, count, new_count);

    let mut addresses = AddressMap { shift: new_count - old_count, pieces: Vec::new() };
    if plan.free_layout {
        for (function, body) in module.defined() {
            let edits = plan.edits_in_place(function);
            let bytes = edited(body, edits);
            write_leb(&mut content, bytes.len() as u32);
            content.extend(bytes);
        }
    } else {
        let kept = old.get(old_count as usize..);
        content.extend_from_slice(kept.ok_or_else(|| Error::Module("it has no code".into()))?);
        for (&function, edits) in &plan.edits {
            let Some(body) = module.body(function) else {
                continue;
            };
            if plan.moved.contains_key(&function) {
                continue;
            }
            let bytes = edited(body, edits);
            let start = (body.start.0 + addresses.shift) as usize;
            let place = content.get_mut(start..start + body.bytes.len());
            match place {
                Some(place) if place.len() == bytes.len() => place.copy_from_slice(&bytes),
                _ => {
                    return Err(Error::Module("an edited function does not fit its place".into()));
                }
            }
            pieces(body, edits, body.start.0 + addresses.shift, &mut addresses);
        }
    }
    for added in &plan.added {
        let bytes = bodies::encode(module, plan, added)?;
        write_leb(&mut content, bytes.len() as u32);
        if let plan::Body::Moved(of) = &added.what
            && let Some(body) = module.body(*of)
            && let Some(edits) = plan.edits.get(of)
        {
            pieces(body, edits, content.len() as u32, &mut addresses);
        }
        content.extend(bytes);
    }
    addresses.pieces.sort_by_key(|piece| piece.old.start);
    Ok(Code { content, addresses })
}

/// A body with its edits.
pub(crate) fn edited(body: &Body<'_>, edits: &[Edit]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.bytes.len() + 16);
    let mut from = 0;
    for edit in edits {
        let at = (edit.at.0 - body.start.0) as usize;
        out.extend_from_slice(body.bytes.get(from..at).unwrap_or_default());
        out.extend_from_slice(&edit.bytes);
        from = at + edit.len as usize;
    }
    out.extend_from_slice(body.bytes.get(from..).unwrap_or_default());
    out
}

/// Where the bytes of a body went that now starts at `new_start`. Bytes that stayed
/// where the rest of the code is are in no piece.
fn pieces(body: &Body<'_>, edits: &[Edit], new_start: u32, addresses: &mut AddressMap) {
    let mut old = body.start.0;
    let mut new = new_start;
    let end = body.start.0 + body.bytes.len() as u32;
    let mut add = |old: std::ops::Range<u32>, new: u32| {
        if !old.is_empty() && new != old.start + addresses.shift {
            addresses.pieces.push(Piece { old, new_start: new });
        }
    };
    for edit in edits {
        let kept = edit.at.0 - old;
        add(old..edit.at.0, new);
        new += kept;
        let both = edit.len.min(edit.bytes.len() as u32);
        add(edit.at.0..edit.at.0 + both, new);
        new += edit.bytes.len() as u32;
        // Bytes that are gone are where what follows them is.
        for gone in edit.at.0 + both..edit.at.0 + edit.len {
            add(gone..gone + 1, new);
        }
        old = edit.at.0 + edit.len;
    }
    add(old..end, new);
}

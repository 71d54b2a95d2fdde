//! The code section: old bodies in their old places, up to the first that shrinks, and new
//! ones behind them.

use super::bodies;
use super::dwarf::{AddressMap, Piece};
use crate::error::{Error, Result};
use crate::ids::FuncIdx;
use crate::plan::body_patch::{BodyPatch, Run};
use crate::plan::{self, Plan};
use crate::read::{Body, Module, id};
use crate::wasm::leb::{self, unsigned_len, write_unsigned};
use crate::wasm::output::Output;
use std::ops::Range;

/// The largest code section: so many bytes, and so many times the old one. A guard of a real
/// program has some hundred bytes for a function; one with a thousand parameters has kilobytes.
const MOST: usize = 16 << 20;
const GROWTH: usize = 16;

/// A patched code section.
pub(crate) struct Code<'a> {
    /// Its content, from the function count on.
    pub(crate) content: Output<'a>,
    /// Where code went.
    pub(crate) addresses: AddressMap,
}

/// Patches the code section.
pub(crate) fn patch<'a>(module: &Module<'a>, plan: &Plan) -> Result<Code<'a>> {
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
    let mut content = Output::default();
    write_unsigned(content.new_bytes(), count, new_count);

    let mut addresses = AddressMap { shift: new_count - old_count, pieces: Vec::new() };
    // Up to here every body keeps its place.
    let stay = match plan.bodies_may_resize {
        true => 0,
        false => first_resized(module, plan),
    };
    let kept = |range: Range<u32>| {
        old.get(range.start as usize..range.end as usize)
            .ok_or_else(|| Error::Module("its functions are not where its code is".into()))
    };
    let mut from = old_count;
    for (function, body) in module.defined().take(stay) {
        if let Some(patch) = plan.patch_in_place(function) {
            content.put(kept(from..body.start.0)?);
            let new_start = content.len() as u32;
            patch.apply(body, &mut content)?;
            from = body.end().0;
            if new_start != body.start.0 + addresses.shift
                || content.len() as u32 != from + addresses.shift
            {
                return Err(Error::Bug("a patched function does not fit its place".into()));
            }
            add_runs(&mut addresses, Some(patch), body, new_start);
        }
    }
    let end = stay.checked_sub(1).and_then(|last| module.bodies.get(last)).map(Body::end);
    content.put(kept(from..end.map_or(old_count, |end| end.0))?);
    for (function, body) in module.defined().skip(stay) {
        let patch = plan.patch_in_place(function);
        let growth = patch.map_or(0, BodyPatch::growth);
        leb::write(content.new_bytes(), (body.bytes.len() as i64 + growth) as u32);
        // The copy of a function that moved is where its addresses are.
        if !plan.bodies_may_resize && !plan.moved.contains_key(&function) {
            add_runs(&mut addresses, patch, body, content.len() as u32);
        }
        match patch {
            Some(patch) => patch.apply(body, &mut content)?,
            None => content.put(body.bytes),
        }
    }
    for added in &plan.added {
        if content.len() > MOST + GROWTH * old.len() {
            return Err(Error::Unsupported(
                "what this module needs added would be more than sixteen times its code; link it with --unpoison-guard=off"
                    .into(),
            ));
        }
        let body = bodies::encode(module, plan, added)?;
        leb::write(content.new_bytes(), body.len() as u32);
        if let plan::Body::Moved(of) = &added.what
            && let Some(patch) = plan.patches.get(of)
        {
            add_runs(&mut addresses, Some(patch), body_of(module, *of)?, content.len() as u32);
        }
        content.append(body);
    }
    addresses.pieces.sort_by_key(|piece| piece.old.start);
    addresses.join();
    Ok(Code { content, addresses })
}

fn body_of<'m, 'a>(module: &'m Module<'a>, function: FuncIdx) -> Result<&'m Body<'a>> {
    module.body(function).ok_or_else(|| Error::Bug("a patched function has no body".into()))
}

/// The position of the first body whose size changes where it stands.
fn first_resized(module: &Module<'_>, plan: &Plan) -> usize {
    let mut in_place = plan.patches.iter().filter(|(f, _)| !plan.moved.contains_key(f));
    let resized = in_place.find(|(_, patch)| patch.growth() != 0);
    resized.map_or(module.bodies.len(), |(f, _)| f.at() - module.imported_functions as usize)
}

/// Adds where the bytes of a body went. Bytes that stayed where the rest of the code is
/// are in no piece.
fn add_runs(
    addresses: &mut AddressMap,
    patch: Option<&BodyPatch>,
    body: &Body<'_>,
    new_start: u32,
) {
    let shift = addresses.shift;
    let moved = match patch {
        Some(patch) => patch.runs(body, new_start),
        None => vec![Run { old: body.start.0..body.end().0, new_start }],
    };
    let moved = moved.into_iter();
    let moved = moved.filter(|run| run.new_start != run.old.start + shift);
    addresses.pieces.extend(moved.map(|run| Piece { old: run.old, new_start: run.new_start }));
}

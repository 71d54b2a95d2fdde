//! Landing pads that must let a thrown abort pass (`--unpoison-abort=throw` in a module
//! whose panics unwind).
//!
//! Cleanup pads are `catch_all`: they would run destructors for it. So each pad first
//! asks whether an abort is on its way, and throws it again if one is. What a handler
//! does after that does not matter, however `try`s are nested: nobody but the boundary
//! sees the exception end. `delegate` has no code of its own.

use crate::error::{Error, Result};
use crate::ids::CodeOffset;
use crate::read::{Body, flow};
use wasmparser::{Catch, Operator};

/// Where the code of each pad begins: behind `catch_all`, or behind the `end` of the
/// block that a clause of a `try_table` leads to.
///
/// # Errors
/// [`Error::Module`] for malformed code, [`Error::Unsupported`] for a clause that leads
/// to no block.
pub(crate) fn of(body: &Body<'_>) -> Result<Vec<CodeOffset>> {
    /// An open construct.
    #[derive(Default)]
    struct Open {
        is_loop: bool,
        /// A clause leads to its end.
        handles: bool,
    }
    let mut pads = Vec::new();
    // The function itself is the outermost one.
    let mut open = vec![Open::default()];
    let mut reader = flow::operators(body)?;
    while !reader.eof() {
        let op = reader.read()?;
        let end = CodeOffset(reader.original_position() as u32);
        match op {
            Operator::Block { .. } | Operator::If { .. } | Operator::Try { .. } => {
                open.push(Open::default());
            }
            Operator::Loop { .. } => open.push(Open { is_loop: true, ..Open::default() }),
            Operator::TryTable { try_table } => {
                for catch in &try_table.catches {
                    let (Catch::All { label } | Catch::AllRef { label }) = *catch else { continue };
                    let target = open.len().checked_sub(1 + label as usize);
                    match target.filter(|at| *at > 0).and_then(|at| open.get_mut(at)) {
                        Some(target) if !target.is_loop => target.handles = true,
                        _ => {
                            return Err(Error::Unsupported(
                                "this module has a landing pad of a shape that is not known to let a thrown abort pass; use panic=unwind with --unpoison-abort=trap"
                                    .into(),
                            ));
                        }
                    }
                }
                open.push(Open::default());
            }
            Operator::CatchAll => pads.push(end),
            Operator::End | Operator::Delegate { .. } => {
                let closed = open.pop();
                pads.extend(closed.filter(|construct| construct.handles).map(|_| end));
            }
            _ => {}
        }
    }
    Ok(pads)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::tests::legacy;
    use crate::read::Module;
    use wasm_encoder::BlockType;

    /// The first byte of each pad of the only function.
    fn pads(bytes: &[u8]) -> Vec<u8> {
        let module = Module::read(bytes).unwrap();
        let (_, body) = module.defined().next().unwrap();
        let at = |pad: &CodeOffset| body.bytes[(pad.0 - body.start.0) as usize];
        of(body).unwrap().iter().map(at).collect()
    }

    /// Each pad begins with a `nop`, which is 1.
    #[test]
    fn pads_are_found_in_both_encodings_however_nested() {
        let legacy = legacy(|i| {
            i.try_(BlockType::Empty).try_(BlockType::Empty).call(0);
            i.catch_all().nop().rethrow(0).end();
            i.catch(0).drop().catch_all().nop().end();
            i.try_(BlockType::Empty).try_(BlockType::Empty).call(0).delegate(0);
            i.catch_all().nop().rethrow(0).end();
        });
        assert_eq!(pads(&legacy), [1, 1, 1]);
        let exnref = wat::parse_str(
            "(module (tag $t) (func
               (block $out (result exnref)
                 (block $all
                   (block $one
                     (try_table (catch $t $one) (catch_all $all) (call 0))
                     return)
                   return)
                 nop
                 (try_table (catch_all_ref $out) (call 0))
                 return)
               nop
               throw_ref))",
        );
        assert_eq!(pads(&exnref.unwrap()), [1, 1]);
    }

    #[test]
    fn a_clause_that_leaves_the_function_is_refused() {
        let bytes = wat::parse_str("(module (func (try_table (catch_all 0) (call 0))))").unwrap();
        let module = Module::read(&bytes).unwrap();
        let (_, body) = module.defined().next().unwrap();
        assert!(matches!(of(body), Err(Error::Unsupported(_))));
    }
}

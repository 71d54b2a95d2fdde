//! `metadata.code.branch_hint`: which way a branch will likely go
//! (<https://webassembly.github.io/spec/core/appendix/custom.html#branch-hints>).
//!
//! A hint names its branch by a function's index and an offset from the body's first
//! byte. An engine refuses nothing over a hint, so one whose branch is not found any more
//! is left out, and so is a whole section that is not understood.

use crate::error::Result;
use crate::ids::{CodeOffset, FuncIdx};
use crate::plan::Plan;
use crate::plan::body_patch::{BodyPatch, Run};
use crate::read::{Body, Module};
use crate::wasm::output::Output;
use crate::wasm::{leb, op};
use std::borrow::Cow;
use std::collections::BTreeMap;
use wasmparser::{BinaryReader, BinaryReaderError};

/// The section's name.
pub(crate) const NAME: &str = "metadata.code.branch_hint";

/// A function as it is now.
struct NewFunction<'a> {
    index: FuncIdx,
    bytes: Cow<'a, [u8]>,
    /// Where its old bytes went, counted from its first one.
    runs: Vec<Run>,
}

/// Hints by function and offset: the order of the section.
type Hints = BTreeMap<FuncIdx, BTreeMap<u32, u8>>;

/// The section of a module that a plan changes; `None` if there is nothing left to say.
///
/// # Errors
/// [`crate::error::Error::Bug`] for a plan of another module.
pub(crate) fn patch(module: &Module<'_>, plan: &Plan, content: &[u8]) -> Result<Option<Vec<u8>>> {
    follow(content, |function| {
        let Some(body) = module.body(function) else { return Ok(None) };
        let index = *plan.moved.get(&function).unwrap_or(&function);
        new_function(body, index, plan.patches.get(&function)).map(Some)
    })
}

fn new_function<'a>(
    body: &Body<'a>,
    index: FuncIdx,
    patch: Option<&BodyPatch>,
) -> Result<NewFunction<'a>> {
    let from_zero = Body { bytes: body.bytes, start: CodeOffset(0) };
    Ok(match patch {
        None => NewFunction {
            index,
            bytes: body.bytes.into(),
            runs: vec![Run { old: 0..from_zero.end().0, new_start: 0 }],
        },
        Some(patch) => {
            let mut runs = patch.runs(body, 0);
            for run in &mut runs {
                run.old = run.old.start - body.start.0..run.old.end - body.start.0;
            }
            let mut bytes = Output::default();
            patch.apply(body, &mut bytes)?;
            NewFunction { index, bytes: bytes.to_vec().into(), runs }
        }
    })
}

fn follow<'a>(
    content: &[u8],
    now: impl Fn(FuncIdx) -> Result<Option<NewFunction<'a>>>,
) -> Result<Option<Vec<u8>>> {
    let old = match read(content) {
        Ok(old) => old,
        Err(e) => {
            log::debug!("{NAME} is malformed and left out: {e}");
            return Ok(None);
        }
    };
    let mut new = Hints::new();
    for (function, hints) in old {
        let Some(function) = now(function)? else { continue };
        for (offset, hint) in hints {
            if let Some(offset) = function.branch(offset) {
                new.entry(function.index).or_default().insert(offset, hint);
            }
        }
    }
    Ok((!new.is_empty()).then(|| write(&new)))
}

impl NewFunction<'_> {
    /// Where the branch that was at an offset is, if it still is one.
    fn branch(&self, offset: u32) -> Option<u32> {
        // They are in order.
        let behind = self.runs.partition_point(|run| run.old.start <= offset);
        let run = self.runs.get(behind.checked_sub(1)?)?;
        let run = Some(run).filter(|run| run.old.contains(&offset))?;
        let new = run.new_start + (offset - run.old.start);
        matches!(self.bytes.get(new as usize), Some(&(op::IF | op::BR_IF))).then_some(new)
    }
}

fn read(content: &[u8]) -> Result<Hints, BinaryReaderError> {
    let mut reader = BinaryReader::new(content, 0);
    let mut all = Hints::new();
    for _ in 0..reader.read_var_u32()? {
        let hints = all.entry(FuncIdx(reader.read_var_u32()?)).or_default();
        for _ in 0..reader.read_var_u32()? {
            let offset = reader.read_var_u32()?;
            // Its length, which is always 1.
            reader.read_var_u32()?;
            hints.insert(offset, reader.read_u8()?);
        }
    }
    Ok(all)
}

fn write(hints: &Hints) -> Vec<u8> {
    let mut out = Vec::new();
    leb::write(&mut out, hints.len() as u32);
    for (function, hints) in hints {
        leb::write(&mut out, function.0);
        leb::write(&mut out, hints.len() as u32);
        for (offset, hint) in hints {
            leb::write(&mut out, *offset);
            leb::write(&mut out, 1);
            out.push(*hint);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::body_patch::Edit;

    /// The bodies of functions 1 and 2, somewhere in the code section. Two branches, with
    /// a call between them.
    const BODY: Body<'_> =
        Body { bytes: &[0, op::BR_IF, 0, op::CALL, 7, op::IF, 0x40], start: CodeOffset(300) };

    fn hints(functions: &[(u32, &[(u32, u8)])]) -> Vec<u8> {
        let hints = |hints: &[(u32, u8)]| hints.iter().copied().collect();
        write(&functions.iter().map(|(f, all)| (FuncIdx(*f), hints(all))).collect())
    }

    /// Function 1 went to 9, and its call grew by two bytes; 2 stayed as it was.
    fn followed(old: &[u8]) -> Option<Vec<u8>> {
        let edit = Edit { at: CodeOffset(303), len: 2, bytes: vec![op::CALL, 0x87, 0x80, 0] };
        let patch = BodyPatch::new(&BODY, String::new, vec![edit]).unwrap();
        let now = |function| match function {
            FuncIdx(1) => new_function(&BODY, FuncIdx(9), Some(&patch)).map(Some),
            FuncIdx(2) => new_function(&BODY, FuncIdx(2), None).map(Some),
            _ => Ok(None),
        };
        follow(old, now).unwrap()
    }

    #[test]
    fn a_hint_follows_its_branch() {
        let old = hints(&[(1, &[(1, 1), (5, 0)]), (2, &[(5, 1)])]);
        assert_eq!(old[..6], [2, 1, 2, 1, 1, 1], "as the specification has it");
        // By index: the function that moved now comes last.
        let new = hints(&[(2, &[(5, 1)]), (9, &[(1, 1), (7, 0)])]);
        assert_eq!(followed(&old), Some(new));
    }

    #[test]
    fn hints_without_a_branch_and_what_is_no_section_go() {
        let no_branch = [hints(&[(1, &[(3, 1)])]), hints(&[(2, &[(99, 1)])])];
        for old in no_branch.into_iter().chain([hints(&[(7, &[(1, 1)])]), hints(&[]), vec![1, 2]]) {
            assert_eq!(followed(&old), None, "{old:?}");
        }
        let whole = hints(&[(2, &[(5, 1)])]);
        assert_eq!(followed(&whole), Some(whole.clone()));
        for end in 0..whole.len() {
            assert_eq!(followed(&whole[..end]), None, "cut at {end}");
        }
    }
}

//! The edits of one function's body.
//!
//! This type owns them: that none lies over another is its invariant, and both the new
//! bytes and the map from old addresses to new ones are derived from it.

use crate::error::{Error, Result};
use crate::ids::CodeOffset;
use crate::read::Body;
use crate::wasm::output::Output;
use std::ops::Range;

/// Bytes in the place of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edit {
    /// The first byte that goes.
    pub at: CodeOffset,
    /// How many go; 0 for an insertion, which stands before what else changes there.
    pub len: u32,
    /// What comes.
    pub bytes: Vec<u8>,
}

/// Edits in the order of the code, none over another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BodyPatch {
    edits: Vec<Edit>,
}

/// Old addresses that went on together, and where the first of them is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The old addresses.
    pub old: Range<u32>,
    /// The first one's new address.
    pub new_start: u32,
}

impl BodyPatch {
    /// Takes the edits of a body, in any order. `function` names it in errors.
    ///
    /// # Errors
    /// [`Error::Bug`] if two lie over each other, or one reaches outside of the body.
    pub(crate) fn new(
        body: &Body<'_>,
        function: impl Fn() -> String,
        mut edits: Vec<Edit>,
    ) -> Result<Self> {
        edits.sort_by_key(|edit| (edit.at, edit.len));
        let mut free = body.start.0;
        let mut inserted = None;
        for edit in &edits {
            let twice = edit.len == 0 && inserted == Some(edit.at);
            if edit.at.0 < free || twice {
                return Err(Error::Bug(format!(
                    "two changes at {:#x} of `{}` lie over each other",
                    edit.at.0,
                    function()
                )));
            }
            if edit.len == 0 {
                inserted = Some(edit.at);
            }
            free = edit.at.0 + edit.len;
        }
        if free > body.end().0 {
            return Err(Error::Bug(format!("a change reaches past the end of `{}`", function())));
        }
        Ok(Self { edits })
    }

    /// The edits, in order.
    pub(crate) fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// How many bytes a body gains.
    pub(crate) fn growth(&self) -> i64 {
        self.edits.iter().map(|edit| edit.bytes.len() as i64 - i64::from(edit.len)).sum()
    }

    /// Writes the body with the edits in it.
    ///
    /// # Errors
    /// [`Error::Bug`] if this is the patch of another body.
    pub(crate) fn apply<'a>(&self, body: &Body<'a>, out: &mut Output<'a>) -> Result<()> {
        let part = |range: Range<u32>| {
            let at = |offset: u32| offset.checked_sub(body.start.0).map(|at| at as usize);
            at(range.start)
                .zip(at(range.end))
                .and_then(|(start, end)| body.bytes.get(start..end))
                .ok_or_else(|| Error::Bug("a change is in no function".into()))
        };
        let mut from = body.start.0;
        for edit in &self.edits {
            out.put(part(from..edit.at.0)?);
            out.new_bytes().extend_from_slice(&edit.bytes);
            from = edit.at.0 + edit.len;
        }
        out.put(part(from..body.end().0)?);
        Ok(())
    }

    /// Where every byte of the body went, if it now starts at `new_start`.
    pub(crate) fn runs(&self, body: &Body<'_>, new_start: u32) -> Vec<Run> {
        let mut runs = Vec::new();
        let mut add = |old: Range<u32>, new_start: u32| {
            if !old.is_empty() {
                runs.push(Run { old, new_start });
            }
        };
        let (mut old, mut new) = (body.start.0, new_start);
        for edit in &self.edits {
            add(old..edit.at.0, new);
            new += edit.at.0 - old;
            let both = edit.len.min(edit.bytes.len() as u32);
            // An instruction behind an insertion is where it is now, not where the
            // insertion is: an address means the instruction.
            if edit.len > 0 {
                add(edit.at.0..edit.at.0 + both, new);
            }
            new += edit.bytes.len() as u32;
            // Bytes that are gone are where what follows them is.
            for gone in edit.at.0 + both..edit.at.0 + edit.len {
                add(gone..gone + 1, new);
            }
            old = edit.at.0 + edit.len;
        }
        add(old..body.end().0, new);
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(bytes: &[u8]) -> Body<'_> {
        Body { bytes, start: CodeOffset(10) }
    }

    fn edit(at: u32, len: u32, bytes: &[u8]) -> Edit {
        Edit { at: CodeOffset(at), len, bytes: bytes.to_vec() }
    }

    fn patch(edits: Vec<Edit>) -> Result<BodyPatch> {
        BodyPatch::new(&body(b"abcdef"), || "f".into(), edits)
    }

    fn applied(patch: &BodyPatch, body: &Body<'_>) -> Result<Vec<u8>> {
        let mut out = Output::default();
        patch.apply(body, &mut out).map(|()| out.to_vec())
    }

    #[test]
    fn an_insertion_stands_before_the_replacement_at_its_place() {
        let patch = patch(vec![edit(12, 2, b"XYZ"), edit(12, 0, b"_"), edit(15, 1, b"")]).unwrap();
        assert_eq!(applied(&patch, &body(b"abcdef")).unwrap(), b"ab_XYZe");
        assert_eq!(patch.growth(), 1);
        let runs = patch.runs(&body(b"abcdef"), 110);
        let moved: Vec<_> = runs.iter().map(|run| (run.old.clone(), run.new_start)).collect();
        assert_eq!(moved, [(10..12, 110), (12..14, 113), (14..15, 116), (15..16, 117)]);
    }

    #[test]
    fn edits_over_each_other_or_outside_are_refused() {
        for edits in [
            vec![edit(12, 2, b""), edit(13, 1, b"")],
            vec![edit(12, 2, b""), edit(13, 0, b"x")],
            vec![edit(12, 0, b"x"), edit(12, 0, b"y")],
            vec![edit(12, 1, b""), edit(12, 2, b"")],
            vec![edit(9, 1, b"")],
            vec![edit(15, 2, b"")],
        ] {
            assert!(matches!(patch(edits.clone()), Err(Error::Bug(_))), "{edits:?}");
        }
    }

    #[test]
    fn a_patch_of_another_body_is_refused() {
        let patch = patch(vec![edit(15, 1, b"x")]).unwrap();
        assert!(applied(&patch, &Body { bytes: b"ab", start: CodeOffset(10) }).is_err());
    }
}

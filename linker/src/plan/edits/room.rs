//! Room inside a function, for what is to stand in the place of something shorter.

use crate::error::{Error, Result};
use crate::ids::{CodeOffset, FuncIdx};
use crate::plan::body_patch::Edit;
use crate::read::Body;
use crate::read::flow::operators;
use crate::read::instructions::{control, length, number, plain};
use crate::wasm::leb::{PADDED, signed_len, unsigned_len, write_signed, write_unsigned};
use crate::wasm::op;
use wasmparser::BinaryReader;

/// An instruction sequence that is to stand where another one stood. The width of
/// the one index in it can be chosen.
#[derive(Clone, Debug)]
pub(super) struct Replacement {
    pub(super) at: CodeOffset,
    pub(super) len: u32,
    pub(super) prefix: Vec<u8>,
    pub(super) opcode: u8,
    pub(super) index: FuncIdx,
    pub(super) suffix: Vec<u8>,
}

impl Replacement {
    /// One index in the place of another.
    pub(super) fn of_index(body: &Body<'_>, at: CodeOffset, index: FuncIdx) -> Result<Self> {
        let (opcode, len) = instruction(body, at)?;
        Ok(Self { at, len, prefix: Vec::new(), opcode, index, suffix: Vec::new() })
    }

    /// A call in the place of so many bytes; of none, before what stands there.
    pub(super) fn call(at: CodeOffset, len: u32, index: FuncIdx) -> Self {
        Self { at, len, prefix: Vec::new(), opcode: op::CALL, index, suffix: Vec::new() }
    }

    fn min_len(&self) -> u32 {
        (self.prefix.len() + 1 + self.suffix.len()) as u32 + unsigned_len(self.index.0)
    }

    fn shortfall(&self) -> u32 {
        self.min_len().saturating_sub(self.len)
    }

    /// The edit, as wide as the place or as narrow as can be.
    pub(super) fn edit(&self) -> Edit {
        let fixed = (self.prefix.len() + 1 + self.suffix.len()) as u32;
        let width = self.len.saturating_sub(fixed).clamp(unsigned_len(self.index.0), PADDED);
        let mut bytes = self.prefix.clone();
        bytes.push(self.opcode);
        write_unsigned(&mut bytes, self.index.0, width);
        bytes.extend_from_slice(&self.suffix);
        // Wider than the widest index: only after an instruction that was longer.
        while (bytes.len() as u32) < self.len {
            bytes.push(op::NOP);
        }
        Edit { at: self.at, len: self.len, bytes }
    }
}

/// A relocated number that could be written shorter.
#[derive(Clone, Copy, Debug)]
struct Slack {
    at: CodeOffset,
    len: u32,
    value: Number,
}

#[derive(Clone, Copy, Debug)]
enum Number {
    Unsigned(u32),
    Signed(i32),
}

impl Number {
    fn min_len(self) -> u32 {
        match self {
            Self::Unsigned(value) => unsigned_len(value),
            Self::Signed(value) => signed_len(value),
        }
    }

    fn write(self, out: &mut Vec<u8>, width: u32) {
        match self {
            Self::Unsigned(value) => write_unsigned(out, value, width),
            Self::Signed(value) => write_signed(out, value, width),
        }
    }
}

/// The edits with which a body keeps its size, or none if it cannot.
pub(super) fn fit(
    body: &Body<'_>,
    replacements: &[Replacement],
    may_resize: bool,
) -> Result<Option<Vec<Edit>>> {
    let shortfall: u32 = replacements.iter().map(Replacement::shortfall).sum();
    if shortfall == 0 || may_resize {
        return Ok(Some(replacements.iter().map(Replacement::edit).collect()));
    }
    let mut slack = slack(body, replacements, shortfall)?;
    let room: u32 = slack.iter().map(|s| s.len - s.value.min_len()).sum();
    if room < shortfall {
        return Ok(None);
    }
    // What each number gives of its padding; the nearest before a place gives first, so
    // that little shifts, then the nearest behind it.
    let mut padding = vec![0; slack.len()];
    // Those before the place that have some left, the nearest last; and the first behind it of
    // which that is not known.
    let mut before = Vec::new();
    let mut behind = 0;
    for replacement in replacements {
        let mut need = replacement.shortfall();
        let mut give = |at: usize| {
            let (Some(s), Some(given)) = (slack.get(at), padding.get_mut(at)) else { return 0 };
            let take = need.min(s.len - s.value.min_len() - *given);
            *given += take;
            need -= take;
            need
        };
        while slack.get(behind).is_some_and(|s| s.at < replacement.at) {
            before.push(behind);
            behind += 1;
        }
        while let Some(at) = before.last() {
            if give(*at) == 0 {
                break;
            }
            before.pop();
        }
        while behind < slack.len() && give(behind) > 0 {
            behind += 1;
        }
    }
    let mut edits: Vec<Edit> = replacements.iter().map(Replacement::edit).collect();
    for (slack, given) in slack.drain(..).zip(padding) {
        if given > 0 {
            let mut bytes = Vec::new();
            slack.value.write(&mut bytes, slack.len - given);
            edits.push(Edit { at: slack.at, len: slack.len, bytes });
        }
    }
    Ok(Some(edits))
}

/// The padded numbers of a body outside the places that are edited anyway; behind the last of
/// these only as many as can matter to who needs so many bytes.
fn slack(body: &Body<'_>, replacements: &[Replacement], needed: u32) -> Result<Vec<Slack>> {
    const WANTED: [u8; 4] = [op::CALL, op::GLOBAL_GET, op::GLOBAL_SET, op::I32_CONST];
    let mut found = Vec::new();
    let mut room = 0;
    let mut replacements = replacements.iter().peekable();
    let reader = operators(body)?;
    let mut at = reader.original_position() as u32;
    let end = body.start.0 + body.bytes.len() as u32;
    let rest = |at: u32| body.bytes.get((at - body.start.0) as usize..).unwrap_or_default();
    while at < end {
        let padded = |operand: &[u8]| operand.first().is_some_and(|byte| *byte >= 0x80);
        at += plain(rest(at), |opcode, operand| WANTED.contains(&opcode) && padded(operand)).len
            as u32;
        let code = rest(at);
        let Some((&opcode, operand)) = code.split_first() else { break };
        let len = match control(code) {
            Some((_, len)) => len,
            None => length(code)?,
        };
        let (offset, len) = (at, len as u32);
        at += len;
        while replacements.next_if(|r| r.at.0 + r.len <= offset).is_some() {}
        match replacements.peek() {
            Some(replacement) if replacement.at.0 <= offset => continue,
            // Whoever takes what is nearest has enough before it comes to what follows.
            None if room >= needed => break,
            _ => {}
        }
        let value = match opcode {
            op::CALL | op::GLOBAL_GET | op::GLOBAL_SET => match number(operand) {
                Some((value, _)) => Number::Unsigned(value),
                None => return Err(malformed()),
            },
            op::I32_CONST => Number::Signed(BinaryReader::new(operand, 0).read_var_i32()?),
            _ => continue,
        };
        if len - 1 > value.min_len() {
            room += len - 1 - value.min_len();
            found.push(Slack { at: CodeOffset(offset + 1), len: len - 1, value });
        }
    }
    Ok(found)
}

fn malformed() -> Error {
    Error::Module("an instruction reaches past its function".into())
}

pub(super) fn byte(body: &Body<'_>, at: CodeOffset) -> Option<u8> {
    body.bytes.get(at.0.checked_sub(body.start.0)? as usize).copied()
}

/// The opcode and the length of an instruction with one index.
pub(super) fn instruction(body: &Body<'_>, at: CodeOffset) -> Result<(u8, u32)> {
    let opcode = byte(body, at).ok_or_else(malformed)?;
    let mut len = 1;
    while byte(body, CodeOffset(at.0 + len)).ok_or_else(malformed)? & 0x80 != 0 {
        len += 1;
    }
    Ok((opcode, len + 1))
}

/// The length of any instruction.
pub(super) fn length_at(body: &Body<'_>, at: CodeOffset) -> Result<u32> {
    let from = at.0.checked_sub(body.start.0).ok_or_else(malformed)? as usize;
    Ok(length(body.bytes.get(from..).ok_or_else(malformed)?)? as u32)
}

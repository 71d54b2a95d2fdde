//! Instructions that nobody asks about, skipped without being decoded: most of a module's
//! code, which every link has to walk.

use crate::wasm::op;
use wasmparser::{
    BinaryReader, ControlStack, FrameKind, FrameStack, VisitOperator, VisitSimdOperator,
};

/// Instructions of one opcode and plain operands, one after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plain {
    /// Their bytes.
    pub(crate) len: usize,
    /// One of them does more than move constants and locals about.
    pub(crate) effects: bool,
}

/// What is behind an opcode.
#[derive(Clone, Copy)]
enum Operands {
    /// Nothing.
    None,
    /// The index of a local or of a global.
    Index,
    I32,
    I64,
    /// So many bytes.
    Bytes(usize),
    /// Alignment and offset.
    Memarg,
}

/// An opcode of a plain instruction.
#[derive(Clone, Copy)]
struct Shape {
    operands: Operands,
    /// See [`Plain::effects`].
    effect: bool,
    /// Of eight bytes behind the opcode those that may be an operand's last.
    ends: u64,
    /// How long the operands are at most to be skipped at once; 0 if there are none.
    most: u32,
    /// What the first byte must have no bit of.
    first: u8,
}

impl Shape {
    const fn new(operands: Operands, effect: bool) -> Self {
        /// The highest bit of each byte, which all of a number's have but the last.
        const LAST: u64 = 0x8080_8080_8080_8080;
        // Four bytes hold less than 32 bits, and eight less than 64; an alignment is in one.
        let (ends, most, first) = match operands {
            Operands::None => (0, 0, 0),
            // None of these ends in sight: they are rare, and not skipped at once.
            Operands::Bytes(_) => (0, 1, 0),
            Operands::Index | Operands::I32 => (LAST, 4, 0),
            Operands::I64 => (LAST, 8, 0),
            Operands::Memarg => (LAST & !0xff, 5, 0xf0),
        };
        Self { operands, effect, ends, most, first }
    }

    /// The length of operands that are not longer than they must be: shorter than what could be
    /// malformed. Without a branch for each opcode, which processors could not foresee.
    #[inline(always)]
    fn short(self, operands: [u8; 8]) -> Option<usize> {
        let end = (!u64::from_le_bytes(operands) & self.ends).trailing_zeros() / 8 + 1;
        let len = if self.most == 0 { 0 } else { end };
        (len <= self.most && operands[0] & self.first == 0).then_some(len as usize)
    }

    /// What follows the operands; `None` if they are malformed, or cut off.
    fn after(self, bytes: &[u8]) -> Option<&[u8]> {
        match self.operands {
            Operands::None => Some(bytes),
            Operands::Index => after_u32(bytes),
            Operands::I32 => after_i32(bytes),
            Operands::I64 => after_i64(bytes),
            Operands::Bytes(count) => bytes.get(count..),
            Operands::Memarg => after_memarg(bytes),
        }
    }
}

/// The plain ones by opcode.
const SHAPES: [Option<Shape>; 256] = {
    let mut shapes = [None; 256];
    let mut opcode = 0;
    while opcode < shapes.len() {
        let (operands, effect) = match opcode {
            // `nop`, `drop`
            0x01 | 0x1a => (Operands::None, false),
            // `local.get`, `local.set`, `local.tee`
            0x20..=0x22 => (Operands::Index, false),
            // `global.get`, `global.set`
            0x23 | 0x24 => (Operands::Index, true),
            // Loads and stores.
            0x28..=0x3e => (Operands::Memarg, true),
            // `i32.const`, `i64.const`, `f32.const`, `f64.const`
            0x41 => (Operands::I32, false),
            0x42 => (Operands::I64, false),
            0x43 => (Operands::Bytes(4), true),
            0x44 => (Operands::Bytes(8), true),
            // `select`; arithmetic and comparisons.
            0x1b | 0x45..=0xc4 => (Operands::None, true),
            _ => {
                opcode += 1;
                continue;
            }
        };
        shapes[opcode] = Some(Shape::new(operands, effect));
        opcode += 1;
    }
    shapes
};

/// The instructions at the start of some code that neither branch, nor call, nor name a
/// function, and that are no `wanted` ones, by opcode and what is behind it. They end before
/// whatever is rare or malformed.
pub(crate) fn plain(code: &[u8], wanted: impl Fn(u8, &[u8]) -> bool) -> Plain {
    let mut rest = code;
    let mut effects = false;
    while let Some((&opcode, operands)) = rest.split_first() {
        if wanted(opcode, operands) {
            break;
        }
        let Some(shape) = SHAPES[usize::from(opcode)] else { break };
        let short = operands.first_chunk().and_then(|operands| shape.short(*operands));
        let after = match short {
            Some(len) => operands.get(len..),
            None => shape.after(operands),
        };
        let Some(after) = after else { break };
        rest = after;
        effects |= shape.effect;
    }
    Plain { len: code.len() - rest.len(), effects }
}

/// A common instruction of control flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control {
    Unreachable,
    Block,
    Loop,
    If,
    End,
    /// With the label's depth.
    Br(u32),
    BrIf(u32),
    Return,
    /// With the callee's index.
    Call(u32),
}

/// The instruction at the start of some code inside a construct, if it is one of these and
/// well-formed, and its length.
#[inline(always)]
pub(crate) fn control(code: &[u8]) -> Option<(Control, usize)> {
    let (&opcode, operands) = code.split_first()?;
    let block = |control| match operands {
        // No result, or a number.
        [0x40 | 0x7c..=0x7f, ..] => Some((control, 2)),
        _ => None,
    };
    let with = |control: fn(u32) -> Control| {
        number(operands).map(|(value, len)| (control(value), 1 + len))
    };
    match opcode {
        op::UNREACHABLE => Some((Control::Unreachable, 1)),
        0x02 => block(Control::Block),
        0x03 => block(Control::Loop),
        0x04 => block(Control::If),
        0x0b => Some((Control::End, 1)),
        0x0c => with(Control::Br),
        0x0d => with(Control::BrIf),
        0x0f => Some((Control::Return, 1)),
        op::CALL => with(Control::Call),
        _ => None,
    }
}

/// A number, and its length; `None` if it is malformed.
#[inline]
pub(crate) fn number(bytes: &[u8]) -> Option<(u32, usize)> {
    if let [byte @ 0..0x80, ..] = bytes {
        return Some((u32::from(*byte), 1));
    }
    let len = bytes.len() - after_u32(bytes)?.len();
    let value = bytes.get(..len)?.iter().rev();
    Some((value.fold(0, |value, byte| value << 7 | u32::from(byte & 0x7f)), len))
}

fn after_u32(bytes: &[u8]) -> Option<&[u8]> {
    after_number(bytes, |last| last < 0x10)
}

fn after_i32(bytes: &[u8]) -> Option<&[u8]> {
    after_number(bytes, |last| !(0x08..0x78).contains(&last))
}

/// What follows a number of 32 bits. Its fifth byte has room for more than is left of it.
#[inline]
fn after_number(bytes: &[u8], fits: impl Fn(u8) -> bool) -> Option<&[u8]> {
    match bytes {
        [0..0x80, rest @ ..]
        | [_, 0..0x80, rest @ ..]
        | [_, _, 0..0x80, rest @ ..]
        | [_, _, _, 0..0x80, rest @ ..] => Some(rest),
        [_, _, _, _, last @ 0..0x80, rest @ ..] if fits(*last) => Some(rest),
        _ => None,
    }
}

fn after_i64(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.iter().take(9).position(|byte| *byte < 0x80)?;
    bytes.get(end + 1..)
}

/// Of the first memory.
fn after_memarg(bytes: &[u8]) -> Option<&[u8]> {
    let (alignment, offset) = bytes.split_first()?;
    after_u32(offset).filter(|_| *alignment < 0x10)
}

/// The constructs that are open, as wasmparser asks for them.
#[derive(Debug)]
pub(crate) struct Frames(ControlStack);

impl Frames {
    /// At the start of a function.
    pub(crate) fn new() -> Self {
        let mut stack = ControlStack::default();
        stack.push(FrameKind::Block);
        Self(stack)
    }

    /// At the start of the next one.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
        self.0.push(FrameKind::Block);
    }

    pub(crate) fn open(&mut self, frame: FrameKind) {
        self.0.push(frame);
    }

    /// `else`, `catch`: another arm of the innermost construct.
    pub(crate) fn turn(&mut self, frame: FrameKind) {
        self.0.pop();
        self.0.push(frame);
    }

    pub(crate) fn close(&mut self) {
        self.0.pop();
    }
}

impl FrameStack for Frames {
    fn current_frame(&self) -> Option<FrameKind> {
        self.0.last()
    }
}

/// The length of any instruction of code whose constructs are known to be right.
pub(crate) fn length(code: &[u8]) -> wasmparser::Result<usize> {
    let frame = match code.first() {
        Some(0x05) => FrameKind::If,
        Some(0x07 | 0x18 | 0x19) => FrameKind::LegacyTry,
        _ => FrameKind::Block,
    };
    let mut reader = BinaryReader::new(code, 0);
    reader.visit_operator(&mut Skipped(frame))?;
    Ok(reader.current_position())
}

/// An instruction of which only the length is of interest, in such a construct.
struct Skipped(FrameKind);

impl FrameStack for Skipped {
    fn current_frame(&self) -> Option<FrameKind> {
        Some(self.0)
    }
}

macro_rules! skip {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $ty:ty),* })? => $visit:ident $ann:tt)*) => {
        $(fn $visit(&mut self $($(, _: $ty)*)?) {})*
    };
}

impl<'a> VisitOperator<'a> for Skipped {
    type Output = ();

    fn simd_visitor(&mut self) -> Option<&mut dyn VisitSimdOperator<'a, Output = ()>> {
        Some(self)
    }

    wasmparser::for_each_visit_operator!(skip);
}

impl VisitSimdOperator<'_> for Skipped {
    wasmparser::for_each_visit_simd_operator!(skip);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use wasmparser::Operator;

    /// What wasmparser makes of the first instruction: its length, if it is well-formed.
    fn by_wasmparser(code: &[u8]) -> Option<usize> {
        length(code).ok()
    }

    fn operator_by_wasmparser(code: &[u8]) -> Option<(Control, usize)> {
        let body = [&[0][..], code].concat();
        let mut reader = wasmparser::FunctionBody::new(BinaryReader::new(&body, 0))
            .get_operators_reader()
            .ok()?;
        let op = reader.read().ok()?;
        let control = match op {
            Operator::Unreachable => Control::Unreachable,
            Operator::Block { .. } => Control::Block,
            Operator::Loop { .. } => Control::Loop,
            Operator::If { .. } => Control::If,
            Operator::End => Control::End,
            Operator::Br { relative_depth } => Control::Br(relative_depth),
            Operator::BrIf { relative_depth } => Control::BrIf(relative_depth),
            Operator::Return => Control::Return,
            Operator::Call { function_index } => Control::Call(function_index),
            _ => return None,
        };
        Some((control, reader.original_position() as usize - 1))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        /// Each instruction that is skipped is one of wasmparser's, and as long.
        #[test]
        fn what_is_skipped_is_what_wasmparser_reads(
            code in prop::collection::vec(prop_oneof![any::<u8>(), 0x80u8..=0x8f, 0x00u8..=0x11, 0x20u8..=0x45], 0..40),
        ) {
            if let Some((control, len)) = control(&code) {
                let read = operator_by_wasmparser(&code);
                prop_assert_eq!(read, Some((control, len)), "{:x?}", code);
            }
            let skipped = plain(&code, |_, _| false);
            let mut at = 0;
            while at < skipped.len {
                let len = by_wasmparser(&code[at..]);
                prop_assert!(len.is_some(), "{:x?} at {at}", code);
                at += len.unwrap_or(1);
            }
            prop_assert_eq!(at, skipped.len);
        }
    }

    #[test]
    fn wanted_and_rare_instructions_stay() {
        let code = [0x20, 0x00, 0x41, 0x80, 0x80, 0x80, 0x80, 0x00, 0x6a, 0x10, 0x01, 0x0b];
        let all = plain(&code, |_, _| false);
        assert_eq!(all, Plain { len: 9, effects: true });
        let before_constants = plain(&code, |opcode, _| opcode == 0x41);
        assert_eq!(before_constants, Plain { len: 2, effects: false });
        // Too long, too large, of another memory, aligned too far, cut off.
        for malformed in [
            &[0x20, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00][..],
            &[0x20, 0xff, 0xff, 0xff, 0xff, 0x1f],
            &[0x41, 0x80, 0x80, 0x80, 0x80, 0x08],
            &[0x28, 0x42, 0x00, 0x00],
            &[0x28, 0x10, 0x00],
            &[0x44, 0x00],
        ] {
            assert_eq!(plain(malformed, |_, _| false).len, 0, "{malformed:x?}");
        }
    }
}

//! The opcodes that are written into bodies which stay where they are
//! (<https://webassembly.github.io/spec/core/binary/instructions.html>).

pub(crate) const UNREACHABLE: u8 = 0x00;
pub(crate) const NOP: u8 = 0x01;
pub(crate) const IF: u8 = 0x04;
pub(crate) const END: u8 = 0x0b;
pub(crate) const BR_IF: u8 = 0x0d;
pub(crate) const RETURN: u8 = 0x0f;
pub(crate) const CALL: u8 = 0x10;
pub(crate) const GLOBAL_GET: u8 = 0x23;
pub(crate) const GLOBAL_SET: u8 = 0x24;
pub(crate) const I32_CONST: u8 = 0x41;

/// The type of a block without parameters and results.
pub(crate) const EMPTY: u8 = 0x40;

//! Reading and writing the primitive values of DWARF, little-endian, without ever
//! panicking on what is read.

use std::ops::Range;

use super::{DwarfError, Result};

/// A position in a section.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    section: &'static str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(section: &'static str, bytes: &'a [u8], at: usize) -> Self {
        Self { section, bytes, at }
    }

    /// Bytes from the section's start.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn malformed<T>(&self) -> Result<T> {
        Err(DwarfError::Malformed { section: self.section, at: self.at })
    }

    pub(super) fn unsupported<T>(&self, what: &'static str) -> Result<T> {
        Err(DwarfError::Unsupported { section: self.section, at: self.at, what })
    }

    /// The same cursor, unable to read beyond `end`.
    pub(super) fn until(&self, end: usize) -> Result<Self> {
        match self.bytes.get(..end) {
            Some(bytes) => Ok(Self { bytes, ..*self }),
            None => self.malformed(),
        }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8]> {
        let end = self.at.checked_add(count);
        match end.and_then(|end| self.bytes.get(self.at..end)) {
            Some(bytes) => {
                self.at += count;
                Ok(bytes)
            }
            None => self.malformed(),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        match self.bytes(N)?.try_into() {
            Ok(array) => Ok(array),
            Err(_) => self.malformed(),
        }
    }

    pub(super) fn u8(&mut self) -> Result<u8> {
        match self.bytes.get(self.at) {
            Some(&byte) => {
                self.at += 1;
                Ok(byte)
            }
            None => self.malformed(),
        }
    }

    pub(super) fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// A section offset: 4 bytes, or 8 in the 64-bit format.
    pub(super) fn word(&mut self, format: gimli::Format) -> Result<usize> {
        match format {
            gimli::Format::Dwarf32 => Ok(self.u32()? as usize),
            gimli::Format::Dwarf64 => match usize::try_from(u64::from_le_bytes(self.array()?)) {
                Ok(word) => Ok(word),
                Err(_) => self.malformed(),
            },
        }
    }

    /// A unit's length field: the unit's format, and its content after the field.
    pub(super) fn unit_length(&mut self) -> Result<(gimli::Format, Range<usize>)> {
        let (format, length) = match self.u32()? {
            u32::MAX => {
                let format = gimli::Format::Dwarf64;
                (format, self.word(format)?)
            }
            0xffff_fff0.. => return self.malformed(),
            length => (gimli::Format::Dwarf32, length as usize),
        };
        match self.at.checked_add(length) {
            Some(end) if end <= self.bytes.len() => Ok((format, self.at..end)),
            _ => self.malformed(),
        }
    }

    /// Passes by a number of either kind, however long it is.
    pub(super) fn skip_leb(&mut self) -> Result<()> {
        while self.u8()? & 0x80 != 0 {}
        Ok(())
    }

    pub(super) fn uleb(&mut self) -> Result<u64> {
        let mut value = 0u64;
        let mut shift = 0;
        loop {
            let byte = self.u8()?;
            let bits = u64::from(byte & 0x7f);
            if shift >= 64 || (shift == 63 && bits > 1) {
                // Padding beyond 64 bits is legal and says nothing.
                if bits != 0 {
                    return self.malformed();
                }
            } else {
                value |= bits << shift;
            }
            if byte & 0x80 == 0 {
                return Ok(value);
            }
            shift = (shift + 7).min(70);
        }
    }

    /// An unsigned LEB that must fit an address or a length in wasm32.
    pub(super) fn uleb32(&mut self) -> Result<u32> {
        match u32::try_from(self.uleb()?) {
            Ok(value) => Ok(value),
            Err(_) => self.malformed(),
        }
    }

    pub(super) fn sleb(&mut self) -> Result<i64> {
        let mut value = 0i64;
        let mut shift = 0;
        loop {
            let byte = self.u8()?;
            if shift < 64 {
                value |= i64::from(byte & 0x7f) << shift;
            }
            shift = (shift + 7).min(70);
            if byte & 0x80 == 0 {
                if shift < 64 && byte & 0x40 != 0 {
                    value |= -1 << shift;
                }
                return Ok(value);
            }
        }
    }
}

/// Appends an unsigned LEB of at least `size` bytes.
pub(super) fn push_uleb_padded(out: &mut Vec<u8>, mut value: u64, size: usize) {
    let start = out.len();
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 && out.len() - start + 1 >= size {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

/// Appends an unsigned LEB.
pub(super) fn push_uleb(out: &mut Vec<u8>, value: u64) {
    push_uleb_padded(out, value, 1);
}

/// Appends a signed LEB.
pub(super) fn push_sleb(out: &mut Vec<u8>, mut value: i64) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        let sign = byte & 0x40 != 0;
        if (value == 0 && !sign) || (value == -1 && sign) {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

//! The report of a failure, out of an instance's memory. Nothing in it is believed: a module
//! that failed may have written anywhere.

use crate::{Error, Failure, Kind};

/// Words of a report, and the bytes that a text may have: the linker cuts at 4096.
const WORDS: usize = 13;
const LONGEST: usize = 0x1_0000;
const STACK_EXHAUSTED: u32 = 1;

/// Reads the report at an address.
pub(crate) fn read(memory: &[u8], address: u32) -> Result<Failure, Error> {
    let bytes = slice(memory, address, 4 * WORDS)
        .ok_or(Error::BadReport("its address is outside of the memory"))?;
    let words: Vec<u32> = bytes
        .chunks_exact(4)
        .map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
        .collect();
    if words[0] != 1 {
        return Err(Error::BadReport("its version is not 1"));
    }
    let kind = Kind::from_number(words[1]).ok_or(Error::BadReport("its kind is not known"))?;
    let text = |at: usize| -> Result<Option<String>, Error> {
        match (words[at], words[at + 1] as usize) {
            (0, _) | (_, 0) => Ok(None),
            (address, length) => {
                let bytes = (length <= LONGEST).then(|| slice(memory, address, length)).flatten();
                let bytes = bytes.ok_or(Error::BadReport("a text is outside of the memory"))?;
                let text = std::str::from_utf8(bytes);
                let text = text.map_err(|_| Error::BadReport("a text is not UTF-8"))?;
                Ok(Some(text.to_owned()))
            }
        }
    };
    Ok(Failure {
        message: text(3)?,
        file: text(5)?,
        line: words[7],
        column: words[8],
        site: words[2],
        allocation: (kind == Kind::Alloc).then_some((words[9], words[10])),
        number: words[11],
        stack_exhausted: kind == Kind::Trap && words[12] == STACK_EXHAUSTED,
        ..Failure::bare(kind)
    })
}

fn slice(memory: &[u8], address: u32, length: usize) -> Option<&[u8]> {
    let from = address as usize;
    memory.get(from..from.checked_add(length)?)
}

//! Makes the DWARF of a module follow its code.
//!
//! Patching moves code a little: a few bytes inside a function, a function to the
//! end of the section, rarely everything by one byte. A debugger and a symbolised
//! backtrace must not notice, so the sections that hold code addresses are patched
//! by the same [`AddressMap`] as the code.
//!
//! Everything is read from the sections as rust-lld wrote them and written into
//! copies beside them: what has been written never changes what is read
//! later, and a section without a change is never copied. Fixed-size fields are
//! written in place. Only line programs and the LEB operands of DWARF 5 lists can
//! grow; then the rest of their section moves, and a last pass over the units
//! corrects the offsets into it.
//!
//! An *address* here is what DWARF calls one in wasm: the byte offset from the
//! start of the code section's content, function count included. What rust-lld 22
//! writes, measured on every function of four modules: a subprogram's
//! `DW_AT_low_pc` is the first byte *after* the body-size LEB (the count of local
//! declarations), its end is the end of the body, and each function has a line
//! sequence of its own with the same end.
//!
//! Not code, and so never touched: `DW_OP_addr` and `DW_OP_addrx` (memory) and
//! the entries of `.debug_addr` that only they use, and addresses of dead code
//! (0, or 0xfffffffe and above).

mod addresses;
mod aranges;
mod editor;
mod entry;
mod info;
mod lines;
mod lists;
mod lists4;
mod lists5;
mod read;
mod relink;
#[cfg(test)]
mod tests;
mod unit_lists;
mod units;

use std::borrow::Cow;
use std::collections::BTreeMap;

pub(crate) use addresses::{AddressMap, Piece};

/// The custom sections of one module that hold DWARF: name (".debug_info") to
/// content. Sections that the module does not have are absent.
pub(crate) type Sections<'a> = BTreeMap<&'a str, Cow<'a, [u8]>>;

/// Why the DWARF of a module cannot follow its code.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DwarfError {
    /// A section ends early, or contradicts itself.
    #[error("{section} is malformed at byte {at:#x}")]
    Malformed {
        /// The section's name.
        section: &'static str,
        /// Where, in bytes from the section's start.
        at: usize,
    },
    /// gimli could not read a unit or its abbreviations.
    #[error("{section} cannot be read: {source}")]
    Gimli {
        /// The section's name.
        section: &'static str,
        /// gimli's word.
        source: gimli::Error,
    },
    /// A construct that rustc does not write for wasm32.
    #[error("{section} at byte {at:#x}: {what} is not supported")]
    Unsupported {
        /// The section's name.
        section: &'static str,
        /// Where, in bytes from the section's start.
        at: usize,
        /// The construct.
        what: &'static str,
    },
    /// A new value does not fit the field that holds the old one.
    #[error("{section} at byte {at:#x}: {value:#x} does not fit")]
    NoRoom {
        /// The section's name.
        section: &'static str,
        /// Where, in bytes from the section's start.
        at: usize,
        /// The value.
        value: u64,
    },
    /// It refers to itself as no compiler's does, and would be read for hours.
    #[error("it is out of all proportion ({0})")]
    Excess(&'static str),
    /// The pieces of the map are unsorted, empty or overlap: a bug of the caller.
    #[error("the address map is not sorted")]
    Map,
}

/// Addresses of code that no LLVM writes for wasm, whose calls are the engine's.
const FRAMES: &str = ".debug_frame";

type Result<T> = std::result::Result<T, DwarfError>;

/// Rewrites every code address in `sections` by `map`. Sections that need no
/// change stay as they are. Whether they are in proportion has been looked at
/// ([`crate::read::dwarf::open`]).
///
/// # Errors
/// [`DwarfError`] if a section that had to be read is malformed; `sections` is
/// then unchanged.
pub(crate) fn patch(sections: &mut Sections<'_>, map: &AddressMap) -> Result<()> {
    map.check()?;
    if map.is_identity() {
        return Ok(());
    }
    if sections.get(FRAMES).is_some_and(|frames| !frames.is_empty()) {
        return Err(DwarfError::Unsupported {
            section: FRAMES,
            at: 0,
            what: "a table of call frames",
        });
    }
    let changed = info::Patcher::new(sections, map).run()?;
    for (name, content) in changed {
        if let Some(section) = sections.get_mut(name) {
            *section = Cow::Owned(content);
        }
    }
    Ok(())
}

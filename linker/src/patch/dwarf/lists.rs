//! What range lists and location lists share.

use std::collections::HashSet;

use super::Result;
use super::addresses::{AddressMap, is_dead};
use super::editor::{OffsetMap, SectionEditor};

/// What a list says about each of its ranges.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ListKind {
    /// `.debug_ranges`, `.debug_rnglists`: nothing more.
    Ranges,
    /// `.debug_loc`, `.debug_loclists`: where a variable is meanwhile.
    Locations,
}

/// `.debug_addr`. Code and memory share it, so an entry is only changed by whoever
/// knows that it is code.
pub(super) struct AddressTable<'a> {
    editor: SectionEditor<'a>,
    /// The entries that are the address of an instruction.
    starts: HashSet<usize>,
    /// Those that are the end of a range, and its new value.
    ends: Vec<(usize, u32)>,
}

impl<'a> AddressTable<'a> {
    pub(super) fn new(editor: SectionEditor<'a>) -> Self {
        Self { editor, starts: HashSet::new(), ends: Vec::new() }
    }

    /// The entry `index` of the table at `base`: its position and old address.
    pub(super) fn get(&self, base: usize, index: u64) -> Result<(usize, u32)> {
        let at =
            usize::try_from(index).ok().and_then(|index| index.checked_mul(4)?.checked_add(base));
        match at {
            Some(at) => Ok((at, self.editor.read(at).u32()?)),
            None => self.editor.read(base).malformed(),
        }
    }

    /// Writes where the instruction at the entry's address went.
    pub(super) fn put_start(&mut self, at: usize, new: u32) -> Result<()> {
        self.starts.insert(at);
        self.editor.put_uint(at, 4, new.into())
    }

    /// Writes where the range that ends at the entry's address now ends. LLVM gives
    /// the end of a call and the instruction behind it one entry; where they part,
    /// the instruction has it.
    pub(super) fn put_end(&mut self, at: usize, new: u32) {
        self.ends.push((at, new));
    }

    /// The section, once all its entries are known.
    pub(super) fn close(mut self) -> Result<SectionEditor<'a>> {
        for (at, new) in self.ends {
            if !self.starts.contains(&at) {
                self.editor.put_uint(at, 4, new.into())?;
            }
        }
        Ok(self.editor)
    }
}

/// What the addresses of a list count from.
#[derive(Clone, Copy)]
pub(super) struct Base {
    pub(super) old: u32,
}

impl Base {
    /// Whether the code that the base belongs to was removed. A base of 0 is not
    /// dead: units with more than one range use it to say "absolute".
    pub(super) fn is_dead(self) -> bool {
        self.old != 0 && is_dead(self.old)
    }

    pub(super) fn moved(self, map: &AddressMap) -> u32 {
        if self.old == 0 { 0 } else { map.map(self.old) }
    }
}

/// Corrects the length and the offset table of each contribution to
/// `.debug_rnglists` or `.debug_loclists` after lists in it have grown.
pub(super) fn relink_contributions(
    lists: &mut SectionEditor<'_>,
    offsets: &OffsetMap,
) -> Result<()> {
    let mut cursor = lists.read(0);
    while !cursor.is_at_end() {
        let start = cursor.at();
        let (format, content) = cursor.unit_length()?;
        let length_size = usize::from(format.word_size());
        let length_at = content.start - length_size;
        lists.put_word(length_at, format, offsets.new_len(&content))?;
        let mut header = cursor.until(content.end)?;
        // Version, address size, segment selector size.
        header.bytes(4)?;
        let count = header.u32()?;
        let base = header.at();
        if offsets.new_offset(base) != offsets.new_offset(start) + (base - start) {
            return header.malformed();
        }
        for _ in 0..count {
            let at = header.at();
            let Some(old) = base.checked_add(header.word(format)?) else {
                return header.malformed();
            };
            let new = offsets.new_offset(old).wrapping_sub(offsets.new_offset(base));
            lists.put_word(at, format, new)?;
        }
        cursor.bytes(content.end - cursor.at())?;
    }
    Ok(())
}

//! `.debug_ranges` and `.debug_loc`, the lists of DWARF 4 and before: pairs of
//! addresses of fixed size, relative to a base, ended by a pair of zeros.

use super::Result;
use super::addresses::{AddressMap, is_dead};
use super::editor::SectionEditor;
use super::lists::{Base, ListKind};
use super::read::Cursor;

/// The first address of a pair that sets the base instead.
const BASE_SELECTION: u32 = u32::MAX;

/// An entry of a list, read.
enum Entry4 {
    /// The base of what follows is now another.
    Base { at: usize, base: Base },
    /// A range relative to `base`.
    Pair { at: usize, base: Base, begin: u32, end: u32 },
}

struct Entries<'a> {
    cursor: Cursor<'a>,
    kind: ListKind,
    base: Base,
}

impl Entries<'_> {
    fn next(&mut self) -> Result<Option<Entry4>> {
        let at = self.cursor.at();
        let (begin, end) = (self.cursor.u32()?, self.cursor.u32()?);
        if (begin, end) == (0, 0) {
            return Ok(None);
        }
        if begin == BASE_SELECTION {
            self.base = Base { old: end };
            return Ok(Some(Entry4::Base { at, base: self.base }));
        }
        if self.kind == ListKind::Locations {
            let len = self.cursor.u16()?;
            self.cursor.bytes(len.into())?;
        }
        Ok(Some(Entry4::Pair { at, base: self.base, begin, end }))
    }
}

/// The absolute addresses of a pair, if it is about code that is there.
fn live(base: Base, begin: u32, end: u32) -> Option<std::ops::Range<u32>> {
    let start = base.old.checked_add(begin)?;
    let end = base.old.checked_add(end)?;
    (!base.is_dead() && !is_dead(start)).then_some(start..end)
}

/// Whether code that the list at `at` covers moved.
pub(super) fn touches(
    ranges: &SectionEditor<'_>,
    at: usize,
    base: Base,
    map: &AddressMap,
) -> Result<bool> {
    let mut entries = Entries { cursor: ranges.read(at), kind: ListKind::Ranges, base };
    while let Some(entry) = entries.next()? {
        if let Entry4::Pair { base, begin, end, .. } = entry
            && let Some(old) = live(base, begin, end)
            && map.touches(&old)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Rewrites the list at `at`, whose addresses count from `base`.
pub(super) fn patch(
    lists: &mut SectionEditor<'_>,
    at: usize,
    kind: ListKind,
    base: Base,
    map: &AddressMap,
) -> Result<()> {
    let mut entries = Entries { cursor: lists.read(at), kind, base };
    while let Some(entry) = entries.next()? {
        match entry {
            Entry4::Base { at, base } => {
                if !base.is_dead() {
                    lists.put_uint(at + 4, 4, base.moved(map).into())?;
                }
            }
            Entry4::Pair { at, base, begin, end } => {
                if let Some(old) = live(base, begin, end) {
                    patch_pair(lists, at, base.moved(map), map.map_range(old))?;
                }
            }
        }
    }
    Ok(())
}

fn patch_pair(
    lists: &mut SectionEditor<'_>,
    at: usize,
    base: u32,
    new: std::ops::Range<u32>,
) -> Result<()> {
    let relative = new.start.checked_sub(base).zip(new.end.checked_sub(base));
    let Some((begin, end)) = relative else {
        // The range went below its base: count from 0 for the length of the pair.
        let words = [BASE_SELECTION, 0, new.start, new.end, BASE_SELECTION, base];
        return lists.splice(at..at + 8, words.map(u32::to_le_bytes).concat());
    };
    // An empty range at the base would end the list; an empty range anywhere says
    // the same.
    let (begin, end) = if (begin, end) == (0, 0) { (1, 1) } else { (begin, end) };
    lists.put_uint(at, 4, begin.into())?;
    lists.put_uint(at + 4, 4, end.into())
}

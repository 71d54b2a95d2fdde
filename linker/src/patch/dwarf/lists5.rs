//! `.debug_rnglists` and `.debug_loclists`, the lists of DWARF 5: entries of
//! several kinds, with LEB operands and indices into `.debug_addr`.

use std::ops::Range;

use gimli::constants as dw;

use super::Result;
use super::addresses::{AddressMap, is_dead};
use super::editor::SectionEditor;
use super::lists::{AddressTable, Base, ListKind};
use super::read::{Cursor, push_uleb, push_uleb_padded};

/// GNU's extension of location lists: a pair of view numbers, no addresses.
const LLE_VIEW_PAIR: u8 = 0x09;

/// An address and where it is stored.
#[derive(Clone, Copy)]
struct Address {
    /// Where the 4 bytes are: in `.debug_addr` if `indexed`, else in the list.
    at: usize,
    old: u32,
    indexed: bool,
}

/// What an entry says, whichever way it says it.
enum Shape {
    Base(Address),
    StartEnd(Address, Address),
    /// The length's bytes, and the length.
    StartLength(Address, Range<usize>, u32),
    OffsetPair(Base, u32, u32),
    Other,
}

struct Entry5 {
    /// Its bytes, without the location's.
    bytes: Range<usize>,
    shape: Shape,
}

/// A list, and what is needed to read it.
pub(super) struct List5 {
    /// Where it begins.
    pub(super) at: usize,
    pub(super) kind: ListKind,
    /// What its offsets count from at first.
    pub(super) base: Base,
    /// Where its unit's addresses begin in `.debug_addr`.
    pub(super) addr_base: usize,
}

struct Entries<'a> {
    cursor: Cursor<'a>,
    kind: ListKind,
    base: Base,
    addr_base: usize,
}

impl<'a> Entries<'a> {
    fn new(lists: &SectionEditor<'a>, list: &List5) -> Self {
        Self {
            cursor: lists.read(list.at),
            kind: list.kind,
            base: list.base,
            addr_base: list.addr_base,
        }
    }

    fn indexed(&mut self, addresses: &AddressTable<'_>) -> Result<Address> {
        let (at, old) = addresses.get(self.addr_base, self.cursor.uleb()?)?;
        Ok(Address { at, old, indexed: true })
    }

    fn direct(&mut self) -> Result<Address> {
        Ok(Address { at: self.cursor.at(), old: self.cursor.u32()?, indexed: false })
    }

    fn start_length(&mut self, start: Address) -> Result<Shape> {
        let at = self.cursor.at();
        let len = self.cursor.uleb32()?;
        Ok(Shape::StartLength(start, at..self.cursor.at(), len))
    }

    fn base_is(&mut self, base: Address) -> Shape {
        self.base = Base { old: base.old };
        Shape::Base(base)
    }

    fn range(&mut self, kind: u8, addresses: &AddressTable<'_>) -> Result<Option<Shape>> {
        Ok(Some(match gimli::DwRle(kind) {
            dw::DW_RLE_end_of_list => return Ok(None),
            dw::DW_RLE_base_addressx => {
                let base = self.indexed(addresses)?;
                self.base_is(base)
            }
            dw::DW_RLE_startx_endx => {
                Shape::StartEnd(self.indexed(addresses)?, self.indexed(addresses)?)
            }
            dw::DW_RLE_startx_length => {
                let start = self.indexed(addresses)?;
                self.start_length(start)?
            }
            dw::DW_RLE_offset_pair => {
                Shape::OffsetPair(self.base, self.cursor.uleb32()?, self.cursor.uleb32()?)
            }
            dw::DW_RLE_base_address => {
                let base = self.direct()?;
                self.base_is(base)
            }
            dw::DW_RLE_start_end => Shape::StartEnd(self.direct()?, self.direct()?),
            dw::DW_RLE_start_length => {
                let start = self.direct()?;
                self.start_length(start)?
            }
            _ => return self.cursor.malformed(),
        }))
    }

    /// The ranges of a location list: the same under other numbers.
    fn location(&mut self, kind: u8, addresses: &AddressTable<'_>) -> Result<Option<Shape>> {
        let same = match gimli::DwLle(kind) {
            dw::DW_LLE_end_of_list => dw::DW_RLE_end_of_list,
            dw::DW_LLE_base_addressx => dw::DW_RLE_base_addressx,
            dw::DW_LLE_startx_endx => dw::DW_RLE_startx_endx,
            dw::DW_LLE_startx_length => dw::DW_RLE_startx_length,
            dw::DW_LLE_offset_pair => dw::DW_RLE_offset_pair,
            dw::DW_LLE_base_address => dw::DW_RLE_base_address,
            dw::DW_LLE_start_end => dw::DW_RLE_start_end,
            dw::DW_LLE_start_length => dw::DW_RLE_start_length,
            dw::DW_LLE_default_location => return Ok(Some(Shape::Other)),
            _ => return self.cursor.malformed(),
        };
        self.range(same.0, addresses)
    }

    fn next(&mut self, addresses: &AddressTable<'_>) -> Result<Option<Entry5>> {
        let start = self.cursor.at();
        let kind = self.cursor.u8()?;
        let shape = match self.kind {
            ListKind::Ranges => self.range(kind, addresses)?,
            ListKind::Locations if kind == LLE_VIEW_PAIR => {
                self.cursor.uleb()?;
                self.cursor.uleb()?;
                Some(Shape::Other)
            }
            ListKind::Locations => self.location(kind, addresses)?,
        };
        let bytes = start..self.cursor.at();
        let Some(shape) = shape else { return Ok(None) };
        let has_location = self.kind == ListKind::Locations
            && kind != LLE_VIEW_PAIR
            && !matches!(shape, Shape::Base(_));
        if has_location {
            let len = self.cursor.uleb32()?;
            self.cursor.bytes(len as usize)?;
        }
        Ok(Some(Entry5 { bytes, shape }))
    }
}

/// The absolute addresses of an entry, if it has any and its code is there.
fn live(shape: &Shape) -> Option<Range<u32>> {
    let (start, end) = match *shape {
        Shape::StartEnd(start, end) => (start.old, end.old),
        Shape::StartLength(start, _, len) => (start.old, start.old.checked_add(len)?),
        Shape::OffsetPair(base, begin, end) if !base.is_dead() => {
            (base.old.checked_add(begin)?, base.old.checked_add(end)?)
        }
        Shape::Base(_) | Shape::OffsetPair(..) | Shape::Other => return None,
    };
    (!is_dead(start)).then_some(start..end)
}

/// Whether code that the list covers moved.
pub(super) fn touches(
    lists: &SectionEditor<'_>,
    addresses: &AddressTable<'_>,
    list: &List5,
    map: &AddressMap,
) -> Result<bool> {
    let mut entries = Entries::new(lists, list);
    while let Some(entry) = entries.next(addresses)? {
        if live(&entry.shape).is_some_and(|old| map.touches(&old)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Where the rewritten entries of a list go.
struct Output<'d, 'a> {
    lists: &'d mut SectionEditor<'a>,
    addresses: &'d mut AddressTable<'a>,
    kind: ListKind,
}

/// Rewrites the list. Offsets keep their size where the new ones fit.
pub(super) fn patch<'a>(
    lists: &mut SectionEditor<'a>,
    addresses: &mut AddressTable<'a>,
    list: &List5,
    map: &AddressMap,
) -> Result<()> {
    let mut entries = Entries::new(lists, list);
    let mut out = Output { lists, addresses, kind: list.kind };
    while let Some(entry) = entries.next(out.addresses)? {
        out.entry(entry, map)?;
    }
    Ok(())
}

impl Output<'_, '_> {
    fn entry(&mut self, entry: Entry5, map: &AddressMap) -> Result<()> {
        if let Shape::Base(base) = entry.shape {
            return if is_dead(base.old) { Ok(()) } else { self.address(base, map.map(base.old)) };
        }
        let Some(old) = live(&entry.shape) else {
            return Ok(());
        };
        let new = map.map_range(old.clone());
        match entry.shape {
            Shape::Base(_) | Shape::Other => Ok(()),
            Shape::StartEnd(start, end) => {
                if end.indexed && new.end != map.map(old.end) {
                    // Others may use the end's entry as a start.
                    return self.start_length(entry.bytes, new);
                }
                self.address(start, new.start)?;
                self.address(end, new.end)
            }
            Shape::StartLength(start, length, _) => {
                self.address(start, new.start)?;
                let mut bytes = Vec::with_capacity(5);
                push_uleb_padded(&mut bytes, (new.end - new.start).into(), length.len());
                self.lists.splice(length, bytes)
            }
            Shape::OffsetPair(base, ..) => {
                let base = base.moved(map);
                let relative = new.start.checked_sub(base).zip(new.end.checked_sub(base));
                match relative {
                    Some((begin, end)) => self.offset_pair(entry.bytes, begin, end),
                    None => self.start_length(entry.bytes, new),
                }
            }
        }
    }

    fn address(&mut self, address: Address, new: u32) -> Result<()> {
        if address.indexed {
            self.addresses.put_start(address.at, new)
        } else {
            self.lists.put_uint(address.at, 4, new.into())
        }
    }

    fn offset_pair(&mut self, old: Range<usize>, begin: u32, end: u32) -> Result<()> {
        let kind = match self.kind {
            ListKind::Ranges => dw::DW_RLE_offset_pair.0,
            ListKind::Locations => dw::DW_LLE_offset_pair.0,
        };
        let mut bytes = vec![kind];
        push_uleb(&mut bytes, begin.into());
        let room = old.len().saturating_sub(bytes.len());
        push_uleb_padded(&mut bytes, end.into(), room);
        self.lists.splice(old, bytes)
    }

    fn start_length(&mut self, old: Range<usize>, new: Range<u32>) -> Result<()> {
        let kind = match self.kind {
            ListKind::Ranges => dw::DW_RLE_start_length.0,
            ListKind::Locations => dw::DW_LLE_start_length.0,
        };
        let mut bytes = vec![kind];
        bytes.extend_from_slice(&new.start.to_le_bytes());
        let room = old.len().saturating_sub(bytes.len());
        push_uleb_padded(&mut bytes, (new.end - new.start).into(), room);
        self.lists.splice(old, bytes)
    }
}

//! The walk over the units: every attribute that holds a code address, and every
//! list that one refers to.

use std::collections::HashSet;
use std::ops::Range;

use gimli::constants as dw;
use gimli::{AttributeValue, DebugInfo, DebugTypes, LittleEndian};

use super::addresses::{AddressMap, is_dead};
use super::draft::Draft;
use super::lists::{AddressTable, Kind};
use super::read::push_uleb_padded;
use super::relink::Moved;
use super::units::{Attribute, List, Reader, Root, Unit, Units, Value, gimli_error};
use super::{Result, Sections, aranges, lines, lists4, lists5};

/// The sections of one module while they are being changed.
pub(super) struct Patcher<'a> {
    map: &'a AddressMap,
    units: Units<'a>,
    info: Draft<'a>,
    types: Draft<'a>,
    line: Draft<'a>,
    aranges: Draft<'a>,
    lists: Lists<'a>,
}

/// The sections that the attributes of a unit refer to.
pub(super) struct Lists<'a> {
    pub(super) addresses: AddressTable<'a>,
    pub(super) ranges: Draft<'a>,
    pub(super) rnglists: Draft<'a>,
    pub(super) loc: Draft<'a>,
    pub(super) loclists: Draft<'a>,
    /// The lists that have been rewritten: several entries may share one.
    seen: HashSet<(&'static str, usize)>,
}

impl<'a> Patcher<'a> {
    pub(super) fn new(sections: &'a Sections<'_>, map: &'a AddressMap) -> Self {
        let draft = |name| Draft::new(sections, name);
        Self {
            map,
            units: Units::new(draft(".debug_abbrev").old()),
            info: draft(".debug_info"),
            types: draft(".debug_types"),
            line: draft(".debug_line"),
            aranges: draft(".debug_aranges"),
            lists: Lists {
                addresses: AddressTable::new(draft(".debug_addr")),
                ranges: draft(".debug_ranges"),
                rnglists: draft(".debug_rnglists"),
                loc: draft(".debug_loc"),
                loclists: draft(".debug_loclists"),
                seen: HashSet::new(),
            },
        }
    }

    /// Rewrites all sections; returns those that differ, by name.
    pub(super) fn run(mut self) -> Result<Vec<(&'static str, Vec<u8>)>> {
        let mut headers = DebugInfo::new(self.info.old(), LittleEndian).units();
        let gimli = gimli_error(self.info.name);
        while let Some(header) = headers.next().map_err(gimli)? {
            if is_type(&header) {
                continue;
            }
            let mut unit = self.units.open(self.info.name, header)?;
            unit.read_root(&self.lists.addresses)?;
            if self.lists.touches(&unit, self.map)? {
                self.patch_unit(&unit)?;
            }
        }
        aranges::patch(&mut self.aranges, self.map)?;
        lines::patch(&mut self.line, self.map)?;
        self.relink()?;

        let Lists { addresses, ranges, rnglists, loc, loclists, .. } = self.lists;
        let drafts = [
            self.info,
            self.types,
            self.line,
            self.aranges,
            addresses.close()?,
            ranges,
            rnglists,
            loc,
            loclists,
        ];
        Ok(drafts.into_iter().filter_map(Draft::finish).collect())
    }

    fn patch_unit(&mut self, unit: &Unit<'a>) -> Result<()> {
        let (info, lists, map) = (&mut self.info, &mut self.lists, self.map);
        unit.walk(|tag, attributes| {
            let mut entry =
                Entry { info, lists, map, root: &unit.root, version: unit.header.version() };
            entry.patch(tag, attributes)?;
            Ok(true)
        })
    }

    fn relink(&mut self) -> Result<()> {
        let Some(moves) = Moved::new(&mut self.line, &mut self.lists)? else {
            return Ok(());
        };
        let mut headers = DebugInfo::new(self.info.old(), LittleEndian).units();
        let gimli = gimli_error(self.info.name);
        while let Some(header) = headers.next().map_err(gimli)? {
            let unit = self.units.open(self.info.name, header)?;
            moves.relink(&unit, &mut self.info)?;
        }
        let mut headers = DebugTypes::new(self.types.old(), LittleEndian).units();
        let gimli = gimli_error(self.types.name);
        while let Some(header) = headers.next().map_err(gimli)? {
            let unit = self.units.open(self.types.name, header)?;
            moves.relink(&unit, &mut self.types)?;
        }
        Ok(())
    }
}

/// Whether a unit only describes a type, and so has no code.
fn is_type(header: &gimli::UnitHeader<Reader<'_>>) -> bool {
    matches!(header.type_(), gimli::UnitType::Type { .. } | gimli::UnitType::SplitType { .. })
}

impl<'a> Lists<'a> {
    /// Whether code of the unit moved, by what its root says; yes if it says nothing.
    fn touches(&self, unit: &Unit<'a>, map: &AddressMap) -> Result<bool> {
        let root = &unit.root;
        if !unit.is_located() {
            return Ok(true);
        }
        if root.high.is_some_and(|high| map.touches(&(root.low..high))) {
            return Ok(true);
        }
        let Some(list) = root.ranges else {
            return Ok(false);
        };
        if unit.header.version() < 5 {
            return match list {
                List::At(at) => lists4::touches(&self.ranges, at, root.base(), map),
                List::Index(_) => Ok(true),
            };
        }
        let list = self.list5(list, Kind::Ranges, root)?;
        lists5::touches(&self.rnglists, &self.addresses, &list, map)
    }

    fn list5(&self, list: List, kind: Kind, root: &Root) -> Result<lists5::List> {
        let (section, base) = match kind {
            Kind::Ranges => (&self.rnglists, root.rnglists_base),
            Kind::Locations => (&self.loclists, root.loclists_base),
        };
        let at = match list {
            List::At(at) => at,
            List::Index(index) => {
                let entry = index.checked_mul(4).and_then(|i| i.checked_add(base));
                let Some(entry) = entry else {
                    return section.read(base).malformed();
                };
                match base.checked_add(section.read(entry).u32()? as usize) {
                    Some(at) => at,
                    None => return section.read(entry).malformed(),
                }
            }
        };
        Ok(lists5::List { at, kind, base: root.base(), addr_base: root.addr_base })
    }

    fn patch(
        &mut self,
        list: List,
        kind: Kind,
        version: u16,
        root: &Root,
        map: &AddressMap,
    ) -> Result<()> {
        if version >= 5 {
            let list = self.list5(list, kind, root)?;
            let section = match kind {
                Kind::Ranges => &mut self.rnglists,
                Kind::Locations => &mut self.loclists,
            };
            if !self.seen.insert((section.name, list.at)) {
                return Ok(());
            }
            return lists5::patch(section, &mut self.addresses, &list, map);
        }
        let section = match kind {
            Kind::Ranges => &mut self.ranges,
            Kind::Locations => &mut self.loc,
        };
        match list {
            List::At(at) if self.seen.insert((section.name, at)) => {
                lists4::patch(section, at, kind, root.base(), map)
            }
            List::At(_) => Ok(()),
            List::Index(at) => section.read(at).unsupported("a list by index"),
        }
    }
}

/// One debugging information entry.
struct Entry<'e, 'a> {
    info: &'e mut Draft<'a>,
    lists: &'e mut Lists<'a>,
    map: &'e AddressMap,
    root: &'e Root,
    version: u16,
}

impl<'a> Entry<'_, 'a> {
    fn patch(&mut self, tag: gimli::DwTag, attributes: &[Attribute<'a>]) -> Result<()> {
        let is_call = matches!(tag, dw::DW_TAG_call_site | dw::DW_TAG_GNU_call_site);
        let mut low = None;
        for attribute in attributes {
            match attribute.value {
                AttributeValue::RangeListsRef(at) => self.list(List::At(at.0), Kind::Ranges)?,
                AttributeValue::DebugRngListsIndex(i) => {
                    self.list(List::Index(i.0), Kind::Ranges)?;
                }
                AttributeValue::LocationListsRef(at) => {
                    self.list(List::At(at.0), Kind::Locations)?;
                }
                AttributeValue::DebugLocListsIndex(i) => {
                    self.list(List::Index(i.0), Kind::Locations)?;
                }
                _ => {}
            }
            match attribute.name {
                // The one address of an attribute that is not code.
                dw::DW_AT_const_value => {}
                // Needs the low one.
                dw::DW_AT_high_pc => {}
                dw::DW_AT_low_pc if !is_call => {
                    low = self.address(attribute)?;
                    self.put_start(attribute)?;
                }
                // A return address is the end of its call: what follows may be
                // dead code, or another function.
                dw::DW_AT_low_pc | dw::DW_AT_call_return_pc => {
                    if let Some(old) = self.address(attribute)? {
                        self.put_end(attribute, old, self.map.map_end(old))?;
                    }
                }
                _ => self.put_start(attribute)?,
            }
        }
        let Some(low) = low.filter(|&low| !is_dead(low)) else {
            return Ok(());
        };
        for attribute in attributes {
            match attribute.name {
                dw::DW_AT_high_pc => self.high_pc(low, attribute)?,
                dw::DW_AT_entry_pc => self.entry_offset(low, attribute)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn list(&mut self, list: List, kind: Kind) -> Result<()> {
        self.lists.patch(list, kind, self.version, self.root, self.map)
    }

    /// The address that an attribute holds or refers to, if it does.
    fn address(&self, attribute: &Attribute<'_>) -> Result<Option<u32>> {
        self.root.address(attribute.value, &self.lists.addresses)
    }

    fn put_start(&mut self, attribute: &Attribute<'_>) -> Result<()> {
        let Some(old) = self.address(attribute)?.filter(|&old| !is_dead(old)) else {
            return Ok(());
        };
        let new = self.map.map(old);
        match self.entry(attribute)? {
            Some(at) => self.lists.addresses.put_start(at, new),
            None => self.info.put_uint(attribute.at, 4, new.into()),
        }
    }

    fn put_end(&mut self, attribute: &Attribute<'_>, old: u32, new: u32) -> Result<()> {
        if is_dead(old) {
            return Ok(());
        }
        match self.entry(attribute)? {
            Some(at) => self.lists.addresses.put_end(at, new),
            None => self.info.put_uint(attribute.at, 4, new.into())?,
        }
        Ok(())
    }

    /// The position in `.debug_addr` that an attribute refers to, if it does.
    fn entry(&self, attribute: &Attribute<'_>) -> Result<Option<usize>> {
        let AttributeValue::DebugAddrIndex(index) = attribute.value else {
            return Ok(None);
        };
        let entry = self.lists.addresses.get(self.root.addr_base, index.0 as u64)?;
        Ok(Some(entry.0))
    }

    fn high_pc(&mut self, low: u32, attribute: &Attribute<'_>) -> Result<()> {
        if let Some(high) = self.address(attribute)? {
            let new = self.map.map_range(low..high).end;
            return self.put_end(attribute, high, new);
        }
        let Some(len) = constant(attribute.value) else {
            return Ok(());
        };
        let new = self.map.map_range(add(low, len));
        self.put_length(attribute, len, new.end - new.start)
    }

    /// `DW_AT_entry_pc` as an offset from the entry's start.
    fn entry_offset(&mut self, low: u32, attribute: &Attribute<'_>) -> Result<()> {
        let Some(offset) = constant(attribute.value) else {
            return Ok(());
        };
        let new = self.map.map(add(low, offset).end);
        let new = new.saturating_sub(self.map.map(low));
        self.put_length(attribute, offset, new)
    }

    /// Writes a length of code in the form of the old one, and in its size.
    fn put_length(&mut self, attribute: &Attribute<'_>, old: u64, new: u32) -> Result<()> {
        let (at, size) = (attribute.at, attribute.size);
        if old == u64::from(new) {
            return Ok(());
        }
        let bytes = match attribute.form {
            dw::DW_FORM_data1 | dw::DW_FORM_data2 | dw::DW_FORM_data4 | dw::DW_FORM_data8 => {
                return self.info.put_uint(at, size, new.into());
            }
            dw::DW_FORM_udata => {
                let mut bytes = Vec::with_capacity(size);
                push_uleb_padded(&mut bytes, new.into(), size);
                bytes
            }
            dw::DW_FORM_sdata => {
                // One byte more than the number needs has a clear sign bit.
                let mut bytes = Vec::with_capacity(size);
                push_uleb_padded(&mut bytes, new.into(), size);
                if bytes.last().is_some_and(|byte| byte & 0x40 != 0) {
                    return self.info.no_room(at, new.into());
                }
                bytes
            }
            // In the abbreviation, and so in every other entry that uses it.
            _ => return self.info.read(at).unsupported("the form of a code length"),
        };
        if bytes.len() != size {
            return self.info.no_room(at, new.into());
        }
        self.info.put(at, &bytes)
    }
}

/// `low` and so many bytes more.
fn add(low: u32, len: u64) -> Range<u32> {
    let len = u32::try_from(len).unwrap_or(u32::MAX);
    low..low.saturating_add(len)
}

/// A constant, whatever its form.
fn constant(value: Value<'_>) -> Option<u64> {
    match value {
        AttributeValue::Udata(value) => Some(value),
        value => value.udata_value(),
    }
}

//! One debugging information entry: each attribute that holds a code address, or refers
//! to a list of them.

use std::ops::Range;

use gimli::AttributeValue;
use gimli::constants as dw;

use super::Result;
use super::addresses::{AddressMap, is_dead};
use super::editor::SectionEditor;
use super::lists::ListKind;
use super::read::push_uleb_padded;
use super::unit_lists::Lists;
use super::units::{Attribute, ListRef, Root, Value};

/// One debugging information entry.
pub(super) struct Entry<'e, 'a> {
    pub(super) info: &'e mut SectionEditor<'a>,
    pub(super) lists: &'e mut Lists<'a>,
    pub(super) map: &'e AddressMap,
    pub(super) root: &'e Root,
    pub(super) version: u16,
}

impl<'a> Entry<'_, 'a> {
    pub(super) fn patch(&mut self, tag: gimli::DwTag, attributes: &[Attribute<'a>]) -> Result<()> {
        let is_call = matches!(tag, dw::DW_TAG_call_site | dw::DW_TAG_GNU_call_site);
        let mut low = None;
        for attribute in attributes {
            match attribute.value {
                AttributeValue::RangeListsRef(at) => {
                    self.list(ListRef::At(at.0), ListKind::Ranges)?
                }
                AttributeValue::DebugRngListsIndex(i) => {
                    self.list(ListRef::Index(i.0), ListKind::Ranges)?;
                }
                AttributeValue::LocationListsRef(at) => {
                    self.list(ListRef::At(at.0), ListKind::Locations)?;
                }
                AttributeValue::DebugLocListsIndex(i) => {
                    self.list(ListRef::Index(i.0), ListKind::Locations)?;
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

    fn list(&mut self, list: ListRef, kind: ListKind) -> Result<()> {
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

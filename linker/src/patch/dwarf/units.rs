//! The units of `.debug_info` and `.debug_types`, and what their root entries say
//! about the rest.

use std::collections::HashMap;
use std::rc::Rc;

use gimli::constants as dw;
use gimli::{AttributeValue, EndianSlice, LittleEndian, UnitHeader};

use super::addresses::is_dead;
use super::lists::{AddressTable, Base};
use super::{DwarfError, Result};

pub(super) type Reader<'a> = EndianSlice<'a, LittleEndian>;
pub(super) type Value<'a> = AttributeValue<Reader<'a>>;

/// An attribute as it stands in its section.
pub(super) struct Attribute<'a> {
    pub(super) name: gimli::DwAt,
    pub(super) form: gimli::DwForm,
    /// Its bytes: from the section's start, and how many.
    pub(super) at: usize,
    pub(super) size: usize,
    pub(super) value: Value<'a>,
}

/// A unit that can be walked.
pub(super) struct Unit<'a> {
    pub(super) header: UnitHeader<Reader<'a>>,
    pub(super) root: Root,
    abbreviations: Rc<gimli::Abbreviations>,
    section: &'static str,
}

/// What the attributes of a unit's root entry say about the rest of the unit.
#[derive(Default)]
pub(super) struct Root {
    /// `DW_AT_low_pc`, what lists count from; 0 if there is none.
    pub(super) low: u32,
    /// `DW_AT_high_pc`, as an address.
    pub(super) high: Option<u32>,
    pub(super) ranges: Option<ListRef>,
    /// Where the unit's part of `.debug_addr` begins.
    pub(super) addr_base: usize,
    /// Where the offsets of the unit's range lists begin in `.debug_rnglists`.
    pub(super) rnglists_base: usize,
    /// Where the offsets of the unit's location lists begin in `.debug_loclists`.
    pub(super) loclists_base: usize,
}

/// Which list of its section.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum ListRef {
    /// The one at an offset from the section's start.
    At(usize),
    /// The one whose offset is in the unit's table of offsets.
    Index(usize),
}

impl Root {
    /// What the lists of the unit count from.
    pub(super) fn base(&self) -> Base {
        Base { old: self.low }
    }

    /// The old address that an attribute's value holds or refers to, if it does.
    pub(super) fn address(
        &self,
        value: Value<'_>,
        addresses: &AddressTable<'_>,
    ) -> Result<Option<u32>> {
        Ok(match value {
            // Only units with 4 byte addresses are opened.
            AttributeValue::Addr(address) => u32::try_from(address).ok(),
            AttributeValue::DebugAddrIndex(index) => {
                Some(addresses.get(self.addr_base, index.0 as u64)?.1)
            }
            _ => None,
        })
    }
}

impl<'a> Unit<'a> {
    /// Calls `visit` for the attributes of each entry that may hold a code address
    /// or an offset into another section; `visit` returns whether to go on.
    pub(super) fn walk(
        &self,
        mut visit: impl FnMut(gimli::DwTag, &[Attribute<'a>]) -> Result<bool>,
    ) -> Result<()> {
        let gimli = gimli_error(self.section);
        let start = self.header.offset().0;
        let encoding = self.header.encoding();
        let mut entries = self.header.entries_raw(&self.abbreviations, None).map_err(gimli)?;
        let mut found = Vec::new();
        while !entries.is_empty() {
            let Some(abbreviation) = entries.read_abbreviation().map_err(gimli)? else {
                continue;
            };
            let specs = abbreviation.attributes();
            let Some(first) = specs.iter().position(|s| is_of_interest(s, encoding)) else {
                entries.skip_attributes(specs).map_err(gimli)?;
                continue;
            };
            let (skipped, rest) = specs.split_at(first);
            entries.skip_attributes(skipped).map_err(gimli)?;
            found.clear();
            for spec in rest {
                if !is_of_interest(spec, encoding) {
                    let one = std::slice::from_ref(spec);
                    entries.skip_attributes(one).map_err(gimli)?;
                    continue;
                }
                let at = entries.next_offset().0;
                let attribute = entries.read_attribute(*spec).map_err(gimli)?;
                found.push(Attribute {
                    name: spec.name(),
                    form: spec.form(),
                    at: start + at,
                    size: entries.next_offset().0 - at,
                    value: attribute.value(),
                });
            }
            if !visit(abbreviation.tag(), &found)? {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn read_root(&mut self, addresses: &AddressTable<'_>) -> Result<()> {
        let mut root = Root {
            // Where the first header of a section ends.
            addr_base: if self.header.version() < 5 { 0 } else { 8 },
            rnglists_base: 12,
            loclists_base: 12,
            ..Root::default()
        };
        let (mut low, mut high) = (None, None);
        self.walk(|_, attributes| {
            for attribute in attributes {
                match attribute.value {
                    AttributeValue::DebugAddrBase(base) => root.addr_base = base.0,
                    AttributeValue::DebugRngListsBase(base) => root.rnglists_base = base.0,
                    AttributeValue::DebugLocListsBase(base) => root.loclists_base = base.0,
                    AttributeValue::RangeListsRef(at) => root.ranges = Some(ListRef::At(at.0)),
                    AttributeValue::DebugRngListsIndex(i) => {
                        root.ranges = Some(ListRef::Index(i.0));
                    }
                    // The entries of `.debug_addr` that only the other file uses cannot be
                    // told from addresses of memory.
                    _ if is_dwo_name(attribute.name) => {
                        return Err(DwarfError::Unsupported {
                            section: self.section,
                            at: attribute.at,
                            what: "debug information in a file of its own (split DWARF)",
                        });
                    }
                    value if attribute.name == dw::DW_AT_low_pc => low = Some(value),
                    value if attribute.name == dw::DW_AT_high_pc => high = Some(value),
                    _ => {}
                }
            }
            Ok(false)
        })?;
        if let Some(low) = low {
            root.low = root.address(low, addresses)?.unwrap_or(0);
        }
        root.high = match high {
            None => None,
            Some(AttributeValue::Udata(len)) => {
                u32::try_from(len).ok().and_then(|len| root.low.checked_add(len))
            }
            Some(value) => root.address(value, addresses)?,
        };
        self.root = root;
        Ok(())
    }

    /// Whether the root says where the unit's code is.
    pub(super) fn is_located(&self) -> bool {
        self.root.ranges.is_some() || self.root.high.is_some() || is_dead_unit(self.root.low)
    }
}

/// A root of 0 alone says nothing; a tombstone says that all code is gone.
fn is_dead_unit(low: u32) -> bool {
    low != 0 && is_dead(low)
}

/// Whether an attribute names the file that has the rest of its unit.
fn is_dwo_name(name: gimli::DwAt) -> bool {
    matches!(name, dw::DW_AT_dwo_name | dw::DW_AT_GNU_dwo_name)
}

/// Whether the attribute may hold a code address, a length of code, or an offset
/// into a section that may grow.
fn is_of_interest(spec: &gimli::AttributeSpecification, encoding: gimli::Encoding) -> bool {
    match spec.form() {
        dw::DW_FORM_addr
        | dw::DW_FORM_addrx
        | dw::DW_FORM_addrx1
        | dw::DW_FORM_addrx2
        | dw::DW_FORM_addrx3
        | dw::DW_FORM_addrx4
        | dw::DW_FORM_GNU_addr_index
        | dw::DW_FORM_sec_offset
        | dw::DW_FORM_rnglistx
        | dw::DW_FORM_loclistx => true,
        dw::DW_FORM_data4 | dw::DW_FORM_data8 if encoding.version < 4 => true,
        _ => {
            matches!(spec.name(), dw::DW_AT_high_pc | dw::DW_AT_entry_pc)
                || is_dwo_name(spec.name())
        }
    }
}

/// The abbreviation tables that have been read. The units of one object share one.
pub(super) struct Units<'a> {
    abbrev: gimli::DebugAbbrev<Reader<'a>>,
    tables: HashMap<usize, Rc<gimli::Abbreviations>>,
}

impl<'a> Units<'a> {
    pub(super) fn new(abbrev: &'a [u8]) -> Self {
        Self { abbrev: gimli::DebugAbbrev::new(abbrev, LittleEndian), tables: HashMap::new() }
    }

    /// Opens a unit of `section`. Its `root` is read by [`Unit::read_root`].
    pub(super) fn open(
        &mut self,
        section: &'static str,
        header: UnitHeader<Reader<'a>>,
    ) -> Result<Unit<'a>> {
        if header.address_size() != 4 {
            return Err(DwarfError::Unsupported {
                section,
                at: header.offset().0,
                what: "an address that is not 4 bytes",
            });
        }
        let at = header.debug_abbrev_offset();
        let abbreviations = match self.tables.get(&at.0) {
            Some(table) => Rc::clone(table),
            None => {
                let table = self.abbrev.abbreviations(at);
                let table = Rc::new(table.map_err(gimli_error(".debug_abbrev"))?);
                self.tables.insert(at.0, Rc::clone(&table));
                table
            }
        };
        Ok(Unit { header, root: Root::default(), abbreviations, section })
    }
}

/// For `map_err`: what gimli says about a section.
pub(super) fn gimli_error(section: &'static str) -> impl Fn(gimli::Error) -> DwarfError + Copy {
    move |source| DwarfError::Gimli { section, source }
}

//! What a debugger gets to know from a module's DWARF, read with gimli alone.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use gimli::{AttributeValue, EndianSlice, LittleEndian};

type Reader<'a> = EndianSlice<'a, LittleEndian>;

/// A row of a line table, without its address.
pub(crate) type Row = (u64, Option<u64>, u64, [bool; 4], u64, u64);

/// One thing that DWARF says. Entries are named by their offset, which stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    /// An attribute of an entry holds a code address.
    Address(usize, gimli::DwAt, u32),
    /// An entry's low and high address, or the ranges of its list.
    Ranges(usize, Vec<Range<u32>>),
    /// A variable is somewhere in these ranges: with the expression and the memory
    /// that it refers to.
    Locations(usize, gimli::DwAt, Vec<(Range<u32>, Vec<u8>)>),
    /// A location expression refers to memory.
    Memory(usize, u64),
    /// A sequence of a unit's line table; the last row is its end.
    Sequence(usize, Vec<(u32, Row)>),
}

/// How code moved: an address, and a range.
pub(crate) trait Moves {
    /// Where an instruction went.
    fn address(&self, old: u32) -> u32;
    /// Where the end of a range went.
    fn end(&self, old: u32) -> u32;

    /// Both.
    fn range(&self, old: &Range<u32>) -> Range<u32> {
        self.address(old.start)..self.end(old.end)
    }
}

impl Fact {
    /// What it has to become.
    pub(crate) fn moved(&self, map: &impl Moves) -> Self {
        match self {
            Self::Address(entry, name @ gimli::DW_AT_call_return_pc, old) => {
                Self::Address(*entry, *name, map.end(*old))
            }
            Self::Address(entry, name, old) => Self::Address(*entry, *name, map.address(*old)),
            Self::Ranges(entry, ranges) => {
                let new = ranges.iter().map(|r| map.range(r));
                Self::Ranges(*entry, new.filter(|r| !r.is_empty()).collect())
            }
            Self::Locations(entry, name, list) => {
                let new = list.iter().map(|(r, code)| (map.range(r), code.clone()));
                let new = new.filter(|(r, _)| !r.is_empty()).collect();
                Self::Locations(*entry, *name, new)
            }
            Self::Memory(..) => self.clone(),
            Self::Sequence(unit, rows) => {
                let end = rows.last().map_or(0, |row| row.0);
                let rows = rows.iter().map(|&(at, row)| {
                    let new = if at == end { map.end(at) } else { map.address(at) };
                    (new, row)
                });
                Self::Sequence(*unit, rows.collect())
            }
        }
    }
}

fn is_dead(address: u64) -> bool {
    address == 0 || address >= 0xffff_fffe
}

/// Everything that `sections` say.
pub(crate) fn facts(sections: &BTreeMap<&str, Cow<'_, [u8]>>) -> gimli::Result<Vec<Fact>> {
    let dwarf = gimli::Dwarf::load(|id| {
        let content = sections.get(id.name()).map_or(&[][..], |content| content);
        Ok::<_, gimli::Error>(EndianSlice::new(content, LittleEndian))
    })?;
    let mut facts = Vec::new();
    let mut units = dwarf.units();
    while let Some(header) = units.next()? {
        let unit = dwarf.unit(header)?;
        let mut entries = unit.entries();
        while let Some(entry) = entries.next_dfs()? {
            let at = header.offset().0 + entry.offset().0;
            for attribute in entry.attrs() {
                attribute_facts(&dwarf, &unit, at, attribute, &mut facts)?;
            }
            if let Some(offset) = entry.attr(gimli::DW_AT_entry_pc)
                && let Some(offset) = offset.udata_value()
                && let Some(low) = entry.attr_value(gimli::DW_AT_low_pc)
                && let Some(low) = dwarf.attr_address(&unit, low)?
                && !is_dead(low)
            {
                facts.push(Fact::Address(at, gimli::DW_AT_entry_pc, (low + offset) as u32));
            }
            let mut ranges = Vec::new();
            let mut iter = dwarf.die_ranges(&unit, entry)?;
            while let Some(range) = iter.next()? {
                if !is_dead(range.begin) && range.begin < range.end {
                    ranges.push(range.begin as u32..range.end as u32);
                }
            }
            if entry.has_attr(gimli::DW_AT_low_pc) || entry.has_attr(gimli::DW_AT_ranges) {
                facts.push(Fact::Ranges(at, ranges));
            }
        }
        line_facts(&unit, header.offset().0, &mut facts)?;
    }
    Ok(facts)
}

fn attribute_facts<'a>(
    dwarf: &gimli::Dwarf<Reader<'a>>,
    unit: &gimli::Unit<Reader<'a>>,
    at: usize,
    attribute: &gimli::Attribute<Reader<'a>>,
    facts: &mut Vec<Fact>,
) -> gimli::Result<()> {
    let name = attribute.name();
    let value = attribute.value();
    if let AttributeValue::Exprloc(expression) = value {
        let memory = memory(dwarf, unit, expression)?;
        facts.extend(memory.into_iter().map(|address| Fact::Memory(at, address)));
    }
    if let Some(address) = dwarf.attr_address(unit, value)?
        && !is_dead(address)
        && name != gimli::DW_AT_high_pc
    {
        facts.push(Fact::Address(at, name, address as u32));
    }
    if let Some(mut list) = dwarf.attr_locations(unit, value)? {
        let mut ranges = Vec::new();
        while let Some(entry) = list.next()? {
            if !is_dead(entry.range.begin) && entry.range.begin < entry.range.end {
                let range = entry.range.begin as u32..entry.range.end as u32;
                let mut code = entry.data.0.to_vec();
                for address in memory(dwarf, unit, entry.data)? {
                    code.extend(address.to_le_bytes());
                }
                ranges.push((range, code));
            }
        }
        facts.push(Fact::Locations(at, name, ranges));
    }
    Ok(())
}

/// The addresses of memory that an expression holds or refers to.
fn memory<'a>(
    dwarf: &gimli::Dwarf<Reader<'a>>,
    unit: &gimli::Unit<Reader<'a>>,
    expression: gimli::Expression<Reader<'a>>,
) -> gimli::Result<Vec<u64>> {
    let mut memory = Vec::new();
    let mut operations = expression.operations(unit.encoding());
    while let Some(operation) = operations.next()? {
        match operation {
            gimli::Operation::Address { address } => memory.push(address),
            gimli::Operation::AddressIndex { index } => memory.push(dwarf.address(unit, index)?),
            _ => {}
        }
    }
    Ok(memory)
}

fn line_facts(
    unit: &gimli::Unit<Reader<'_>>,
    at: usize,
    facts: &mut Vec<Fact>,
) -> gimli::Result<()> {
    let Some(program) = unit.line_program.clone() else {
        return Ok(());
    };
    let mut rows = program.rows();
    let mut sequence = Vec::new();
    while let Some((_, row)) = rows.next_row()? {
        let column = match row.column() {
            gimli::ColumnType::LeftEdge => 0,
            gimli::ColumnType::Column(column) => column.get(),
        };
        let flags = [row.is_stmt(), row.basic_block(), row.prologue_end(), row.epilogue_begin()];
        let line = row.line().map(std::num::NonZero::get);
        let data = (row.file_index(), line, column, flags, row.isa(), row.discriminator());
        sequence.push((row.address() as u32, data));
        if row.end_sequence() {
            let rows = std::mem::take(&mut sequence);
            if rows.iter().all(|row| !is_dead(row.0.into())) {
                facts.push(Fact::Sequence(at, rows));
            }
        }
    }
    Ok(())
}

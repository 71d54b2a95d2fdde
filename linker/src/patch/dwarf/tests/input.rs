//! Makes DWARF to patch: random units as gimli writes them, and sections by hand.

use std::borrow::Cow;
use std::ops::Range;

use gimli::write::{
    Address, AttributeValue, Dwarf, EndianVec, Expression, LineProgram, LineString, Location,
    LocationList, RangeList, Unit, UnitEntryId,
};
use gimli::{Encoding, Format, LineEncoding, LittleEndian};

use super::super::{AddressMap, Piece, Sections};

/// xorshift64*: the same numbers on every machine.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        (high % u64::from(limit.max(1))) as u32
    }

    fn within(&mut self, range: &Range<u32>) -> u32 {
        range.start + self.below(range.end - range.start)
    }

    /// A range within another, not empty.
    fn part(&mut self, of: &Range<u32>) -> Range<u32> {
        let start = self.within(of);
        start..start + 1 + self.below(of.end - start)
    }
}

/// Functions one after the other, each behind two bytes of body size.
pub(super) fn functions(random: &mut Random, count: u32) -> Vec<Range<u32>> {
    let mut at = 1;
    let mut functions = Vec::new();
    for _ in 0..count {
        let start = at + 2;
        at = start + 20 + random.below(400);
        functions.push(start..at);
    }
    functions
}

/// Moves each function one way or another: not, as a whole to the end, with bytes
/// put in or taken out on the way, or with bytes shifted inside.
pub(super) fn random_map(random: &mut Random, functions: &[Range<u32>]) -> AddressMap {
    let shift = random.below(2);
    let mut end = functions.last().map_or(0, |f| f.end) + shift;
    let mut pieces = Vec::new();
    for function in functions {
        let way = random.below(4);
        if way == 0 {
            continue;
        }
        let mut new_start = function.start + shift;
        if way != 3 {
            end += 5;
            new_start = end;
        }
        let mut old = function.clone();
        let cuts = if way == 1 { 0 } else { 1 + random.below(4) };
        let mut grown = 0;
        for _ in 0..cuts {
            let cut = old.start + 1 + random.below(12);
            if cut + 8 >= old.end {
                break;
            }
            pieces.push(Piece { old: old.start..cut, new_start });
            let len = cut - old.start;
            new_start += len;
            old.start = cut;
            // In place there is only room for as much as vanished before.
            let by = random.below(6).min(len);
            if random.below(2) == 0 && grown >= by {
                grown -= by;
                new_start -= by;
            } else if way != 3 {
                new_start += by;
                grown += by;
            }
        }
        pieces.push(Piece { old: old.clone(), new_start });
        end = end.max(new_start + (old.end - old.start));
    }
    AddressMap { shift, pieces }
}

/// Two functions a unit, with everything that a compiler says about a function.
pub(super) fn random_sections(
    random: &mut Random,
    version: u16,
    functions: &[Range<u32>],
) -> Sections<'static> {
    let encoding = Encoding { format: Format::Dwarf32, version, address_size: 4 };
    let mut dwarf = Dwarf::new();
    for functions in functions.chunks(2) {
        let mut unit = Unit::new(encoding, LineProgram::none());
        unit.line_program = line_program(random, encoding, functions);
        let root = unit.root();
        let first = functions.first().map_or(0, |f| f.start);
        // A single function's unit starts with it; then offsets count from it.
        if functions.len() == 1 {
            set(&mut unit, root, gimli::DW_AT_low_pc, address(first));
            set(&mut unit, root, gimli::DW_AT_high_pc, length(&functions[0]));
        } else {
            set(&mut unit, root, gimli::DW_AT_low_pc, address(0));
            let ranges = functions.iter().map(start_end).collect();
            let ranges = AttributeValue::RangeListRef(unit.ranges.add(RangeList(ranges)));
            set(&mut unit, root, gimli::DW_AT_ranges, ranges);
        }
        for function in functions {
            add_function(random, &mut unit, function, functions.len() == 1);
        }
        dwarf.units.add(unit);
    }
    let mut written = gimli::write::Sections::new(EndianVec::new(LittleEndian));
    dwarf.write(&mut written).unwrap();
    let mut sections = Sections::new();
    written
        .for_each(|id, content| {
            if !content.slice().is_empty() {
                sections.insert(id.name(), Cow::Owned(content.slice().to_vec()));
            }
            Ok::<_, gimli::write::Error>(())
        })
        .unwrap();
    sections
}

fn set(unit: &mut Unit, entry: UnitEntryId, name: gimli::DwAt, value: AttributeValue) {
    unit.get_mut(entry).set(name, value);
}

fn address(at: u32) -> AttributeValue {
    AttributeValue::Address(Address::Constant(at.into()))
}

fn length(of: &Range<u32>) -> AttributeValue {
    AttributeValue::Data4(of.end - of.start)
}

fn start_end(range: &Range<u32>) -> gimli::write::Range {
    gimli::write::Range::StartEnd {
        begin: Address::Constant(range.start.into()),
        end: Address::Constant(range.end.into()),
    }
}

fn add_function(random: &mut Random, unit: &mut Unit, function: &Range<u32>, based: bool) {
    let root = unit.root();
    let entry = unit.add(root, gimli::DW_TAG_subprogram);
    set(unit, entry, gimli::DW_AT_low_pc, address(function.start));
    set(unit, entry, gimli::DW_AT_high_pc, length(function));
    set(unit, entry, gimli::DW_AT_entry_pc, address(function.start));

    let block = unit.add(entry, gimli::DW_TAG_lexical_block);
    let (a, b) = (random.part(function), random.part(function));
    // An offset from the unit's base, if it has one; then one from a base of its own.
    let first = if based { offset_pair(&a, function.start) } else { start_end(&a) };
    let own_base =
        gimli::write::Range::BaseAddress { address: Address::Constant(function.start.into()) };
    let ranges = RangeList(vec![first, own_base, offset_pair(&b, function.start)]);
    let ranges = AttributeValue::RangeListRef(unit.ranges.add(ranges));
    set(unit, block, gimli::DW_AT_ranges, ranges);

    let inner = unit.add(block, gimli::DW_TAG_lexical_block);
    let part = random.part(function);
    set(unit, inner, gimli::DW_AT_low_pc, address(part.start));
    set(unit, inner, gimli::DW_AT_high_pc, address(part.end));

    let variable = unit.add(block, gimli::DW_TAG_variable);
    let (a, b) = (random.part(function), random.part(function));
    let mut list = vec![
        Location::BaseAddress { address: Address::Constant(function.start.into()) },
        Location::OffsetPair {
            begin: (a.start - function.start).into(),
            end: (a.end - function.start).into(),
            data: memory(a.start),
        },
    ];
    if unit.version() >= 5 {
        list.push(Location::StartLength {
            begin: Address::Constant(b.start.into()),
            length: (b.end - b.start).into(),
            data: memory(b.start),
        });
        list.push(Location::StartEnd {
            begin: Address::Constant(a.start.into()),
            end: Address::Constant(a.end.into()),
            data: memory(a.end),
        });
    }
    let list = AttributeValue::LocationListRef(unit.locations.add(LocationList(list)));
    set(unit, variable, gimli::DW_AT_location, list);

    let fixed = unit.add(block, gimli::DW_TAG_variable);
    let place = AttributeValue::Exprloc(memory(function.start));
    set(unit, fixed, gimli::DW_AT_location, place);

    let call = unit.add(block, gimli::DW_TAG_call_site);
    let end = random.part(function).end;
    set(unit, call, gimli::DW_AT_call_return_pc, address(end));
    let label = unit.add(block, gimli::DW_TAG_label);
    set(unit, label, gimli::DW_AT_low_pc, address(random.within(function)));
}

fn offset_pair(range: &Range<u32>, base: u32) -> gimli::write::Range {
    gimli::write::Range::OffsetPair {
        begin: (range.start - base).into(),
        end: (range.end - base).into(),
    }
}

/// `DW_OP_addr` of a number that is also a code address.
fn memory(at: u32) -> Expression {
    let mut expression = Expression::new();
    expression.op_addr(Address::Constant(at.into()));
    expression
}

fn line_program(random: &mut Random, encoding: Encoding, functions: &[Range<u32>]) -> LineProgram {
    let name = |name: &[u8]| LineString::String(name.to_vec());
    let mut program =
        LineProgram::new(encoding, LineEncoding::default(), name(b"/"), None, name(b"a.rs"), None);
    let root = program.default_directory();
    let files = [b"a.rs", b"b.rs"].map(|file| program.add_file(name(file), root, None));
    for function in functions {
        program.begin_sequence(Some(Address::Constant(function.start.into())));
        let mut at = random.below(4);
        while at < function.end - function.start {
            let file = files[random.below(2) as usize];
            let row = program.row();
            row.address_offset = at.into();
            row.file = file;
            row.line = u64::from(random.below(if at.is_multiple_of(3) { 2000 } else { 12 }));
            row.column = random.below(90).into();
            row.is_statement = random.below(3) != 0;
            row.prologue_end = random.below(9) == 0;
            row.discriminator = u64::from(random.below(5) / 4);
            program.generate_row();
            at += random.below(30);
        }
        program.end_sequence((function.end - function.start).into());
    }
    program
}

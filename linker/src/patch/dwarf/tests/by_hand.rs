//! What gimli does not write: indices into `.debug_addr`, dead code, sequences of
//! more than one function, and every instruction of a line program.

use std::borrow::Cow;

use gimli::constants as dw;

use super::super::read::push_uleb;
use super::super::{AddressMap, DwarfError, Sections, patch};
use super::facts::{Fact, facts};
use super::{check, piece};

/// Bytes in the making.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn u8(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn u16(self, value: u16) -> Self {
        self.u8(&value.to_le_bytes())
    }

    fn u32(self, values: &[u32]) -> Self {
        values.iter().fold(self, |b, v| b.u8(&v.to_le_bytes()))
    }

    fn uleb(mut self, values: &[u64]) -> Self {
        for &value in values {
            push_uleb(&mut self.0, value);
        }
        self
    }

    /// Puts the length of a unit before it.
    fn unit(self) -> Vec<u8> {
        let len = self.0.len() as u32;
        Self::default().u32(&[len]).u8(&self.0).0
    }
}

fn bytes() -> Bytes {
    Bytes::default()
}

const DEAD: u32 = u32::MAX;
/// An address of memory that is also one of code.
const MEMORY: u32 = 10;
/// `DW_OP_addrx` 2: the memory above.
const AT_MEMORY: [u8; 2] = [0xa1, 2];

/// Two functions, 10..300 and 302..400, as DWARF 5 with indices throughout.
pub(super) fn module() -> Sections<'static> {
    let abbreviation = |code, tag: gimli::DwTag, children, attributes: &[(gimli::DwAt, _)]| {
        let mut b = bytes().uleb(&[code, tag.0.into(), children]);
        for &(name, gimli::DwForm(form)) in attributes {
            b = b.uleb(&[name.0.into(), form.into()]);
        }
        b.uleb(&[0, 0]).0
    };
    let abbrev = [
        abbreviation(
            1,
            dw::DW_TAG_compile_unit,
            1,
            &[
                (dw::DW_AT_stmt_list, dw::DW_FORM_sec_offset),
                (dw::DW_AT_low_pc, dw::DW_FORM_addr),
                (dw::DW_AT_ranges, dw::DW_FORM_rnglistx),
                (dw::DW_AT_addr_base, dw::DW_FORM_sec_offset),
                (dw::DW_AT_rnglists_base, dw::DW_FORM_sec_offset),
                (dw::DW_AT_loclists_base, dw::DW_FORM_sec_offset),
            ],
        ),
        // The length before the start: the order is free.
        abbreviation(
            2,
            dw::DW_TAG_subprogram,
            1,
            &[
                (dw::DW_AT_high_pc, dw::DW_FORM_udata),
                (dw::DW_AT_low_pc, dw::DW_FORM_addrx),
                (dw::DW_AT_entry_pc, dw::DW_FORM_data2),
            ],
        ),
        abbreviation(3, dw::DW_TAG_variable, 0, &[(dw::DW_AT_location, dw::DW_FORM_loclistx)]),
        abbreviation(4, dw::DW_TAG_variable, 0, &[(dw::DW_AT_location, dw::DW_FORM_exprloc)]),
        abbreviation(5, dw::DW_TAG_lexical_block, 0, &[(dw::DW_AT_ranges, dw::DW_FORM_rnglistx)]),
        abbreviation(6, dw::DW_TAG_call_site, 0, &[(dw::DW_AT_call_return_pc, dw::DW_FORM_addrx)]),
        vec![0],
    ];
    let unit = |line: usize, rnglists: usize, loclists: usize| {
        let head = bytes().u16(5).u8(&[1, 4]).u32(&[0]);
        head.u8(&[1])
            .u32(&[line as u32, 0])
            .uleb(&[1])
            .u32(&[8, rnglists as u32 + 12, loclists as u32 + 12])
            .u8(&[2])
            .uleb(&[290, 0])
            .u16(140)
            .u8(&[3, 0, 3, 1, 4, 2])
            .u8(&AT_MEMORY)
            .u8(&[5, 0, 6, 5, 0])
            .u8(&[2])
            .uleb(&[98, 1])
            .u16(0)
            .u8(&[0])
            .u8(&[2])
            .uleb(&[7, 4])
            .u16(0)
            .u8(&[0])
            .u8(&[0])
            .unit()
    };
    let lists = |lists: [Vec<u8>; 2]| {
        let first = 8u32;
        let second = first + lists[0].len() as u32;
        let head = bytes().u16(5).u8(&[4, 0]).u32(&[2, first, second]);
        head.u8(&lists.concat()).unit()
    };
    let whole = bytes().u8(&[3, 0]).uleb(&[290]).u8(&[3, 1, 98, 3, 4, 9, 0]);
    let parts = bytes()
        .u8(&[1, 0, 4, 5, 127, 4])
        .uleb(&[200, 230])
        .u8(&[1, 4, 4, 3, 5])
        .u8(&[2, 0, 3])
        .u8(&[5])
        .u32(&[302])
        .u8(&[4, 0, 20])
        .u8(&[6])
        .u32(&[310, 330])
        .u8(&[7])
        .u32(&[40])
        .u8(&[80, 0]);
    let rnglists = lists([parts.0, whole.0]);
    let location = |b: Bytes| b.uleb(&[2]).u8(&AT_MEMORY);
    let mut b = bytes().u8(&[1, 0]);
    b = location(b.u8(&[4, 5, 127]));
    b = location(b.u8(&[4]).uleb(&[125, 130]));
    b = location(b.u8(&[2, 0, 3]));
    // The end of the entry above is a start here.
    b = location(b.u8(&[3, 3, 20]));
    b = location(b.u8(&[3, 4, 120]));
    b = b.u8(&[6]).u32(&[302]);
    b = location(b.u8(&[4, 0, 20]));
    b = location(b.u8(&[7]).u32(&[310, 330]));
    b = location(b.u8(&[8]).u32(&[40]).u8(&[80]));
    let second = location(bytes().u8(&[7]).u32(&[315, 330])).u8(&[0]);
    let loclists = lists([b.u8(&[0]).0, second.0]);
    let addr = bytes().u16(5).u8(&[4, 0]).u32(&[10, 302, MEMORY, 130, DEAD, 60]).unit();
    let line = line_unit(&[sequence(10, 300), sequence(302, 400), sequence(DEAD, 99)]);

    // Twice the same, so that the second unit must follow what the first one grows.
    let first = unit(0, 0, 0);
    let second = unit(line.len(), rnglists.len(), loclists.len());
    let twice = |content: Vec<u8>| [content.clone(), content].concat();
    let sections = [
        (".debug_abbrev", abbrev.concat()),
        (".debug_info", [first, second].concat()),
        (".debug_addr", addr),
        (".debug_rnglists", twice(rnglists)),
        (".debug_loclists", twice(loclists)),
        (".debug_line", twice(line)),
    ];
    sections.into_iter().map(|(name, content)| (name, Cow::Owned(content))).collect()
}

/// The first function goes to the end and grows, the second is changed inside.
pub(super) fn map() -> AddressMap {
    AddressMap {
        shift: 1,
        pieces: vec![
            piece(10..60, 1000),
            piece(60..130, 1060),
            piece(130..300, 1140),
            piece(312..350, 316),
            piece(350..400, 351),
        ],
    }
}

/// The program of one function, with every instruction that there is.
fn sequence(start: u32, end: u32) -> Vec<u8> {
    // All but the last two advances come to 88.
    let rest = u64::from(end.wrapping_sub(start)) - 89;
    bytes()
        .u8(&[0, 5, 2])
        .u32(&[start])
        .u8(&[5, 7, 10, 20, 33])
        .u8(&[0, 2, 4, 3, 8, 3])
        .uleb(&[60])
        .u8(&[1])
        .u8(&[9])
        .u16(12)
        .u8(&[11, 12, 3, 200])
        .u8(&[2, 15, 6, 4, 2, 1, 7, 250])
        .u8(&[13, 1, 2, 0, 3, 0x80, 9, 9, 90])
        .u8(&[2])
        .uleb(&[rest])
        .u8(&[20])
        .u8(&[2, 1, 0, 1, 1])
        .0
}

fn line_unit(sequences: &[Vec<u8>]) -> Vec<u8> {
    // Line base -3, line range 12, opcode base 14: opcode 13 has two operands.
    let fields = bytes()
        .u8(&[1, 1, 1, 0xfd, 12, 14, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 2])
        .u8(&[1, 1, 8, 1, b'/', 0])
        .u8(&[1, 1, 8, 1, b'a', 0]);
    let head = bytes().u16(5).u8(&[4, 0]).u32(&[fields.0.len() as u32]);
    head.u8(&fields.0).u8(&sequences.concat()).unit()
}

fn sequences(sections: &Sections<'_>) -> Vec<Vec<u32>> {
    let addresses = |fact| match fact {
        Fact::Sequence(0, rows) => Some(rows.iter().map(|row| row.0).collect()),
        _ => None,
    };
    facts(sections).unwrap().into_iter().filter_map(addresses).collect()
}

#[test]
fn indexed_addresses_follow_and_memory_stays() {
    let sections = module();
    let new = check(&sections, &map());
    let memory = new.iter().filter(|fact| matches!(fact, Fact::Memory(..))).count();
    assert_eq!(memory, 2);
    let mut new = sections.clone();
    patch(&mut new, &map()).unwrap();
    for name in [".debug_rnglists", ".debug_loclists", ".debug_line"] {
        assert!(is_chain(&new[name]), "{name}");
    }
    let table = &new[".debug_addr"][8..];
    let entry = |index: usize| u32::from_le_bytes(table[index * 4..][..4].try_into().unwrap());
    assert_eq!([0, 1, 2, 4].map(entry), [1000, 303, MEMORY, DEAD]);
    // 127 has become 137, which needs a byte more.
    assert!(new[".debug_rnglists"].len() > sections[".debug_rnglists"].len());
    assert!(new[".debug_loclists"].len() > sections[".debug_loclists"].len());
}

/// Whether the lengths of its units lead through the section.
fn is_chain(mut section: &[u8]) -> bool {
    while let Some((len, rest)) = section.split_first_chunk() {
        match rest.get(u32::from_le_bytes(*len) as usize..) {
            Some(rest) => section = rest,
            None => return false,
        }
    }
    section.is_empty()
}

#[test]
fn a_shift_alone_keeps_every_size() {
    let sections = module();
    let map = AddressMap { shift: 1, pieces: Vec::new() };
    check(&sections, &map);
    let mut new = sections.clone();
    patch(&mut new, &map).unwrap();
    for (name, content) in &new {
        assert_eq!(content.len(), sections[name].len(), "{name}");
    }
    let dead = |line: &[u8]| line.windows(4).filter(|bytes| *bytes == [0xff; 4]).count();
    assert_eq!(dead(&new[".debug_line"]), 2);
}

#[test]
fn a_sequence_may_set_its_address_twice() {
    let program = bytes().u8(&[0, 5, 2]).u32(&[10]).u8(&[1]);
    // Row and address are as far apart as before, but not where they were.
    let program = program.u8(&[0, 5, 2]).u32(&[20]).u8(&[1, 2]).uleb(&[280]).u8(&[0, 1, 1]);
    let mut sections = module();
    sections.insert(".debug_line", Cow::Owned(line_unit(&[program.0])));
    one_unit(&mut sections);
    patch(&mut sections, &map()).unwrap();
    assert_eq!(sequences(&sections), [vec![1000, 1010, 1310]]);
}

/// Cuts the second unit off.
fn one_unit(sections: &mut Sections<'_>) {
    if let Some(info) = sections.get_mut(".debug_info") {
        let half = info.len() / 2;
        info.to_mut().truncate(half);
    }
}

#[test]
fn a_sequence_of_two_functions_is_broken_where_they_part() {
    let program = bytes()
        .u8(&[0, 5, 2])
        .u32(&[10])
        // Lines 5 and 6 at 10 and 30, line 6 in column 9 at 302 and 310.
        .u8(&[3, 4, 1, 3, 1, 2, 20, 1, 5, 9, 2])
        .uleb(&[272])
        .u8(&[1, 2, 8, 1])
        .u8(&[2])
        .uleb(&[90])
        .u8(&[0, 1, 1]);
    let mut sections = module();
    sections.insert(".debug_line", Cow::Owned(line_unit(&[program.0])));
    let map = AddressMap { shift: 0, pieces: vec![piece(10..300, 1000)] };
    one_unit(&mut sections);
    patch(&mut sections, &map).unwrap();
    assert_eq!(sequences(&sections), [vec![1000, 1020, 1290], vec![302, 310, 400]]);
    let rows = facts(&sections).unwrap().into_iter().filter_map(|fact| match fact {
        Fact::Sequence(_, rows) => Some(rows),
        _ => None,
    });
    let lines: Vec<_> = rows.flatten().map(|(_, row)| (row.1, row.2)).collect();
    let (five, six, nine) = ((Some(5), 0), (Some(6), 0), (Some(6), 9));
    assert_eq!(lines[..2], [five, six]);
    assert_eq!(lines[3..], [nine, nine, nine]);
}

/// A DWARF 4 unit with one range list, and what its root begins with.
fn unit4(base: u32, list: &[u32]) -> Sections<'static> {
    let abbrev = bytes()
        .u8(&[1, 0x11, 1, 0x11, 1, 0x55, 0x17, 0, 0])
        .u8(&[2, 0x2e, 0, 0x11, 1, 0x12, 0x0b, 0, 0, 0]);
    let info = bytes().u16(4).u32(&[0]).u8(&[4, 1]).u32(&[base, 0]);
    let info = info.u8(&[2]).u32(&[400]).u8(&[200]).u8(&[0]).unit();
    let ranges = bytes().u32(list).u32(&[0, 0]).0;
    let sections = [(".debug_abbrev", abbrev.0), (".debug_info", info), (".debug_ranges", ranges)];
    sections.into_iter().map(|(name, content)| (name, Cow::Owned(content))).collect()
}

#[test]
fn a_range_below_its_base_gets_another() {
    let sections = unit4(400, &[0, 50, 150, 200, 60, 70]);
    let map = AddressMap { shift: 0, pieces: vec![piece(400..500, 1000)] };
    check(&sections, &map);
    let mut new = sections.clone();
    patch(&mut new, &map).unwrap();
    let words = [0, 50, u32::MAX, 0, 550, 600, u32::MAX, 1000, 60, 70, 0, 0];
    assert_eq!(*new[".debug_ranges"], *bytes().u32(&words).0);
}

#[test]
fn an_empty_range_does_not_end_its_list() {
    let sections = unit4(400, &[3, 4, 50, 60]);
    // The first five bytes vanish.
    let map = AddressMap { shift: 0, pieces: vec![piece(400..405, 995), piece(405..500, 995)] };
    check(&sections, &map);
}

#[test]
fn dead_code_stays_dead() {
    let line = line_unit(&[sequence(0, 99), sequence(DEAD, 99)]);
    let mut new = Sections::from([(".debug_line", Cow::Borrowed(&line[..]))]);
    patch(&mut new, &AddressMap { shift: 1, pieces: Vec::new() }).unwrap();
    assert_eq!(*new[".debug_line"], *line);

    let dead = [0xffff_fffe, 0xffff_fffe, 0, 90, 0xffff_ffff, 0xffff_fffe, 3, 4];
    let sections = unit4(0, &dead);
    let mut new = sections.clone();
    patch(&mut new, &AddressMap { shift: 1, pieces: Vec::new() }).unwrap();
    assert_eq!(new[".debug_ranges"], sections[".debug_ranges"]);
}

#[test]
fn an_entry_for_an_end_and_a_start_is_the_start() {
    let map = map();
    assert_ne!(map.map(60), map.map_end(60));
    // The first function begins where the call of the second unit returns to.
    let mut sections = module();
    let info = sections.get_mut(".debug_info").unwrap().to_mut();
    let at = info.windows(4).position(|bytes| *bytes == [0xa2, 2, 0, 140]).unwrap();
    info[at + 2] = 5;
    patch(&mut sections, &map).unwrap();
    let returns = |fact| match fact {
        Fact::Address(_, dw::DW_AT_call_return_pc, at) => Some(at),
        _ => None,
    };
    let returns: Vec<_> = facts(&sections).unwrap().into_iter().filter_map(returns).collect();
    assert_eq!(returns, [map.map(60), map.map(60)]);
}

#[test]
fn a_length_without_room_is_an_error() {
    let map = AddressMap { shift: 0, pieces: vec![piece(400..500, 1000), piece(500..600, 1170)] };
    let error = patch(&mut unit4(0, &[400, 600]), &map);
    let expected = DwarfError::NoRoom { section: ".debug_info", at: 25, value: 270 };
    assert_eq!(error, Err(expected));
}

#[test]
fn aranges_follow() {
    let table = |pairs: &[u32]| {
        let head = bytes().u16(2).u32(&[0]).u8(&[4, 0]).u32(&[0]);
        Cow::Owned(head.u32(pairs).u32(&[0, 0]).unit())
    };
    let pairs = table(&[10, 290, 302, 98, DEAD, 7]);
    let mut sections = Sections::from([(".debug_aranges", pairs)]);
    patch(&mut sections, &map()).unwrap();
    assert_eq!(sections[".debug_aranges"], table(&[1000, 310, 303, 98, DEAD, 7]));
}

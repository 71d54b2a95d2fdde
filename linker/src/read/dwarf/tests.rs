use std::collections::BTreeMap;

use super::*;

const ROOT: u8 = 1;
const INLINED: u8 = 2;
const ENTRY: u8 = 3;
const LINED: u8 = 4;

type Sections = BTreeMap<&'static str, Vec<u8>>;

fn refusal(sections: &Sections) -> Option<Refused> {
    open(|name| sections.get(name).map(Vec::as_slice)).err()
}

fn excess(sections: &Sections) -> &'static str {
    match refusal(sections) {
        Some(Refused::Excess(what)) => what,
        other => panic!("{other:?}"),
    }
}

/// A root with a range of addresses, an inlined function around others, an entry with a list of
/// ranges, and a root with a line table.
fn abbreviations() -> Vec<u8> {
    let mut table = vec![ROOT, 0x11, 1, 0x11, 0x01, 0x12, 0x06, 0, 0];
    table.extend([INLINED, 0x1d, 1, 0, 0]);
    table.extend([ENTRY, 0x0b, 0, 0x55, 0x17, 0, 0]);
    table.extend([LINED, 0x11, 1, 0x10, 0x17, 0, 0]);
    table.push(0);
    table
}

/// A unit of these entries.
fn of(abbreviations: u32, entries: &[u8]) -> Vec<u8> {
    let mut content = vec![4, 0];
    content.extend(abbreviations.to_le_bytes());
    content.push(4);
    content.extend(entries);
    [&(content.len() as u32).to_le_bytes()[..], &content].concat()
}

/// One of these addresses, with these entries in it.
fn unit(abbreviations: u32, addresses: Range<u32>, entries: &[u8]) -> Vec<u8> {
    let length = addresses.end - addresses.start;
    let root = [addresses.start.to_le_bytes(), length.to_le_bytes()].concat();
    of(abbreviations, &[&[ROOT], &root[..], entries].concat())
}

fn sections(info: Vec<u8>) -> Sections {
    BTreeMap::from([(".debug_abbrev", abbreviations()), (".debug_info", info)])
}

#[test]
fn what_compilers_write_is_read() {
    let info = [unit(0, 10..20, &[INLINED; 100]), unit(0, 20..30, &[])].concat();
    let sections = sections(info);
    let debug = open(|name| sections.get(name).map(Vec::as_slice)).unwrap();
    assert_eq!(debug.overlapping, 1);
    assert_eq!(refusal(&Sections::new()), None);
}

#[test]
fn entries_in_each_other_are_refused_before_they_fill_the_stack() {
    assert_eq!(refusal(&sections(unit(0, 0..1, &[INLINED; 500]))), None);
    assert!(excess(&sections(unit(0, 0..1, &[INLINED; 600]))).contains("deep"));
}

#[test]
fn what_many_refer_to_is_counted_as_often() {
    // A table that each unit begins at another place of, an abbreviation later.
    let mut tables = sections((0..2000).flat_map(|at| unit(6 * at, 0..1, &[])).collect());
    let codes = (1..=10_000_u32).flat_map(|_| [0x81, 0x01, 0x11, 0, 0, 0]);
    tables.insert(".debug_abbrev", codes.collect());
    assert!(excess(&tables).contains("abbreviations"));

    let list: Vec<u8> =
        (0..10_000_u32).flat_map(|at| [at + 1, at + 2]).flat_map(u32::to_le_bytes).collect();
    let ranges = |entries: usize| {
        let mut sections = sections(unit(0, 0..1, &[ENTRY, 0, 0, 0, 0].repeat(entries)));
        sections.insert(".debug_ranges", list.clone());
        sections
    };
    assert_eq!(refusal(&ranges(3)), None);
    assert!(excess(&ranges(3000)).contains("ranges"));

    let lines = |units: usize| {
        let mut sections = sections(of(0, &[LINED, 0, 0, 0, 0]).repeat(units));
        let length = 100_000_u32.to_le_bytes();
        sections.insert(".debug_line", [&length[..], &[0; 100_000]].concat());
        sections
    };
    assert_eq!(refusal(&lines(3)), None);
    assert!(excess(&lines(1000)).contains("line tables"));
}

#[test]
fn what_is_longer_than_anybody_writes_is_refused() {
    let mut long = sections(Vec::new());
    long.insert(".debug_str", vec![b'a'; LONGEST + 2]);
    assert!(excess(&long).contains("text"));

    let mut attributes = vec![1, 0x11, 0];
    attributes.extend([0x03, 0x19].repeat(MOST_ATTRIBUTES + 1));
    let mut many = sections(unit(0, 0..1, &[]));
    many.insert(".debug_abbrev", [&attributes[..], &[0, 0, 0]].concat());
    assert!(excess(&many).contains("attributes"));
}

#[test]
fn units_that_claim_the_same_code_are_counted() {
    let all = sections([unit(0, 1..1000, &[]).repeat(7), unit(0, 900..2000, &[])].concat());
    let debug = open(|name| all.get(name).map(Vec::as_slice)).unwrap();
    assert_eq!(debug.overlapping, 8);
    let gone = sections(unit(0, 0xffff_fffe..0xffff_ffff, &[]).repeat(7));
    let debug = open(|name| gone.get(name).map(Vec::as_slice)).unwrap();
    assert_eq!(debug.overlapping, 0);
}

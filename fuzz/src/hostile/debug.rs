//! Debug information that refers to itself.

use super::{Hostile, Parts};

pub(super) const MODULES: &[Hostile] = &[
    ("units with one table of abbreviations", one_table),
    ("units with one line table", one_line_table),
    ("entries in entries", nested),
    ("entries with one list of ranges", one_list),
    ("a line table without end", lines),
    ("an entry that is its own origin", origin),
    ("units of the same code", same_code),
];

const ROOT: u8 = 1;
const INLINED: u8 = 2;
const RANGED: u8 = 3;
const LINED: u8 = 4;
const FUNCTION: u8 = 5;

/// DWARF's abbreviations of the entries here
/// (<https://dwarfstd.org/doc/DWARF4.pdf>, 7.5.3).
fn abbreviations() -> Vec<u8> {
    // A unit with its addresses; others are in it.
    let mut table = vec![ROOT, 0x11, 1, 0x11, 0x01, 0x12, 0x06, 0, 0];
    table.extend([INLINED, 0x1d, 1, 0, 0]);
    // A block with a list of ranges.
    table.extend([RANGED, 0x0b, 0, 0x55, 0x17, 0, 0]);
    // A unit with a line table.
    table.extend([LINED, 0x11, 1, 0x10, 0x17, 0, 0]);
    // A function with addresses and an origin.
    table.extend([FUNCTION, 0x2e, 0, 0x11, 0x01, 0x12, 0x06, 0x31, 0x13, 0, 0]);
    table.push(0);
    table
}

/// A unit of these entries, with abbreviations from there.
fn of(abbreviations: u32, entries: &[u8]) -> Vec<u8> {
    let mut content = vec![4, 0];
    content.extend(abbreviations.to_le_bytes());
    content.push(4);
    content.extend(entries);
    [&(content.len() as u32).to_le_bytes()[..], &content].concat()
}

/// One of the code's first bytes, with these entries in it.
fn unit(entries: &[u8]) -> Vec<u8> {
    let root = [1_u32.to_le_bytes(), 100_u32.to_le_bytes()].concat();
    of(0, &[&[ROOT], &root[..], entries, &[0]].concat())
}

/// A module with these sections, and code that they may speak of.
fn module(sections: Vec<(&'static str, Vec<u8>)>) -> Vec<u8> {
    let mut parts = Parts::new();
    let panics = parts.panics();
    let function = parts.function(|f| {
        (0..50).for_each(|_| {
            f.instructions().i32_const(0).drop();
        });
        f.instructions().call(panics).unreachable();
    });
    parts.export("fails", function);
    parts.customs = sections;
    parts.finish()
}

fn one_table(n: u32) -> Vec<u8> {
    let codes = (1..=n).flat_map(|_| [0x81, 0x01, 0x11, 0, 0, 0]).collect();
    let info = (0..n / 10).flat_map(|at| of(6 * at, &[0x81, 0x01])).collect();
    module(vec![(".debug_abbrev", codes), (".debug_info", info)])
}

fn one_line_table(n: u32) -> Vec<u8> {
    let info = of(0, &[LINED, 0, 0, 0, 0]).repeat(n as usize / 10);
    module(vec![
        (".debug_abbrev", abbreviations()),
        (".debug_info", info),
        (".debug_line", line_table(n)),
    ])
}

fn nested(n: u32) -> Vec<u8> {
    let info = unit(&vec![INLINED; n as usize]);
    module(vec![(".debug_abbrev", abbreviations()), (".debug_info", info)])
}

fn one_list(n: u32) -> Vec<u8> {
    let list = (0..n).flat_map(|at| [at + 1, at + 2]).flat_map(u32::to_le_bytes).collect();
    let info = unit(&[RANGED, 0, 0, 0, 0].repeat(n as usize / 10));
    module(vec![(".debug_abbrev", abbreviations()), (".debug_info", info), (".debug_ranges", list)])
}

/// Rows by the hundred thousand, each as far from the last as may be.
fn lines(n: u32) -> Vec<u8> {
    let info = of(0, &[LINED, 0, 0, 0, 0]);
    module(vec![
        (".debug_abbrev", abbreviations()),
        (".debug_info", info),
        (".debug_line", line_table(n)),
    ])
}

/// A line table of version 4 whose rows go up by all that an address may, and down by a new one.
fn line_table(n: u32) -> Vec<u8> {
    // Of the least instruction, most operations, default, line base and range, opcode base.
    let mut header = vec![1, 1, 1, 0xfb, 14, 13];
    header.extend([0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1]);
    // No folders, one file.
    header.extend(*b"\0a.rs\0\0\0\0\0");
    let mut program = vec![0, 5, 2, 1, 0, 0, 0];
    for _ in 0..n {
        // `DW_LNS_advance_pc`, `DW_LNS_advance_line`, `DW_LNS_copy`
        program.extend([2, 1, 3, 0xff, 0xff, 0xff, 0xff, 0x07, 1]);
    }
    program.extend([2, 1, 0, 1, 1]);
    let mut content = vec![4, 0];
    content.extend((header.len() as u32).to_le_bytes());
    content.extend(header);
    content.extend(program);
    [&(content.len() as u32).to_le_bytes()[..], &content].concat()
}

fn origin(n: u32) -> Vec<u8> {
    // The unit's header and its root come first.
    const FIRST: u32 = 11 + 9;
    let function = |origin: u32| {
        let numbers = [1, 100, origin].map(u32::to_le_bytes).concat();
        [&[FUNCTION], &numbers[..]].concat()
    };
    let size = function(0).len() as u32;
    // Each is the next one's, in a circle.
    let entries: Vec<u8> = (0..n).flat_map(|at| function(FIRST + (at + 1) % n * size)).collect();
    module(vec![(".debug_abbrev", abbreviations()), (".debug_info", unit(&entries))])
}

fn same_code(n: u32) -> Vec<u8> {
    let info = unit(&[]).repeat(n as usize);
    module(vec![(".debug_abbrev", abbreviations()), (".debug_info", info)])
}

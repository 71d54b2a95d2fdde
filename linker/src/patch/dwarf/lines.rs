//! `.debug_line`: the programs that compute the line table.
//!
//! A sequence (a function, from LLVM) that moved as a whole only needs its
//! `DW_LNE_set_address` changed. In any other that moved, each instruction is
//! copied as long as the distance to the row before stays the same.

use std::ops::Range;

use gimli::constants as dw;

use super::Result;
use super::addresses::{AddressMap, is_dead};
use super::editor::SectionEditor;
use super::read::{Cursor, push_sleb, push_uleb};
use crate::parallel;

/// What the header of a program says about its instructions.
struct Header<'a> {
    default_is_stmt: bool,
    line_base: i8,
    line_range: u8,
    opcode_base: u8,
    /// How many LEB operands each standard instruction has, from 1 on.
    operands: &'a [u8],
}

/// An instruction, as far as it matters where rows go.
enum Instruction {
    /// A row, after advancing both.
    Special {
        address: u32,
        line: i64,
    },
    /// A row.
    Copy,
    /// The end of the sequence.
    End,
    /// A change of the address alone.
    Advance(u32),
    /// A new address, and where it stands.
    SetAddress {
        at: usize,
        address: u32,
    },
    /// A change of a register of which [`Registers`] keeps track.
    Line(i64),
    File(u64),
    Column(u64),
    NegateStmt,
    Isa(u64),
    /// What only matters for the next row.
    Other,
}

impl Header<'_> {
    /// Reads the header and returns it with the bounds of the program.
    fn read<'a>(unit: &mut Cursor<'a>, format: gimli::Format) -> Result<Header<'a>> {
        let version = unit.u16()?;
        if !(2..=5).contains(&version) {
            return unit.unsupported("the version of a line program");
        }
        if version == 5 && (unit.u8()?, unit.u8()?) != (4, 0) {
            return unit.unsupported("an address that is not 4 bytes flat");
        }
        let length = unit.word(format)?;
        let mut fields = *unit;
        unit.bytes(length)?;
        let min_instruction = fields.u8()?;
        let max_operations = if version >= 4 { fields.u8()? } else { 1 };
        // Only for machines with instructions of fixed size or in bundles.
        if (min_instruction, max_operations) != (1, 1) {
            return fields.unsupported("a line program in units of instructions");
        }
        let default_is_stmt = fields.u8()? != 0;
        let line_base = fields.u8()?.cast_signed();
        let (line_range, opcode_base) = (fields.u8()?, fields.u8()?);
        // Rewriting needs the instructions of DWARF 2 to be what they are.
        if line_range == 0 || opcode_base <= dw::DW_LNS_fixed_advance_pc.0 {
            return fields.malformed();
        }
        Ok(Header {
            default_is_stmt,
            line_base,
            line_range,
            opcode_base,
            operands: fields.bytes(usize::from(opcode_base) - 1)?,
        })
    }

    fn instruction(&self, program: &mut Cursor<'_>) -> Result<Instruction> {
        let opcode = program.u8()?;
        if let Some(special) = opcode.checked_sub(self.opcode_base) {
            return Ok(Instruction::Special {
                address: (special / self.line_range).into(),
                line: i64::from(self.line_base) + i64::from(special % self.line_range),
            });
        }
        Ok(match gimli::DwLns(opcode) {
            gimli::DwLns(0) => return extended(program),
            dw::DW_LNS_copy => Instruction::Copy,
            // The operand is unsigned, but wraps like the address.
            dw::DW_LNS_advance_pc => Instruction::Advance(program.uleb()? as u32),
            dw::DW_LNS_advance_line => Instruction::Line(program.sleb()?),
            dw::DW_LNS_set_file => Instruction::File(program.uleb()?),
            dw::DW_LNS_set_column => Instruction::Column(program.uleb()?),
            dw::DW_LNS_negate_stmt => Instruction::NegateStmt,
            dw::DW_LNS_const_add_pc => {
                Instruction::Advance(((255 - self.opcode_base) / self.line_range).into())
            }
            dw::DW_LNS_fixed_advance_pc => Instruction::Advance(program.u16()?.into()),
            dw::DW_LNS_set_isa => Instruction::Isa(program.uleb()?),
            _ => {
                let index = usize::from(opcode) - 1;
                for _ in 0..self.operands.get(index).copied().unwrap_or(0) {
                    program.uleb()?;
                }
                Instruction::Other
            }
        })
    }
}

fn extended(program: &mut Cursor<'_>) -> Result<Instruction> {
    let len = program.uleb32()? as usize;
    let start = program.at();
    let mut operands = *program;
    program.bytes(len)?;
    if len == 0 {
        return Ok(Instruction::Other);
    }
    Ok(match gimli::DwLne(operands.u8()?) {
        dw::DW_LNE_end_sequence => Instruction::End,
        dw::DW_LNE_set_address if len == 5 => {
            Instruction::SetAddress { at: start + 1, address: operands.u32()? }
        }
        dw::DW_LNE_set_address => {
            return operands.unsupported("an address that is not 4 bytes");
        }
        _ => Instruction::Other,
    })
}

/// Rewrites the programs. Where they grow, the length of their unit is corrected,
/// but not what refers to the units behind.
pub(super) fn patch(line: &mut SectionEditor<'_>, map: &AddressMap) -> Result<()> {
    let mut cursor = line.read(0);
    let mut units = Vec::new();
    while !cursor.is_at_end() {
        let (format, content) = cursor.unit_length()?;
        units.push(Unit { format, program: cursor.until(content.end)?, content: content.clone() });
        cursor.bytes(content.end - cursor.at())?;
    }
    let ends = map.ends_of_runs();
    let old = line.old();
    let all =
        parallel::map(&units, |unit| unit.content.len(), |unit| unit.changes(old, (map, &ends)))?;
    let mut grown = Vec::new();
    for (unit, changes) in units.iter().zip(all) {
        let mut grew = false;
        for change in changes {
            match change {
                Change::Address { at, new } => line.put_uint(at, 4, new.into())?,
                Change::Sequence { old, bytes } => {
                    grew |= bytes.len() != old.len();
                    line.splice(old, bytes)?;
                }
            }
        }
        grown.extend(grew.then_some(unit));
    }
    if grown.is_empty() {
        return Ok(());
    }
    let offsets = line.offset_map()?;
    for unit in grown {
        let at = unit.content.start - usize::from(unit.format.word_size());
        line.put_word(at, unit.format, offsets.new_len(&unit.content))?;
    }
    Ok(())
}

/// One line table.
struct Unit<'a> {
    format: gimli::Format,
    /// Without its length.
    content: Range<usize>,
    /// At its beginning.
    program: Cursor<'a>,
}

/// What is to be written.
enum Change {
    /// The operand of `DW_LNE_set_address`.
    Address { at: usize, new: u32 },
    /// A whole sequence.
    Sequence { old: Range<usize>, bytes: Vec<u8> },
}

impl Unit<'_> {
    fn changes(&self, old: &[u8], map: (&AddressMap, &[u32])) -> Result<Vec<Change>> {
        let mut program = self.program;
        let header = Header::read(&mut program, self.format)?;
        let advances = header.advances();
        let mut changes = Vec::new();
        while !program.is_at_end() {
            patch_sequence(&mut changes, old, (&header, &advances), &mut program, map)?;
        }
        Ok(changes)
    }
}

/// Where the addresses of a sequence are.
#[derive(Default)]
struct Extent {
    /// From the least that is set to the greatest.
    covered: Option<Range<u32>>,
    /// Those that are set, and where they stand.
    set: Vec<(usize, u32)>,
}

impl Header<'_> {
    /// By how much each special opcode advances the address.
    fn advances(&self) -> [u8; 256] {
        let special = |opcode: usize| (opcode as u8).checked_sub(self.opcode_base);
        std::array::from_fn(|opcode| special(opcode).map_or(0, |above| above / self.line_range))
    }

    /// Goes through one sequence, for its addresses alone: most of them need no more. `None` for
    /// instructions without an end, which make no sequence.
    fn extent(&self, advances: &[u8; 256], program: &mut Cursor<'_>) -> Result<Option<Extent>> {
        let mut extent = Extent::default();
        let mut address = 0_u32;
        while !program.is_at_end() {
            let before = *program;
            let opcode = program.u8()?;
            if opcode >= self.opcode_base {
                let by = advances.get(usize::from(opcode)).copied().unwrap_or(0);
                address = address.wrapping_add(by.into());
            } else {
                match gimli::DwLns(opcode) {
                    dw::DW_LNS_copy | dw::DW_LNS_negate_stmt => continue,
                    dw::DW_LNS_advance_line | dw::DW_LNS_set_file | dw::DW_LNS_set_column => {
                        program.skip_leb()?;
                        continue;
                    }
                    _ => {}
                }
                *program = before;
                match self.instruction(program)? {
                    Instruction::Advance(by) => address = address.wrapping_add(by),
                    Instruction::SetAddress { at, address: new } => {
                        address = new;
                        extent.set.push((at, new));
                        let covered = extent.covered.get_or_insert(new..new);
                        covered.start = covered.start.min(new);
                    }
                    Instruction::End => return Ok(Some(extent)),
                    _ => {}
                }
            }
            if let Some(covered) = &mut extent.covered {
                covered.end = covered.end.max(address);
            }
        }
        Ok(None)
    }
}

/// Reads one sequence and says what changes if its code moved.
fn patch_sequence(
    changes: &mut Vec<Change>,
    old: &[u8],
    (header, advances): (&Header<'_>, &[u8; 256]),
    program: &mut Cursor<'_>,
    (map, ends): (&AddressMap, &[u32]),
) -> Result<()> {
    let start = *program;
    let Some(Extent { covered, set }) = header.extent(advances, program)? else { return Ok(()) };
    let Some(covered) = covered.filter(|c| !is_dead(c.start) && !is_dead(c.end)) else {
        return Ok(());
    };
    if let Some(delta) = map.uniform(&covered) {
        if delta != 0 {
            let moved = |(at, address): (usize, u32)| Change::Address {
                at,
                new: address.wrapping_add(delta),
            };
            changes.extend(set.into_iter().map(moved));
        }
        return Ok(());
    }
    let range = start.at()..program.at();
    let mut program = start.until(range.end)?;
    let bytes = Rewriter::new(header, old, (map, ends), covered.end).run(&mut program)?;
    changes.push(Change::Sequence { old: range, bytes });
    Ok(())
}

/// The registers that outlast a row.
#[derive(Clone, Copy)]
struct Registers {
    address: u32,
    file: u64,
    line: u64,
    column: u64,
    is_stmt: bool,
    isa: u64,
}

/// Rewrites one sequence.
struct Rewriter<'a> {
    header: &'a Header<'a>,
    old: &'a [u8],
    map: &'a AddressMap,
    /// See [`AddressMap::ends_of_runs`].
    ends: &'a [u32],
    /// The end of the sequence, an address that may belong to another function.
    end: u32,
    out: Vec<u8>,
    now: Registers,
    /// As of the last row.
    row: Registers,
    /// The new address of the last row.
    new_address: Option<u32>,
    /// Where the instructions since the last row begin.
    pending: usize,
    /// Those of them that do not change the address.
    others: Vec<u8>,
    /// Whether one of them is `DW_LNE_set_address`.
    was_set: bool,
}

impl<'a> Rewriter<'a> {
    fn new(
        header: &'a Header<'a>,
        old: &'a [u8],
        (map, ends): (&'a AddressMap, &'a [u32]),
        end: u32,
    ) -> Self {
        let registers = Registers {
            address: 0,
            file: 1,
            line: 1,
            column: 0,
            is_stmt: header.default_is_stmt,
            isa: 0,
        };
        Self {
            header,
            old,
            map,
            ends,
            end,
            out: Vec::new(),
            now: registers,
            row: registers,
            new_address: None,
            pending: 0,
            others: Vec::new(),
            was_set: false,
        }
    }

    fn run(mut self, program: &mut Cursor<'_>) -> Result<Vec<u8>> {
        self.pending = program.at();
        while !program.is_at_end() {
            let at = program.at();
            let instruction = self.header.instruction(program)?;
            let bytes = self.old.get(at..program.at()).unwrap_or_default();
            match instruction {
                Instruction::Special { address, line } => {
                    self.now.address = self.now.address.wrapping_add(address);
                    self.now.line = self.now.line.wrapping_add_signed(line);
                    // The same advance of the line, and none of the address.
                    let opcode = line - i64::from(self.header.line_base);
                    let still = self.header.opcode_base.wrapping_add(opcode as u8);
                    self.emit_row(at, bytes, &[still], program.at());
                    continue;
                }
                Instruction::Copy | Instruction::End => {
                    self.emit_row(at, bytes, bytes, program.at());
                    continue;
                }
                Instruction::Advance(by) => {
                    self.now.address = self.now.address.wrapping_add(by);
                    continue;
                }
                Instruction::SetAddress { address, .. } => {
                    self.now.address = address;
                    self.was_set = true;
                    continue;
                }
                Instruction::Line(by) => self.now.line = self.now.line.wrapping_add_signed(by),
                Instruction::File(file) => self.now.file = file,
                Instruction::Column(column) => self.now.column = column,
                Instruction::NegateStmt => self.now.is_stmt = !self.now.is_stmt,
                Instruction::Isa(isa) => self.now.isa = isa,
                Instruction::Other => {}
            }
            self.others.extend_from_slice(bytes);
        }
        Ok(self.out)
    }

    /// Emits a row: the instruction `same` at `at` if the distance to the row before
    /// is as it was, else the distance and `still`, which makes the row without.
    fn emit_row(&mut self, at: usize, same: &[u8], still: &[u8], after: usize) {
        let old = self.now.address;
        let target = if old == self.end { self.map.map_end(old) } else { self.map.map(old) };
        let distance = self.new_address.map(|last| target.wrapping_sub(last));
        match self.new_address {
            Some(last) if target < last => {
                self.break_sequence(last);
                self.set_address(target);
                self.restore();
                self.out.append(&mut self.others);
                self.out.extend_from_slice(still);
            }
            Some(_) if !self.was_set && distance == Some(old.wrapping_sub(self.row.address)) => {
                let pending = self.old.get(self.pending..at).unwrap_or_default();
                self.out.extend_from_slice(pending);
                self.out.extend_from_slice(same);
            }
            _ => {
                match distance {
                    Some(distance) if !self.was_set => self.advance(distance),
                    _ => self.set_address(target),
                }
                self.out.append(&mut self.others);
                self.out.extend_from_slice(still);
            }
        }
        self.new_address = Some(target);
        self.row = self.now;
        self.pending = after;
        self.others.clear();
        self.was_set = false;
    }

    /// Ends the sequence where the code of its last row ends: addresses in a
    /// sequence never decrease, so code that went down needs one of its own.
    fn break_sequence(&mut self, last: u32) {
        let end = self.map.end_of_run(self.row.address, self.now.address, self.ends);
        self.advance(end.saturating_sub(last));
        self.out.extend_from_slice(&[0, 1, dw::DW_LNE_end_sequence.0]);
    }

    /// Sets the registers to what they were, after a new sequence reset them.
    fn restore(&mut self) {
        let row = self.row;
        if row.file != 1 {
            self.out.push(dw::DW_LNS_set_file.0);
            push_uleb(&mut self.out, row.file);
        }
        if row.line != 1 {
            self.out.push(dw::DW_LNS_advance_line.0);
            push_sleb(&mut self.out, row.line.wrapping_sub(1).cast_signed());
        }
        if row.column != 0 {
            self.out.push(dw::DW_LNS_set_column.0);
            push_uleb(&mut self.out, row.column);
        }
        if row.is_stmt != self.header.default_is_stmt {
            self.out.push(dw::DW_LNS_negate_stmt.0);
        }
        if row.isa != 0 {
            self.out.push(dw::DW_LNS_set_isa.0);
            push_uleb(&mut self.out, row.isa);
        }
    }

    fn advance(&mut self, distance: u32) {
        if distance != 0 {
            self.out.push(dw::DW_LNS_advance_pc.0);
            push_uleb(&mut self.out, distance.into());
        }
    }

    fn set_address(&mut self, address: u32) {
        self.out.extend_from_slice(&[0, 5, dw::DW_LNE_set_address.0]);
        self.out.extend_from_slice(&address.to_le_bytes());
    }
}

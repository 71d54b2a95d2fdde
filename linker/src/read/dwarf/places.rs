//! Where addresses are in the source, many of them at once: each unit that has some is gone
//! through once, and nothing of it is kept.

use std::ops::Range;

use gimli::constants as dw;
use gimli::{AttributeValue, ColumnType};

use super::{Debug, GONE, Reader};

/// How often an address may be looked at, all of them together: in each unit and each inlined
/// function that says that it is its own. Compilers give it to one unit, and to some tens of
/// functions.
const MOST_LOOKED_AT: usize = 1 << 26;

/// A place in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The file's whole path.
    pub(crate) file: String,
    pub(crate) line: u32,
    /// 0 where it is not known.
    pub(crate) column: u32,
}

/// What units say of an address.
type Found = Option<Place>;

/// For each of these addresses, which ascend, the innermost place that is `enough`: that of its
/// instruction, or where the functions were called that are inlined there; else the innermost
/// that is known.
pub(crate) fn places(
    debug: &Debug<'_>,
    addresses: &[u64],
    is_enough: impl Fn(&Place) -> bool,
) -> Vec<Found> {
    let mut found: Vec<Found> = vec![None; addresses.len()];
    let mut left = MOST_LOOKED_AT;
    for (at, ranges) in debug.unit_ranges() {
        let mut wanted: Vec<usize> = Vec::new();
        for (begin, end) in ranges {
            let inside = inside(addresses, *begin..*end);
            left = left.saturating_sub(inside.len());
            if left == 0 {
                return found;
            }
            wanted.extend(inside.filter(|index| found.get(*index).is_some_and(Option::is_none)));
        }
        if wanted.is_empty() {
            continue;
        }
        wanted.sort_unstable();
        wanted.dedup();
        let wanted: Vec<Wanted> = wanted
            .into_iter()
            .filter_map(|index| Some(Wanted { index, address: *addresses.get(index)? }))
            .collect();
        let Ok(unit) = debug.dwarf.unit(*at) else { continue };
        let mut seeker = Seeker { debug, unit: &unit, wanted, left: &mut left };
        // What is damaged is not read further: no link should fail for the sake of a comment.
        seeker.seek(&is_enough, &mut found);
    }
    found
}

/// The addresses in a range.
fn inside(addresses: &[u64], range: Range<u64>) -> Range<usize> {
    if range.start >= range.end || range.start == 0 || range.start >= GONE {
        return 0..0;
    }
    let first = addresses.partition_point(|address| *address < range.start);
    let end = addresses.partition_point(|address| *address < range.end);
    first..end
}

/// An address that a unit is asked for.
struct Wanted {
    /// Which of all it is.
    index: usize,
    address: u64,
}

/// The search in one unit.
struct Seeker<'s, 'a> {
    debug: &'s Debug<'a>,
    unit: &'s gimli::Unit<Reader<'a>>,
    wanted: Vec<Wanted>,
    /// How often addresses may be looked at yet.
    left: &'s mut usize,
}

/// A row of a line table, or where a function was called.
#[derive(Clone, Copy)]
struct Row {
    file: Option<u64>,
    line: u32,
    column: u32,
}

impl Seeker<'_, '_> {
    fn seek(&mut self, is_enough: impl Fn(&Place) -> bool, found: &mut [Found]) {
        let rows = self.rows();
        let of_instruction: Vec<Found> = rows.iter().map(|row| self.place((*row)?)).collect();
        let settled = |place: &Found| place.as_ref().is_some_and(&is_enough);
        let calls = match of_instruction.iter().all(settled) {
            true => Vec::new(),
            false => self.calls(),
        };
        for (at, innermost) in of_instruction.into_iter().enumerate() {
            // The innermost call is the last.
            let calls = calls.get(at).into_iter().flatten().rev();
            let mut places =
                std::iter::once(innermost).chain(calls.map(|call| self.place(*call))).flatten();
            let first = places.next();
            let place = match first {
                Some(first) if !is_enough(&first) => {
                    Some(places.find(|place| is_enough(place)).unwrap_or(first))
                }
                first => first,
            };
            let index = self.wanted.get(at).map(|wanted| wanted.index);
            if let Some(found) = index.and_then(|index| found.get_mut(index)) {
                *found = place;
            }
        }
    }

    /// Which of the wanted ones are in a range.
    fn wanted_in(&self, range: Range<u64>) -> Range<usize> {
        let before = |bound: u64| self.wanted.partition_point(|wanted| wanted.address < bound);
        before(range.start)..before(range.end)
    }

    /// The row of the line table of each wanted address.
    fn rows(&self) -> Vec<Option<Row>> {
        let mut found = vec![None; self.wanted.len()];
        let Some(program) = self.unit.line_program.clone() else { return found };
        let mut rows = program.rows();
        // The row before in the same sequence, and where that begins.
        let mut last: Option<(u64, Row)> = None;
        let mut begin = None;
        while let Ok(Some((_, row))) = rows.next_row() {
            let address = row.address();
            // A function that the linker left out begins at 0, where none is.
            let is_left_out = *begin.get_or_insert(address) == 0;
            if let Some((from, last)) = last.filter(|(from, _)| !is_left_out && *from < address) {
                for row in found.get_mut(self.wanted_in(from..address)).into_iter().flatten() {
                    *row = Some(last);
                }
            }
            if row.end_sequence() {
                (last, begin) = (None, None);
                continue;
            }
            let line = row.line().map_or(0, |line| line.get() as u32);
            let column = match row.column() {
                ColumnType::LeftEdge => 0,
                ColumnType::Column(column) => column.get() as u32,
            };
            last = Some((address, Row { file: Some(row.file_index()), line, column }));
        }
        found
    }

    /// For each wanted address where the functions were called that are inlined there, the
    /// outermost first.
    fn calls(&mut self) -> Vec<Vec<Row>> {
        let mut found = vec![Vec::new(); self.wanted.len()];
        // What was found until then is right, too.
        let _ = self.read_calls(&mut found);
        found
    }

    fn read_calls(&mut self, found: &mut [Vec<Row>]) -> gimli::Result<()> {
        let mut entries = self.unit.entries_raw(None)?;
        while !entries.is_empty() {
            let Some(abbreviation) = entries.read_abbreviation()? else { continue };
            let specs = abbreviation.attributes();
            if abbreviation.tag() != dw::DW_TAG_inlined_subroutine {
                entries.skip_attributes(specs)?;
                continue;
            }
            let mut call = Row { file: None, line: 0, column: 0 };
            let (mut low, mut high, mut list) = (None, None, None);
            for spec in specs {
                let attribute = entries.read_attribute(*spec)?;
                let number = || attribute.udata_value().unwrap_or(0) as u32;
                match attribute.name() {
                    dw::DW_AT_low_pc => low = self.address(attribute.value())?,
                    dw::DW_AT_high_pc => high = Some(attribute.value()),
                    dw::DW_AT_ranges => list = Some(attribute.value()),
                    dw::DW_AT_call_line => call.line = number(),
                    dw::DW_AT_call_column => call.column = number(),
                    dw::DW_AT_call_file => {
                        if let AttributeValue::FileIndex(file) = attribute.value() {
                            // Up to version 4 that is no file.
                            let is_none = file == 0 && self.unit.header.version() < 5;
                            call.file = Some(file).filter(|_| !is_none);
                        }
                    }
                    _ => {}
                }
            }
            if let Some(list) = list {
                let ranges = self.debug.dwarf.attr_ranges(self.unit, list)?;
                for range in ranges
                    .into_iter()
                    .flat_map(|mut all| std::iter::from_fn(move || all.next().ok().flatten()))
                {
                    self.add(call, range.begin..range.end, found);
                }
            } else if let (Some(low), Some(high)) = (low, high) {
                let end = match high {
                    AttributeValue::Udata(length) => low.checked_add(length),
                    high => self.address(high)?,
                };
                self.add(call, low..end.unwrap_or(low), found);
            }
            if *self.left == 0 {
                break;
            }
        }
        Ok(())
    }

    fn add(&mut self, call: Row, range: Range<u64>, found: &mut [Vec<Row>]) {
        let inside = self.wanted_in(range);
        *self.left = self.left.saturating_sub(1 + inside.len());
        for calls in found.get_mut(inside).into_iter().flatten() {
            calls.push(call);
        }
    }

    fn address(&self, value: AttributeValue<Reader<'_>>) -> gimli::Result<Option<u64>> {
        Ok(match value {
            AttributeValue::Addr(address) => Some(address),
            AttributeValue::DebugAddrIndex(index) => {
                Some(self.debug.dwarf.address(self.unit, index)?)
            }
            _ => None,
        })
    }

    fn place(&self, row: Row) -> Option<Place> {
        let header = self.unit.line_program.as_ref()?.header();
        let file = header.file(row.file?)?;
        let file = super::path(&self.debug.dwarf, self.unit, header, file).ok()?;
        (row.line != 0).then_some(Place { file, line: row.line, column: row.column })
    }
}

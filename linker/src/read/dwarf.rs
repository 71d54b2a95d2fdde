//! Debug information, opened if it is in proportion: what is read from it takes time and memory
//! for each of its bytes, and not for each two of them.
//!
//! DWARF refers to itself by offsets, and a file may be made to have a thousand units name one
//! list of a million entries, or one entry inside another half a million times, for which the
//! libraries that read it take hours, or all of the stack. No compiler writes such. So each
//! thing that may be referred to is counted here as often as it is, before anybody reads it.

mod places;

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use gimli::constants as dw;
use gimli::{
    AbbreviationsCacheStrategy, AttributeValue, EndianSlice, LittleEndian, Reader as _,
    Section as _, SectionId, UnitHeader, UnitType,
};

use crate::parallel;
pub(crate) use places::{Place, places};

pub(crate) type Reader<'a> = EndianSlice<'a, LittleEndian>;

/// How often a section may be read through, by what refers to it. Compilers write what is
/// referred to once, or a few times.
const TIMES: usize = 4;
/// The same for paths of files, which are put together of parts that many share.
const PATHS: usize = 64;
/// For sections that are small.
const LEAST: usize = 1 << 16;
/// How deep entries are nested at most: some hundred levels, of inlined functions.
const DEEPEST: isize = 512;
/// How many attributes an entry has at most; compilers give it some twenty.
const MOST_ATTRIBUTES: usize = 512;
/// From here on no code is; linkers write such addresses for what they left out.
const GONE: u64 = 0xffff_fffe;
/// The longest text, and the longest entry in all.
const LONGEST: usize = 1 << 16;

/// Why debug information is not read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is out of proportion; in words.
    Excess(&'static str),
    /// gimli's word.
    Malformed(gimli::Error),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Excess(what) => write!(f, "it is out of all proportion ({what})"),
            Self::Malformed(error) => error.fmt(f),
        }
    }
}

impl From<gimli::Error> for Refused {
    fn from(error: gimli::Error) -> Self {
        Self::Malformed(error)
    }
}

type Result<T> = std::result::Result<T, Refused>;

/// Debug information that can be read.
pub(crate) struct Debug<'a> {
    pub(crate) dwarf: gimli::Dwarf<Reader<'a>>,
    /// How many units say at most that one address is theirs: a search goes through all of them.
    pub(crate) overlapping: usize,
    /// The units that have code, and which of `covered` are theirs.
    units: Vec<(UnitHeader<Reader<'a>>, Range<usize>)>,
    /// Ranges of addresses.
    covered: Vec<(u64, u64)>,
}

impl<'a> Debug<'a> {
    /// The units that have code, and their addresses.
    fn unit_ranges(&self) -> impl Iterator<Item = (&UnitHeader<Reader<'a>>, &[(u64, u64)])> {
        let covered = |range: &Range<usize>| self.covered.get(range.clone()).unwrap_or_default();
        self.units.iter().map(move |(header, range)| (header, covered(range)))
    }
}

/// Opens the debug information in some sections.
///
/// # Errors
/// Where it is malformed as a whole, or out of proportion. What is damaged in a unit is left
/// for whoever reads that.
pub(crate) fn open<'a>(section: impl Fn(&str) -> Option<&'a [u8]>) -> Result<Debug<'a>> {
    let content = |id: SectionId| section(id.name()).unwrap_or_default();
    if [SectionId::DebugStr, SectionId::DebugLineStr].into_iter().any(|id| has_long(content(id))) {
        return Err(Refused::Excess("a text of more than 64 kB"));
    }
    let load = |id| -> std::result::Result<_, gimli::Error> {
        Ok(EndianSlice::new(content(id), LittleEndian))
    };
    let mut dwarf = gimli::Dwarf::load(load)?;
    let of_info = |header: &UnitHeader<Reader<'a>>| header.debug_abbrev_offset().0;
    let mut headers = Vec::new();
    let mut units = dwarf.units();
    while let Some(header) = units.next()? {
        headers.push(header);
    }
    let mut units = dwarf.type_units();
    while let Some(header) = units.next()? {
        headers.push(header);
    }
    let tables: BTreeSet<usize> = headers.iter().map(of_info).collect();
    abbreviations(content(SectionId::DebugAbbrev), &tables)?;
    dwarf.populate_abbreviations_cache(AbbreviationsCacheStrategy::Duplicates);
    let size = |ids: &[SectionId]| ids.iter().map(|id| content(*id).len()).sum::<usize>();
    let lines = size(&[SectionId::DebugLine]);
    let budgets = Budgets {
        lines: Budget::new(TIMES * lines, "line tables that many units share"),
        paths: Budget::new(PATHS * (lines + size(&[SectionId::DebugLineStr])), "paths of files"),
        ranges: Budget::new(
            TIMES * size(&[SectionId::DebugRanges, SectionId::DebugRngLists]),
            "lists of ranges that many entries share",
        ),
        locations: Budget::new(
            TIMES * size(&[SectionId::DebugLoc, SectionId::DebugLocLists]),
            "lists of locations that many entries share",
        ),
    };
    let size = |header: &UnitHeader<Reader<'a>>| header.length_including_self();
    let read = |share: &[UnitHeader<Reader<'a>>]| -> Result<_> {
        let (units, covered) = (Vec::new(), Vec::new());
        let mut read = Units { dwarf: &dwarf, budgets: budgets.clone(), units, covered };
        share.iter().try_for_each(|header| read.unit(*header))?;
        Ok((read.budgets, read.units, read.covered))
    };
    let (mut all, mut units, mut covered) = (budgets.clone(), Vec::new(), Vec::new());
    for share in parallel::shares(&headers, size, read) {
        let (left, of_share, ranges) = share?;
        all.spend(&budgets, &left)?;
        let first = covered.len();
        units.extend(of_share.into_iter().map(|(header, range): (_, Range<usize>)| {
            (header, first + range.start..first + range.end)
        }));
        covered.extend(ranges);
    }
    let overlapping = overlapping(&covered);
    Ok(Debug { dwarf, overlapping, units, covered })
}

/// Whether a section of texts has one that is too long.
fn has_long(texts: &[u8]) -> bool {
    let mut start = 0;
    let ends = memchr::memchr_iter(0, texts).chain([texts.len()]);
    ends.into_iter().any(|end| end - std::mem::replace(&mut start, end) > LONGEST)
}

/// What may be done yet.
#[derive(Clone)]
struct Budget {
    left: usize,
    what: &'static str,
}

impl Budget {
    fn new(most: usize, what: &'static str) -> Self {
        Self { left: most.saturating_add(LEAST), what }
    }

    fn spend(&mut self, some: usize) -> Result<()> {
        self.left = self.left.checked_sub(some).ok_or(Refused::Excess(self.what))?;
        Ok(())
    }
}

/// What may be done yet with the units.
#[derive(Clone)]
struct Budgets {
    lines: Budget,
    paths: Budget,
    ranges: Budget,
    locations: Budget,
}

impl Budgets {
    /// Takes away what somebody has spent who began with `full` and has `left`.
    fn spend(&mut self, full: &Self, left: &Self) -> Result<()> {
        let each = |budgets: &Self| {
            [&budgets.lines, &budgets.paths, &budgets.ranges, &budgets.locations].map(|b| b.left)
        };
        let mine = [&mut self.lines, &mut self.paths, &mut self.ranges, &mut self.locations];
        for ((mine, full), left) in mine.into_iter().zip(each(full)).zip(each(left)) {
            mine.spend(full.saturating_sub(left))?;
        }
        Ok(())
    }
}

/// Reads the tables of abbreviations, which may lie in each other.
fn abbreviations(section: &[u8], tables: &BTreeSet<usize>) -> Result<()> {
    let what = "tables of abbreviations that lie in each other";
    let mut budget = Budget::new(TIMES * section.len(), what);
    for table in tables {
        let Some(table) = section.get(*table..) else { continue };
        let mut rest = EndianSlice::new(table, LittleEndian);
        // What is malformed ends it for all who read it.
        let whole = abbreviation_table(&mut rest);
        budget.spend(table.len() - rest.len())?;
        match whole {
            Err(Refused::Malformed(_)) | Ok(()) => {}
            excess => return excess,
        }
    }
    Ok(())
}

fn abbreviation_table(rest: &mut Reader<'_>) -> Result<()> {
    while rest.read_uleb128()? != 0 {
        // Its tag, and whether it has children.
        rest.read_uleb128()?;
        rest.read_u8()?;
        let mut count = 0;
        loop {
            let (name, form) = (rest.read_uleb128()?, rest.read_uleb128()?);
            if form == u64::from(dw::DW_FORM_implicit_const.0) {
                rest.read_sleb128()?;
            }
            if (name, form) == (0, 0) {
                break;
            }
            count += 1;
            if count > MOST_ATTRIBUTES {
                return Err(Refused::Excess("an entry with more than 512 attributes"));
            }
        }
    }
    Ok(())
}

/// The walk over some units.
struct Units<'d, 'a> {
    dwarf: &'d gimli::Dwarf<Reader<'a>>,
    budgets: Budgets,
    /// See [`Debug`].
    units: Vec<(UnitHeader<Reader<'a>>, Range<usize>)>,
    /// Ranges of addresses that units say are theirs.
    covered: Vec<(u64, u64)>,
}

impl<'a> Units<'_, 'a> {
    fn unit(&mut self, header: UnitHeader<Reader<'a>>) -> Result<()> {
        let Ok(abbreviations) = self.dwarf.abbreviations(&header) else { return Ok(()) };
        let has_code =
            !matches!(header.type_(), UnitType::Type { .. } | UnitType::SplitType { .. });
        if has_code {
            self.line_table(&header, &abbreviations)?;
        }
        // Whoever reads more of it opens it in this way, too.
        let unit = self.dwarf.unit(header).ok();
        if let Some(unit) = unit.as_ref().filter(|_| has_code) {
            self.files(unit)?;
            let first = self.covered.len();
            self.covers(unit)?;
            self.units.push((header, first..self.covered.len()));
        }
        let Ok(mut entries) = header.entries_raw(&abbreviations, None) else { return Ok(()) };
        while !entries.is_empty() {
            if entries.next_depth() > DEEPEST {
                return Err(Refused::Excess("entries in each other, more than 512 deep"));
            }
            let at = entries.next_offset().0;
            let Ok(abbreviation) = entries.read_abbreviation() else { return Ok(()) };
            let Some(abbreviation) = abbreviation else { continue };
            let specs = abbreviation.attributes();
            // Nobody reads on behind what cannot be skipped.
            let mut rest = specs;
            while let Some(first) = rest.iter().position(|spec| may_be_list(spec.form())) {
                let (skipped, from) = rest.split_at(first);
                let Some((list, behind)) = from.split_first() else { break };
                if entries.skip_attributes(skipped).is_err() {
                    return Ok(());
                }
                let Ok(attribute) = entries.read_attribute(*list) else { return Ok(()) };
                if let Some(unit) = &unit {
                    self.list(unit, attribute.value())?;
                }
                rest = behind;
            }
            if entries.skip_attributes(rest).is_err() {
                return Ok(());
            }
            if entries.next_offset().0 - at > LONGEST {
                return Err(Refused::Excess("an entry of more than 64 kB"));
            }
        }
        Ok(())
    }

    /// The line table that the root of a unit names.
    fn line_table(
        &mut self,
        header: &UnitHeader<Reader<'a>>,
        abbreviations: &gimli::Abbreviations,
    ) -> Result<()> {
        let Ok(mut entries) = header.entries_raw(abbreviations, None) else { return Ok(()) };
        let Ok(Some(root)) = entries.read_abbreviation() else { return Ok(()) };
        for spec in root.attributes() {
            let Ok(attribute) = entries.read_attribute(*spec) else { return Ok(()) };
            if let (dw::DW_AT_stmt_list, AttributeValue::DebugLineRef(at)) =
                (attribute.name(), attribute.value())
            {
                let mut table = *self.dwarf.debug_line.reader();
                if table.skip(at.0).is_ok()
                    && let Ok((length, _)) = table.read_initial_length()
                {
                    self.budgets.lines.spend(length.min(table.len()))?;
                }
            }
        }
        Ok(())
    }

    /// The paths of the files that a unit's line table names.
    fn files(&mut self, unit: &gimli::Unit<Reader<'a>>) -> Result<()> {
        let Some(program) = &unit.line_program else { return Ok(()) };
        let header = program.header();
        let folder = unit.comp_dir.map_or(0, |folder| folder.len());
        let length = |value| self.dwarf.attr_string(unit, value).map_or(0, |text| text.len());
        for file in header.file_names() {
            let inside = file.directory(header).map_or(0, length);
            self.budgets.paths.spend(folder + inside + length(file.path_name()))?;
        }
        Ok(())
    }

    /// The addresses that a unit says are its own, or else those of its lines.
    fn covers(&mut self, unit: &gimli::Unit<Reader<'a>>) -> Result<()> {
        let before = self.covered.len();
        if let Ok(mut ranges) = self.dwarf.unit_ranges(unit) {
            while let Ok(Some(range)) = ranges.next() {
                self.budgets.ranges.spend(1)?;
                self.covered.push((range.begin, range.end));
            }
        }
        if self.covered.len() == before
            && let Some(program) = unit.line_program.clone()
        {
            let mut rows = program.rows();
            let mut start = None;
            while let Ok(Some((_, row))) = rows.next_row() {
                let begin = *start.get_or_insert(row.address());
                if row.end_sequence() {
                    self.covered.push((begin, row.address()));
                    start = None;
                }
            }
        }
        Ok(())
    }

    /// The list that an attribute may refer to.
    fn list(
        &mut self,
        unit: &gimli::Unit<Reader<'a>>,
        value: AttributeValue<Reader<'a>>,
    ) -> Result<()> {
        match value {
            AttributeValue::RangeListsRef(_) | AttributeValue::DebugRngListsIndex(_) => {
                let Ok(Some(at)) = self.dwarf.attr_ranges_offset(unit, value) else {
                    return Ok(());
                };
                let Ok(mut list) = self.dwarf.raw_ranges(unit, at) else { return Ok(()) };
                while let Ok(Some(_)) = list.next() {
                    self.budgets.ranges.spend(1)?;
                }
            }
            AttributeValue::LocationListsRef(_) | AttributeValue::DebugLocListsIndex(_) => {
                let Ok(Some(at)) = self.dwarf.attr_locations_offset(unit, value) else {
                    return Ok(());
                };
                let Ok(mut list) = self.dwarf.raw_locations(unit, at) else { return Ok(()) };
                while let Ok(Some(_)) = list.next() {
                    self.budgets.locations.spend(1)?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// Whether an attribute of a form may refer to a list; before DWARF 4 any number may.
fn may_be_list(form: gimli::DwForm) -> bool {
    matches!(
        form,
        dw::DW_FORM_sec_offset
            | dw::DW_FORM_rnglistx
            | dw::DW_FORM_loclistx
            | dw::DW_FORM_data4
            | dw::DW_FORM_data8
    )
}

/// How many ranges lie over each other at most. Those of code that is gone begin where no code can
/// be.
fn overlapping(covered: &[(u64, u64)]) -> usize {
    // An end comes before a beginning at the same address.
    let mut edges: Vec<(u64, bool)> = Vec::with_capacity(2 * covered.len());
    for (begin, end) in covered.iter().filter(|(begin, end)| begin < end && *begin < GONE) {
        edges.extend([(*begin, true), (*end, false)]);
    }
    edges.sort_unstable();
    let (mut open, mut most) = (0_usize, 0);
    for (_, begins) in edges {
        open = if begins { open + 1 } else { open.saturating_sub(1) };
        most = most.max(open);
    }
    most
}

/// The whole path of a file of a unit.
///
/// # Errors
/// Where a text that it is made of is not there.
pub(crate) fn path(
    dwarf: &gimli::Dwarf<Reader<'_>>,
    unit: &gimli::Unit<Reader<'_>>,
    header: &gimli::LineProgramHeader<Reader<'_>>,
    file: &gimli::FileEntry<Reader<'_>>,
) -> gimli::Result<String> {
    let mut path = unit.comp_dir.map(|dir| dir.to_string_lossy().into_owned()).unwrap_or_default();
    if let Some(directory) = file.directory(header) {
        join(&mut path, &dwarf.attr_string(unit, directory)?.to_string_lossy());
    }
    join(&mut path, &dwarf.attr_string(unit, file.path_name())?.to_string_lossy());
    Ok(path)
}

/// Appends a path to another one, as the system that compiled would.
fn join(path: &mut String, more: &str) {
    let absolute = more.starts_with(['/', '\\']) || more.as_bytes().get(1) == Some(&b':');
    if absolute {
        path.clear();
    }
    if !path.is_empty() && !path.ends_with(['/', '\\']) {
        path.push('/');
    }
    path.push_str(more);
}

#[cfg(test)]
mod tests;

//! A source map of a module (<https://tc39.es/ecma426/>): one line, whose columns are the offsets
//! of bytes in the module.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use super::{paths, sections, url};
use crate::args::SourceMapMode;
use crate::error::{Error, Result};
use crate::plan::location;
use crate::read::dwarf::{self, Reader};
use crate::read::id;
use crate::wasm::section::custom_by_name;
use gimli::{ColumnType, UnitType};
use serde::Serialize;
use wasmparser::Parser;

/// The section with the map's URL.
const SECTION: &str = "sourceMappingURL";

/// How many bytes of source files go into a map at most; a file that has no room is left out.
const MOST_SOURCES: u64 = 256 << 20;

/// The file.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SourceMap {
    version: u32,
    sources: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sources_content: Option<Vec<Option<String>>>,
    names: [String; 0],
    mappings: String,
}

/// A place in the source: a number of a file, a line, and a column, all from 0.
type Place = (usize, u32, u32);

/// What a module's DWARF says of its code.
#[derive(Debug, Default)]
struct Lines {
    /// The files' paths and their names for others, in the order of their numbers.
    files: Vec<(String, String)>,
    /// From which address on which place holds; `None` is unknown.
    rows: BTreeMap<u64, Option<Place>>,
}

/// The source map of a module with DWARF in it; `None` where there is none.
///
/// # Errors
/// For a module that is malformed.
pub(super) fn of(module: &[u8], mode: SourceMapMode) -> Result<Option<Vec<u8>>> {
    if mode == SourceMapMode::Off {
        return Ok(None);
    }
    of_both(module, module, mode)
}

/// The same where the DWARF is in another file.
pub(super) fn of_both(module: &[u8], debug: &[u8], mode: SourceMapMode) -> Result<Option<Vec<u8>>> {
    let Some(code) = code(module)? else { return Ok(None) };
    let lines = Lines::read(debug, code.end - code.start)?;
    if lines.files.is_empty() {
        return Ok(None);
    }
    let wanted = lines.files.iter().cloned().collect();
    let names = paths::names(&wanted);
    let mut room = MOST_SOURCES;
    let mut content = |path: &String| {
        let size = std::fs::metadata(path).ok().filter(|of| of.is_file())?.len();
        room = room.checked_sub(size)?;
        std::fs::read_to_string(path).ok()
    };
    let map = SourceMap {
        version: 3,
        sources: lines.files.iter().filter_map(|(path, _)| names.get(path).cloned()).collect(),
        sources_content: (mode == SourceMapMode::Sources)
            .then(|| lines.files.iter().map(|(path, _)| content(path)).collect()),
        names: [],
        mappings: lines.mappings(code.start),
    };
    let mut json = serde_json::to_vec(&map)
        .map_err(|e| Error::Bug(format!("the source map is no JSON: {e}")))?;
    json.push(b'\n');
    Ok(Some(json))
}

/// The mappings of a file with DWARF, if its code were so long.
#[cfg(feature = "fuzzing")]
pub(crate) fn mappings(debug: &[u8], code_len: u64) -> Result<String> {
    Ok(Lines::read(debug, code_len)?.mappings(0))
}

/// The same module, which says where its source map is.
///
/// # Errors
/// For a module that is malformed.
pub(super) fn refer(module: &[u8], map: &Path) -> Result<Vec<u8>> {
    sections::with_string(module, SECTION, &url(map))
}

/// Where the content of the code section is: DWARF counts from its beginning.
fn code(module: &[u8]) -> Result<Option<Range<u64>>> {
    for payload in Parser::new(0).parse_all(module) {
        if let Some((id::CODE, range)) = payload?.as_section() {
            return Ok(Some(range));
        }
    }
    Ok(None)
}

impl Lines {
    /// Reads the line tables. What is damaged is left out: a map with holes in it is of use.
    fn read(module: &[u8], code_len: u64) -> Result<Self> {
        let custom = custom_by_name(module)?;
        let mut lines = Self::default();
        let opened = dwarf::open(|name| custom.get(name).copied());
        if let Err(e) = opened.and_then(|debug| Ok(lines.units(&debug.dwarf, code_len)?)) {
            log::warn!("the module's DWARF cannot be read whole: {e}");
        }
        Ok(lines)
    }

    fn units(&mut self, dwarf: &gimli::Dwarf<Reader<'_>>, code_len: u64) -> gimli::Result<()> {
        let mut numbers = BTreeMap::new();
        let mut headers = dwarf.units();
        while let Some(header) = headers.next()? {
            if matches!(header.type_(), UnitType::Type { .. } | UnitType::SplitType { .. }) {
                continue;
            }
            let unit = dwarf.unit(header)?;
            if let Err(e) = self.unit(dwarf, &unit, code_len, &mut numbers) {
                log::warn!("a unit of the module's DWARF cannot be read: {e}");
            }
        }
        Ok(())
    }

    fn unit(
        &mut self,
        dwarf: &gimli::Dwarf<Reader<'_>>,
        unit: &gimli::Unit<Reader<'_>>,
        code_len: u64,
        numbers: &mut BTreeMap<String, usize>,
    ) -> gimli::Result<()> {
        let Some(program) = unit.line_program.clone() else { return Ok(()) };
        // The unit's numbers of files, as numbers here.
        let mut known: BTreeMap<u64, usize> = BTreeMap::new();
        let mut rows = program.rows();
        // Whether the rows are those of a function that the linker left out: they begin at 0, where
        // no function is, or behind the code.
        let mut left_out = None;
        while let Some((header, row)) = rows.next_row()? {
            let address = row.address();
            let skipped = *left_out.get_or_insert(address == 0) || address > code_len;
            if row.end_sequence() {
                left_out = None;
                if !skipped {
                    self.rows.entry(address).or_insert(None);
                }
                continue;
            }
            if skipped {
                continue;
            }
            let place = match (row.line(), row.file(header)) {
                (Some(line), Some(file)) => {
                    let number = match known.get(&row.file_index()) {
                        Some(number) => *number,
                        None => {
                            let number =
                                self.file(&dwarf::path(dwarf, unit, header, file)?, unit, numbers);
                            *known.entry(row.file_index()).or_insert(number)
                        }
                    };
                    let column = match row.column() {
                        ColumnType::LeftEdge => 0,
                        ColumnType::Column(column) => column.get() - 1,
                    };
                    let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
                    Some((number, small(line.get() - 1), small(column)))
                }
                _ => None,
            };
            self.rows.insert(address, place);
        }
        Ok(())
    }

    fn file(
        &mut self,
        path: &str,
        unit: &gimli::Unit<Reader<'_>>,
        numbers: &mut BTreeMap<String, usize>,
    ) -> usize {
        // The standard library's own code calls its files otherwise than what it was inlined into.
        let key = location::known(path).unwrap_or_else(|| path.to_owned());
        if let Some(number) = numbers.get(&key) {
            if let Some((other, _)) = self.files.get_mut(*number)
                && other.starts_with("/rustc/")
            {
                // That is no file of this machine; the other may be one.
                path.clone_into(other);
            }
            return *number;
        }
        let folder = unit.comp_dir.map(|dir| dir.to_string_lossy().into_owned());
        let name = paths::name(path, &folder.unwrap_or_default());
        let number = self.files.len();
        self.files.push((path.to_owned(), name));
        numbers.insert(key, number);
        number
    }

    /// As the base-64 numbers of the format, each relative to the one before.
    fn mappings(&self, code: u64) -> String {
        let mut out = Vec::new();
        let number = |out: &mut Vec<u8>, number| {
            // Memory takes all that is written to it.
            let _ = vlq::encode(number, out);
        };
        let (mut column, mut last) = (0, (0_i64, 0_i64, 0_i64));
        let mut shown = None;
        for (address, place) in &self.rows {
            if *place == shown {
                continue;
            }
            shown = *place;
            if !out.is_empty() {
                out.push(b',');
            }
            let at = (code + address) as i64;
            number(&mut out, at - column);
            column = at;
            if let Some((file, line, col)) = *place {
                let next = (file as i64, i64::from(line), i64::from(col));
                for step in [next.0 - last.0, next.1 - last.1, next.2 - last.2] {
                    number(&mut out, step);
                }
                last = next;
            }
        }
        if shown.is_none() && !out.is_empty() {
            // Node takes no notice of an end of what is known that nothing follows.
            out.push(b';');
        }
        String::from_utf8_lossy(&out).into_owned()
    }
}

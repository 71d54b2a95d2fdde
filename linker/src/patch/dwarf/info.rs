//! The walk over the units: every attribute that holds a code address, and every
//! list that one refers to.

use gimli::{DebugInfo, DebugTypes, LittleEndian};

use super::addresses::AddressMap;
use super::editor::SectionEditor;
use super::entry::Entry;
use super::relink::RelinkMaps;
use super::unit_lists::Lists;
use super::units::{Reader, Units, gimli_error};
use super::{Result, Sections, aranges, lines};
use crate::parallel;

/// The sections of one module while they are being changed.
pub(super) struct Patcher<'a> {
    map: &'a AddressMap,
    units: Units<'a>,
    info: SectionEditor<'a>,
    types: SectionEditor<'a>,
    line: SectionEditor<'a>,
    aranges: SectionEditor<'a>,
    lists: Lists<'a>,
}

impl<'a> Patcher<'a> {
    pub(super) fn new(sections: &'a Sections<'_>, map: &'a AddressMap) -> Self {
        let editor = |name| SectionEditor::new(sections, name);
        Self {
            map,
            units: Units::new(editor(".debug_abbrev").old()),
            info: editor(".debug_info"),
            types: editor(".debug_types"),
            line: editor(".debug_line"),
            aranges: editor(".debug_aranges"),
            lists: Lists::new(sections),
        }
    }

    /// Rewrites all sections; returns those that differ, by name.
    pub(super) fn run(mut self) -> Result<Vec<(&'static str, Vec<u8>)>> {
        let map = self.map;
        let (line, info) = parallel::both(
            self.info.old().len() + self.line.old().len(),
            || lines::patch(&mut self.line, map),
            || patch_units(&mut self.units, &mut self.info, &mut self.lists, map),
        );
        info.and(line)?;
        aranges::patch(&mut self.aranges, self.map)?;
        self.relink()?;

        let Lists { addresses, ranges, rnglists, loc, loclists, .. } = self.lists;
        let editors = [
            self.info,
            self.types,
            self.line,
            self.aranges,
            addresses.close()?,
            ranges,
            rnglists,
            loc,
            loclists,
        ];
        Ok(editors.into_iter().filter_map(SectionEditor::finish).collect())
    }

    fn relink(&mut self) -> Result<()> {
        let Some(maps) = RelinkMaps::new(&mut self.line, &mut self.lists)? else {
            return Ok(());
        };
        let mut headers = DebugInfo::new(self.info.old(), LittleEndian).units();
        let gimli = gimli_error(self.info.name);
        while let Some(header) = headers.next().map_err(gimli)? {
            let unit = self.units.open(self.info.name, header)?;
            maps.relink(&unit, &mut self.info)?;
        }
        let mut headers = DebugTypes::new(self.types.old(), LittleEndian).units();
        let gimli = gimli_error(self.types.name);
        while let Some(header) = headers.next().map_err(gimli)? {
            let unit = self.units.open(self.types.name, header)?;
            maps.relink(&unit, &mut self.types)?;
        }
        Ok(())
    }
}

fn patch_units<'a>(
    units: &mut Units<'a>,
    info: &mut SectionEditor<'a>,
    lists: &mut Lists<'a>,
    map: &AddressMap,
) -> Result<()> {
    let mut headers = DebugInfo::new(info.old(), LittleEndian).units();
    let gimli = gimli_error(info.name);
    while let Some(header) = headers.next().map_err(gimli)? {
        if is_type(&header) {
            continue;
        }
        let mut unit = units.open(info.name, header)?;
        unit.read_root(&lists.addresses)?;
        if !lists.touches(&unit, map)? {
            continue;
        }
        unit.walk(|tag, attributes| {
            let mut entry =
                Entry { info, lists, map, root: &unit.root, version: unit.header.version() };
            entry.patch(tag, attributes)?;
            Ok(true)
        })?;
    }
    Ok(())
}

/// Whether a unit only describes a type, and so has no code.
fn is_type(header: &gimli::UnitHeader<Reader<'_>>) -> bool {
    matches!(header.type_(), gimli::UnitType::Type { .. } | gimli::UnitType::SplitType { .. })
}

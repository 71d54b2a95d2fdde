//! The lists that the attributes of a unit refer to, in whatever version.

use std::collections::HashSet;

use super::addresses::AddressMap;
use super::editor::SectionEditor;
use super::lists::{AddressTable, ListKind};
use super::units::{ListRef, Root, Unit};
use super::{Result, Sections, lists4, lists5};

/// The sections that the attributes of a unit refer to.
pub(super) struct Lists<'a> {
    pub(super) addresses: AddressTable<'a>,
    pub(super) ranges: SectionEditor<'a>,
    pub(super) rnglists: SectionEditor<'a>,
    pub(super) loc: SectionEditor<'a>,
    pub(super) loclists: SectionEditor<'a>,
    /// The lists that have been rewritten: several entries may share one.
    seen: HashSet<(&'static str, usize)>,
}

impl<'a> Lists<'a> {
    pub(super) fn new(sections: &'a Sections<'_>) -> Self {
        let editor = |name| SectionEditor::new(sections, name);
        Self {
            addresses: AddressTable::new(editor(".debug_addr")),
            ranges: editor(".debug_ranges"),
            rnglists: editor(".debug_rnglists"),
            loc: editor(".debug_loc"),
            loclists: editor(".debug_loclists"),
            seen: HashSet::new(),
        }
    }

    /// Whether code of the unit moved, by what its root says; yes if it says nothing.
    pub(super) fn touches(&self, unit: &Unit<'a>, map: &AddressMap) -> Result<bool> {
        let root = &unit.root;
        if !unit.is_located() {
            return Ok(true);
        }
        if root.high.is_some_and(|high| map.touches(&(root.low..high))) {
            return Ok(true);
        }
        let Some(list) = root.ranges else {
            return Ok(false);
        };
        if unit.header.version() < 5 {
            return match list {
                ListRef::At(at) => lists4::touches(&self.ranges, at, root.base(), map),
                ListRef::Index(_) => Ok(true),
            };
        }
        let list = self.list5(list, ListKind::Ranges, root)?;
        lists5::touches(&self.rnglists, &self.addresses, &list, map)
    }

    fn list5(&self, list: ListRef, kind: ListKind, root: &Root) -> Result<lists5::List5> {
        let (section, base) = match kind {
            ListKind::Ranges => (&self.rnglists, root.rnglists_base),
            ListKind::Locations => (&self.loclists, root.loclists_base),
        };
        let at = match list {
            ListRef::At(at) => at,
            ListRef::Index(index) => {
                let entry = index.checked_mul(4).and_then(|i| i.checked_add(base));
                let Some(entry) = entry else {
                    return section.read(base).malformed();
                };
                match base.checked_add(section.read(entry).u32()? as usize) {
                    Some(at) => at,
                    None => return section.read(entry).malformed(),
                }
            }
        };
        Ok(lists5::List5 { at, kind, base: root.base(), addr_base: root.addr_base })
    }

    pub(super) fn patch(
        &mut self,
        list: ListRef,
        kind: ListKind,
        version: u16,
        root: &Root,
        map: &AddressMap,
    ) -> Result<()> {
        if version >= 5 {
            let list = self.list5(list, kind, root)?;
            let section = match kind {
                ListKind::Ranges => &mut self.rnglists,
                ListKind::Locations => &mut self.loclists,
            };
            if !self.seen.insert((section.name, list.at)) {
                return Ok(());
            }
            return lists5::patch(section, &mut self.addresses, &list, map);
        }
        let section = match kind {
            ListKind::Ranges => &mut self.ranges,
            ListKind::Locations => &mut self.loc,
        };
        match list {
            ListRef::At(at) if self.seen.insert((section.name, at)) => {
                lists4::patch(section, at, kind, root.base(), map)
            }
            ListRef::At(_) => Ok(()),
            ListRef::Index(at) => section.read(at).unsupported("a list by index"),
        }
    }
}

//! Offsets into the sections that grew.

use gimli::AttributeValue;

use super::Result;
use super::editor::{OffsetMap, SectionEditor};
use super::lists::relink_contributions;
use super::unit_lists::Lists;
use super::units::Unit;

/// What moved in the sections that units refer to.
pub(super) struct RelinkMaps {
    line: OffsetMap,
    ranges: OffsetMap,
    rnglists: OffsetMap,
    loc: OffsetMap,
    loclists: OffsetMap,
}

impl RelinkMaps {
    /// Closes the sections: from here on nothing in them grows. `None` if nothing did.
    pub(super) fn new(line: &mut SectionEditor<'_>, lists: &mut Lists<'_>) -> Result<Option<Self>> {
        let moved = Self {
            line: line.offset_map()?,
            ranges: lists.ranges.offset_map()?,
            rnglists: lists.rnglists.offset_map()?,
            loc: lists.loc.offset_map()?,
            loclists: lists.loclists.offset_map()?,
        };
        if !moved.rnglists.is_empty() {
            relink_contributions(&mut lists.rnglists, &moved.rnglists)?;
        }
        if !moved.loclists.is_empty() {
            relink_contributions(&mut lists.loclists, &moved.loclists)?;
        }
        Ok((moved.any_list(5) || moved.any_list(4) || !moved.line.is_empty()).then_some(moved))
    }

    /// Whether lists that units of this version refer to moved.
    fn any_list(&self, version: u16) -> bool {
        if version < 5 {
            !self.ranges.is_empty() || !self.loc.is_empty()
        } else {
            !self.rnglists.is_empty() || !self.loclists.is_empty()
        }
    }

    /// Corrects the offsets in one unit, which lies in `info`.
    pub(super) fn relink(&self, unit: &Unit<'_>, info: &mut SectionEditor<'_>) -> Result<()> {
        let version = unit.header.version();
        let (ranges, locations) =
            if version < 5 { (&self.ranges, &self.loc) } else { (&self.rnglists, &self.loclists) };
        // Line programs and offset tables are the root's; lists are anyone's.
        let everywhere = self.any_list(version);
        unit.walk(|_, attributes| {
            for attribute in attributes {
                let (old, offsets) = match attribute.value {
                    // Its header may hold an offset into the line programs.
                    AttributeValue::DebugMacroRef(_) if !self.line.is_empty() => {
                        return info.read(attribute.at).unsupported("a table of macros");
                    }
                    AttributeValue::DebugLineRef(at) => (at.0, &self.line),
                    AttributeValue::RangeListsRef(at) => (at.0, ranges),
                    AttributeValue::LocationListsRef(at) => (at.0, locations),
                    AttributeValue::DebugRngListsBase(at) => (at.0, &self.rnglists),
                    AttributeValue::DebugLocListsBase(at) => (at.0, &self.loclists),
                    _ => continue,
                };
                let new = offsets.new_offset(old);
                if new != old {
                    info.put_uint(attribute.at, attribute.size, new as u64)?;
                }
            }
            Ok(everywhere)
        })
    }
}

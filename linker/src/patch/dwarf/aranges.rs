//! `.debug_aranges`: pairs of address and length, a table for each unit.

use super::Result;
use super::addresses::{AddressMap, is_dead};
use super::editor::SectionEditor;

pub(super) fn patch(aranges: &mut SectionEditor<'_>, map: &AddressMap) -> Result<()> {
    let mut cursor = aranges.read(0);
    while !cursor.is_at_end() {
        let start = cursor.at();
        let (format, unit) = cursor.unit_length()?;
        let mut table = cursor.until(unit.end)?;
        table.u16()?;
        table.word(format)?;
        if (table.u8()?, table.u8()?) != (4, 0) {
            return table.unsupported("an address that is not 4 bytes flat");
        }
        // The pairs are aligned to their own size, counted from the table's start.
        let padding = (table.at() - start).next_multiple_of(8) - (table.at() - start);
        table.bytes(padding)?;
        while !table.is_at_end() {
            let at = table.at();
            let (address, len) = (table.u32()?, table.u32()?);
            if is_dead(address) {
                continue;
            }
            let new = map.map_range(address..address.saturating_add(len));
            aranges.put_uint(at, 4, new.start.into())?;
            aranges.put_uint(at + 4, 4, (new.end - new.start).into())?;
        }
        cursor.bytes(unit.end - cursor.at())?;
    }
    Ok(())
}

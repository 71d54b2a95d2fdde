//! What a module's memory holds at the start, as far as its data segments say.

use crate::error::Result;
use crate::plan::location;
use crate::read::{Module, id};
use wasmparser::{BinaryReader, DataKind, DataSectionReader, Operator};

/// The active data segments that go to a constant address.
pub(super) struct Data<'a>(Vec<(u32, &'a [u8])>);

impl<'a> Data<'a> {
    pub(super) fn read(module: &Module<'a>) -> Result<Self> {
        let mut segments = Vec::new();
        for section in module.sections.iter().filter(|section| section.id == id::DATA) {
            for segment in DataSectionReader::new(BinaryReader::new(section.content, 0))? {
                let segment = segment?;
                if let DataKind::Active { memory_index: 0, offset_expr } = segment.kind
                    && let Operator::I32Const { value } =
                        offset_expr.get_operators_reader().read()?
                {
                    segments.push((value as u32, segment.data));
                }
            }
        }
        Ok(Self(segments))
    }

    fn bytes(&self, at: u32, len: u32) -> Option<&'a [u8]> {
        self.0.iter().find_map(|(start, data)| {
            let from = at.checked_sub(*start)? as usize;
            data.get(from..from.checked_add(len as usize)?)
        })
    }

    /// Whether a `core::panic::Location` in the program's own source is there: the address of
    /// the file's name, its length, line and column. Only what looks like that is believed.
    pub(super) fn has_own_location(&self, at: i32) -> bool {
        let word = |index: u32| {
            let bytes = self.bytes((at as u32).checked_add(4 * index)?, 4)?;
            Some(u32::from_le_bytes(bytes.try_into().ok()?))
        };
        let file = || {
            let name = std::str::from_utf8(self.bytes(word(0)?, word(1)?)?).ok()?;
            // From 1.91 on it ends like a C string.
            let name = name.strip_suffix('\0').unwrap_or(name);
            (word(2)? != 0 && word(3)? != 0 && name.ends_with(".rs")).then_some(name)
        };
        at % 4 == 0 && file().is_some_and(|name| !location::is_of_std(name))
    }
}

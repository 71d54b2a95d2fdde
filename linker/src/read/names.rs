//! The `name` section: the only place where a linked module says which function is
//! which. Links are done with names on; stripping comes last.

use crate::error::Result;
use crate::ids::{FuncIdx, GlobalIdx};
use wasmparser::{BinaryReader, Name, NameSectionReader};

/// What the `name` section says.
#[derive(Debug, Default)]
pub(crate) struct Names<'a> {
    functions: Vec<Option<&'a str>>,
    globals: Vec<(GlobalIdx, &'a str)>,
}

impl<'a> Names<'a> {
    /// Reads the section's content.
    ///
    /// # Errors
    /// [`crate::error::Error::Module`] if it is malformed.
    pub(crate) fn read(reader: BinaryReader<'a>) -> Result<Self> {
        let mut names = Self::default();
        for subsection in NameSectionReader::new(reader) {
            match subsection? {
                Name::Function(map) => {
                    for naming in map {
                        let naming = naming?;
                        let at = naming.index as usize;
                        // Bounded by what a section of this size can hold.
                        if names.functions.len() <= at && at < 1 << 24 {
                            names.functions.resize(at + 1, None);
                        }
                        if let Some(slot) = names.functions.get_mut(at) {
                            *slot = Some(naming.name);
                        }
                    }
                }
                Name::Global(map) => {
                    for naming in map {
                        let naming = naming?;
                        names.globals.push((GlobalIdx(naming.index), naming.name));
                    }
                }
                _ => {}
            }
        }
        Ok(names)
    }

    /// The symbol of a function.
    pub(crate) fn function(&self, index: FuncIdx) -> Option<&'a str> {
        *self.functions.get(index.at())?
    }

    /// All named functions, by index.
    pub(crate) fn functions(&self) -> impl Iterator<Item = (FuncIdx, &'a str)> {
        self.functions.iter().zip(0..).filter_map(|(name, at)| Some((FuncIdx(at), (*name)?)))
    }

    /// The global of a name, as `__stack_pointer`.
    pub(crate) fn global(&self, name: &str) -> Option<GlobalIdx> {
        self.globals.iter().find(|(_, n)| *n == name).map(|(index, _)| *index)
    }
}

//! The `name` section: the only place where a linked module says which function is
//! which. Links are done with names on; stripping comes last.

use crate::error::Result;
use crate::ids::{FuncIdx, GlobalIdx};
use wasmparser::{BinaryReader, Name, NameSectionReader};

/// What the `name` section says.
#[derive(Debug, Default)]
pub(crate) struct Names<'a> {
    /// By index, in order. Not a table: an index of a malformed section is any number.
    functions: Vec<(FuncIdx, &'a str)>,
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
                        names.functions.push((FuncIdx(naming.index), naming.name));
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
        let at = self.functions.binary_search_by_key(&index, |(function, _)| *function).ok()?;
        self.functions.get(at).map(|(_, name)| *name)
    }

    /// All named functions, by index.
    pub(crate) fn functions(&self) -> impl Iterator<Item = (FuncIdx, &'a str)> {
        self.functions.iter().copied()
    }

    /// The global of a name, as `__stack_pointer`.
    pub(crate) fn global(&self, name: &str) -> Option<GlobalIdx> {
        self.globals.iter().find(|(_, n)| *n == name).map(|(index, _)| *index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_index_costs_no_memory() {
        let content = [1, 11, 2, 3, 1, b'b', 255, 255, 255, 255, 15, 1, b'z'];
        let names = Names::read(BinaryReader::new(&content, 0)).unwrap();
        let all: Vec<_> = names.functions().collect();
        assert_eq!(all, [(FuncIdx(3), "b"), (FuncIdx(u32::MAX), "z")]);
        assert_eq!(names.function(FuncIdx(3)), Some("b"));
        assert_eq!(names.function(FuncIdx(4)), None);
        assert!(names.functions.capacity() < content.len());
    }

    #[test]
    fn names_out_of_order_are_malformed() {
        let content = [1, 7, 2, 3, 1, b'b', 3, 1, b'z'];
        assert!(Names::read(BinaryReader::new(&content, 0)).is_err());
    }
}

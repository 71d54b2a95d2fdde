//! A section that is being changed: the old bytes, to read, and what is written.

use std::ops::Range;

use super::read::Cursor;
use super::{DwarfError, Result, Sections};

/// A section that is being changed.
pub(super) struct SectionEditor<'a> {
    pub(super) name: &'static str,
    old: &'a [u8],
    /// A copy with the fields written in place; made at the first change.
    new: Option<Vec<u8>>,
    splices: Vec<Splice>,
}

/// Bytes that take the place of others, and may be more or fewer.
struct Splice {
    old: Range<usize>,
    bytes: Vec<u8>,
}

impl<'a> SectionEditor<'a> {
    pub(super) fn new(sections: &'a Sections<'_>, name: &'static str) -> Self {
        Self {
            name,
            old: sections.get(name).map_or(&[], |content| content),
            new: None,
            splices: Vec::new(),
        }
    }

    /// The section as rust-lld wrote it.
    pub(super) fn old(&self) -> &'a [u8] {
        self.old
    }

    /// A cursor over the section as rust-lld wrote it.
    pub(super) fn read(&self, at: usize) -> Cursor<'a> {
        Cursor::new(self.name, self.old, at)
    }

    /// Writes `bytes` over the old ones at `at`.
    pub(super) fn put(&mut self, at: usize, bytes: &[u8]) -> Result<()> {
        let Some(range) = at.checked_add(bytes.len()).map(|end| at..end) else {
            return self.read(at).malformed();
        };
        match self.old.get(range.clone()) {
            None => return self.read(at).malformed(),
            Some(old) if self.new.is_none() && old == bytes => return Ok(()),
            Some(_) => {}
        }
        let new = self.new.get_or_insert_with(|| self.old.to_vec());
        if let Some(field) = new.get_mut(range) {
            field.copy_from_slice(bytes);
        }
        Ok(())
    }

    /// Writes a little-endian number of `size` (at most 8) bytes.
    pub(super) fn put_uint(&mut self, at: usize, size: usize, value: u64) -> Result<()> {
        let bytes = value.to_le_bytes();
        let (low, high) = bytes.split_at_checked(size).unwrap_or((&bytes, &[]));
        if high.iter().any(|&byte| byte != 0) {
            return self.no_room(at, value);
        }
        self.put(at, low)
    }

    /// Writes a section offset, or a length, of the given format.
    pub(super) fn put_word(
        &mut self,
        at: usize,
        format: gimli::Format,
        value: usize,
    ) -> Result<()> {
        self.put_uint(at, format.word_size().into(), value as u64)
    }

    pub(super) fn no_room<T>(&self, at: usize, value: u64) -> Result<T> {
        Err(DwarfError::NoRoom { section: self.name, at, value })
    }

    /// Puts `bytes` in the place of `old`, moving what follows if it must. Ranges
    /// of different splices may not overlap, nor hold fields that are `put`.
    pub(super) fn splice(&mut self, old: Range<usize>, bytes: Vec<u8>) -> Result<()> {
        if bytes.len() == old.len() {
            return self.put(old.start, &bytes);
        }
        self.splices.push(Splice { old, bytes });
        Ok(())
    }

    /// What moved, once all splices are known.
    pub(super) fn offset_map(&mut self) -> Result<OffsetMap> {
        self.splices.sort_by_key(|s| s.old.start);
        let mut steps = Vec::with_capacity(self.splices.len());
        let mut end = 0;
        let mut delta = 0isize;
        for splice in &self.splices {
            let old = &splice.old;
            if old.start < end || old.end > self.old.len() || old.start > old.end {
                return self.read(old.start).malformed();
            }
            end = old.end;
            delta += splice.bytes.len() as isize - old.len() as isize;
            steps.push((end, delta));
        }
        Ok(OffsetMap { steps })
    }

    /// The section as it is to be, if it differs. [`SectionEditor::offset_map`] has been called
    /// after the last splice.
    pub(super) fn finish(self) -> Option<(&'static str, Vec<u8>)> {
        if self.splices.is_empty() {
            return self.new.map(|new| (self.name, new));
        }
        let base = self.new.as_deref().unwrap_or(self.old);
        let growth = self.splices.iter().map(|s| s.bytes.len()).sum::<usize>();
        let mut out = Vec::with_capacity(base.len() + growth);
        let mut at = 0;
        for splice in &self.splices {
            out.extend_from_slice(base.get(at..splice.old.start).unwrap_or_default());
            out.extend_from_slice(&splice.bytes);
            at = splice.old.end;
        }
        out.extend_from_slice(base.get(at..).unwrap_or_default());
        Some((self.name, out))
    }
}

/// Where offsets into a section went.
pub(super) struct OffsetMap {
    /// From which old offset on, by how many bytes.
    steps: Vec<(usize, isize)>,
}

impl OffsetMap {
    pub(super) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    pub(super) fn new_offset(&self, old: usize) -> usize {
        let before = self.steps.partition_point(|&(at, _)| at <= old);
        match before.checked_sub(1).and_then(|last| self.steps.get(last)) {
            Some(&(_, delta)) => old.wrapping_add_signed(delta),
            None => old,
        }
    }

    /// The new length of the bytes at `old`.
    pub(super) fn new_len(&self, old: &Range<usize>) -> usize {
        self.new_offset(old.end).wrapping_sub(self.new_offset(old.start))
    }
}

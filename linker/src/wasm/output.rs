//! A module in the making: new bytes, and between them stretches of others, most of them the old
//! module's. They are put together where they are written, so that nothing large is copied.

use std::borrow::Cow;
use std::io::Write;

/// Bytes that are written one after the other.
#[derive(Debug, Default)]
pub(crate) struct Output<'a> {
    /// All that is new, but for what came in one piece.
    new: Vec<u8>,
    /// Stretches, and how much of `new` stands before each.
    stretches: Vec<(usize, Cow<'a, [u8]>)>,
    /// The length of all stretches.
    stretched: usize,
}

impl<'a> Output<'a> {
    /// Where new bytes are added.
    pub(crate) fn new_bytes(&mut self) -> &mut Vec<u8> {
        &mut self.new
    }

    /// Adds bytes that are there already.
    pub(crate) fn put(&mut self, stretch: impl Into<Cow<'a, [u8]>>) {
        let stretch = stretch.into();
        if !stretch.is_empty() {
            self.stretched += stretch.len();
            self.stretches.push((self.new.len(), stretch));
        }
    }

    /// Adds all of another one.
    pub(crate) fn append(&mut self, other: Self) {
        let before = self.new.len();
        self.new.extend(other.new);
        let stretches = other.stretches.into_iter();
        self.stretches.extend(stretches.map(|(at, stretch)| (before + at, stretch)));
        self.stretched += other.stretched;
    }

    /// How many bytes there are.
    pub(crate) fn len(&self) -> usize {
        self.new.len() + self.stretched
    }

    /// The bytes, in their order.
    fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let ends = self.stretches.iter().map(|(at, stretch)| (*at, &stretch[..]));
        let mut from = 0;
        ends.chain([(self.new.len(), &[][..])]).flat_map(move |(at, stretch)| {
            let new = self.new.get(from..at).unwrap_or_default();
            from = at;
            [new, stretch]
        })
    }

    /// Writes all.
    ///
    /// # Errors
    /// Those of `to`.
    pub(crate) fn write(&self, to: impl Write) -> std::io::Result<()> {
        /// Most pieces are short.
        const AT_ONCE: usize = 64 << 10;
        let mut to = std::io::BufWriter::with_capacity(AT_ONCE, to);
        self.pieces().try_for_each(|piece| to.write_all(piece))?;
        to.flush()
    }

    /// The bytes in one piece.
    pub(crate) fn to_vec(&self) -> Vec<u8> {
        let mut all = Vec::with_capacity(self.len());
        self.pieces().for_each(|piece| all.extend_from_slice(piece));
        all
    }
}

impl From<Vec<u8>> for Output<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self { new: bytes, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_stand_where_they_were_put() {
        let mut inner = Output::default();
        inner.put(&b"old"[..]);
        inner.new_bytes().extend(b"-new-");
        inner.put(b"owned".to_vec());
        let mut out = Output::from(b"<".to_vec());
        out.put(&b""[..]);
        out.append(inner);
        out.new_bytes().push(b'>');
        assert_eq!(out.to_vec(), b"<old-new-owned>");
        assert_eq!(out.len(), out.to_vec().len());
        let mut written = Vec::new();
        out.write(&mut written).unwrap();
        assert_eq!(written, out.to_vec());
    }
}

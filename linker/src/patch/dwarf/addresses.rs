//! Where code went.

use std::ops::Range;

use super::{DwarfError, Result};

/// Addresses below the first function, and what linkers write for removed code:
/// 0xffffffff, or 0xfffffffe in lists where 0xffffffff selects a base.
pub(super) fn is_dead(address: u32) -> bool {
    address == 0 || address >= 0xffff_fffe
}

/// Where code went: old addresses to new ones.
///
/// The pieces are sorted by `old.start`, not empty, and do not overlap. An address
/// in no piece moves by `shift`.
///
/// A function whose inside moved is best covered by pieces without holes from its
/// first byte after the body-size LEB to its end: bytes that vanished belong to the
/// piece before them and then map to where the next byte went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AddressMap {
    /// By how many bytes code outside of `pieces` moved up.
    pub shift: u32,
    /// The code that moved otherwise.
    pub pieces: Vec<Piece>,
}

/// A run of code that moved as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The old addresses.
    pub old: Range<u32>,
    /// The new address of `old.start`, `shift` included.
    pub new_start: u32,
}

impl AddressMap {
    /// Makes one piece of neighbours that moved together: debug information may ask for each
    /// function many times.
    pub(crate) fn join(&mut self) {
        self.pieces.dedup_by(|next, piece| {
            let together = piece.old.end == next.old.start && piece.delta() == next.delta();
            if together {
                piece.old.end = next.old.end;
            }
            together
        });
    }

    /// Whether nothing moved.
    pub(crate) fn is_identity(&self) -> bool {
        self.shift == 0 && self.pieces.iter().all(|p| p.new_start == p.old.start)
    }

    /// The new address of an instruction, or of the start of a range.
    pub(crate) fn map(&self, old: u32) -> u32 {
        match self.index_of(old) {
            Some((index, piece)) => piece.linear(old).min(self.limit(index, piece)),
            None => old.wrapping_add(self.shift),
        }
    }

    /// The new address of the exclusive end of a range: the byte after where its
    /// last byte went, since the byte at `old` may belong to another function.
    pub(crate) fn map_end(&self, old: u32) -> u32 {
        let Some(last) = old.checked_sub(1) else {
            return self.map(old);
        };
        match self.index_of(last) {
            Some((index, piece)) => {
                let end = piece.linear(last).wrapping_add(1);
                end.min(self.limit(index, piece))
            }
            None => old.wrapping_add(self.shift),
        }
    }

    /// Both ends of a range; the new end is never before the new start.
    pub(super) fn map_range(&self, old: Range<u32>) -> Range<u32> {
        let start = self.map(old.start);
        if old.end <= old.start {
            return start..start;
        }
        start..self.map_end(old.end).max(start)
    }

    /// Whether a byte of `old` moved.
    pub(super) fn touches(&self, old: &Range<u32>) -> bool {
        self.shift != 0 || self.pieces_in(old).iter().any(|p| p.new_start != p.old.start)
    }

    /// By how many bytes (wrapping) all of `old` moved, if all by the same number.
    pub(super) fn uniform(&self, old: &Range<u32>) -> Option<u32> {
        let delta = self.map(old.start).wrapping_sub(old.start);
        let mut at = old.start;
        for piece in self.pieces_in(old) {
            if piece.delta() != delta || (piece.old.start > at && self.shift != delta) {
                return None;
            }
            at = piece.old.end;
        }
        if at < old.end && self.shift != delta {
            return None;
        }
        (self.map_range(old.clone()).end == old.end.max(old.start).wrapping_add(delta))
            .then_some(delta)
    }

    /// For each piece, where those end that follow it without a hole.
    pub(super) fn ends_of_runs(&self) -> Vec<u32> {
        let mut ends: Vec<u32> = self.pieces.iter().map(|piece| piece.old.end).collect();
        for at in (1..self.pieces.len()).rev() {
            if self.pieces[at - 1].old.end == self.pieces[at].old.start {
                ends[at - 1] = ends[at];
            }
        }
        ends
    }

    /// The new end of the code around `old` that stayed together, as far as `before`. `ends` are
    /// [`AddressMap::ends_of_runs`].
    pub(super) fn end_of_run(&self, old: u32, before: u32, ends: &[u32]) -> u32 {
        let first = self.pieces.partition_point(|p| p.old.end <= old);
        let end = match (self.pieces.get(first), ends.get(first)) {
            (Some(piece), _) if piece.old.start > old => piece.old.start,
            (Some(_), Some(end)) => *end,
            _ => before,
        };
        self.map_end(end.min(before))
    }

    /// Refuses pieces that are not as the type says.
    pub(super) fn check(&self) -> Result<()> {
        let sorted = self
            .pieces
            .iter()
            .zip(self.pieces.iter().skip(1))
            .all(|(a, b)| a.old.end <= b.old.start);
        let sound = self.pieces.iter().all(|p| {
            p.old.start < p.old.end && p.new_start.checked_add(p.old.end - p.old.start).is_some()
        });
        if sorted && sound { Ok(()) } else { Err(DwarfError::Map) }
    }

    fn index_of(&self, old: u32) -> Option<(usize, &Piece)> {
        let index = self.pieces.partition_point(|p| p.old.start <= old).checked_sub(1)?;
        let piece = self.pieces.get(index)?;
        (old < piece.old.end).then_some((index, piece))
    }

    fn pieces_in(&self, old: &Range<u32>) -> &[Piece] {
        let first = self.pieces.partition_point(|p| p.old.end <= old.start);
        let rest = self.pieces.get(first..).unwrap_or_default();
        let count = rest.partition_point(|p| p.old.start < old.end);
        rest.get(..count).unwrap_or_default()
    }

    /// Where the byte after a piece went, if that is further up: bytes at the end
    /// of a piece that vanished must not map beyond it.
    fn limit(&self, index: usize, piece: &Piece) -> u32 {
        let after = match self.pieces.get(index + 1) {
            Some(next) if next.old.start == piece.old.end => next.new_start,
            _ => piece.old.end.wrapping_add(self.shift),
        };
        if after >= piece.new_start { after } else { u32::MAX }
    }
}

impl Piece {
    fn linear(&self, old: u32) -> u32 {
        old.wrapping_add(self.delta())
    }

    fn delta(&self) -> u32 {
        self.new_start.wrapping_sub(self.old.start)
    }
}

//! The table of sites in few bytes, for the module itself (docs/module.md, "The site table").
//!
//! One line a site; what a line has in common with one shortly before it is copied from
//! there. Names of functions repeat the crate, the module and the type of the function
//! before, so that a sixth of the text is left, in a form that JSON need not escape and that
//! twenty lines of any language read. A general compressor would do a little better, and
//! every host would need its other half.

/// The word that the table begins with.
const FORMAT: &str = "lz1 ";
/// Begins a copy; then a digit for its length, and two for how far back it begins.
const COPY: u16 = b'~' as u16;
/// Behind [`COPY`]: no copy, but the character itself. It is no digit.
const ITSELF: u16 = b'!' as u16;
/// Digits are the characters from `#` to `~` without the backslash.
const DIGITS: usize = 91;
/// A shorter copy would be no shorter.
const SHORTEST: usize = 5;
const LONGEST: usize = SHORTEST + DIGITS - 1;
/// How far back a copy may begin.
const WINDOW: usize = DIGITS * DIGITS;
/// How many places are tried for a copy: more find little.
const TRIED: usize = 64;
/// Places are found by [`SHORTEST`] units, of which a hash has so many bits.
const HASH_BITS: u32 = 15;

/// Packs a text. In units of UTF-16, because JavaScript's strings are made of them.
pub(crate) fn pack(text: &str) -> String {
    let text: Vec<u16> = text.encode_utf16().collect();
    let mut out: Vec<u16> = FORMAT.encode_utf16().collect();
    let mut places = Places::of(&text);
    let mut at = 0;
    while let Some(&unit) = text.get(at) {
        let copy = longest(&text, at, &places);
        let step = copy.map_or(1, |(length, _)| length);
        match copy {
            Some((length, distance)) => {
                let distance = distance - 1;
                let digits = [length - SHORTEST, distance / DIGITS, distance % DIGITS];
                out.push(COPY);
                out.extend(digits.map(digit));
            }
            None if unit == COPY => out.extend([COPY, ITSELF]),
            None => out.push(unit),
        }
        for place in at..at + step {
            places.add(&text, place);
        }
        at += step;
    }
    // Whole characters are written, and copied.
    String::from_utf16_lossy(&out)
}

/// Where text is that was written, by how it begins, the latest place first.
struct Places {
    /// By the hash: the latest place, and one more.
    latest: Vec<usize>,
    /// By the place: the one before it, and one more.
    before: Vec<usize>,
}

impl Places {
    fn of(text: &[u16]) -> Self {
        Self { latest: vec![0; 1 << HASH_BITS], before: vec![0; text.len()] }
    }

    fn add(&mut self, text: &[u16], place: usize) {
        let latest = slot(text, place).and_then(|slot| self.latest.get_mut(slot));
        if let (Some(latest), Some(before)) = (latest, self.before.get_mut(place)) {
            *before = std::mem::replace(latest, place + 1);
        }
    }

    /// The places whose text may begin as that of another does.
    fn like(&self, text: &[u16], place: usize) -> impl Iterator<Item = usize> {
        let latest = slot(text, place).and_then(|slot| self.latest.get(slot));
        let first = latest.and_then(|latest| latest.checked_sub(1));
        std::iter::successors(first, |place| self.before.get(*place)?.checked_sub(1))
    }
}

/// The hash of what begins at a place.
fn slot(text: &[u16], place: usize) -> Option<usize> {
    let key = text.get(place..place + SHORTEST)?;
    let mixed =
        key.iter().fold(0, |hash: u32, unit| (hash ^ u32::from(*unit)).wrapping_mul(0x9e37_79b1));
    usize::try_from(mixed >> (u32::BITS - HASH_BITS)).ok()
}

/// The longest copy for a place, and how far back it begins.
fn longest(text: &[u16], at: usize, places: &Places) -> Option<(usize, usize)> {
    let mut best = None;
    for place in places.like(text, at).take(TRIED).take_while(|place| at - place <= WINDOW) {
        let common = text[place..].iter().zip(&text[at..]).take_while(|(a, b)| a == b);
        let common = common.take(LONGEST).count();
        // Not half a character.
        let last = text.get(at..at + common).and_then(<[u16]>::last);
        let is_half = last.is_some_and(|unit| (0xd800..0xdc00).contains(unit));
        let length = common - usize::from(is_half);
        if length >= SHORTEST && best.is_none_or(|(longest, _)| length > longest) {
            best = Some((length, at - place));
        }
    }
    best
}

/// The text that was packed; none if it is no packed text, or of more than so many units.
pub(crate) fn unpack(packed: &str, most: usize) -> Option<String> {
    let packed: Vec<u16> = packed.strip_prefix(FORMAT)?.encode_utf16().collect();
    let mut units = packed.iter().copied();
    let mut out: Vec<u16> = Vec::new();
    while let Some(unit) = units.next() {
        if out.len() > most {
            return None;
        }
        if unit != COPY {
            out.push(unit);
            continue;
        }
        let length = match units.next()? {
            ITSELF => {
                out.push(COPY);
                continue;
            }
            length => SHORTEST + value(length)?,
        };
        let distance = 1 + value(units.next()?)? * DIGITS + value(units.next()?)?;
        let from = out.len().checked_sub(distance)?;
        // It may go on into what it writes.
        for at in from..from + length {
            out.push(out[at]);
        }
    }
    String::from_utf16(&out).ok()
}

fn digit(value: usize) -> u16 {
    let unit = value as u16 + u16::from(b'#');
    if unit < u16::from(b'\\') { unit } else { unit + 1 }
}

fn value(digit: u16) -> Option<usize> {
    let (first, last, backslash) = (b'#'.into(), b'~'.into(), b'\\'.into());
    let is_digit = (first..=last).contains(&digit) && digit != backslash;
    is_digit.then(|| usize::from(digit - first - u16::from(digit > backslash)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_repeats_is_copied() {
        let packed = pack("2core::cell::panic\n2core::cell::fail\n");
        assert_eq!(packed, "lz1 2core::cell::panic\n~+#5fail\n");
        assert_eq!(pack("aaaaaaaaaa~"), "lz1 a~'##~!");
        assert_eq!(unpack("lz1 a~'##~!", 10).as_deref(), Some("aaaaaaaaaa~"));
        for wrong in ["lz2 a", "a", "lz1 ~", "lz1 ~#", "lz1 ~###", "lz1 a~##$", "lz1 a~ä##"] {
            assert_eq!(unpack(wrong, 10), None, "{wrong}");
        }
        // A copy of itself, 95 units for four.
        let bomb = format!("lz1 a{}", "~~##".repeat(1000));
        assert_eq!(unpack(&bomb, 100_000).map(|text| text.len()), Some(95_001));
        assert_eq!(unpack(&bomb, 10_000), None);
    }
}

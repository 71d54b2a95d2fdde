//! The table of sites in few bytes, for the module itself (docs/module.md, "The site table").
//!
//! One line a site; what a line has in common with one shortly before it is copied from
//! there. Names of functions repeat the crate, the module and the type of the function
//! before, so that a sixth of the text is left, in a form that JSON need not escape and that
//! twenty lines of any language read. A general compressor would do a little better, and
//! every host would need its other half.

use std::collections::HashMap;

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

/// Packs a text. In units of UTF-16, because JavaScript's strings are made of them.
pub(crate) fn pack(text: &str) -> String {
    let text: Vec<u16> = text.encode_utf16().collect();
    let mut out: Vec<u16> = FORMAT.encode_utf16().collect();
    // Where the same units begin, the latest place first.
    let mut latest: HashMap<&[u16], usize> = HashMap::new();
    let mut before = vec![None; text.len()];
    let mut at = 0;
    while let Some(&unit) = text.get(at) {
        let copy = longest(&text, at, &latest, &before);
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
        for (place, before) in before.iter_mut().enumerate().skip(at).take(step) {
            if let Some(key) = text.get(place..place + SHORTEST) {
                *before = latest.insert(key, place);
            }
        }
        at += step;
    }
    // Whole characters are written, and copied.
    String::from_utf16_lossy(&out)
}

/// The longest copy for a place, and how far back it begins.
fn longest(
    text: &[u16],
    at: usize,
    latest: &HashMap<&[u16], usize>,
    before: &[Option<usize>],
) -> Option<(usize, usize)> {
    let key = text.get(at..at + SHORTEST)?;
    let places = std::iter::successors(latest.get(key).copied(), |place| before[*place]);
    let mut best = None;
    for place in places.take(TRIED).take_while(|place| at - place <= WINDOW) {
        let common = text[place..].iter().zip(&text[at..]).take_while(|(a, b)| a == b);
        let mut length = common.take(LONGEST).count();
        // Not half a character.
        if text.get(at + length - 1).is_some_and(|unit| (0xd800..0xdc00).contains(unit)) {
            length -= 1;
        }
        if length >= SHORTEST && best.is_none_or(|(longest, _)| length > longest) {
            best = Some((length, at - place));
        }
    }
    best
}

/// The text that was packed; none if it is no packed text.
pub(crate) fn unpack(packed: &str) -> Option<String> {
    let packed: Vec<u16> = packed.strip_prefix(FORMAT)?.encode_utf16().collect();
    let mut units = packed.iter().copied();
    let mut out: Vec<u16> = Vec::new();
    while let Some(unit) = units.next() {
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
        assert_eq!(unpack("lz1 a~'##~!").as_deref(), Some("aaaaaaaaaa~"));
        for wrong in ["lz2 a", "a", "lz1 ~", "lz1 ~#", "lz1 ~###", "lz1 a~##$", "lz1 a~ä##"] {
            assert_eq!(unpack(wrong), None, "{wrong}");
        }
    }
}

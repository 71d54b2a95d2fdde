//! gimli reads what was there before and what is there after; the map says what
//! must lie between.

mod by_hand;
mod facts;
mod input;
mod refused;

use std::borrow::Cow;

use super::*;
use facts::{Fact, Moves, facts};
use input::{Random, functions, random_map, random_sections};

impl Moves for AddressMap {
    fn address(&self, old: u32) -> u32 {
        self.map(old)
    }

    fn end(&self, old: u32) -> u32 {
        self.map_end(old)
    }
}

/// Patches a copy and compares what it says with what it must.
fn check(sections: &Sections<'_>, map: &AddressMap) -> Vec<Fact> {
    let old = facts(sections).unwrap();
    let mut new = sections.clone();
    patch(&mut new, map).unwrap();
    let new = facts(&new).unwrap();
    assert_eq!(new.len(), old.len());
    for (old, new) in old.iter().zip(&new) {
        assert_eq!(&old.moved(map), new, "{old:x?} by {map:x?}");
    }
    new
}

fn borrowed<'a>(sections: &'a Sections<'_>) -> Sections<'a> {
    let borrow =
        |(name, content): (&&'a str, &'a Cow<'_, [u8]>)| (*name, Cow::Borrowed(content.as_ref()));
    sections.iter().map(borrow).collect()
}

fn piece(old: std::ops::Range<u32>, new_start: u32) -> Piece {
    Piece { old, new_start }
}

#[test]
fn random_units_follow_random_maps() {
    for version in 3..=5 {
        let mut grown = 0;
        for seed in 1..200 {
            let mut random = Random(seed);
            let functions = functions(&mut random, 7);
            let sections = random_sections(&mut random, version, &functions);
            let map = random_map(&mut random, &functions);
            check(&sections, &map);
            let mut new = borrowed(&sections);
            patch(&mut new, &map).unwrap();
            grown += usize::from(new[".debug_line"].len() != sections[".debug_line"].len());
        }
        assert!(grown > 100, "{grown} line tables grew in version {version}");
    }
}

#[test]
fn what_does_not_change_stays_borrowed() {
    let mut random = Random(1);
    let functions = functions(&mut random, 6);
    let sections = random_sections(&mut random, 4, &functions);
    let untouched = [
        AddressMap::default(),
        AddressMap { shift: 0, pieces: vec![piece(4..9, 4)] },
        // RelinkMaps, but no function is there.
        AddressMap { shift: 0, pieces: vec![piece(90_000..90_010, 80_000)] },
    ];
    for map in untouched {
        let mut new = borrowed(&sections);
        patch(&mut new, &map).unwrap();
        assert!(new.values().all(|content| matches!(content, Cow::Borrowed(_))));
    }
    let last = functions[5].clone();
    let map = AddressMap { shift: 0, pieces: vec![piece(last.clone(), 90_000)] };
    let mut new = borrowed(&sections);
    patch(&mut new, &map).unwrap();
    assert!(matches!(new[".debug_abbrev"], Cow::Borrowed(_)));
    assert!(matches!(new[".debug_info"], Cow::Owned(_)));
    // A function that moved as a whole changes one address of its line table.
    let pairs = new[".debug_line"].iter().zip(sections[".debug_line"].iter());
    assert_eq!(new[".debug_line"].len(), sections[".debug_line"].len());
    assert!((1..=4).contains(&pairs.filter(|(a, b)| a != b).count()));
}

#[test]
fn malformed_sections_never_panic() {
    let (mut refused, mut done) = (0, 0);
    for seed in 1..3000 {
        let mut random = Random(seed);
        let functions = functions(&mut random, 3);
        let version = 3 + (seed % 3) as u16;
        let mut sections = if seed % 2 == 0 {
            random_sections(&mut random, version, &functions)
        } else {
            by_hand::module()
        };
        let map = if seed % 2 == 0 { random_map(&mut random, &functions) } else { by_hand::map() };
        for _ in 0..=random.below(4) {
            let victim = random.below(sections.len() as u32) as usize;
            let content = sections.values_mut().nth(victim).unwrap().to_mut();
            let at = random.below(content.len() as u32) as usize;
            match random.below(3) {
                0 => content.truncate(at),
                1 => content[at] = [0, 1, 0x7f, 0x80, 0xfe, 0xff][random.below(6) as usize],
                _ => content[at] ^= 1 << random.below(8),
            }
            if content.is_empty() {
                content.push(0);
            }
        }
        match patch(&mut sections, &map) {
            Ok(()) => done += 1,
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 500 && done > 500, "{refused} refused, {done} done");
}

#[test]
fn addresses_go_where_their_piece_goes() {
    // A function at 10..30: 4 bytes put in before 16, 4 taken out before 26.
    let map = AddressMap { shift: 0, pieces: vec![piece(16..26, 20)] };
    assert_eq!([10, 15, 16, 21, 26, 29].map(|at| map.map(at)), [10, 15, 20, 25, 26, 29]);
    // What vanished goes to where the next byte went, and is nothing wide.
    assert_eq!((map.map(25), map.map_end(26)), (26, 26));
    assert_eq!(map.map_range(23..26), 26..26);
    // The byte before the gap counts for an end, the one behind it for a start.
    assert_eq!((map.map_end(16), map.map(16)), (16, 20));

    // A function at 40..50 goes to the end, and everything up by one.
    let map = AddressMap { shift: 1, pieces: vec![piece(40..50, 1000)] };
    assert_eq!([39, 40, 49, 50, 0].map(|at| map.map(at)), [40, 1000, 1009, 51, 1]);
    assert_eq!([40, 41, 50, 51].map(|at| map.map_end(at)), [41, 1001, 1010, 52]);
    assert_eq!(map.uniform(&(40..50)), Some(960));
    assert_eq!(map.uniform(&(41..49)), Some(960));
    assert_eq!(map.uniform(&(38..42)), None);
    assert_eq!(map.uniform(&(48..52)), None);
    assert_eq!(map.uniform(&(50..60)), Some(1));
    assert!(!map.is_identity());

    // The bytes between two pieces stay where they are.
    let map = AddressMap { shift: 0, pieces: vec![piece(10..20, 110), piece(25..30, 125)] };
    assert_eq!(map.uniform(&(10..30)), None);
    assert_eq!(map.uniform(&(12..20)), Some(100));
}

#[test]
fn a_map_out_of_order_is_refused() {
    for pieces in [
        vec![piece(10..20, 1), piece(5..8, 2)],
        vec![piece(10..20, 1), piece(19..25, 2)],
        vec![piece(10..10, 1)],
        vec![piece(10..20, u32::MAX - 5)],
    ] {
        let map = AddressMap { shift: 0, pieces };
        assert_eq!(patch(&mut Sections::new(), &map), Err(DwarfError::Map));
    }
}

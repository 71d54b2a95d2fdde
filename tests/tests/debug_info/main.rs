//! Names and debug information stay right: for every instruction of every function,
//! whether it stayed, shifted or moved to the end, addr2line says of the unpoisoned
//! module what it says of the plain link of the same objects.

mod code;
mod symbols;

use code::{Code, Function};
use std::process::Command;
use symbols::Symbols;
use unpoison_tests::links::{Pair, read};
use xtask::fixture::Point;
use xtask::{run, setup};

/// Settings that differ in what DWARF there is and in how much code is inlined.
const POINTS: [Point; 3] = [
    Point { lto: "off", opt: "0", debug: "full", strip: "none" },
    Point { lto: "fat", opt: "3", debug: "full", strip: "none" },
    Point { lto: "thin", opt: "s", debug: "line-tables-only", strip: "none" },
];

#[test]
fn addresses_resolve_as_in_the_plain_module() {
    let mut seen = Seen::default();
    for point in &POINTS {
        let pair = Pair::both("kinds", point).unwrap();
        compare(&read(&pair.plain).unwrap(), &read(&pair.unpoisoned).unwrap(), point, &mut seen);
    }
    // Each sort of function was there, so each was tested.
    assert!(seen.stayed > 300 && seen.changed > 3 && seen.moved > 3, "{seen:?}");
    assert!(seen.resolved > 10_000, "{seen:?}");
}

/// The source map says of every instruction what the debug information says that it was made of.
#[test]
fn a_source_map_says_what_the_debug_information_says() {
    for point in &POINTS {
        let pair = Pair::plain("kinds", point).unwrap();
        let module = pair.with_options(&["--unpoison-source-map=on"]).unwrap();
        let bytes = read(&module).unwrap();
        let (code, symbols) = (Code::read(&bytes), Symbols::read(&bytes));
        let operators = code.functions.iter().flat_map(|function| &function.operators);
        let addresses: Vec<u64> = operators.map(|operator| operator.at).collect();
        let offsets: Vec<u64> = addresses.iter().map(|at| at + code.offset).collect();
        let list = module.with_extension("offsets");
        std::fs::write(&list, format!("{offsets:?}")).unwrap();
        let script = "
            const { SourceMap } = require('node:module');
            const json = (file) => JSON.parse(require('fs').readFileSync(file, 'utf8'));
            const map = new SourceMap(json(process.argv[1]));
            console.log(json(process.argv[2]).map((offset) => {
              const { originalLine: line, originalColumn: column } = map.findEntry(0, offset);
              return line === undefined ? '-' : `${line + 1}:${column}`;
            }).join('\\n'));";
        let mut node = Command::new(&setup::get().node.newer);
        node.args(["-e", script]).arg(module.with_extension("wasm.map")).arg(&list);
        let said = run::quiet(&mut node).unwrap();
        let mut known = 0;
        for (at, said) in addresses.iter().zip(said.lines()) {
            let (line, column) = symbols.place(*at);
            let expected = match line {
                0 => "-".to_owned(),
                // Columns count from 0 in a map.
                line => format!("{line}:{}", column.saturating_sub(1)),
            };
            assert_eq!(said, expected, "{point}: {at:#x}");
            known += usize::from(line > 0);
        }
        assert_eq!(said.lines().count(), addresses.len());
        assert!(known > 3000, "{point}: {known} of {}", addresses.len());
    }
}

/// How many functions and addresses were compared.
#[derive(Debug, Default)]
struct Seen {
    stayed: usize,
    /// Stayed, with some bytes shifted inside.
    changed: usize,
    moved: usize,
    /// Addresses with a place in the source.
    resolved: usize,
}

fn compare(plain: &[u8], unpoisoned: &[u8], point: &Point, seen: &mut Seen) {
    let (old, new) = (Code::read(plain), Code::read(unpoisoned));
    let (old_symbols, new_symbols) = (Symbols::read(plain), Symbols::read(unpoisoned));
    let shift = new.count_bytes - old.count_bytes;
    for (index, was) in old.functions.iter().enumerate() {
        let is = new
            .functions
            .iter()
            .filter(|f| f.name.strip_suffix(".guarded").unwrap_or(&f.name) == was.name)
            // Two functions may have one name. A copy is behind all old ones, and behind its
            // guard, which has the name, too.
            .filter(|f| f.start == was.start + shift || f.index >= old.functions.len())
            .min_by_key(|f| (f.index >= old.functions.len(), std::cmp::Reverse(f.index)))
            .unwrap_or_else(|| panic!("{point}: {} is gone", was.name));
        if is.index != index {
            seen.moved += 1;
        } else {
            assert_eq!(is.start, was.start + shift, "{point}: {} moved", was.name);
            assert_eq!(is.size, was.size, "{point}: {} changed its size", was.name);
            let same =
                is.operators.iter().map(|op| &op.name).eq(was.operators.iter().map(|op| &op.name));
            *if same { &mut seen.stayed } else { &mut seen.changed } += 1;
        }
        for (was_at, is_at) in pairs(was, is) {
            let (was_frames, is_frames) = (old_symbols.frames(was_at), new_symbols.frames(is_at));
            assert_eq!(was_frames, is_frames, "{point}: {} at {was_at:#x}, {is_at:#x}", was.name);
            seen.resolved += usize::from(!was_frames.is_empty());
        }
    }
}

/// The addresses of the same instruction in both. Where unpoison put a call in the
/// place of an instruction, the place's own address is compared, not what follows
/// in it.
fn pairs(was: &Function, is: &Function) -> Vec<(u64, u64)> {
    let mut pairs = Vec::new();
    let mut new = is.operators.iter().peekable();
    for old in &was.operators {
        let Some(next) = new.next() else { panic!("{}: an instruction is missing", was.name) };
        pairs.push((old.at, next.at));
        // Addresses of data differ: the stubs have some.
        if old.name == next.name {
            continue;
        }
        // `i32.const SITE; call FAIL`, with or without an `unreachable` behind, for an
        // `unreachable` or a call; a call of something else for a call.
        match (old.name.as_str(), next.name.as_str()) {
            ("Unreachable", "I32Const") => {
                assert_eq!(new.next().map(|op| op.name.as_str()), Some("Call"));
                assert_eq!(new.next().map(|op| op.name.as_str()), Some("Unreachable"));
            }
            ("Call", "I32Const") => {
                assert_eq!(new.next().map(|op| op.name.as_str()), Some("Call"));
                // The call had more bytes than what replaced it needs.
                while new
                    .next_if(|op| op.at < next.at + old.len && old.len > 0 && op.at > next.at)
                    .is_some()
                {}
            }
            other => panic!("{}: {other:?} at {:#x}", was.name, old.at),
        }
    }
    assert!(new.next().is_none(), "{}: an instruction too many", was.name);
    pairs
}

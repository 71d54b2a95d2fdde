//! Engines by modes: for `cargo xtask reach --engines` all of them, else what
//! `exceptions_off.rs` leaves out, in the engines of an ordinary run.

use unpoison_engines_tests::cases::{self, Mode};
use unpoison_engines_tests::engine::{Engine, OTHERS, USUAL};
use unpoison_tests::links::Pair;
use xtask::fixture::{Build, Eh, Point};
use xtask::reach_engines::{CELLS, Cell, MODES};

/// A mode: how its module is made, and which engines know what it takes.
struct InMode {
    pair: Pair,
    options: &'static [&'static str],
    how: Mode,
    knows: fn(&Engine) -> bool,
}

impl InMode {
    fn of(mode: &str) -> Self {
        let plain = || Pair::plain("ledger", Point::RELEASE).unwrap();
        let unwinding = |eh| Pair::plain("unwind", Build::unwinding(Point::RELEASE, eh)).unwrap();
        let (pair, options, how, knows): (_, &[_], _, fn(&Engine) -> bool) = match mode {
            "abort" => (plain(), &[], Mode::On, |e| e.exceptions),
            "off" => (plain(), &["--unpoison-exceptions=off"], Mode::Off, |_| true),
            "legacy" => (unwinding(Eh::Legacy), &[], Mode::Unwinding, |e| e.legacy),
            "exnref" => (unwinding(Eh::Exnref), &[], Mode::Unwinding, |e| e.exnref),
            other => panic!("no mode {other}"),
        };
        Self { pair, options, how, knows }
    }
}

#[test]
fn engines_and_modes() {
    let file = std::env::var_os(CELLS);
    let (modes, engines): (&[&str], Vec<&Engine>) = match file {
        Some(_) => (&MODES, USUAL.iter().chain(OTHERS).collect()),
        None => (&["legacy", "exnref"], USUAL.iter().collect()),
    };
    let mut cells = Vec::new();
    for mode in modes {
        let InMode { pair, options, how, knows } = InMode::of(mode);
        for engine in &engines {
            let module = pair.with_options(&[options, engine.link].concat()).unwrap();
            let came = cases::faults(engine, &module, how);
            if !knows(engine) {
                assert!(came.is_err(), "{} takes {mode}", engine.name);
                continue;
            }
            let (held, tried, faults) = match came {
                Ok(cases) => {
                    let faults = cases.iter().flat_map(|(case, faults)| {
                        faults.iter().map(move |fault| format!("{case}: {fault}"))
                    });
                    let held = cases.iter().filter(|(_, faults)| faults.is_empty()).count();
                    (held, cases.len(), faults.collect())
                }
                Err(e) => (0, 0, vec![format!("{e:#}")]),
            };
            eprintln!("reach: {} {mode}: {held} of {tried}", engine.name);
            let (engine, mode) = (engine.name.into(), (*mode).into());
            cells.push(Cell { engine, mode, held, tried, faults });
        }
    }
    if let Some(file) = file {
        std::fs::write(file, serde_json::to_vec(&cells).unwrap()).unwrap();
    }
    let faults: Vec<_> = cells.iter().filter(|cell| !cell.faults.is_empty()).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

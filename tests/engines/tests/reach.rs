//! Engines by modes: for `cargo xtask reach --engines` all of them, else what
//! `exceptions_off.rs` leaves out, in the engines of an ordinary run.

use unpoison_engines_tests::cases::{self, Mode};
use unpoison_engines_tests::engine::{Engine, OTHERS, USUAL};
use unpoison_tests::links::Pair;
use xtask::fixture::{Build, Eh, Point};
use xtask::reach_engines::{CELLS, Cell, MODES};

/// How a mode's module is made, and which engines know what it takes.
fn of_mode(mode: &str) -> (Pair, &'static [&'static str], Mode, fn(&Engine) -> bool) {
    let release = Point::RELEASE;
    let unwinding = |eh| Pair::plain("unwind", Build::unwinding(release, eh)).unwrap();
    match mode {
        "abort" => (Pair::plain("ledger", release).unwrap(), &[], Mode::On, |e| e.exceptions),
        "off" => {
            let options: &[&str] = &["--unpoison-exceptions=off"];
            (Pair::plain("ledger", release).unwrap(), options, Mode::Off, |_| true)
        }
        "legacy" => (unwinding(Eh::Legacy), &[], Mode::Unwinding, |e| e.legacy),
        "exnref" => (unwinding(Eh::Exnref), &[], Mode::Unwinding, |e| e.exnref),
        other => panic!("no mode {other}"),
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
        let (pair, options, how, knows) = of_mode(mode);
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

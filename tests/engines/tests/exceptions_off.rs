//! `--unpoison-exceptions=off`: the contract, in engines that know exceptions and in such
//! that do not; and the same cases with exceptions, where they are known.

use std::path::Path;
use unpoison_engines_tests::cases::{self, Mode};
use unpoison_engines_tests::engine::{Engine, USUAL};
use unpoison_tests::links::Pair;
use wasmparser::{Validator, WasmFeatures};
use xtask::fixture::Point;

/// Nothing is wrong in any of these engines, with the module linked by these options.
fn held(engines: &[Engine], options: &[&str], mode: Mode) {
    let pair = Pair::plain("ledger", Point::RELEASE).unwrap();
    let mut wrong = Vec::new();
    for engine in engines {
        let module = pair.with_options(&[options, engine.link].concat()).unwrap();
        match cases::faults(engine, &module, mode) {
            Ok(cases) => {
                let faults = cases.iter().flat_map(|(case, faults)| {
                    faults.iter().map(move |fault| format!("{}: {case}: {fault}", engine.name))
                });
                wrong.extend(faults);
            }
            Err(e) => wrong.push(format!("{e:#}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn in_engines_old_and_new() {
    held(USUAL, &["--unpoison-exceptions=off"], Mode::Off);
}

#[test]
fn with_exceptions_the_same() {
    let (know, know_not): (Vec<Engine>, Vec<Engine>) =
        USUAL.iter().partition(|engine| engine.exceptions);
    held(&know, &[], Mode::On);
    // Not by chance: what takes the module with exceptions does not need the option.
    let pair = Pair::plain("ledger", Point::RELEASE).unwrap();
    for engine in know_not {
        let module = pair.with_options(engine.link).unwrap();
        cases::faults(&engine, &module, Mode::On).expect_err(engine.name);
    }
}

/// The engines of `cargo xtask reach --engines`, too.
#[cfg(feature = "lts")]
#[test]
fn in_all_the_others() {
    use unpoison_engines_tests::engine::OTHERS;
    held(OTHERS, &["--unpoison-exceptions=off"], Mode::Off);
    let know: Vec<Engine> = OTHERS.iter().copied().filter(|engine| engine.exceptions).collect();
    held(&know, &[], Mode::On);
}

/// Nothing but a global that can be written comes to what the plain module needs.
#[test]
fn the_module_needs_what_the_plain_one_needs() {
    for fixture in ["ledger", "tree"] {
        let pair = Pair::plain(fixture, Point::RELEASE).unwrap();
        let off = pair.with_options(&["--unpoison-exceptions=off"]).unwrap();
        let on = pair.with_options(&[]).unwrap();
        let needs = |module: &Path| {
            let bytes = std::fs::read(module).unwrap();
            let mut features = WasmFeatures::all();
            for one in WasmFeatures::all().iter() {
                let fewer = features.difference(one);
                let mut validator = Validator::new_with_features(fewer);
                if validator.validate_all(&bytes).is_ok() {
                    features = fewer;
                }
            }
            features
        };
        let plain = needs(&pair.plain);
        assert!(!plain.contains(WasmFeatures::EXCEPTIONS), "{fixture}");
        // For `__unpoison_state`, which a host may write; older than the plain module's others.
        let state = plain | WasmFeatures::MUTABLE_GLOBAL;
        assert_eq!(needs(&off), state, "{fixture}");
        assert_eq!(needs(&on), state | WasmFeatures::EXCEPTIONS, "{fixture}");
    }
}

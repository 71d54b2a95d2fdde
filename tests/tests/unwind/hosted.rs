//! The fixture `unwind`, wherever it runs.

pub(crate) use unpoison_tests::hosted::{
    Note, Script, Watch, engines, passes, run, swallows, throws,
};

use unpoison_tests::links::Pair;
use xtask::fixture::{Build, Eh, Point};

/// The flavours, each with an ordinary release build.
pub(crate) fn releases() -> [(Eh, Build); 2] {
    [Eh::Legacy, Eh::Exnref].map(|eh| (eh, Build::unwinding(Point::RELEASE, eh)))
}

/// Runs a script in both flavours, linked with options, in every engine that takes it.
pub(crate) fn everywhere(options: &[&str], script: &Script, check: impl Fn(&[Note])) {
    for (eh, build) in releases() {
        let pair = Pair::plain("unwind", build).unwrap();
        let module = pair.with_options(options).unwrap();
        for engine in engines(eh) {
            // Shown if the check fails.
            println!("{}, {}, {options:?}", eh.name(), engine.display());
            let logs = run(&engine, &module, std::slice::from_ref(script)).unwrap();
            println!("{logs:#?}");
            check(&logs[0]);
        }
    }
}

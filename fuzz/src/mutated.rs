//! Real modules with bytes changed, cut out and put in: an error or a module, no panic.

use crate::random::Random;
use crate::seeds::real_modules;
use crate::stubs::{self, Extras, PANIC_COUNT};
use crate::valid::combinations;
use unpoison::{Error, Stubs, rewrite};

/// Rewrites a real module that was mutated, with one combination of options.
///
/// # Panics
/// For a panic of the linker's, [`Error::Bug`], or an output that is larger than what the
/// input can ask for.
pub fn mutated(data: &[u8]) {
    let mut random = Random::of(data);
    let modules = real_modules();
    let module = &modules[random.below(modules.len())];
    // With the stubs its plan is carried out; as it is, it is shown.
    let (mut bytes, stubs) = match random.one_in(4) {
        true => (module.clone(), Stubs::Missing),
        false => {
            let extras = Extras { stack_pointer: false, names: Vec::new() };
            let with = stubs::append(module, &extras).expect("rust-lld's module is well-formed");
            (with, Stubs::Linked)
        }
    };
    // Most of a module is code, and most of what is decided is decided by what comes before.
    let end = if random.one_in(2) { bytes.len() } else { bytes.len().min(700) };
    let rest = bytes.split_off(end);
    random.mutate(&mut bytes);
    bytes.extend(rest);
    let options = combinations().nth(random.below(24)).unwrap_or_default();
    match rewrite(&bytes, &options, stubs, Some(PANIC_COUNT)) {
        Ok(rewritten) => {
            let size = rewritten.module.map_or(0, |module| module.len());
            assert!(size <= 16 * bytes.len() + (64 << 10), "{} became {size}", bytes.len());
        }
        Err(Error::Bug(why)) => panic!("{options:?}: {why}"),
        Err(_) => {}
    }
}

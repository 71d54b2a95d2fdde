//! A plain module and its rewritten twin behave alike, up to the first failure; after it
//! the twin runs nothing any more.

use crate::generate::{self, Purpose};
use crate::host::{self, Host, Seen};
use crate::random::Random;
use crate::valid::{only_throws, rewritten};
use wasmtime::Module;

/// Options under which a module runs: with guards, and typed only.
const WAYS: [&[&str]; 6] = [
    &[],
    &["--unpoison-abort=throw"],
    &["--unpoison-abort=trap"],
    &["--unpoison-exceptions=off"],
    &["--unpoison-jspi=on"],
    &["--unpoison-guard=off"],
];

/// In the name of a function of a module whose panics unwind: a panic is an end of the call
/// alone there, and takes the real stubs.
const UNWINDS: &[u8] = b"panic_unwind";

/// Runs of a module, each from a fresh instance: compiling takes longer than running.
const FATES: usize = 8;

/// Calls from the host in one run.
const CALLS: usize = 12;

/// Runs a module and its rewritten twin side by side.
///
/// # Panics
/// For a difference.
pub fn behaves_alike(data: &[u8]) {
    let Some(input) = generate::module(data, Purpose::Run) else { return };
    if input.module.windows(UNWINDS.len()).any(|name| name == UNWINDS) {
        return;
    }
    let mut random = input.random;
    let options = WAYS[random.below(WAYS.len())];
    let Some(out) = rewritten(&input.module, options) else { return };
    let Ok(plain) = host::compile(&input.module) else { return };
    let twin = match host::compile(&out) {
        Ok(twin) => twin,
        Err(error) => {
            // wasmtime knows one encoding of exceptions.
            assert!(only_throws(&input.module), "{options:?}: wasmtime refuses it: {error}");
            return;
        }
    };
    for _ in 0..FATES {
        fate(options, &plain, &twin, random.word());
    }
}

/// One run of both, with a host that the seed stands for.
fn fate(options: &[&str], plain: &Module, twin: &Module, seed: u64) {
    let Some(mut plain) = Host::new(plain, seed, false) else { return };
    let Some(mut twin) = Host::new(twin, seed, true) else { return };
    if !alike(options, "start", &plain.start(), &twin.start()) {
        return;
    }
    let mut choices = Random::new(seed);
    let ways_in = plain.ways_in();
    assert_eq!(ways_in, twin.ways_in(), "{options:?}: the ways in differ");
    if ways_in.is_empty() {
        return;
    }
    let guarded = !options.contains(&"--unpoison-guard=off");
    for _ in 0..CALLS {
        let way = ways_in[choices.below(ways_in.len())].clone();
        let arguments = choices.word();
        let (was, is) = (plain.call(&way, arguments), twin.call(&way, arguments));
        if !alike(options, &way.to_string(), &was, &is) {
            // In a module that has handlers an exception is an end of the call alone.
            if guarded && is.failed() && !plain.threw() {
                assert!(!twin.went_on(), "{options:?}: {way}: went on after a failure inside");
                refuses(options, &mut twin, &mut choices);
            }
            return;
        }
    }
}

/// Compares what was seen of a call. Whether both go on.
fn alike(options: &[&str], call: &str, plain: &Seen, twin: &Seen) -> bool {
    if plain.out_of_resources {
        // How much a call takes is no part of the promise.
        return false;
    }
    assert!(!twin.out_of_resources, "{options:?}: {call}: {plain:?} became endless");
    assert_eq!(plain, twin, "{options:?}: {call}");
    !plain.failed()
}

/// A sealed instance: every way in refuses, and nothing runs. An import that the host
/// finds among the exports is the host's own.
fn refuses(options: &[&str], twin: &mut Host, choices: &mut Random) {
    twin.no_calls_back();
    let before = twin.imports();
    for way in twin.ways_in() {
        let seen = twin.call(&way, choices.word());
        let now = twin.imports();
        assert_eq!(before.inside, now.inside, "{options:?}: {way} ran after a failure");
        if seen.no_arguments || now.own > before.own {
            // Nobody crossed the boundary, and a trap is noticed where somebody does.
            continue;
        }
        assert!(seen.ended(), "{options:?}: {way} returned after a failure: {seen:?}");
        assert!(twin.state() != Some(0), "{options:?}: {way}: a failed instance is not sealed");
    }
}

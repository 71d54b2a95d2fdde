//! Valid in, valid out: whatever is refused is refused in words.

use crate::generate::{self, Purpose};
use crate::stubs::PANIC_COUNT;
use unpoison::{Error, Rewritten, Stubs, rewrite};
use wasmparser::{Operator, Parser, Payload, Validator, WasmFeatures};

/// Every combination of the options that decide something; where the table of sites goes
/// decides nothing else, so it takes turns.
pub(crate) fn combinations() -> impl Iterator<Item = Vec<&'static str>> {
    let abort = [None, Some("--unpoison-abort=throw"), Some("--unpoison-abort=trap")];
    let guard = [None, Some("--unpoison-guard=off")];
    let exceptions = [None, Some(EXCEPTIONS_OFF)];
    let jspi = [None, Some("--unpoison-jspi=on")];
    let sites = ["--unpoison-sites=embed", "--unpoison-sites=file", "--unpoison-sites=none"];
    (0..24).map(move |n| {
        let words = [abort[n % 3], guard[n / 3 % 2], exceptions[n / 6 % 2], jspi[n / 12]];
        words.into_iter().flatten().chain([sites[n % 3]]).collect()
    })
}

/// No exception may come in with it.
pub(crate) const EXCEPTIONS_OFF: &str = "--unpoison-exceptions=off";

/// Rewrites, and makes sure of what is promised whatever comes out. `None` for a module
/// that is refused or left as it is.
///
/// # Panics
/// For a fault of the linker's.
pub(crate) fn rewritten(module: &[u8], options: &[&str]) -> Option<Vec<u8>> {
    match rewrite(module, options, Stubs::Linked, Some(PANIC_COUNT)) {
        Ok(Rewritten { module, .. }) => module,
        Err(Error::Unsupported(why) | Error::Usage(why)) => {
            assert!(!why.is_empty() && why.len() < 500, "{options:?}: {why}");
            None
        }
        Err(error) => panic!("{options:?}: {error}"),
    }
}

/// Rewrites a module with every combination of options.
///
/// # Panics
/// For a fault of the linker's: a panic, [`Error::Bug`], a valid module that is refused as
/// malformed, or an output that is not valid.
pub fn valid_in_valid_out(data: &[u8]) {
    let Some(input) = generate::module(data, Purpose::Rewrite) else { return };
    let features = smallest(&input.module);
    let only_throws = only_throws(&input.module);
    for options in combinations() {
        let Some(out) = rewritten(&input.module, &options) else { continue };
        let mut gained = gained(features, !options.contains(&EXCEPTIONS_OFF));
        gained.set(WasmFeatures::LEGACY_EXCEPTIONS, only_throws);
        if let Err(error) = Validator::new_with_features(features | gained).validate_all(&out) {
            panic!("{options:?}: the output is not valid: {error}");
        }
    }
}

/// What an output may use beyond its input: exceptions, and what no engine lacks that has
/// what the input uses.
fn gained(features: WasmFeatures, exceptions: bool) -> WasmFeatures {
    let mut gained = WasmFeatures::empty();
    if features.contains(WasmFeatures::EXCEPTIONS) {
        // `catch_ref` leaves a value and an `exnref`.
        gained |= WasmFeatures::REFERENCE_TYPES | WasmFeatures::MULTI_VALUE;
    } else if exceptions {
        gained |= WasmFeatures::EXCEPTIONS;
    }
    if features.contains(WasmFeatures::REFERENCE_TYPES) {
        // A function that code refers to is declared in a segment.
        gained |= WasmFeatures::BULK_MEMORY;
    }
    gained
}

/// Whether a module throws and catches nothing: which encoding of exceptions its engine
/// knows cannot be told then, and the linker takes the older one.
pub(crate) fn only_throws(module: &[u8]) -> bool {
    let mut throws = false;
    for payload in Parser::new(0).parse_all(module) {
        let Ok(Payload::CodeSectionEntry(body)) = payload else { continue };
        for operator in body.get_operators_reader().into_iter().flatten() {
            match operator {
                Ok(Operator::Throw { .. }) => throws = true,
                Ok(Operator::TryTable { .. } | Operator::ThrowRef) => return false,
                _ => {}
            }
        }
    }
    throws
}

/// What every engine has, and a switch that is no proposal.
const EVERYWHERE: WasmFeatures = WasmFeatures::WASM1.union(WasmFeatures::GC_TYPES);

/// The features without any of which a module is not valid.
fn smallest(module: &[u8]) -> WasmFeatures {
    let valid = |features| Validator::new_with_features(features).validate_all(module).is_ok();
    let mut features = WasmFeatures::all();
    for (_, feature) in WasmFeatures::all().difference(EVERYWHERE).iter_names() {
        let less = features.difference(feature);
        if valid(less) {
            features = less;
        }
    }
    features
}

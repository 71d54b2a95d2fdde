//! A look at what goes out: a module that no engine would take is never published.
//!
//! In debug builds always, else if `UNPOISON_VALIDATE` is 1.

use crate::error::{Error, Result};
use crate::plan::unwind::Eh;
use wasmparser::{Validator, WasmFeatures};

/// Sets of features from small to large. The smallest in which rust-lld's module is
/// valid is what the user's engines are taken to know.
const LADDER: [WasmFeatures; 5] = [
    WasmFeatures::WASM1,
    WasmFeatures::LIME1,
    WasmFeatures::WASM2,
    // What is in the standard.
    WasmFeatures::WASM3,
    WasmFeatures::all(),
];

/// Whether outputs are validated.
pub(crate) fn is_on() -> bool {
    cfg!(debug_assertions) || std::env::var_os("UNPOISON_VALIDATE").is_some_and(|set| set == "1")
}

/// Checks that a rewritten module is valid, with no more of WebAssembly than rust-lld's
/// module used and, if it is to throw (`throws`), exceptions; in the old encoding if the
/// plan has chosen it for a module that throws and catches nothing (`eh`).
///
/// # Errors
/// [`Error::Bug`] if it is not.
pub(crate) fn output(input: &[u8], output: &[u8], eh: Option<Eh>, throws: bool) -> Result<()> {
    let valid = |module, features| Validator::new_with_features(features).validate_all(module);
    // In the old encoding, too, if the module has it.
    let flavours = [WasmFeatures::EXCEPTIONS, WasmFeatures::LEGACY_EXCEPTIONS];
    let mut sets = LADDER.into_iter().flat_map(|features| {
        let with = |some: WasmFeatures| features | some;
        [features, with(flavours[0]), with(flavours[0] | flavours[1])]
    });
    let Some(features) = sets.find(|features| valid(input, *features).is_ok()) else {
        log::debug!("rust-lld's module is not valid itself, so the output is not validated");
        return Ok(());
    };
    // What a `throw` and its tag need, in either encoding. Where `try_table` is known, so is
    // `exnref`, which a guard may be the first to use, behind the value of a tag.
    let mut gained = match features.contains(WasmFeatures::EXCEPTIONS) {
        _ if !throws => WasmFeatures::empty(),
        true => WasmFeatures::REFERENCE_TYPES | WasmFeatures::MULTI_VALUE,
        false => WasmFeatures::EXCEPTIONS,
    };
    gained.set(WasmFeatures::LEGACY_EXCEPTIONS, eh == Some(Eh::Legacy));
    match valid(output, features | gained) {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::Bug(format!(
            "the module that would be written is not valid: {} (at byte {:#x})",
            error.message(),
            error.offset()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, out: &str) -> Result<()> {
        let bytes = |wat| wat::parse_str(format!("(module {wat})")).unwrap();
        output(&bytes(input), &bytes(out), None, true)
    }

    const MVP: &str = "(func)";
    const THROWS: &str = "(tag $t) (func throw $t)";
    const LEGACY: &str = "(func try catch_all end)";
    const STANDARD: &str = "(func (block (try_table (catch_all 0))))";

    #[test]
    fn a_throw_may_come_in() {
        check(MVP, THROWS).unwrap();
        check(LEGACY, LEGACY).unwrap();
        check(STANDARD, STANDARD).unwrap();
        // A guard catches by reference, the landing pads do not.
        check(STANDARD, "(func (block (result exnref) (try_table (catch_all_ref 0)) return) drop)")
            .unwrap();
        let with_value = "(tag $t (param i32))
            (func (block (result i32 exnref) (try_table (catch_ref $t 0)) return) drop drop)";
        check(STANDARD, with_value).unwrap();
        // An output of whatever kind, if the input is of no kind.
        check("(func unreachable i32.add)", "(func i32.add)").unwrap();
    }

    #[test]
    fn a_module_that_only_throws_may_get_the_old_encoding() {
        let bytes = |wat| wat::parse_str(format!("(module {wat})")).unwrap();
        output(&bytes(THROWS), &bytes(LEGACY), Some(Eh::Legacy), true).unwrap();
        output(&bytes(THROWS), &bytes(LEGACY), Some(Eh::Exnref), true).unwrap_err();
    }

    #[test]
    fn without_exceptions_nothing_comes_in() {
        let bytes = |wat| wat::parse_str(format!("(module {wat})")).unwrap();
        output(&bytes(MVP), &bytes(MVP), None, false).unwrap();
        for out in [THROWS, "(tag)"] {
            let error = output(&bytes(MVP), &bytes(out), None, false).unwrap_err();
            assert!(matches!(error, Error::Bug(_)), "{out}: {error}");
        }
    }

    #[test]
    fn an_output_that_no_engine_takes_is_a_bug() {
        for (input, output) in [
            (MVP, "(func i32.add)"),
            (MVP, LEGACY),
            (STANDARD, LEGACY),
            // The input needs no newer engine.
            (MVP, "(func (result i32) i32.const 1 i32.extend8_s)"),
            (MVP, "(func (param v128))"),
        ] {
            let error = check(input, output).unwrap_err();
            assert!(matches!(error, Error::Bug(_)), "{input}, {output}: {error}");
        }
    }
}

//! Custom sections of others: `target_features`, and what must go.

use super::{branch_hints, write_leb, write_string};
use crate::error::Result;
use crate::objects::EH;
use wasmparser::BinaryReader;

/// The prefix of a feature that is used
/// (<https://github.com/WebAssembly/tool-conventions/blob/main/Linking.md#target-features-section>).
const USED: u8 = b'+';

/// Whether a section speaks of the module as rust-lld wrote it, and nobody here can say
/// what it would have to say now: offsets into the file (`sourceMappingURL`,
/// <https://tc39.es/ecma426/>), into debug information elsewhere, or notes on code whose
/// content is unknown
/// (<https://github.com/WebAssembly/tool-conventions/blob/main/CodeMetadata.md>). A wrong
/// place misleads; none is the truth.
pub(crate) fn is_stale(section: &str) -> bool {
    matches!(section, "sourceMappingURL" | "external_debug_info")
        // Compressed by a tool of the past; LLVM compresses nothing for wasm.
        || section.starts_with(".zdebug_")
        || section.starts_with("metadata.code.") && section != branch_hints::NAME
}

/// `target_features` with exception handling among them, sorted as lld sorts; with nothing
/// else if `content` is that of an empty section.
pub(crate) fn features(content: &[u8]) -> Result<Vec<u8>> {
    let mut reader = BinaryReader::new(content, 0);
    let mut features = Vec::new();
    for _ in 0..reader.read_var_u32()? {
        features.push((reader.read_u8()?, reader.read_string()?));
    }
    if !features.contains(&(USED, EH)) {
        // wasm-opt refuses a module with `throw` and tags that does not say so.
        let at = features.partition_point(|(_, name)| *name < EH);
        features.insert(at, (USED, EH));
    }
    let mut out = Vec::with_capacity(content.len() + EH.len() + 2);
    write_leb(&mut out, features.len() as u32);
    for (prefix, name) in features {
        out.push(prefix);
        write_string(&mut out, name);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_speaks_of_other_code_is_stale() {
        for name in [
            "sourceMappingURL",
            "external_debug_info",
            "metadata.code.call_targets",
            ".zdebug_info",
        ] {
            assert!(is_stale(name), "{name}");
        }
        for name in [branch_hints::NAME, "name", ".debug_info", "build_id", "my_section"] {
            assert!(!is_stale(name), "{name}");
        }
    }
}

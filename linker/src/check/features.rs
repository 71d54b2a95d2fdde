//! What of WebAssembly a module uses.

use wasmparser::{BinaryReaderError, Validator, WasmFeatures};

use super::subject::Subject;

/// A part of WebAssembly that some engine lacks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Feature {
    /// The validator's word for it.
    pub flag: WasmFeatures,
    /// What users call it.
    pub name: &'static str,
    /// How to do without.
    pub way_out: &'static str,
}

/// In wasmparser one flag stands for both; a long index is valid with reference types only.
const REFERENCES: WasmFeatures =
    WasmFeatures::REFERENCE_TYPES.difference(WasmFeatures::CALL_INDIRECT_OVERLONG);
const BULK: WasmFeatures = WasmFeatures::BULK_MEMORY.difference(WasmFeatures::BULK_MEMORY_OPT);

const fn feature(flag: WasmFeatures, name: &'static str, way_out: &'static str) -> Feature {
    Feature { flag, name, way_out }
}

const MVP: &str = "build the standard library without it, too: -Zbuild-std with -Ctarget-cpu=mvp; or lower the module: wasm-opt --llvm-memory-copy-fill-lowering";

/// All but exceptions, which are looked at one by one.
pub(super) const FEATURES: &[Feature] = &[
    feature(WasmFeatures::SIGN_EXTENSION, "sign extension", MVP),
    feature(WasmFeatures::SATURATING_FLOAT_TO_INT, "saturating conversions", MVP),
    feature(
        WasmFeatures::MULTI_VALUE,
        "several results",
        "compile without -Ctarget-feature=+multivalue",
    ),
    feature(WasmFeatures::BULK_MEMORY_OPT, "memory.copy and memory.fill", MVP),
    feature(BULK, "passive data (bulk memory)", MVP),
    feature(
        WasmFeatures::CALL_INDIRECT_OVERLONG,
        "indices of tables in more than one byte",
        "link with -Clink-arg=--compress-relocations and without debug information, or run wasm-opt",
    ),
    feature(
        REFERENCES,
        "reference types",
        "for wasm-bindgen: --no-externref-xform, or WASM_BINDGEN_EXTERNREF=0",
    ),
    feature(WasmFeatures::SIMD, "SIMD", "compile without -Ctarget-feature=+simd128"),
    feature(
        WasmFeatures::RELAXED_SIMD,
        "relaxed SIMD",
        "compile without -Ctarget-feature=+relaxed-simd",
    ),
    feature(WasmFeatures::THREADS, "threads", "compile without -Ctarget-feature=+atomics"),
    feature(WasmFeatures::TAIL_CALL, "tail calls", "compile without -Ctarget-feature=+tail-call"),
    feature(
        WasmFeatures::EXTENDED_CONST,
        "sums in constants",
        "compile without -Ctarget-feature=+extended-const",
    ),
    feature(WasmFeatures::MULTI_MEMORY, "several memories", "no way out is known"),
    feature(WasmFeatures::MEMORY64, "memories of 64 bits", "build for wasm32"),
    feature(WasmFeatures::FUNCTION_REFERENCES, "typed references", "no way out is known"),
    feature(WasmFeatures::GC, "garbage collection", "no way out is known"),
    feature(
        WasmFeatures::WIDE_ARITHMETIC,
        "wide arithmetic",
        "compile without -Ctarget-feature=+wide-arithmetic",
    ),
];

/// Everything that anybody may know.
pub(super) fn every() -> WasmFeatures {
    WasmFeatures::all()
}

/// Whether a module is valid with these.
pub(super) fn validate(bytes: &[u8], features: WasmFeatures) -> Result<(), BinaryReaderError> {
    Validator::new_with_features(features).validate_all(bytes).map(|_| ())
}

/// The parts that a module uses, of those that an engine lacks.
pub(super) fn used<'f>(
    subject: &Subject<'_>,
    lacking: impl Iterator<Item = &'f Feature>,
) -> Vec<&'f Feature> {
    let needs =
        |feature: &&Feature| validate(subject.bytes, every().difference(feature.flag)).is_err();
    lacking.filter(needs).collect()
}

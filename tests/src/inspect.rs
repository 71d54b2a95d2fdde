//! What readers other than unpoison's own say of a module.

use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::process::Command;
use wasmparser::{Parser, Payload, Validator, WasmFeatures};
use xtask::{run, setup};

/// Checks an unpoisoned module against the plain link of the same objects: it is
/// valid, other programs read it, its imports are the plain one's.
pub fn check(plain: &Path, unpoisoned: &Path) -> Result<()> {
    let bytes = crate::links::read(unpoisoned)?;
    validate(&bytes).with_context(|| format!("wasmparser on {}", unpoisoned.display()))?;
    walrus::Module::from_buffer(&bytes)
        .map_err(|e| e.context(format!("walrus on {}", unpoisoned.display())))?;
    wasm_opt(unpoisoned, &bytes)?;
    let (was, is) = (imports(&crate::links::read(plain)?)?, imports(&bytes)?);
    ensure!(was == is, "imports changed: {was:?} became {is:?}");
    Ok(())
}

/// Valid, with every feature that has left the proposal stage in V8, and the older
/// encoding of exceptions, which stays there.
pub fn validate(bytes: &[u8]) -> Result<()> {
    let features =
        WasmFeatures::default() | WasmFeatures::EXCEPTIONS | WasmFeatures::LEGACY_EXCEPTIONS;
    Validator::new_with_features(features).validate_all(bytes)?;
    Ok(())
}

/// What rustc uses unless told otherwise, as wasm-opt is told of it.
pub const RUSTC_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// binaryen takes it, with no other features than the module itself names.
fn wasm_opt(module: &Path, bytes: &[u8]) -> Result<()> {
    let node = &setup::get().node;
    let out = tempfile::NamedTempFile::new()?;
    let mut command = Command::new(&node.system);
    command.arg(&node.wasm_opt).arg("-O1").arg(module).arg("-o").arg(out.path());
    // `strip = "symbols"` takes the names of the features that rustc uses. Whoever does that
    // names them by hand; what unpoison uses is not for them to know.
    if !custom_sections(bytes)?.iter().any(|name| name == "producers") {
        command.args(RUSTC_FEATURES);
    }
    run::quiet(&mut command)?;
    validate(&std::fs::read(out.path())?).context("what wasm-opt wrote")
}

/// Imports, as `module.name: type`, in order.
pub fn imports(bytes: &[u8]) -> Result<Vec<String>> {
    let mut imports = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        if let Payload::ImportSection(section) = payload? {
            for import in section.into_imports() {
                let import = import?;
                imports.push(format!("{}.{}: {:?}", import.module, import.name, import.ty));
            }
        }
    }
    Ok(imports)
}

/// Names of exports, in order.
pub fn exports(bytes: &[u8]) -> Result<Vec<String>> {
    let mut exports = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        if let Payload::ExportSection(section) = payload? {
            for export in section {
                exports.push(export?.name.to_owned());
            }
        }
    }
    Ok(exports)
}

/// Names of custom sections, in order.
pub fn custom_sections(bytes: &[u8]) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        if let Payload::CustomSection(section) = payload? {
            names.push(section.name().to_owned());
        }
    }
    Ok(names)
}

/// The contents of the custom section of this name.
pub fn custom_section(bytes: &[u8], name: &str) -> Result<Option<Vec<u8>>> {
    for payload in Parser::new(0).parse_all(bytes) {
        if let Payload::CustomSection(section) = payload?
            && section.name() == name
        {
            return Ok(Some(section.data().to_vec()));
        }
    }
    Ok(None)
}

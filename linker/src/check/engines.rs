//! What engines know, and whether that is enough for a module.
//!
//! The tests give each engine that is there a module for each feature, and compare what it
//! says with this table (`tests/engines`).

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::WasmFeatures as F;

use super::Finding;
use super::features::{self, FEATURES};
use super::subject::Subject;
use crate::error::{Error, Result};

/// What an engine knows of exceptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exceptions {
    /// Nothing.
    None,
    /// `throw` and `try`.
    Legacy,
    /// `throw` and `try_table`.
    Exnref,
    /// Both.
    Both,
}

/// An engine, or a program that has one in it.
#[derive(Debug)]
pub(crate) struct Engine {
    name: &'static str,
    /// What people call it, with the version that the table is about.
    pub title: &'static str,
    exceptions: Exceptions,
    knows: F,
    /// It looks exports up by the names of the section `name`.
    by_debug_names: bool,
}

const fn all(sets: &[F]) -> F {
    let mut bits = F::FLOATS.union(F::GC_TYPES).union(F::MUTABLE_GLOBAL);
    let mut at = 0;
    while at < sets.len() {
        bits = bits.union(sets[at]);
        at += 1;
    }
    bits
}

/// What every engine but the smallest has.
const COMMON: F = all(&[
    F::SIGN_EXTENSION,
    F::SATURATING_FLOAT_TO_INT,
    F::MULTI_VALUE,
    F::BULK_MEMORY,
    F::REFERENCE_TYPES,
]);
const V8_OF_2023: F = all(&[COMMON, F::SIMD, F::THREADS, F::TAIL_CALL]);
const V8: F = all(&[
    V8_OF_2023,
    F::RELAXED_SIMD,
    F::EXTENDED_CONST,
    F::MULTI_MEMORY,
    F::MEMORY64,
    F::FUNCTION_REFERENCES,
    F::GC,
]);
const GECKO: F = V8;
const JSC: F = all(&[V8_OF_2023, F::EXTENDED_CONST, F::FUNCTION_REFERENCES, F::GC]);
const BUN: F = all(&[JSC, F::RELAXED_SIMD, F::MULTI_MEMORY]);
const WASMTIME_LTS: F = all(&[
    COMMON,
    F::SIMD,
    F::RELAXED_SIMD,
    F::TAIL_CALL,
    F::EXTENDED_CONST,
    F::MULTI_MEMORY,
    F::MEMORY64,
]);
const WASMTIME: F =
    all(&[WASMTIME_LTS, F::THREADS, F::FUNCTION_REFERENCES, F::GC, F::WIDE_ARITHMETIC]);
const WASMI: F = all(&[COMMON, F::TAIL_CALL, F::EXTENDED_CONST, F::MULTI_MEMORY]);
const WASM3: F = all(&[
    F::SIGN_EXTENSION,
    F::SATURATING_FLOAT_TO_INT,
    F::MULTI_VALUE,
    F::BULK_MEMORY_OPT,
    F::TAIL_CALL,
]);
const WAMR: F = COMMON;

const fn engine(name: &'static str, title: &'static str, eh: Exceptions, knows: F) -> Engine {
    Engine { name, title, exceptions: eh, knows, by_debug_names: false }
}

const ENGINES: &[Engine] = &[
    engine("node20", "Node 20", Exceptions::Legacy, V8_OF_2023),
    engine("node24", "Node 24", Exceptions::Both, V8),
    engine("chromium", "Chromium 137 or newer", Exceptions::Both, V8),
    engine("firefox", "Firefox 140 or newer", Exceptions::Both, GECKO),
    engine("safari", "Safari 18.4 or newer", Exceptions::Both, JSC),
    engine("jsc", "JavaScriptCore's shell (WebKitGTK)", Exceptions::Both, JSC),
    engine("workerd", "workerd, Cloudflare Workers", Exceptions::Both, V8),
    engine("deno", "Deno 2.4 or newer", Exceptions::Both, V8),
    engine("bun", "Bun 1.4 or newer", Exceptions::Both, BUN),
    engine("wasmtime", "wasmtime 47 or newer", Exceptions::Exnref, WASMTIME),
    engine("wasmtime-lts", "wasmtime 36 (LTS)", Exceptions::None, WASMTIME_LTS),
    engine("wasmi", "wasmi 2", Exceptions::None, WASMI),
    Engine { by_debug_names: true, ..engine("wasm3", "wasm3 0.5.0", Exceptions::None, WASM3) },
    engine("wamr", "WAMR, as it is built by default", Exceptions::None, WAMR),
    engine("extism", "Extism's Rust host", Exceptions::None, WASMTIME_LTS),
];

/// The engine of a name.
///
/// # Errors
/// [`Error::Usage`], which names those that are known.
pub(crate) fn find(name: &str) -> Result<&'static Engine> {
    ENGINES.iter().find(|engine| engine.name == name).ok_or_else(|| {
        let known: Vec<&str> = ENGINES.iter().map(|engine| engine.name).collect();
        Error::Usage(format!("no engine `{name}` is known; these are: {}", known.join(", ")))
    })
}

impl Engine {
    /// Why it does not take a module.
    pub(super) fn findings(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self.exceptions(subject).into_iter().collect();
        // Exceptions are spoken of apart, for the validator cannot tell `throw` from `try_table`.
        let knows = self.knows | F::EXCEPTIONS | F::LEGACY_EXCEPTIONS;
        // `exnref` is a reference, and `try_table` may leave several values.
        let knows =
            if self.exceptions == Exceptions::None { knows } else { knows | F::REFERENCE_TYPES };
        if features::validate(subject.bytes, knows).is_err() {
            let lacking = FEATURES.iter().filter(|feature| !knows.contains(feature.flag));
            let used = features::used(subject, lacking);
            findings.extend(used.iter().map(|feature| Finding {
                what: format!("it uses {}", feature.name),
                way_out: feature.way_out.to_owned(),
            }));
            if findings.is_empty() {
                findings.push(Finding {
                    what: "it uses a part of WebAssembly that has no name here".to_owned(),
                    way_out: "compile with fewer of -Ctarget-feature".to_owned(),
                });
            }
        }
        findings.extend(self.names(subject));
        findings
    }

    fn exceptions(&self, subject: &Subject<'_>) -> Option<Finding> {
        let has = subject.throws || subject.legacy || subject.exnref;
        let what = match self.exceptions {
            Exceptions::None if has => "it uses exceptions",
            Exceptions::Legacy if subject.exnref => {
                "it uses the newer encoding of exceptions (`try_table`)"
            }
            Exceptions::Exnref if subject.legacy => {
                "it uses the older encoding of exceptions (`try`)"
            }
            _ => return None,
        };
        let way_out = match self.exceptions {
            Exceptions::None if subject.unwinds() => {
                "unwinding is exceptions: build with panic=abort, and link with -Clink-arg=--unpoison-exceptions=off"
            }
            Exceptions::None => "link with -Clink-arg=--unpoison-exceptions=off",
            Exceptions::Legacy => "build with `unpoison sysroot --eh legacy`",
            _ => "build with `unpoison sysroot --eh exnref`, or run wasm-opt --translate-to-exnref",
        };
        Some(Finding { what: what.to_owned(), way_out: way_out.to_owned() })
    }

    /// A guard has the name of what it guards, so that stack traces name it.
    fn names(&self, subject: &Subject<'_>) -> Option<Finding> {
        if !self.by_debug_names {
            return None;
        }
        let mut by_name: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
        for (index, name) in &subject.names {
            by_name.entry(name).or_default().insert(*index);
        }
        let behind = subject.entries().find(|(export, function)| {
            // Of two of them one is another.
            by_name.get(export).is_some_and(|of| of.iter().take(2).any(|index| index != function))
        });
        let (export, _) = behind?;
        Some(Finding {
            what: format!(
                "it has debug names: a host that asks for `{export}` is given the function behind its guard"
            ),
            way_out: "link with `strip = \"symbols\"` in the profile".to_owned(),
        })
    }
}

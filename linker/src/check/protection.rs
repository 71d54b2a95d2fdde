//! Whether a module still has what the linker gave it. Tools behind the linker drop
//! sections and exports, and make exports of their own.

use std::collections::BTreeMap;

use wasmparser::ExternalKind;

use super::{Finding, subject::Subject};

/// A check of the protection.
type Check = fn(&Subject<'_>) -> Vec<Finding>;

/// All of them. Where one finds that unpoison was never there, the others have no say.
const CHECKS: [Check; 4] = [own_exports, section, encodings, guards];

const STATE: &str = "__unpoison_state";
const REPORT: &str = "__unpoison_report";
const REHEARSE: &str = "__unpoison_rehearse";

/// What is missing.
pub(super) fn findings(subject: &Subject<'_>) -> Vec<Finding> {
    let is_ours = |(name, ..): &(&str, ExternalKind, u32)| name.starts_with("__unpoison_");
    if subject.meta.is_none() && !subject.exports.iter().any(is_ours) {
        return vec![finding(
            "it was not linked by unpoison: it has neither the section nor an export of it",
            "put `linker = \"unpoison\"` below [target.wasm32-unknown-unknown] in .cargo/config.toml",
        )];
    }
    CHECKS.iter().flat_map(|check| check(subject)).collect()
}

/// Whether the host can have it fail, which nobody wants of what goes out.
pub(super) fn rehearsal(subject: &Subject<'_>) -> Option<Finding> {
    subject.export(REHEARSE)?;
    Some(finding(
        format!("it exports `{REHEARSE}`: its host can have it fail on purpose"),
        "that is for staging; link what goes out without --unpoison-rehearse=on",
    ))
}

/// What is there, in a few words.
pub(super) fn summary(subject: &Subject<'_>) -> String {
    let entries = subject.entries().count();
    let exports = if entries == 1 { "export is" } else { "exports are" };
    let panics = if subject.unwinds() { "panics unwind" } else { "a panic ends the instance" };
    let leaves = if subject.throws { "failures are thrown" } else { "failures trap" };
    format!("{entries} {exports} guarded, {panics}, {leaves}")
}

fn finding(what: impl Into<String>, way_out: impl Into<String>) -> Finding {
    Finding { what: what.into(), way_out: way_out.into() }
}

/// Hosts ask them.
fn own_exports(subject: &Subject<'_>) -> Vec<Finding> {
    let wanted = [(STATE, ExternalKind::Global), (REPORT, ExternalKind::Func)];
    let missing = wanted
        .into_iter()
        .filter(|(name, kind)| subject.export(name).is_none_or(|(found, _)| found != *kind));
    missing
        .map(|(name, _)| {
            finding(
                format!("the export `{name}` is gone: no host can ask what failed"),
                "keep it, where a tool behind the linker removes exports",
            )
        })
        .collect()
}

/// Hosts read in it whether a panic ends an instance.
fn section(subject: &Subject<'_>) -> Vec<Finding> {
    if subject.meta.is_some() {
        return Vec::new();
    }
    vec![finding(
        "the section `unpoison` is gone, or is not JSON: no host can know whether a panic ends the instance",
        "keep custom sections where a tool strips the module; wasm-opt has --strip-debug instead of --strip-custom-sections",
    )]
}

fn encodings(subject: &Subject<'_>) -> Vec<Finding> {
    if !(subject.legacy && subject.exnref) {
        return Vec::new();
    }
    vec![finding(
        "it mixes the two encodings of exceptions (`try`, `try_table`): no engine takes it",
        "translate all of it: wasm-opt --translate-to-exnref, or one `--eh` for `unpoison sysroot` and your crates",
    )]
}

/// Each exported function looks at the state before it does anything else, or does nothing
/// but call such functions, as the shims of wasm-bindgen do.
fn guards(subject: &Subject<'_>) -> Vec<Finding> {
    if state(subject).is_none() {
        return Vec::new();
    }
    let entries = entries(subject);
    let bare: Vec<&str> =
        entries.iter().filter(|entry| !entry.guarded).map(|entry| entry.name).collect();
    if bare.is_empty() {
        return Vec::new();
    }
    if bare.len() == entries.len() && entries.len() > 1 {
        return vec![finding(
            "no export is guarded: after a failure Rust runs on",
            "link without --unpoison-guard=off",
        )];
    }
    let guard = |name: &&str| {
        finding(
            format!("the export `{name}` is not guarded: it runs Rust after a failure"),
            "whatever made it ran behind the linker: export the function from Rust instead",
        )
    };
    bare.iter().map(guard).collect()
}

/// A function that the host calls by a name.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    /// Its export's name.
    pub name: &'a str,
    /// Whether it looks at the state before it runs.
    pub guarded: bool,
}

/// The ways in by a name. Without a state to look at none is guarded.
pub(super) fn entries<'a>(subject: &Subject<'a>) -> Vec<Entry<'a>> {
    let mut known = BTreeMap::new();
    let state = state(subject);
    let mut guarded = |function| {
        state.is_some_and(|state| is_guarded(subject, state, function, &mut known, DEPTH))
    };
    let entry = |(name, function)| Entry { name, guarded: guarded(function) };
    subject.entries().map(entry).collect()
}

/// The global that guards look at.
fn state(subject: &Subject<'_>) -> Option<u32> {
    match subject.export(STATE) {
        Some((ExternalKind::Global, state)) => Some(state),
        _ => None,
    }
}

/// How many shims may lie around a guard; wasm-bindgen makes three.
const DEPTH: u32 = 16;

fn is_guarded(
    subject: &Subject<'_>,
    state: u32,
    function: u32,
    known: &mut BTreeMap<u32, bool>,
    depth: u32,
) -> bool {
    if function < subject.imported {
        return true;
    }
    if let Some(known) = known.get(&function) {
        return *known;
    }
    // One that calls itself is none until it is known.
    known.insert(function, false);
    let Some(depth) = depth.checked_sub(1) else { return false };
    let Some(body) = subject.body(function, state) else { return false };
    let Some(before) = body.calls_before else { return false };
    let guarded = before.iter().all(|called| is_guarded(subject, state, *called, known, depth))
        && (body.looks || before.iter().any(|called| *called >= subject.imported));
    known.insert(function, guarded);
    guarded
}

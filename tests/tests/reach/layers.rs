//! The stubs without a layer: a compiler that has lost one of the standard library's
//! private names still links, and reports say less.

use crate::hosted::{self, Script};
use crate::kinds::{KINDS, PANIC};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use unpoison_tests::links::{Pair, toolchain};
use unpoison_tests::node::{self, Outcome, call};
use wasmparser::{KnownCustom, Linking, Operator, Parser, Payload, SymbolInfo};
use xtask::fixture::{Build, Eh, Point};
use xtask::{run, tools};

/// A link whose stubs lack layers, in a cache of its own; answers what it logged.
fn link(pair: &Pair, without: &str, cache: &Path) -> (PathBuf, String) {
    let output = pair.unpoisoned.with_file_name(format!("without-{without}.wasm"));
    let unpoison = tools::unpoison().unwrap();
    let mut command: Command = pair.link.unpoison(toolchain(), &unpoison, &output).unwrap();
    command.env("UNPOISON_STUBS_WITHOUT", without).env("UNPOISON_CACHE", cache);
    let done = run::output(command.env("UNPOISON_LOG", "warn")).unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "without {without}: {said}");
    (output, said)
}

#[test]
fn without_a_layer_reports_say_less() {
    let pair = Pair::plain("kinds", Point::RELEASE).unwrap();
    for without in ["", "can_unwind", "payload", "payload,can_unwind"] {
        let cache = tempfile::tempdir().unwrap();
        let (module, said) = link(&pair, without, cache.path());
        for layer in ["can_unwind", "payload"] {
            let named = said.contains(&format!("`{layer}`"));
            assert_eq!(named, without.split(',').any(|name| name == layer), "{without}: {said}");
        }
        // The second link has them from the cache, and says the same.
        let (_, again) = link(&pair, without, cache.path());
        assert_eq!(said, again);
        let calls: Vec<_> = KINDS.iter().map(|kind| vec![call(kind.export, kind.args)]).collect();
        let runs = node::run(&node::nodes()[0], &module, &calls).unwrap();
        let mut without_message = BTreeSet::new();
        for (kind, run) in KINDS.iter().zip(runs) {
            let Outcome::Exception { report, .. } = &run.calls[0] else {
                panic!("without {without}: {}: {run:?}", kind.export);
            };
            assert!(kind.kinds.contains(&report.kind), "without {without}: {report:?}");
            assert_eq!(run.state, Some(report.kind), "without {without}: {run:?}");
            if report.kind == PANIC && !kind.message.fits(report.message.as_deref()) {
                without_message.insert(kind.export);
            }
        }
        if without.contains("payload") {
            // The last two where symbols do not say what `begin_panic` was given.
            let lost = BTreeSet::from(["any_u32", "resume_str", "resume_string"]);
            let may: BTreeSet<_> =
                lost.union(&["any_string", "old_string"].into()).copied().collect();
            assert!(without_message.is_superset(&lost), "{without_message:?}");
            assert!(without_message.is_subset(&may), "{without_message:?}");
        } else {
            assert_eq!(without_message, BTreeSet::new(), "without {without:?}");
        }
    }
}

#[test]
fn panics_that_unwind_do_so_without_a_layer() {
    let pair = Pair::plain("unwind", Build::unwinding(Point::RELEASE, Eh::Legacy)).unwrap();
    let cache = tempfile::tempdir().unwrap();
    let (module, _) = link(&pair, "payload,can_unwind", cache.path());
    let script =
        Script::default().call("literal", &[0]).call("formatted", &[3]).call("add", &[2, 40]);
    for engine in hosted::engines(Eh::Legacy) {
        let log = hosted::run(&engine, &module, std::slice::from_ref(&script)).unwrap().remove(0);
        log[0].panicked("a literal");
        log[1].panicked("formatted with 3 and \"text\"");
        log[2].answered(42);
    }
}

/// When a trap is reported the shadow stack may be used up, and what lay below it
/// overwritten: the function that writes the report takes no frame and calls nothing.
#[test]
fn the_report_of_a_trap_needs_no_stack() {
    let pair = Pair::plain("small", Point::RELEASE).unwrap();
    let cache = tempfile::tempdir().unwrap();
    link(&pair, "", cache.path());
    let file = std::fs::read_dir(cache.path()).unwrap().next().unwrap().unwrap().path();
    let cached = std::fs::read(file).unwrap();
    let start = cached.windows(4).position(|bytes| bytes == b"\0asm").unwrap();
    let object = &cached[start..];
    let (mut imported, mut bodies, mut trap) = (0, Vec::new(), None);
    for payload in Parser::new(0).parse_all(object) {
        match payload.unwrap() {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let ty = import.unwrap().ty;
                    imported += usize::from(matches!(ty, wasmparser::TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body),
            Payload::CustomSection(section) => {
                let KnownCustom::Linking(reader) = section.as_known() else { continue };
                for part in reader {
                    let Linking::SymbolTable(symbols) = part.unwrap() else { continue };
                    for symbol in symbols {
                        if let SymbolInfo::Func {
                            index, name: Some("__unpoison_rt_trap"), ..
                        } = symbol.unwrap()
                        {
                            trap = Some(index as usize);
                        }
                    }
                }
            }
            _ => {}
        }
    }
    let body = &bodies[trap.expect("no function __unpoison_rt_trap") - imported];
    for operator in body.get_operators_reader().unwrap() {
        let operator = operator.unwrap();
        let is_harmless = !matches!(
            operator,
            Operator::Call { .. } | Operator::GlobalGet { .. } | Operator::CallIndirect { .. }
        );
        assert!(is_harmless, "{operator:?}");
    }
}

//! The other targets with the machine's compiler, and with all through `cargo xtask reach
//! --targets`.

use crate::no_std;
use crate::wasi::{command_faults, see, tag};
use crate::wasi_programs::{COMMAND, ENDS, REACTOR};
use anyhow::{Context, Result};
use serde_json::json;
use unpoison_tests::links::{read, toolchain};
use unpoison_tests::node::{self, Outcome, call};
use unpoison_tests::program::Program;
use wasmparser::{Parser, Payload, Validator, WasmFeatures};
use xtask::reach::{COMPILERS, Cell, Compiler};
use xtask::reach_targets::{self, CELLS, TARGETS};
use xtask::setup;
use xtask::toolchain::has_other_targets;

/// A case's name, and what is wrong with it.
type Case = (String, Vec<String>);

#[test]
fn the_contract_holds_for_the_other_targets() {
    let mut cells = Vec::new();
    match std::env::var(COMPILERS) {
        Ok(names) if std::env::var_os(CELLS).is_some() => {
            for name in names.split(',') {
                match reach_targets::compiler(name) {
                    Ok((compiler, targets)) => cells.extend(all(&compiler, &targets)),
                    Err(e) => eprintln!("reach: {name} is not tried: {e:#}"),
                }
            }
        }
        _ if has_other_targets(toolchain()) => {
            let own = Compiler::own(toolchain().clone());
            cells.extend(all(&own, &TARGETS));
        }
        _ => return,
    }
    if let Some(path) = std::env::var_os(CELLS) {
        std::fs::write(path, serde_json::to_vec(&cells).unwrap()).unwrap();
    }
    let faults: Vec<_> = cells.iter().filter(|cell| !cell.faults.is_empty()).collect();
    assert!(faults.is_empty() && !cells.is_empty(), "{faults:#?}");
}

fn all(compiler: &Compiler, targets: &[&'static str]) -> Vec<Cell> {
    let mut cells = Vec::new();
    for &target in targets {
        for lto in ["off", "fat"] {
            let cases = match target {
                "wasm32-wasip1" => wasip1(compiler, lto),
                "wasm32-wasip2" => wasip2(compiler, lto),
                _ => no_std(compiler, lto),
            };
            let cases = cases.unwrap_or_else(|e| vec![("module".into(), vec![format!("{e:#}")])]);
            let faults = cases.iter().flat_map(|(name, faults)| {
                faults.iter().map(move |fault| format!("{name}: {fault}"))
            });
            let cell = Cell {
                compiler: compiler.version.clone(),
                panics: target.into(),
                lto: lto.into(),
                held: cases.iter().filter(|(_, faults)| faults.is_empty()).count(),
                tried: cases.len(),
                faults: faults.collect(),
            };
            let Cell { compiler, held, tried, .. } = &cell;
            eprintln!("reach: {compiler} {target} lto {lto}: {held} of {tried}");
            cells.push(cell);
        }
    }
    cells
}

fn program<'p>(compiler: &'p Compiler, source: &'p str, target: &'p str, lto: &str) -> Program<'p> {
    Program::new(source).by(&compiler.toolchain).target(target).args([format!("-Clto={lto}")])
}

fn wasip1(compiler: &Compiler, lto: &str) -> Result<Vec<Case>> {
    let engine = [setup::get().node.newer.clone()];
    let module = program(compiler, COMMAND, "wasm32-wasip1", lto).bin().link()?;
    let mut cases = Vec::new();
    for (arg, state, message) in ENDS {
        let args: &[&str] = if arg.is_empty() { &[] } else { &[arg] };
        let seen = see(&engine, &module.path, args, &[("_start", &[]), ("_start", &[])]);
        cases.push((format!("command {arg:?}"), command_faults(&seen, arg, state, message)));
    }
    let module = program(compiler, REACTOR, "wasm32-wasip1", lto).link()?;
    let seen = see(&engine, &module.path, &[], &[("call", &[1]), ("call", &[7]), ("call", &[1])]);
    let tags: Vec<_> = seen.calls.iter().map(tag).collect();
    let right = tags == ["ok", "__unpoison_panic", "__unpoison_sealed"];
    cases.push(("reactor".into(), if right { vec![] } else { vec![format!("{seen:?}")] }));
    Ok(cases)
}

fn wasip2(compiler: &Compiler, lto: &str) -> Result<Vec<Case>> {
    let component = program(compiler, COMMAND, "wasm32-wasip2", lto).bin().link()?;
    let bytes = read(&component.path)?;
    let valid = Validator::new().validate_all(&bytes);
    let mut inside = false;
    for payload in Parser::new(0).parse_all(&bytes) {
        inside |= matches!(payload?, Payload::CustomSection(s) if s.name() == "unpoison");
    }
    let valid = valid.err().map(|e| e.to_string());
    let site_table = (!inside).then(|| "no section `unpoison` inside".to_owned());
    Ok(vec![
        ("valid".into(), valid.into_iter().collect()),
        ("protected".into(), site_table.into_iter().collect()),
    ])
}

fn no_std(compiler: &Compiler, lto: &str) -> Result<Vec<Case>> {
    let link = |handler: &str, options: &[&str]| {
        let source = no_std::SOURCE.replace("HANDLER", handler);
        let program = program(compiler, &source, "wasm32v1-none", lto).args(["-Cpanic=abort"]);
        program.args(options.iter().copied()).link()
    };
    let module = link(no_std::TELLS, &["-Clink-arg=--unpoison-exceptions=on"])?;
    let calls: Vec<_> =
        no_std::CASES.iter().map(|(export, args, ..)| vec![call(export, args)]).collect();
    let runs = node::run(&setup::get().node.newer, &module.path, &calls)?;
    let mut cases = Vec::new();
    for ((export, _, kind, message), run) in no_std::CASES.iter().zip(runs) {
        // These call their handler of failed allocations with parameters and make it without
        // any: it does not run, or knows nothing.
        let lost = *kind == no_std::ALLOC
            && ["1.92.", "1.93."].iter().any(|v| compiler.version.starts_with(v));
        let right = match &run.calls[0] {
            Outcome::Exception { report, .. } if lost => report.kind == *kind,
            Outcome::Exception { report, .. } => {
                report.kind == *kind
                    && report.message.as_deref() == Some(*message)
                    && report.line > 0
            }
            _ => false,
        };
        let faults = if right { vec![] } else { vec![json!(format!("{run:?}")).to_string()] };
        cases.push(((*export).to_owned(), faults));
    }
    let plain = read(&link(no_std::IGNORES, &[])?.path).context("the module")?;
    let without = WasmFeatures::MVP | WasmFeatures::MUTABLE_GLOBAL;
    let valid = Validator::new_with_features(without).validate_all(&plain);
    let faults = valid.err().map(|e| e.to_string());
    cases.push(("without exceptions".into(), faults.into_iter().collect()));
    Ok(cases)
}

//! The contract's tables with other compilers than the machine's own: the oldest, the
//! newest stable one, beta and the newest nightly; with all of them through
//! `cargo xtask reach`.

#[path = "../unwind/hosted.rs"]
#[allow(dead_code, unused_imports, reason = "the tests of unwinding need more of it")]
mod hosted;
#[path = "../kinds/table.rs"]
mod kinds;
mod layers;
#[path = "../unwind/sorts.rs"]
mod sorts;

use std::path::PathBuf;
use std::process::Command;
use unpoison_tests::node::{self, Outcome, call};
use xtask::fixture::{Build, Eh, Panics, Point};
use xtask::reach::{self, Cell, Compiler};
use xtask::{run, tools};

/// A case's name, and what is wrong with it.
type Case = (&'static str, Vec<String>);

#[test]
fn the_contract_holds_with_compilers_old_and_new() {
    let asked = std::env::var(reach::COMPILERS);
    let names = match &asked {
        Ok(names) => names.split(',').map(str::to_owned).collect(),
        Err(_) => reach::ends(),
    };
    let mut cells = Vec::new();
    let mut tried = 0;
    for name in names {
        match reach::compiler(&name) {
            Ok(compiler) => {
                tried += 1;
                cells.extend(all(&compiler));
                reach::spare(&name, compiler);
            }
            // The machine may not reach rustup's server; that is said, and is no fault.
            Err(e) => eprintln!("reach: {name} is not tried: {e:#}"),
        }
        if let Ok(path) = std::env::var(reach::CELLS) {
            std::fs::write(path, serde_json::to_vec(&cells).unwrap()).unwrap();
        }
    }
    if tried == 0 {
        eprintln!("reach: no compiler but the machine's own, which the other tests are about");
    }
    let faults: Vec<_> = cells.iter().filter(|cell| !cell.faults.is_empty()).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

fn all(compiler: &Compiler) -> Vec<Cell> {
    let mut cells = Vec::new();
    // An unwinding library takes a minute for each compiler and encoding: those are the
    // chore's, which asks for all.
    let asked = match std::env::var(reach::PANICS) {
        Ok(asked) => asked,
        Err(_) if std::env::var_os(reach::COMPILERS).is_some() => String::new(),
        Err(_) => of(Panics::Abort).to_owned(),
    };
    let is_asked = |panics: &Panics| asked.is_empty() || asked.split(',').any(|p| p == of(*panics));
    let all = [Panics::Abort, Panics::Unwind(Eh::Legacy), Panics::Unwind(Eh::Exnref)];
    for panics in all.into_iter().filter(is_asked) {
        for lto in ["off", "fat"] {
            let build = Build { point: Point { lto, ..Point::RELEASE }, panics };
            let cell = cell(compiler, &build);
            let Cell { compiler, panics, lto, held, tried, .. } = &cell;
            eprintln!("reach: {compiler} {panics} lto {lto}: {held} of {tried}");
            cells.push(cell);
        }
    }
    cells
}

fn of(panics: Panics) -> &'static str {
    match panics {
        Panics::Unwind(eh) => eh.name(),
        _ => "abort",
    }
}

fn cell(compiler: &Compiler, build: &Build) -> Cell {
    let cases = match build.panics {
        Panics::Unwind(eh) => unwinds(compiler, build, eh),
        _ => aborts(compiler, build),
    };
    let (cases, faults) = match cases {
        Ok(cases) => {
            let faults = cases.iter().flat_map(|(name, faults)| {
                faults.iter().map(move |fault| format!("{name}: {fault}"))
            });
            let faults = faults.collect();
            (cases, faults)
        }
        Err(e) => {
            eprintln!("reach: {e:#}");
            // unpoison's own sentence, if there is one in what the programs said.
            let said = format!("{e:#}");
            let ours = said.lines().find(|line| line.contains("unpoison: error: "));
            let line = ours.or(said.lines().next()).unwrap_or_default();
            (Vec::new(), vec![line.replace(&*run::root().to_string_lossy(), ".")])
        }
    };
    Cell {
        compiler: compiler.version.clone(),
        panics: of(build.panics).into(),
        lto: build.point.lto.into(),
        held: cases.iter().filter(|(_, faults)| faults.is_empty()).count(),
        tried: cases.len(),
        faults,
    }
}

/// The fixture, linked by unpoison.
fn module(compiler: &Compiler, build: &Build, fixture: &str) -> anyhow::Result<PathBuf> {
    let dir = run::target_dir().join("reach").join(&compiler.version);
    let dir = dir.join(format!("{fixture}-{build}"));
    let link = build.record_in(&compiler.toolchain, fixture, &dir)?;
    let output = dir.join(link.output_name());
    // Not silent: the older rust-lld warns of what the older library has in its archives.
    run::quiet(&mut link.unpoison(&compiler.toolchain, &tools::unpoison()?, &output)?)?;
    Ok(output)
}

fn aborts(compiler: &Compiler, build: &Build) -> anyhow::Result<Vec<Case>> {
    let module = module(compiler, build, "kinds")?;
    let calls: Vec<_> = kinds::KINDS
        .iter()
        .map(|kind| vec![call(kind.export, kind.args), call("add", &[1, 1])])
        .collect();
    let runs = node::run(&node::nodes()[0], &module, &calls)?;
    let case = |(kind, run): (&kinds::Kind, &node::Run)| {
        let mut faults = match &run.calls[0] {
            // Up to 1.92 fat link-time optimization inlines the handler of allocations,
            // which does nothing but abort then.
            Outcome::Exception { report, .. }
                if minor(compiler) < 93
                    && build.point.lto == "fat"
                    && kind.kinds == [kinds::ALLOC]
                    && [kinds::ALLOC, kinds::ABORT].contains(&report.kind) =>
            {
                Vec::new()
            }
            Outcome::Exception { tag, report } => kind.faults(tag, report, &build.point),
            other => vec![format!("{other:?}")],
        };
        // No Rust after a failure, whatever the report says of it.
        match &run.calls[1] {
            Outcome::Exception { tag, .. } if tag == "__unpoison_sealed" => {}
            other => faults.push(format!("the next call: {other:?}")),
        }
        (kind.export, faults)
    };
    Ok(kinds::KINDS.iter().zip(&runs).map(case).collect())
}

/// The N of 1.N.
fn minor(compiler: &Compiler) -> u32 {
    minor_of(&compiler.version)
}

fn minor_of(version: &str) -> u32 {
    version.split('.').nth(1).and_then(|minor| minor.parse().ok()).unwrap_or(u32::MAX)
}

/// Whoever has not updated for four months builds the linker all the same.
#[test]
fn the_linker_builds_with_a_compiler_three_releases_old() {
    let stated = env!("CARGO_PKG_RUST_VERSION");
    let readme = std::fs::read_to_string(run::root().join("README.md")).unwrap();
    assert!(readme.contains(&format!("builds with Rust {stated} and newer")));
    match reach::compiler("stable") {
        Ok(newest) => assert!(minor(&newest) >= minor_of(stated) + 3, "{}", newest.version),
        Err(e) => return eprintln!("reach: the newest compiler is not known: {e:#}"),
    }
    let active = run::quiet(Command::new("rustc").arg("-V")).unwrap();
    if minor_of(&active) > minor_of(stated) {
        let compiler = reach::compiler(stated).unwrap();
        let old = &compiler.toolchain;
        let mut cargo = Command::new(&old.cargo);
        run::without_outer_cargo(&mut cargo).env("RUSTC", &old.rustc).current_dir(run::root());
        cargo.args(["check", "--quiet", "--locked", "--package", "unpoison", "--target-dir"]);
        run::quiet(cargo.arg(run::target_dir().join("reach").join(stated))).unwrap();
        reach::spare(stated, compiler);
    }
    // Else this very test was built by it, the linker with it.
}

fn unwinds(compiler: &Compiler, build: &Build, eh: Eh) -> anyhow::Result<Vec<Case>> {
    let module = module(compiler, build, "unwind")?;
    let scripts: Vec<_> = sorts::SORTS.iter().map(sorts::script).collect();
    let mut cases: Vec<Case> = sorts::SORTS.iter().map(|s| (s.export, Vec::new())).collect();
    for engine in hosted::engines(eh) {
        let logs = hosted::run(&engine, &module, &scripts)?;
        for ((sort, log), case) in sorts::SORTS.iter().zip(&logs).zip(&mut cases) {
            case.1.extend(sorts::faults(sort, log, build.point.lto == "fat"));
        }
    }
    Ok(cases)
}

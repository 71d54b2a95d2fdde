//! The contract after what people do to a module once it is linked: optimizers, strippers,
//! splitters. A host sees the same of what comes out as of what went in.

mod stage;
mod subject;

use serde_json::{Value, json};
use stage::stages;
use std::path::{Path, PathBuf};
use std::process::Command;
use subject::subjects;
use unpoison_tests::links::{Pair, read};
use unpoison_tests::{inspect, matrix, node, pages};
use xtask::fixture::{Eh, Point};
use xtask::{after_link, run, setup};

/// The engines of an ordinary run, or all that take a module.
fn engines(name: &str) -> Vec<PathBuf> {
    let exnref = name.contains(Eh::Exnref.name());
    let newer = setup::get().node.newer.clone();
    if matrix::whole() && !exnref { node::nodes() } else { vec![newer] }
}

#[test]
fn a_host_sees_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out.wasm");
    let mut faults = Vec::new();
    let stages = stages();
    for (at, subject) in subjects().iter().enumerate() {
        let engines = engines(&subject.name);
        let was: Vec<String> =
            engines.iter().map(|engine| subject.see(engine, &subject.module).unwrap()).collect();
        // There is something to see.
        let typed = was[0].matches("\"__unpoison_").count();
        assert!(typed > 20, "{}: {typed} exceptions:\n{}", subject.name, was[0]);
        for (number, stage) in stages.iter().enumerate() {
            // In an ordinary run each module meets one of the stages.
            if !matrix::whole() && number != at % stages.len() {
                continue;
            }
            let what = format!("{}: {}", stage.name, subject.name);
            if let Err(e) = stage.run(&subject.module, &out) {
                // Not every tool takes what rust-lld links.
                match stage.run(&subject.plain, &out) {
                    Ok(()) => faults.push(format!("{what}: {e:#}")),
                    Err(_) => println!("{what}: does not take the plain link either"),
                }
                continue;
            }
            for (engine, was) in engines.iter().zip(&was) {
                match subject.see(engine, &out) {
                    Ok(is) if is == *was => {}
                    Ok(is) => faults.push(format!("{what}:\n{}", difference(was, &is))),
                    Err(e) => faults.push(format!("{what}: {e:#}")),
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The first lines that differ.
fn difference(was: &str, is: &str) -> String {
    let at = was.lines().zip(is.lines()).position(|(was, is)| was != is).unwrap_or(0);
    let part = |text: &str| {
        text.lines().skip(at.saturating_sub(6)).take(12).collect::<Vec<_>>().join("\n")
    };
    format!("was\n{}\nis\n{}", part(was), part(is))
}

/// npm's wasm-opt, by hand.
fn wasm_opt(args: &[&str], from: &Path, to: &Path) -> anyhow::Result<()> {
    let node = &setup::get().node;
    let mut command = Command::new(&node.system);
    command.arg(&node.wasm_opt).args(args).arg(from).arg("-o").arg(to);
    run::quiet(&mut command).map(drop)
}

/// Whoever strips the names of features tells wasm-opt those that rustc uses. unpoison's
/// own is still there.
#[test]
fn a_stripped_module_needs_no_more_flags_than_the_plain_one() {
    let point = Point { lto: "fat", opt: "z", debug: "none", strip: "symbols" };
    let pair = Pair::both("kinds", point).unwrap();
    let out = pair.unpoisoned.with_extension("opt.wasm");
    let args = [&["-Oz"], &inspect::RUSTC_FEATURES[..]].concat();
    for module in [&pair.plain, &pair.unpoisoned] {
        wasm_opt(&args, module, &out).unwrap();
        inspect::validate(&read(&out).unwrap()).unwrap();
    }
    let sections = inspect::custom_sections(&read(&pair.unpoisoned).unwrap()).unwrap();
    assert_eq!(sections, ["target_features", "unpoison"]);

    // Without it wasm-opt has to be told, or there must be no exceptions.
    let off = pair.with_options(&["--unpoison-exceptions=off"]).unwrap();
    let bare = |module: &Path| {
        let bare = module.with_extension("bare.wasm");
        std::fs::write(&bare, without_custom_sections(&read(module).unwrap())).unwrap();
        bare
    };
    let refused = wasm_opt(&args, &bare(&pair.unpoisoned), &out).unwrap_err().to_string();
    let said = "throw requires exception-handling [--enable-exception-handling]";
    assert!(refused.contains(said), "{refused}");
    assert!(page().contains(said));
    let args = [&args, &["--enable-exception-handling"][..]].concat();
    wasm_opt(&args, &bare(&pair.unpoisoned), &out).unwrap();
    wasm_opt(&args[..args.len() - 1], &bare(&off), &out).unwrap();
}

fn page() -> String {
    std::fs::read_to_string(run::root().join("docs/tools.md")).unwrap()
}

/// The wasm functions in the stack of a trap, innermost first.
fn stack(module: &Path) -> Vec<String> {
    let mut node = Command::new(&setup::get().node.newer);
    node.arg(run::root().join("tests/js/stack.mjs")).arg(module).args(["wild", "1"]);
    serde_json::from_str(&run::quiet(&mut node).unwrap()).unwrap()
}

/// Exported functions that are inlined into their guards: these bear their names.
#[test]
fn stack_traces_name_the_users_functions_after_inlining() {
    let pair = Pair::both("edges", Point::RELEASE).unwrap();
    let out = pair.unpoisoned.with_extension("opt.wasm");
    assert_eq!(stack(&pair.plain), ["wild"]);
    assert_eq!(stack(&pair.unpoisoned), ["wild", "wild"]);
    wasm_opt(&["-O4", "-g"], &pair.unpoisoned, &out).unwrap();
    // Two functions of one name became one; wasm-opt has numbered it.
    let left = stack(&out);
    assert_eq!(left.len(), 1, "{left:?}");
    let number = left[0].strip_prefix("wild").unwrap().trim_start_matches('_');
    assert!(number.bytes().all(|b| b.is_ascii_digit()), "{left:?}");
}

/// What a stage leaves of the section `unpoison`.
#[test]
fn optimizers_keep_the_sites_and_strippers_do_not() {
    let pair = Pair::both("small", Point::RELEASE).unwrap();
    let out = pair.unpoisoned.with_extension("out.wasm");
    for stage in stages().iter().take(if matrix::whole() { usize::MAX } else { 1 }) {
        stage.run(&pair.unpoisoned, &out).unwrap();
        let left = inspect::custom_section(&read(&out).unwrap(), "unpoison").unwrap();
        assert_eq!(left.is_some(), stage.keeps_sites, "{}", stage.name);
    }
}

/// A module without any custom section, and the file that was written beside it: the page
/// shows how a host says where it failed all the same.
#[test]
fn sites_in_a_file_outlive_strippers() {
    let pair = Pair::plain("kinds", Point::RELEASE).unwrap();
    let module = pair.with_options(&["--unpoison-sites=file"]).unwrap();
    let bytes = read(&module).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let stripped = dir.path().join("app.wasm");
    std::fs::write(&stripped, without_custom_sections(&bytes)).unwrap();
    let file = module.with_extension("unpoison.json");
    std::fs::copy(file, stripped.with_extension("unpoison.json")).unwrap();
    assert_eq!(pages::run_scripts(&page(), &stripped), 1);
}

/// As `wasm-tools strip -a` leaves it, which the wide run has.
fn without_custom_sections(module: &[u8]) -> Vec<u8> {
    let mut out = module[..8].to_vec();
    let mut at = 8;
    for payload in wasmparser::Parser::new(0).parse_all(module) {
        let payload = payload.unwrap();
        if let Some((id, range)) = payload.as_section() {
            let end = range.end as usize;
            if id != 0 {
                out.extend_from_slice(&module[at..end]);
            }
            at = end;
        }
    }
    out
}

/// Two halves by wasm-split, in a wide run. Guards may lie in either; hosts call the first.
#[test]
fn two_halves_of_a_module_are_one() {
    if !matrix::whole() {
        return;
    }
    let pair = Pair::both("kinds", Point::RELEASE).unwrap();
    let half = |name: &str| pair.unpoisoned.with_extension(name);
    let mut split = Command::new(after_link::setup().unwrap().wasm_split);
    split.arg(&pair.unpoisoned).args(["--all-features", "--keep-funcs=add"]);
    split.arg("-o1").arg(half("first")).arg("-o2").arg(half("second"));
    run::quiet(&mut split).unwrap();
    for engine in node::nodes() {
        let mut node = Command::new(engine);
        node.arg(run::root().join("tests/js/split.mjs")).arg(half("first")).arg(half("second"));
        let came: Value = serde_json::from_str(&run::quiet(&mut node).unwrap()).unwrap();
        let expected = json!([
            ["__unpoison_panic", "__unpoison_sealed"],
            ["__unpoison_abort", "__unpoison_sealed"],
            ["__unpoison_abort", "__unpoison_sealed"],
            [4, 3],
        ]);
        assert_eq!(came, expected);
    }
}

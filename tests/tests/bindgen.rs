//! Modules that wasm-bindgen has worked on after the link: they behave as the plain
//! link's while healthy, and refuse every entry once they have failed.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use unpoison_tests::{inspect, links, matrix, node};
use wasm_bindgen_cli_support::Bindgen;
use wasmparser::{Operator, Parser, Payload};
use xtask::fixture::{Build, Eh, Point};
use xtask::run;

/// How the glue is loaded.
#[derive(Clone, Copy, Debug)]
enum Target {
    Web,
    Nodejs,
    NodejsModule,
}

const TARGETS: [Target; 3] = [Target::Web, Target::Nodejs, Target::NodejsModule];

/// A release, a debug build, and what the size-conscious do.
fn points() -> Vec<Point> {
    let mut points = vec![
        Point::RELEASE,
        Point { lto: "off", opt: "0", debug: "full", strip: "none" },
        Point { lto: "fat", opt: "z", debug: "none", strip: "none" },
    ];
    if matrix::whole() {
        points.push(Point { lto: "thin", opt: "s", debug: "line-tables-only", strip: "debuginfo" });
        points.push(Point { lto: "fat", opt: "3", debug: "none", strip: "symbols" });
    }
    points
}

/// wasm-bindgen's output for a module.
struct Glue {
    dir: tempfile::TempDir,
    target: Target,
}

impl Glue {
    fn new(module: &Path, target: Target, abort_handler: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut bindgen = Bindgen::new();
        bindgen.input_path(module).export_wasm(true).force_enable_abort_handler(abort_handler);
        match target {
            Target::Web => bindgen.web(true),
            Target::Nodejs => bindgen.nodejs(true),
            Target::NodejsModule => bindgen.nodejs_module(true),
        }
        .unwrap();
        bindgen.generate(dir.path()).unwrap();
        if let Target::Web = target {
            // Node takes a `.js` for a module where this says so.
            std::fs::write(dir.path().join("package.json"), r#"{"type": "module"}"#).unwrap();
        }
        Self { dir, target }
    }

    fn wasm(&self) -> PathBuf {
        self.dir.path().join("bindgen_bg.wasm")
    }

    /// What scenarios of `js/bindgen.mjs` saw; all of them, if none is named.
    fn run(&self, engine: &Path, scenarios: &[&str]) -> Value {
        let kind = match self.target {
            Target::Web => "web",
            Target::Nodejs => "cjs",
            Target::NodejsModule => "esm",
        };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("js/bindgen.mjs");
        let mut command = Command::new(engine);
        command.arg("--expose-gc").arg(script);
        command.arg(self.dir.path().join("bindgen.js")).arg(self.wasm()).arg(kind).args(scenarios);
        let output = run::output(&mut command).unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

/// wasm-bindgen changes what it generates for a module that has one of these.
fn catches(module: &Path) -> bool {
    let bytes = links::read(module).unwrap();
    Parser::new(0).parse_all(&bytes).any(|payload| match payload.unwrap() {
        Payload::CodeSectionEntry(body) => body
            .get_operators_reader()
            .unwrap()
            .into_iter()
            .any(|op| matches!(op.unwrap(), Operator::Try { .. } | Operator::TryTable { .. })),
        _ => false,
    })
}

#[test]
fn healthy_it_behaves_as_the_plain_link_and_failed_it_refuses() {
    for point in points() {
        let pair = links::Pair::both("bindgen", point).unwrap();
        let thrown = pair.with_options(&["--unpoison-exceptions=on"]).unwrap();
        let ways = [(&pair.unpoisoned, "trap"), (&thrown, "exception")];
        for target in TARGETS {
            let plain = Glue::new(&pair.plain, target, false);
            let plain: Vec<_> =
                node::nodes().iter().map(|engine| plain.run(engine, &["healthy"])).collect();
            for (unpoisoned, way) in ways {
                assert!(!catches(unpoisoned), "{point}");
                let unpoisoned = Glue::new(unpoisoned, target, false);
                assert!(!catches(&unpoisoned.wasm()), "{point} {target:?}");
                inspect::validate(&links::read(&unpoisoned.wasm()).unwrap()).unwrap();
                for (engine, plain) in node::nodes().iter().zip(&plain) {
                    let what = format!("{point} {target:?} {way} {}", engine.display());
                    let unpoisoned = unpoisoned.run(engine, &[]);
                    assert_eq!(plain["healthy"], unpoisoned["healthy"], "{what}");
                    check_failures(&unpoisoned, way, &what);
                }
            }
        }
    }
}

fn check_failures(outcomes: &Value, way: &str, what: &str) {
    let exception = |tag: &str, kind: u32, message: &str| json!({ way: { "tag": tag, "kind": kind, "message": message } });
    let panic = |message: &str| exception("__unpoison_panic", 1, message);
    let sealed = |kind: u32, message: &str| exception("__unpoison_sealed", kind, message);
    let nested = |inner: &str| json!({ "inner": panic(inner), "outer": sealed(1, inner) });
    let failures: [(&str, u32, Value); 10] = [
        ("panic", 1, panic("it failed")),
        ("abort", 2, exception("__unpoison_abort", 2, "")),
        (
            "alloc",
            3,
            exception("__unpoison_abort", 3, "memory allocation of 2147483632 bytes failed"),
        ),
        ("method", 1, panic("too many: 1005")),
        ("closure", 1, panic("a negative number: -1")),
        ("borrowed", 1, panic("a negative number: -5")),
        ("async", 1, panic("a negative promise: -99")),
        ("swallowed", 1, nested("inside")),
        ("caught", 1, sealed(1, "caught")),
        ("cell", 1, nested("RefCell already borrowed")),
    ];
    for (name, kind, first) in &failures {
        let what = format!("{what}: {name}");
        let seen = &outcomes[name];
        assert_eq!(&seen["first"], first, "{what}");
        let message = [first, &first["inner"]]
            .iter()
            .find_map(|outcome| outcome[way]["message"].as_str())
            .unwrap_or("");
        check_sealed(seen, *kind, &sealed(*kind, message), &what);
    }
    let what = format!("{what}: recursion");
    let seen = &outcomes["recursion"];
    let error = seen["first"]["error"].as_str().unwrap_or("");
    assert!(
        error.contains("Maximum call stack size exceeded") || error.contains("RuntimeError"),
        "{what}: {seen}"
    );
    // A trap is noticed by the next call.
    assert_eq!(seen["state"], 0, "{what}");
    check_refusals(seen, &sealed(5, ""), &what);
}

fn check_sealed(seen: &Value, kind: u32, sealed: &Value, what: &str) {
    assert_eq!(seen["state"], kind, "{what}");
    assert_eq!(seen["terminated"], 1, "{what}");
    check_refusals(seen, sealed, what);
}

fn check_refusals(seen: &Value, sealed: &Value, what: &str) {
    for (number, entry) in seen["entries"].as_array().unwrap().iter().enumerate() {
        assert_eq!(entry, sealed, "{what}: entry {number}");
    }
    for free in seen["frees"].as_array().unwrap() {
        assert_eq!(free, &json!({}), "{what}: {free}");
    }
    assert_eq!(seen["uncaught"], json!([]), "{what}");
    assert_eq!(seen["moved"], json!(false), "{what}");
}

/// `--unpoison-abort=error`: whoever prints what nobody caught prints what failed, and where.
/// Before wasm-bindgen has seen it, and afterwards.
#[test]
fn both_modules_are_protected() {
    let pair = links::Pair::both("bindgen", Point::RELEASE).unwrap();
    let dir = tempfile::tempdir().unwrap();
    Bindgen::new().input_path(&pair.unpoisoned).web(true).unwrap().generate(dir.path()).unwrap();
    for module in [&pair.unpoisoned, &dir.path().join("bindgen_bg.wasm")] {
        let mut check = Command::new(xtask::tools::unpoison().unwrap());
        let said = run::quiet(check.arg("check").arg(module)).unwrap();
        assert!(said.contains(" is protected: "), "{said}");
    }
    let mut check = Command::new(xtask::tools::unpoison().unwrap());
    let plain = run::output(check.arg("check").arg(&pair.plain)).unwrap();
    assert_eq!(plain.status.code(), Some(1));
}

#[test]
fn an_error_of_the_glues_says_what_failed() {
    let failures = [
        ("panic", 1, "panicked at src/lib.rs:LINE:COLUMN:\nit failed"),
        ("abort", 2, "aborted"),
        ("alloc", 3, "memory allocation of 2147483632 bytes failed"),
        ("method", 1, "panicked at src/lib.rs:LINE:COLUMN:\ntoo many: 1005"),
        ("closure", 1, "panicked at src/lib.rs:LINE:COLUMN:\na negative number: -1"),
        ("async", 1, "panicked at src/lib.rs:LINE:COLUMN:\na negative promise: -99"),
    ];
    let names = failures.map(|(name, ..)| name);
    let pair = links::Pair::both("bindgen", Point::RELEASE).unwrap();
    let module = pair.with_options(&["--unpoison-abort=error"]).unwrap();
    let glue = Glue::new(&module, Target::Web, false);
    for engine in node::nodes() {
        let outcomes = glue.run(&engine, &names);
        for (name, kind, text) in failures {
            let what = format!("{name} {}: {}", engine.display(), outcomes[name]);
            let seen = &outcomes[name];
            let words = |of: &Value| without_place(of["error"].as_str().unwrap_or(""));
            assert_eq!(words(&seen["first"]), format!("Error: {text}"), "{what}");
            assert_eq!(seen["state"], kind, "{what}");
            let refused = format!("Error: this instance has failed before: {text}");
            for entry in seen["entries"].as_array().unwrap() {
                assert_eq!(words(entry), refused, "{what}");
            }
            for free in seen["frees"].as_array().unwrap() {
                assert_eq!(free, &json!({}), "{what}");
            }
            assert_eq!(seen["moved"], json!(false), "{what}");
        }
    }
}

/// A text with the numbers behind `.rs:` left out.
fn without_place(text: &str) -> String {
    let Some((before, rest)) = text.split_once(".rs:") else { return text.to_owned() };
    let behind = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':');
    format!("{before}.rs:LINE:COLUMN:{behind}")
}

/// Only wasm-bindgen's glue makes an `Error`, and only where no landing pad would run.
#[test]
fn a_module_whose_glue_makes_no_error_is_refused() {
    let refused =
        |pair: links::Pair| pair.with_options(&["--unpoison-abort=error"]).unwrap_err().to_string();
    let raw = refused(links::Pair::both("small", Point::RELEASE).unwrap());
    assert!(raw.contains("not for wasm-bindgen; use --unpoison-abort=throw or trap"), "{raw}");
    let unwinding = Build::unwinding(Point::RELEASE, Eh::Legacy);
    let unwinds = refused(links::Pair::both("bindgen_unwind", unwinding).unwrap());
    assert!(unwinds.contains("use --unpoison-abort=trap"), "{unwinds}");
}

/// What the failures above do to a plain link, so that each of them is known to show
/// something.
#[test]
fn the_plain_link_goes_on() {
    let pair = links::Pair::plain("bindgen", Point::RELEASE).unwrap();
    let glue = Glue::new(&pair.plain, Target::Web, false);
    let outcomes = glue.run(&node::nodes()[0], &[]);
    for (name, seen) in outcomes.as_object().unwrap() {
        if name != "healthy" {
            assert_eq!(seen["moved"], json!(true), "{name}: {seen}");
            assert_eq!(seen["terminated"], 0, "{name}: {seen}");
        }
    }
    for name in ["swallowed", "cell"] {
        assert!(outcomes[name]["first"]["outer"]["ok"].is_number(), "{name}: {outcomes}");
    }
}

/// Its glue says "Module terminated", except where it allocates for an argument first:
/// that is refused before the glue looks.
#[test]
fn wasm_bindgens_own_abort_handler_sees_the_failure() {
    let pair = links::Pair::both("bindgen", Point::RELEASE).unwrap();
    // It needs instructions that Node 20 has not.
    let engine = node::nodes().pop().unwrap();
    let failures = ["panic", "abort", "alloc", "method", "closure", "async", "swallowed", "cell"];
    for target in TARGETS {
        let glue = Glue::new(&pair.unpoisoned, target, true);
        inspect::validate(&links::read(&glue.wasm()).unwrap()).unwrap();
        for (name, seen) in glue.run(&engine, &failures).as_object().unwrap() {
            let what = format!("{target:?}: {name}: {seen}");
            assert_eq!(seen["terminated"], 1, "{what}");
            assert_eq!(seen["moved"], json!(false), "{what}");
            assert_eq!(seen["uncaught"], json!([]), "{what}");
            let entries = seen["entries"].as_array().unwrap();
            let terminated = |entry: &Value| entry["error"] == "Error: Module terminated";
            let sealed = |entry: &Value| entry["trap"]["tag"] == "__unpoison_sealed";
            assert!(entries.iter().all(|entry| terminated(entry) || sealed(entry)), "{what}");
            assert!(entries.iter().filter(|entry| terminated(entry)).count() > 10, "{what}");
        }
    }
}

/// The runner of wasm-bindgen-test calls the instance again after a test has failed.
#[test]
fn test_binaries_stay_as_rust_lld_links_them() {
    let pair = links::Pair::both("harness", Point::RELEASE).unwrap();
    let [plain, unpoisoned] =
        [&pair.plain, &pair.unpoisoned].map(|path| std::fs::read(path).unwrap());
    assert!(plain.windows(7).any(|name| name == b"__wbgt_"), "it exports no test");
    assert!(plain == unpoisoned, "it is not what rust-lld writes");
}

//! `unpoison inspect --html`: the page, opened in Chromium.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use unpoison_tests::links::{self, Pair};
use xtask::fixture::Point;
use xtask::{demo, run, setup, tools};

/// Names as nobody writes them, wherever a module has some.
const HOSTILE: &str = r#"(module
  (import "</td><script>alert(1)</script>" "\"><img src=x onerror=alert(2)>" (func))
  (global $state (export "__unpoison_state") (mut i32) (i32.const 0))
  (memory (export "</script>") 1)
  (func $"<script>alert(3)</script>::a::b" (export "<svg onload=alert(4)>")
    (drop (global.get $state)) (drop (i32.const 7)) (drop (i32.const 7)))
  (func $"evil\e2\80\aetxt.exe::mod::f" (export "\e2\80\aeabc") nop nop nop nop nop nop)
  (func $"日本語の名前::とても長いモジュール名::関数" nop nop nop nop nop nop nop nop nop)
  (func $"LONG" nop)
  (func (export "__unpoison_report") (result i32) (i32.const 0))
  (@custom "</style><script>alert(5)</script>" "x")
  (@custom "unpoison" "META"))"#;

/// What `js/page.mjs` saw.
#[derive(Debug, Deserialize)]
struct Seen {
    heading: String,
    scripts: usize,
    filtered: Option<Filtered>,
    /// What axe finds wrong.
    faults: Vec<String>,
    overflows: bool,
    errors: Vec<String>,
    requests: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Filtered {
    shown: usize,
    all: usize,
    said: String,
}

/// The page of a module, in a file beside it.
fn page(module: &Path) -> (PathBuf, String) {
    let mut unpoison = Command::new(tools::unpoison().unwrap());
    let page = run::quiet(unpoison.args(["inspect", "--html"]).arg(module)).unwrap();
    let file = module.with_extension("html");
    std::fs::write(&file, &page).unwrap();
    (file, page)
}

/// A hostile module: each kind of site in one function, names that are markup, and a long one.
fn hostile() -> Vec<u8> {
    let function = "<script>alert(3)</script>::a::b";
    let sites = ["abort", "panic", "alloc", "nounwind", "unreachable"];
    let sites = sites.iter().zip(1..).map(|(kind, id)| {
        let location = "</table><script>alert(7)</script>.rs:3:5";
        serde_json::json!({ "id": id, "kind": kind, "function": function, "location": location })
    });
    let meta = serde_json::json!({
        "version": 1, "panic": "<script>alert(6)</script>", "eh": "'\"><b>", "abort": "throw",
        "sites": sites.collect::<Vec<_>>(),
    });
    let meta = meta.to_string().replace('\\', "\\\\").replace('"', "\\\"");
    let text = HOSTILE.replace("META", &meta).replace("LONG", &"long_".repeat(200));
    wat::parse_str(text).unwrap()
}

#[test]
fn a_page_shows_any_module_and_needs_nothing_else() {
    let folder = run::target_dir().join("inspect");
    // Not those of an earlier run.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let demo = demo::pair(links::toolchain()).unwrap();
    let real = Pair::both("real", Point::RELEASE).unwrap();
    let stripped = real.with_options(&["--strip-all"]).unwrap();
    let modules = [
        ("small", links::read(&demo.unpoisoned).unwrap()),
        ("plain", links::read(&demo.plain).unwrap()),
        ("large", links::read(&real.unpoisoned).unwrap()),
        ("stripped", links::read(&stripped).unwrap()),
        ("hostile", hostile()),
    ];
    let mut pages = BTreeMap::new();
    for (name, bytes) in &modules {
        let module = folder.join(name).with_extension("wasm");
        std::fs::write(&module, bytes).unwrap();
        let (file, text) = page(&module);
        assert!(text.len() < 1_000_000, "{name}: {} bytes", text.len());
        assert_eq!(page(&module).1, text, "{name}: not the same again");
        pages.insert(*name, (file, text));
    }
    for (name, facts) in [
        ("small", &["6 exports are guarded", "In: 6 exported functions, 6 guarded", ">std<"][..]),
        ("plain", &["it says nothing of unpoison", "In: 6 exported functions, 0 guarded"][..]),
        ("large", &[">regex_automata<", ">rhai<", "writing reports: the runtime stubs"][..]),
        ("stripped", &["Names are gone from this module", "functions without a name"][..]),
        ("hostile", &["the export <code>\u{fffd}abc</code> is not guarded"][..]),
    ] {
        for fact in facts {
            assert!(pages[name].1.contains(fact), "{name}: {fact}");
        }
    }

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("js/page.mjs");
    let setup = setup::get();
    let mut node = Command::new(&setup.node.system);
    node.arg(script).arg(&folder).env("UNPOISON_CHROMIUM", &setup.chromium);
    node.args(pages.values().map(|(file, _)| file));
    let seen = run::quiet(&mut node).unwrap();
    let seen: BTreeMap<String, Seen> = serde_json::from_str(&seen).unwrap();
    assert_eq!(seen.len(), modules.len());
    for (name, seen) in &seen {
        assert_eq!(seen.heading, format!("{name}.wasm"));
        assert_eq!(seen.scripts, 1, "{name}");
        assert_eq!(seen.errors, [""; 0], "{name}");
        assert_eq!(seen.requests, [""; 0], "{name}");
        assert_eq!(seen.faults, [""; 0], "{name}");
        assert!(!seen.overflows, "{name}: 400 pixels are too narrow");
    }
    assert!(seen["plain"].filtered.is_none());
    let filtered = seen["large"].filtered.as_ref().unwrap();
    assert!(filtered.shown > 0 && filtered.shown < filtered.all, "{filtered:?}");
    assert_eq!(filtered.said, format!("{} of {} shown", filtered.shown, filtered.all));
}

#[test]
fn one_of_the_three_at_a_time() {
    let module = demo::pair(links::toolchain()).unwrap().unpoisoned;
    for other in ["--json", "--plan"] {
        let mut unpoison = Command::new(tools::unpoison().unwrap());
        let output = run::output(unpoison.args(["inspect", "--html", other]).arg(&module)).unwrap();
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stderr).unwrap();
        let expected =
            "unpoison: error: inspect takes one file, and perhaps one of --html, --json and --plan";
        assert_eq!(said.trim_end(), expected);
    }
}

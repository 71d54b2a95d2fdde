//! `cargo xtask demo --web`: the page, pressed button by button in Chromium, and the
//! server that it comes from.

use serde::Deserialize;
use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use xtask::serve::Listener;
use xtask::{run, setup, web};

const PANIC: &str =
    "called `Result::unwrap()` on an `Err` value: ParseIntError { kind: InvalidDigit }";
const MEMORY: &str = "memory allocation of 1073741824 bytes failed";
const OVERFLOW: &str = "Rust's stack is exhausted, or a pointer is wild";
const STACK: &str = "memory access out of bounds";

/// The server, started once; it ends with the process.
fn url() -> &'static str {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| {
        let mounts = web::build().unwrap();
        let listener = Listener::bind(0).unwrap();
        let url = listener.url();
        std::thread::spawn(move || listener.serve(&mounts));
        url
    })
}

/// What `js/web.mjs` saw.
#[derive(Deserialize)]
struct Seen {
    /// By button, after two counts, its failure and two more counts.
    failures: HashMap<String, Columns>,
    /// After two counts, an abort and a count.
    sealed: Columns,
    checkpoint: Columns,
    /// A count and a panic.
    keyboard: Columns,
    /// A count where one module could not be had.
    unloaded: Columns,
    /// After the story was played.
    story: Columns,
    /// Whether something is said where there is no JavaScript.
    silent: bool,
    moved: bool,
    overflows: bool,
    /// Whether a phone shows all columns at once.
    #[serde(rename = "inView")]
    in_view: bool,
    /// What axe finds wrong.
    faults: Vec<String>,
    errors: Vec<String>,
}

type Columns = HashMap<String, Column>;

#[derive(Deserialize)]
struct Column {
    count: String,
    calls: String,
    failed: String,
    generation: String,
    verdict: String,
    timeline: String,
    log: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    called: String,
    r#type: String,
    text: String,
    place: Option<String>,
}

impl Column {
    /// Last count, failed calls, instance, timeline.
    fn summary(&self) -> (&str, &str, &str, &str) {
        (&self.count, &self.failed, &self.generation, &self.timeline)
    }

    /// What came of a call, counted from the newest.
    fn said(&self, back: usize) -> (&str, &str, Option<&str>) {
        let entry = &self.log[back];
        (&entry.r#type, &entry.text, entry.place.as_deref())
    }
}

fn seen(folder: &Path) -> Seen {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("js/web.mjs");
    let setup = setup::get();
    let mut node = Command::new(&setup.node.system);
    node.arg(script).arg(url()).arg(folder).env("UNPOISON_CHROMIUM", &setup.chromium);
    serde_json::from_str(&run::quiet(&mut node).unwrap()).unwrap()
}

#[test]
fn every_button_says_in_every_column_what_the_failure_was_and_what_is_left() {
    let folder = run::target_dir().join("web");
    // Not those of an earlier run.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let seen = seen(&folder);
    assert_eq!(seen.errors, [""; 0]);
    assert!(!seen.moved, "the page's parts move when buttons are pressed");
    assert!(!seen.overflows, "400 pixels are too narrow");
    assert!(seen.in_view, "a phone does not show the columns at once");
    assert_eq!(seen.faults, [""; 0]);
    assert!(seen.silent, "a page without JavaScript says nothing");

    plain(&seen);
    unpoisoned(&seen);
    unwinding(&seen);
    for columns in seen.failures.values() {
        for (id, column) in columns {
            assert_eq!(column.calls, "5", "{id}");
            let called: Vec<&str> = column.log.iter().map(|entry| &*entry.called).collect();
            let counts = [called[0], called[1], called[3], called[4]];
            assert_eq!(counts, ["count()"; 4], "{id}");
            assert_ne!(called[2], "count()", "{id}");
        }
    }
    // Ten calls, of which four fail.
    for (id, verdict, answers) in [
        (
            "plain",
            "Broken, and called all the same",
            "ok ok trap poisoned trap trap trap trap trap trap",
        ),
        ("unpoisoned", "Healthy; the count of 1 is lost", "lost"),
        ("unwinding", "Healthy; the count of 1 is lost", "lost"),
    ] {
        let column = &seen.story[id];
        assert_eq!(column.calls, "10", "{id}");
        assert_eq!(column.verdict, verdict, "{id}");
        assert!(column.timeline.ends_with(answers), "{id}: {}", column.timeline);
    }
    // Nothing is pressed but Tab, Enter and Space.
    assert_eq!(seen.keyboard["unpoisoned"].summary(), ("1", "1", "1", "ok panic"));

    assert_eq!(seen.unloaded["unpoisoned"].summary(), ("1", "0", "1", "ok"));
    assert_eq!(seen.unloaded["unwinding"].summary(), ("–", "0", "–", ""));
    assert_eq!(seen.unloaded["unwinding"].said(0).0, "the module did not load");

    pictures(&folder);
}

/// A plain module says nothing, and goes on in what the failure left.
fn plain(seen: &Seen) {
    let on = ("4", "1", "1", "ok ok trap poisoned poisoned");
    let stuck = ("–", "3", "1", "ok ok trap trap trap");
    for (name, summary, message) in [
        ("Panic", on, "unreachable"),
        ("Panic in a borrow", stuck, "unreachable"),
        ("Abort", on, "unreachable"),
        ("Out of memory", on, "unreachable"),
        ("Stack overflow", stuck, STACK),
    ] {
        let column = &seen.failures[name]["plain"];
        assert_eq!(column.summary(), summary, "{name}");
        assert_eq!(column.said(2), ("RuntimeError", message, None), "{name}");
        assert_eq!(column.verdict, "Broken, and called all the same", "{name}");
    }
    let held = &seen.failures["Panic in a borrow"]["plain"];
    assert_eq!(held.said(0), ("RuntimeError", "unreachable", None));
}

/// An unpoisoned one says what failed; the next call finds a fresh instance, or what the
/// page was told to leave.
fn unpoisoned(seen: &Seen) {
    for (name, kind, said) in [
        ("Panic", "panic", ("PanicError", PANIC, Some("at src/lib.rs:20:12"))),
        (
            "Panic in a borrow",
            "panic",
            ("PanicError", "while the counter was borrowed at 3", Some("at src/lib.rs:28:9")),
        ),
        ("Abort", "abort", ("RustAbortError, abort", "abort", Some("in abort"))),
        ("Out of memory", "abort", ("RustAbortError, alloc", MEMORY, None)),
        ("Stack overflow", "trap", ("RustAbortError, trap", STACK, Some(OVERFLOW))),
    ] {
        let column = &seen.failures[name]["unpoisoned"];
        let timeline = format!("ok ok {kind} fresh lost ok");
        assert_eq!(column.summary(), ("2", "1", "2", &*timeline), "{name}");
        assert_eq!(column.verdict, "Healthy; the count of 2 is lost", "{name}");
        assert_eq!(column.said(2), said, "{name}");
        assert_eq!(column.said(1), ("answer of a fresh instance", "1", None), "{name}");
    }
    let sealed = &seen.sealed["unpoisoned"];
    assert_eq!(sealed.summary(), ("–", "2", "1", "ok ok abort sealed"));
    assert_eq!(sealed.said(0).0, "SealedError");
    assert_eq!(sealed.verdict, "Sealed: no Rust code runs any more");
    for id in ["unpoisoned", "unwinding"] {
        let restored = &seen.checkpoint[id];
        assert_eq!(restored.summary(), ("3", "1", "2", "ok ok abort fresh ok"), "{id}");
        assert_eq!(restored.verdict, "Healthy, with what it had counted", "{id}");
    }
}

/// Where panics unwind, they cost their own call only; the rest is as above.
fn unwinding(seen: &Seen) {
    for (name, last, message) in
        [("Panic", "4", PANIC), ("Panic in a borrow", "5", "while the counter was borrowed at 3")]
    {
        let column = &seen.failures[name]["unwinding"];
        assert_eq!(column.summary(), (last, "1", "1", "ok ok panic ok ok"), "{name}");
        let (kind, text, _) = column.said(2);
        assert_eq!((kind, text), ("PanicError", message), "{name}");
    }
    for (name, kind, said) in [
        ("Abort", "abort", "RustAbortError, abort"),
        ("Out of memory", "abort", "RustAbortError, alloc"),
        ("Stack overflow", "trap", "RustAbortError, trap"),
    ] {
        let column = &seen.failures[name]["unwinding"];
        let timeline = format!("ok ok {kind} fresh lost ok");
        assert_eq!(column.summary(), ("2", "1", "2", &*timeline), "{name}");
        assert_eq!(column.said(2).0, said, "{name}");
    }
}

/// Pictures of the size that was asked for, with something on them.
fn pictures(folder: &Path) {
    let picture = |name: &str| {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n"), "{name}");
        let word = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        let size = (word(16), word(20));
        // One colour alone takes a twentieth of that.
        assert!(bytes.len() > 50_000, "{name}: {} bytes", bytes.len());
        (size, bytes)
    };
    let (light, dark) = (picture("light.png"), picture("dark.png"));
    assert_eq!(light.0, (1200, 860));
    assert_eq!(dark.0, (1200, 860));
    assert_ne!(light.1, dark.1);
    let ((width, height), _) = picture("narrow.png");
    assert_eq!(width, 400);
    assert!(height > 1200, "the columns are not one below the other: {height}");
}

/// One answer: the status line with the headers, and the body. By hand, because clients
/// tidy paths up before they send them.
fn ask(method: &str, path: &str) -> (String, Vec<u8>) {
    let address = url().trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").expect("an answer");
    (String::from_utf8(answer[..end].to_vec()).unwrap(), answer[end + 4..].to_vec())
}

#[test]
fn files_come_with_their_types() {
    let root = run::root();
    let module = run::target_dir().join("demo/plain/wasm32-unknown-unknown/release/demo.wasm");
    for (path, content_type, file) in [
        ("/", "text/html; charset=utf-8", root.join("examples/web/index.html")),
        ("/column.css?1", "text/css; charset=utf-8", root.join("examples/web/column.css")),
        (
            "/unpoison/index.js",
            "text/javascript; charset=utf-8",
            root.join("hosts/js/src/index.js"),
        ),
        ("/modules/plain.wasm", "application/wasm", module),
    ] {
        let (head, body) = ask("GET", path);
        assert!(head.starts_with("HTTP/1.1 200 "), "{path}: {head}");
        assert!(head.contains(&format!("Content-Type: {content_type}\r\n")), "{path}: {head}");
        assert_eq!(body, std::fs::read(file).unwrap(), "{path}");
    }
}

#[test]
fn nothing_else_comes() {
    let absolute: PathBuf = run::root().join("examples/web/index.html");
    let absolute = format!("/{}", absolute.display());
    for path in [
        "/nothing.js",
        "/README.md",
        "/unpoison",
        "/unpoison/",
        "/unpoison/../package.json",
        "/unpoison/../test/core.mjs",
        "/../demo/run.mjs",
        "/../web/main.js",
        "/%2e%2e/web/main.js",
        "/..%2fweb%2fmain.js",
        "/..\\web\\main.js",
        "/./main.js",
        "//main.js",
        &absolute,
    ] {
        let (head, _) = ask("GET", path);
        assert!(head.starts_with("HTTP/1.1 404 "), "{path}: {head}");
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let (head, _) = ask(method, "/main.js");
        assert!(head.starts_with("HTTP/1.1 405 "), "{method}: {head}");
    }
}

#[test]
fn a_port_that_is_taken_is_an_error_that_names_the_way_out() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let output = run::output(
        Command::new("cargo")
            .args(["xtask", "demo", "--web", "--port", &port.to_string()])
            .current_dir(run::root())
            .env("CARGO_TARGET_DIR", run::target_dir()),
    )
    .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    let expected =
        format!("xtask: error: port {port} is taken: choose another by `--port N`, or any by 0");
    assert_eq!(said.lines().last(), Some(&*expected), "{said}");
}

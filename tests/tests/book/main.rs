//! The documentation as a book: it is made, its links lead somewhere, its search finds the words
//! that bring people, and its pages are followed as a reader would.

mod code;
mod followed;

use serde::Deserialize;
use std::process::Command;
use xtask::{book, run, setup};

/// What people have in hand when they come, as a console or a log says it, and the heading of
/// `docs/errors.md` that tells what it means.
const WORDS: &[(&str, &str)] = &[
    ("unreachable executed", "runtimeerror-unreachable-unreachable-executed"),
    (
        "Uncaught (in promise) RuntimeError: unreachable",
        "runtimeerror-unreachable-unreachable-executed",
    ),
    (
        "Error: recursive use of an object detected which would lead to unsafe aliasing in rust",
        "recursive-use-of-an-object-detected-which-would-lead-to-unsafe-aliasing-in-rust",
    ),
    ("RuntimeError: memory access out of bounds", "memory-access-out-of-bounds"),
    ("null pointer passed to rust", "null-pointer-passed-to-rust"),
    ("Error: Module terminated", "module-terminated"),
    ("Uncaught Exception {}", "exception--uncaught-exception-object-webassemblyexception"),
    ("[object WebAssembly.Exception]", "exception--uncaught-exception-object-webassemblyexception"),
    (
        "runtime canceled",
        "the-workers-runtime-canceled-this-request-because-it-detected-that-your-workers-code-had-hung",
    ),
    ("RefCell already mutably borrowed", "already-borrowed-already-mutably-borrowed"),
    (
        "closure invoked recursively or after being dropped",
        "closure-invoked-recursively-or-after-being-dropped",
    ),
    ("RangeError: Maximum call stack size exceeded", "maximum-call-stack-size-exceeded"),
    ("linker `unpoison` not found", "linker-unpoison-not-found"),
];

/// What `tests/js/book.mjs` saw.
#[derive(Deserialize)]
struct Seen {
    pages: usize,
    /// Links and pictures that lead nowhere, and what the pages' scripts complain of.
    faults: Vec<String>,
    /// Of each search, the best first.
    found: Vec<Vec<String>>,
}

/// Links between the pages as they lie in the repository are looked at while it is made.
#[test]
fn its_links_lead_somewhere_and_its_search_finds_the_words_of_errors() {
    let folder = book::make().unwrap_or_else(|e| panic!("{e:#}"));
    let queries: Vec<&str> = WORDS.iter().map(|(query, _)| *query).collect();
    let mut node = Command::new(&setup::get().node.system);
    node.arg(run::root().join("tests/js/book.mjs")).arg(folder);
    node.arg(serde_json::to_string(&queries).unwrap());
    node.env("UNPOISON_CHROMIUM", &setup::get().chromium);
    let seen: Seen = serde_json::from_str(&run::quiet(&mut node).unwrap()).unwrap();
    assert!(seen.pages > 30, "{} pages", seen.pages);
    assert!(seen.faults.is_empty(), "{}", seen.faults.join("\n"));
    for ((query, heading), found) in WORDS.iter().zip(&seen.found) {
        let first = found.first().map(String::as_str);
        assert_eq!(first, Some(&*format!("errors.html#{heading}")), "{query}: {found:?}");
    }
}

/// So that they can be read aloud, and read in the dark.
#[test]
fn drawings_say_what_they_show_and_suit_both_themes() {
    let mut drawings = 0;
    for file in run::files_below(&run::root().join("docs/images")).unwrap() {
        if file.extension().is_some_and(|kind| kind == "svg") {
            let text = std::fs::read_to_string(&file).unwrap();
            for part in ["<title id=", "<desc id=", "prefers-color-scheme: dark"] {
                assert!(text.contains(part), "{}: no {part}", file.display());
            }
            drawings += 1;
        }
    }
    assert!(drawings >= 4, "{drawings}");
}

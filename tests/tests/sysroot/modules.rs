//! Ordinary crates, built by `cargo build` with the real library and rust-lld.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use unpoison_tests::links::{read, toolchain};
use unpoison_tests::node::{self, Outcome, call};
use wasmparser::{Parser, Payload};
use xtask::sysroot::Unwinding;
use xtask::toolchain::TARGET;
use xtask::{run, setup, sysroot};

const MANIFEST: &str = "\
[package]
name = \"ordinary\"
version = \"0.1.0\"
edition = \"2024\"
[lib]
crate-type = [\"cdylib\"]
[profile.fat]
inherits = \"release\"
lto = \"fat\"
[profile.stripped]
inherits = \"release\"
strip = true
[profile.aborting]
inherits = \"dev\"
panic = \"abort\"
[workspace]
";

const SOURCE: &str = "\
use std::sync::Mutex;
use std::sync::atomic::{AtomicI32, Ordering};
static DROPPED: AtomicI32 = AtomicI32::new(0);
static LEDGER: Mutex<Vec<i32>> = Mutex::new(Vec::new());
struct Guard;
impl Drop for Guard {
    fn drop(&mut self) { DROPPED.fetch_add(1, Ordering::Relaxed); }
}
fn nested(index: usize) -> i32 {
    let _a = Guard;
    let _b = Guard;
    let mut ledger = LEDGER.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    ledger.push(7);
    [1, 2][index]
}
/// 1 if a panic was caught.
#[unsafe(no_mangle)]
pub extern \"C\" fn caught(index: usize) -> i32 {
    std::panic::catch_unwind(|| nested(index)).is_err().into()
}
/// The target has no clock, so the library panics.
#[unsafe(no_mangle)]
pub extern \"C\" fn clock() { std::time::Instant::now(); }
#[unsafe(no_mangle)]
pub extern \"C\" fn dropped() -> i32 { DROPPED.load(Ordering::Relaxed) }
/// The entries, if nobody holds the lock; it may be poisoned.
#[unsafe(no_mangle)]
pub extern \"C\" fn entries() -> i32 {
    match LEDGER.try_lock() {
        Ok(ledger) => ledger.len() as i32,
        Err(std::sync::TryLockError::Poisoned(e)) => e.into_inner().len() as i32,
        Err(_) => -1,
    }
}
";

/// Builds the crate at a profile with the lines that were printed.
fn build(unwinding: &Unwinding, dir: &Path, profile: &str) -> PathBuf {
    let file = |name: &str, text: &str| {
        let path = dir.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    file("Cargo.toml", MANIFEST);
    file("src/lib.rs", SOURCE);
    // It runs on the host, where there is no such library.
    file("build.rs", "fn main() { assert!(std::panic::catch_unwind(|| panic!()).is_err()); }");
    let config = format!(
        "[target.{TARGET}]\nlinker = \"rust-lld\"\nrustflags = {:?}\n",
        unwinding.rustflags
    );
    file(".cargo/config.toml", &config);
    let mut cargo = toolchain().cargo("build", dir);
    run::quiet(cargo.args(["--quiet", "--profile", profile, "--target-dir", "target"])).unwrap();
    let folder = if profile == "dev" { "debug" } else { profile };
    dir.join("target").join(TARGET).join(folder).join("ordinary.wasm")
}

/// Builds it, and calls it.
fn builds_and_unwinds(unwinding: &Unwinding, dir: &Path, profile: &str, nodes: &[PathBuf]) {
    let module = build(unwinding, dir, profile);
    let calls = [
        call("caught", &[7]),
        call("caught", &[7]),
        call("caught", &[1]),
        call("dropped", &[]),
        call("entries", &[]),
    ];
    for node in nodes {
        let outcome = node::run(node, &module, &[calls.to_vec()]).unwrap();
        let expected = [1, 1, 0, 6, 3].map(|n: i32| Outcome::Ok(n.into()));
        assert_eq!(outcome[0].calls, expected, "{profile}, {}", node.display());
    }
}

#[test]
fn legacy_unwinds_in_every_node() {
    let unwinding = sysroot::unwinding(toolchain(), "legacy").unwrap();
    let dir = tempfile::tempdir().unwrap();
    // rustc takes the last `-Cpanic`, so a profile's `panic = "abort"` does not count.
    for profile in ["dev", "release", "fat", "aborting"] {
        builds_and_unwinds(&unwinding, dir.path(), profile, &node::nodes());
    }
}

#[test]
fn exnref_unwinds_in_newer_ones() {
    let unwinding = sysroot::unwinding(toolchain(), "exnref").unwrap();
    let newer = [setup::get().node.newer.clone()];
    let dir = tempfile::tempdir().unwrap();
    for profile in ["release", "fat"] {
        builds_and_unwinds(&unwinding, dir.path(), profile, &newer);
    }
}

/// Like the prebuilt one: places of the library are `/rustc/…`, and nothing tells of
/// the machine that built it.
#[test]
fn the_library_names_no_folder_of_this_machine() {
    let unwinding = sysroot::unwinding(toolchain(), "legacy").unwrap();
    let lib = unwinding.folder.join("lib/rustlib").join(TARGET).join("lib");
    let compiler = xtask::toolchain::sysroot(&toolchain().rustc).unwrap();
    let registry = "registry/src".to_owned();
    let data = sysroot::data_dir().display().to_string();
    let told = [compiler.join("lib/rustlib/src").display().to_string(), registry, data];
    for file in std::fs::read_dir(lib).unwrap() {
        let path = file.unwrap().path();
        let bytes = read(&path).unwrap();
        for word in &told {
            let found = bytes.windows(word.len()).any(|window| window == word.as_bytes());
            assert!(!found, "{word} is in {}", path.display());
        }
        if path.file_name().unwrap().to_str().unwrap().starts_with("libstd-") {
            let place = b"/library/std/src/";
            assert!(bytes.windows(place.len()).any(|window| window == place));
        }
    }
}

/// What a panic in the library says of its place is what it says with the prebuilt one.
#[test]
fn places_of_the_library_are_those_of_the_prebuilt_one() {
    let unwinding = sysroot::unwinding(toolchain(), "legacy").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let ours = library_places(&build(&unwinding, dir.path(), "stripped"));
    let prebuilt = Unwinding { rustflags: Vec::new(), ..unwinding };
    let prebuilt = library_places(&build(&prebuilt, dir.path(), "stripped"));
    let of_clock = |place: &&String| place.contains("/library/std/src/") && place.contains("time");
    assert_eq!(ours.iter().find(of_clock), prebuilt.iter().find(of_clock), "{ours:?}");
    assert!(ours.iter().any(|place| of_clock(&place)), "{ours:?}");
    let begins = |place: &String| place.starts_with("/rustc/") || place.starts_with("/rust/deps/");
    assert!(ours.iter().all(begins), "{ours:?}");
}

/// The paths of the library's files in a module's data.
fn library_places(module: &Path) -> BTreeSet<String> {
    let bytes = read(module).unwrap();
    let mut places = BTreeSet::new();
    for payload in Parser::new(0).parse_all(&bytes) {
        let Payload::DataSection(segments) = payload.unwrap() else { continue };
        for segment in segments {
            let data = String::from_utf8_lossy(segment.unwrap().data).into_owned();
            let words = data.split(|c: char| !c.is_ascii_graphic());
            let of_library = |word: &&str| {
                let crates = ["core/src/", "alloc/src/", "std/src/", "dlmalloc"];
                word.ends_with(".rs") && crates.iter().any(|name| word.contains(name))
            };
            places.extend(words.filter(of_library).map(str::to_owned));
        }
    }
    places
}

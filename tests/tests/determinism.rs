//! The same objects make the same module: anywhere, at any time, at once.

use std::path::Path;
use std::process::Command;
use unpoison_tests::links::{Pair, read, silent, toolchain};
use xtask::fixture::{self, Point};
use xtask::record::Recorded;
use xtask::tools;

/// Everything a module can hold that might name a folder.
const TALKATIVE: Point = Point { lto: "off", opt: "1", debug: "full", strip: "none" };

fn link(link: &Recorded, output: &Path, cache: &Path) -> Command {
    let mut command = link.unpoison(toolchain(), &tools::unpoison().unwrap(), output).unwrap();
    command.env("UNPOISON_CACHE", cache);
    command
}

#[test]
fn two_folders_two_caches_one_module() {
    let pair = Pair::plain("kinds", TALKATIVE).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let mut modules = Vec::new();
    for folder in ["one", "another/deeper"] {
        let folder = scratch.path().join(folder);
        let copy = pair.link.copy_to(&folder.join("in")).unwrap();
        let output = folder.join("kinds.wasm");
        // The first link of a folder finds its cache cold, the second warm.
        for temperature in ["cold", "warm"] {
            silent(&mut link(&copy, &output, &folder.join("cache"))).unwrap();
            modules.push((format!("{} {temperature}", folder.display()), read(&output).unwrap()));
        }
        let kept = std::fs::read_dir(folder.join("cache")).unwrap().count();
        assert!(kept > 0, "nothing was cached");
    }
    same(&modules);
}

/// `--threads` is rust-lld's word, and says how many unpoison has, too.
#[test]
fn one_thread_and_sixteen_make_one_module() {
    for (fixture, point) in [("kinds", TALKATIVE), ("real", Point::RELEASE)] {
        let pair = Pair::plain(fixture, point).unwrap();
        let modules = ["--threads=1", "--threads=16", "--threads=3"].map(|threads| {
            (threads.to_owned(), read(&pair.with_options(&[threads]).unwrap()).unwrap())
        });
        same(&modules);
    }
}

#[test]
fn eight_links_at_once_with_a_cold_cache() {
    let pair = Pair::plain("small", Point::RELEASE).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let cache = scratch.path().join("cache");
    let running: Vec<_> = (0..8)
        .map(|number| {
            let folder = scratch.path().join(number.to_string());
            std::fs::create_dir(&folder).unwrap();
            let output = folder.join("small.wasm");
            let child = link(&pair.link, &output, &cache).spawn().unwrap();
            (child, output)
        })
        .collect();
    let mut modules = Vec::new();
    for (mut child, output) in running {
        assert!(child.wait().unwrap().success());
        modules.push((output.display().to_string(), read(&output).unwrap()));
    }
    same(&modules);
    let kept = |file: &Path| {
        file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("stubs-"))
    };
    let left: Vec<_> =
        xtask::run::files_below(&cache).unwrap().into_iter().filter(|file| !kept(file)).collect();
    assert!(left.is_empty(), "left in the cache: {left:?}");
}

/// A crate in two folders, with only rustc's own `--remap-path-prefix` to hide them.
#[test]
fn one_crate_in_two_folders() {
    let scratch = tempfile::tempdir().unwrap();
    let mut modules = Vec::new();
    for folder in ["one", "another/deeper"] {
        let folder = scratch.path().join(folder);
        let source = folder.join("kinds");
        copy_crate(&fixture::crate_dir("kinds"), &source);
        let mut cargo = toolchain().cargo("build", &source);
        let remap = format!("--remap-path-prefix={}=/kinds", source.display());
        cargo.env("CARGO_ENCODED_RUSTFLAGS", remap);
        cargo
            .args(["--quiet", "--release", "--locked"])
            .arg("--target-dir")
            .arg(folder.join("target"))
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", tools::unpoison().unwrap())
            .env("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only");
        xtask::run::quiet(&mut cargo).unwrap();
        let module = folder.join("target/wasm32-unknown-unknown/release/kinds.wasm");
        let bytes = read(&module).unwrap();
        let home = folder.to_string_lossy().into_owned();
        let named = bytes.windows(home.len()).any(|window| window == home.as_bytes());
        assert!(!named, "the module names {home}");
        modules.push((home, bytes));
    }
    same(&modules);
}

fn same(modules: &[(String, Vec<u8>)]) {
    let (first, expected) = &modules[0];
    for (name, bytes) in &modules[1..] {
        let differs = expected.iter().zip(bytes).position(|(a, b)| a != b);
        assert!(
            expected == bytes,
            "{first} ({} bytes) and {name} ({} bytes) differ first at {differs:?}",
            expected.len(),
            bytes.len()
        );
    }
}

fn copy_crate(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() {
            if name != "target" {
                copy_crate(&path, &to.join(name));
            }
        } else {
            std::fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

//! `examples/extism`, and the page that shows what it prints.
#![cfg(feature = "extism")]

#[allow(dead_code, reason = "a program's `main`")]
#[path = "../../../examples/extism/host.rs"]
mod host;

use unpoison_tests::links::toolchain;
use unpoison_tests::pages;
use xtask::toolchain::TARGET;
use xtask::{run, setup, tools};

#[test]
fn the_page_shows_what_a_plugin_does() {
    let _turn = setup::turn("extism").unwrap();
    let target = run::target_dir().join("extism");
    let folder = run::root().join("examples/extism");
    let mut cargo = toolchain().cargo("build", &folder);
    cargo.args(["--quiet", "--release", "--locked", "--target-dir"]).arg(&target);
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", tools::unpoison().unwrap());
    run::quiet(&mut cargo).unwrap();
    let lines = host::run(&target.join(TARGET).join("release/shop.wasm")).unwrap();
    let page = std::fs::read_to_string(run::root().join("docs/extism.md")).unwrap();
    assert_eq!(lines.join("\n"), pages::block(&page, "text"));
    // Its code is the example's, line by line.
    let lines = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
    let code = [lines("src/lib.rs"), lines("host.rs"), lines(".cargo/config.toml")].concat();
    for (language, block) in pages::blocks(&page) {
        for line in block.lines().filter(|_| language == "rust" || language == "toml") {
            assert!(line.is_empty() || code.contains(line.trim()), "{line}");
        }
    }
}

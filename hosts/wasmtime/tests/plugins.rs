//! `examples/plugins`, and the page that shows what it prints.

#[allow(dead_code, reason = "a program's `main`")]
#[path = "../../../examples/plugins/host.rs"]
mod host;

use unpoison_tests::links::toolchain;
use unpoison_tests::pages;
use xtask::toolchain::TARGET;
use xtask::{run, setup, tools};

#[test]
fn the_page_shows_what_ten_plugins_do() {
    let _turn = setup::turn("plugins").unwrap();
    let target = run::target_dir().join("plugins");
    let unpoison = tools::unpoison().unwrap();
    let page = std::fs::read_to_string(run::root().join("docs/wasmtime.md")).unwrap();
    for flags in ["", "-Clink-arg=--unpoison-exceptions=off"] {
        let mut cargo = toolchain().cargo("build", &run::root().join("examples/plugins"));
        cargo.args(["--quiet", "--release", "--locked", "--target-dir"]).arg(&target);
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", &unpoison);
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags);
        run::quiet(&mut cargo).unwrap();
        let module = target.join(TARGET).join("release/plugin.wasm");
        let lines = host::run(&module).unwrap();
        assert_eq!(
            lines.join("\n"),
            pages::block(pages::section(&page, "Ten plugins"), "text"),
            "{flags}"
        );
    }
}

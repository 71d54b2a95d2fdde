//! `examples/components`, and the page that shows what it prints.

#[allow(dead_code, reason = "a program's `main`")]
#[path = "../../../examples/components/host.rs"]
mod host;

use unpoison_tests::links::toolchain;
use unpoison_tests::pages;
use unpoison_wasmtime::{Error, Kind, RecoveringComponent};
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, Store};
use xtask::toolchain::has_other_targets;
use xtask::{run, setup, tools};

#[test]
fn the_page_shows_what_a_component_does() {
    if !has_other_targets(toolchain()) {
        return;
    }
    let _turn = setup::turn("components").unwrap();
    let target = run::target_dir().join("components");
    let folder = run::root().join("examples/components");
    let mut cargo = toolchain().cargo_for("wasm32-wasip2", "build", &folder);
    cargo.args(["--quiet", "--release", "--locked", "--target-dir"]).arg(&target);
    cargo.env("CARGO_TARGET_WASM32_WASIP2_LINKER", tools::unpoison().unwrap());
    run::quiet(&mut cargo).unwrap();
    let lines = host::run(&target.join("wasm32-wasip2/release/tally.wasm")).unwrap();
    let page = std::fs::read_to_string(run::root().join("docs/wasmtime.md")).unwrap();
    let shown = pages::block(pages::section(&page, "Components"), "text");
    assert_eq!(lines.join("\n"), shown);
}

/// A component by another linker, and one whose engine makes no core dumps: an error all the
/// same, and a fresh instance.
#[test]
fn a_component_that_tells_nothing() {
    const COMPONENT: &str = r#"(component
        (core module $m (func (export "fail") unreachable))
        (core instance $i (instantiate $m))
        (func (export "fail") (canon lift (core func $i "fail"))))"#;
    for dumps in [false, true] {
        let engine = Engine::new(Config::new().coredump_on_trap(dumps)).unwrap();
        let component = Component::new(&engine, wat::parse_str(COMPONENT).unwrap()).unwrap();
        let linker = Linker::<()>::new(&engine);
        let mut instance = RecoveringComponent::new(move |_| {
            let mut store = Store::new(&engine, ());
            let instance = linker.instantiate(&mut store, &component)?;
            Ok((store, instance))
        });
        for generation in [1, 2] {
            let ended = instance.call(|store, instance| {
                let fail = instance.get_typed_func::<(), ()>(&mut *store, "fail")?;
                fail.call(&mut *store, ())
            });
            let Err(Error::Failed(failure)) = ended else { panic!("{ended:?}") };
            assert_eq!(failure.kind, Kind::Trap);
            let message = failure.message.unwrap();
            assert!(message.contains("unreachable"), "{message}");
            assert_eq!(instance.generation(), generation);
        }
        // The host's own error passes, and ends the instance.
        let ended = instance.call(|_, _| Err::<(), _>(wasmtime::Error::msg("the host's")));
        assert!(matches!(&ended, Err(Error::Host(error)) if error.to_string() == "the host's"));
        instance.call(|_, _| Ok(())).unwrap();
        assert_eq!(instance.generation(), 4);
    }
}

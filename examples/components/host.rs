//! A host of the component in `src/lib.rs`: adds the numbers 1 to 9, and goes on where the
//! component gives up.

use bindings::TallyPre;
use std::path::Path;
use unpoison_wasmtime::{Error, RecoveringComponent};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView, p2};

mod bindings {
    #![allow(missing_docs, reason = "the macro's")]
    wasmtime::component::bindgen!({ world: "tally", path: "../../examples/components/wit" });
}

struct Host {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// What comes of the numbers, a line each.
pub(crate) fn run(component: &Path) -> wasmtime::Result<Vec<String>> {
    // Where the message and the place of a failure come from.
    let engine = Engine::new(Config::new().coredump_on_trap(true))?;
    let component = Component::from_file(&engine, component)?;
    let mut linker = Linker::<Host>::new(&engine);
    p2::add_to_linker_sync(&mut linker)?;
    let pre = TallyPre::new(linker.instantiate_pre(&component)?)?;

    let mut tally = RecoveringComponent::new(move |_| {
        let host = Host { wasi: WasiCtx::builder().build(), table: ResourceTable::new() };
        let mut store = Store::new(&engine, host);
        let bindings = pre.instantiate(&mut store)?;
        Ok((store, bindings))
    });
    let mut lines = Vec::new();
    for number in 1..10 {
        let sum = tally.call(|store, bindings| bindings.call_add(store, number));
        lines.push(match sum {
            Ok(sum) => format!("{number}: {sum}, instance {}", tally.generation()),
            Err(Error::Failed(failure)) => format!("{number}: {:?}: {failure}", failure.kind),
            Err(error) => format!("{number}: {error}"),
        });
    }
    Ok(lines)
}

fn main() -> wasmtime::Result<()> {
    let component = std::env::args_os().nth(1).expect("usage: components COMPONENT.wasm");
    for line in run(component.as_ref())? {
        println!("{line}");
    }
    Ok(())
}

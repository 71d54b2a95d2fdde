//! A host with ten plugins, some of which fail: each keeps what it had, and none harms
//! another. See docs/wasmtime.md.

use unpoison_wasmtime::{Checkpoints, Error, Recovering};
use wasmtime::{Config, Engine, Linker, Module, Store, StoreLimits, StoreLimitsBuilder};

/// For one call.
const FUEL: u64 = 1_000_000;
/// For one plugin, in bytes.
const MEMORY: usize = 16 << 20;

fn main() -> wasmtime::Result<()> {
    let path = std::env::args().nth(1).expect("the path of a plugin's module");
    for line in run(path.as_ref())? {
        println!("{line}");
    }
    Ok(())
}

/// Gives ten numbers to each of ten plugins.
pub(crate) fn run(path: &std::path::Path) -> wasmtime::Result<Vec<String>> {
    let mut config = Config::new();
    config.wasm_exceptions(true).consume_fuel(true);
    let engine = Engine::new(&config)?;
    let module = Module::from_file(&engine, path)?;
    let pre = Linker::<StoreLimits>::new(&engine).instantiate_pre(&module)?;

    let mut lines = Vec::new();
    for plugin in 0..10 {
        let engine = engine.clone();
        // For each instance a store of its own, with what the one before may use.
        let make = move |_| {
            let limits = StoreLimitsBuilder::new().memory_size(MEMORY).build();
            let mut store = Store::new(&engine, limits);
            store.limiter(|limits| limits);
            store.set_fuel(FUEL).expect("the engine counts fuel");
            store
        };
        let mut guest = Recovering::new(pre.clone(), make).with_checkpoints(Checkpoints::EachCall);

        let mut sum: u64 = 0;
        let mut told = String::new();
        for number in 0..10_u64 {
            if let Some(store) = guest.store_mut() {
                store.set_fuel(FUEL)?;
            }
            match guest.call("add", (plugin, number)) {
                Ok(now) => sum = now,
                Err(Error::Failed(failure)) => told = format!("; {:?}: {failure}", failure.kind),
                Err(error) => told = format!("; {error}"),
            }
        }
        lines.push(format!("plugin {plugin}: {sum}, instance {}{told}", guest.generation()));
    }
    Ok(lines)
}

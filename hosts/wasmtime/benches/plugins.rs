//! What `Recovering` costs a host of plugins, with the plugin of `examples/plugins` linked by
//! rust-lld and by unpoison: `cargo xtask bench` runs it.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};
use unpoison_wasmtime::{Checkpoints, Recovering};
use wasmtime::{Config, Engine, InstancePre, Linker, Module, Store};

/// A plugin that does not fail, and one that aborts at numbers that end in 4 or 9.
const HEALTHY: u32 = 0;
const ABORTS: u32 = 4;
const CALLS: u32 = 200_000;
const ROUNDS: usize = 7;
const FAILURES: usize = 301;

fn main() -> wasmtime::Result<()> {
    let Some([plain, unpoisoned]) = modules() else {
        // `cargo test` runs it, too, and names no modules.
        println!("usage: plugins PLAIN.wasm UNPOISONED.wasm");
        return Ok(());
    };
    let mut config = Config::new();
    config.wasm_exceptions(true);
    let engine = Engine::new(&config)?;
    let load = |path: &str| -> wasmtime::Result<_> {
        let module = Module::from_file(&engine, Path::new(path))?;
        Linker::<()>::new(&engine).instantiate_pre(&module)
    };
    let (plain, unpoisoned) = (load(&plain)?, load(&unpoisoned)?);

    println!("wasmtime, a call of a plugin");
    println!();
    println!("{:<44} {:>9} {:>12}", "", "ns a call", "calls/second");
    let rows = [
        ("rust-lld's, by wasmtime alone", bare(&plain)?),
        ("unpoison's, by wasmtime alone", bare(&unpoisoned)?),
        ("unpoison's, by `Recovering`", recovering(&unpoisoned, Checkpoints::Manual)),
        (
            "the same with a checkpoint after each call",
            recovering(&unpoisoned, Checkpoints::EachCall),
        ),
    ];
    for (what, took) in rows {
        let nanoseconds = took.as_secs_f64() * 1e9 / f64::from(CALLS);
        println!("{what:<44} {nanoseconds:>9.1} {:>12.0}", 1e9 / nanoseconds);
    }
    println!();
    println!("from an abort to the next good answer, microseconds");
    for (what, checkpoints) in
        [("a fresh instance", Checkpoints::Manual), ("with a checkpoint", Checkpoints::EachCall)]
    {
        println!("{what:<44} {:>9.1}", again(&unpoisoned, checkpoints).as_secs_f64() * 1e6);
    }
    Ok(())
}

/// The two modules that are named; cargo adds options.
fn modules() -> Option<[String; 2]> {
    let named: Vec<String> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    named.try_into().ok()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// What so many calls would take of which one in `fewer` is made.
fn timed(fewer: u32, mut call: impl FnMut()) -> Duration {
    let round = |_| {
        let start = Instant::now();
        (0..CALLS / fewer).for_each(|_| call());
        start.elapsed() * fewer
    };
    median((0..ROUNDS).map(round).collect())
}

fn bare(pre: &InstancePre<()>) -> wasmtime::Result<Duration> {
    let mut store = Store::new(pre.module().engine(), ());
    let instance = pre.instantiate(&mut store)?;
    let add = instance.get_typed_func::<(u32, u64), u64>(&mut store, "add")?;
    Ok(timed(1, || {
        black_box(add.call(&mut store, (HEALTHY, 1)).expect("it does not fail"));
    }))
}

fn recovering_of(pre: &InstancePre<()>, checkpoints: Checkpoints) -> Recovering<()> {
    let engine = pre.module().engine().clone();
    Recovering::new(pre.clone(), move |_| Store::new(&engine, ())).with_checkpoints(checkpoints)
}

fn recovering(pre: &InstancePre<()>, checkpoints: Checkpoints) -> Duration {
    let mut plugin = recovering_of(pre, checkpoints);
    // A copy of a megabyte takes its time.
    let fewer = if checkpoints == Checkpoints::EachCall { 200 } else { 1 };
    timed(fewer, || {
        black_box(plugin.call::<_, u64>("add", (HEALTHY, 1_u64)).expect("it does not fail"));
    })
}

fn again(pre: &InstancePre<()>, checkpoints: Checkpoints) -> Duration {
    let mut plugin = recovering_of(pre, checkpoints);
    let failure = |_| {
        plugin.call::<_, u64>("add", (ABORTS, 1_u64)).expect("1 is no number that it aborts at");
        plugin.call::<_, u64>("add", (ABORTS, 4_u64)).expect_err("4 is one");
        let start = Instant::now();
        plugin.call::<_, u64>("add", (ABORTS, 1_u64)).expect("a fresh instance");
        start.elapsed()
    };
    median((0..FAILURES).map(failure).collect())
}

use support::{Random, Sum};
use wasmi::{Engine, Instance, Module, Store};

support::exports!(work, fail);

/// `fib` of an `i32`, and a memory, by hand.
const MODULE: &[u8] =
    b"\0asm\x01\0\0\0\x01\x06\x01\x60\x01\x7f\x01\x7f\x03\x02\x01\0\x05\x03\x01\0\x01\
    \x07\x0c\x02\x03fib\0\0\x02me\x02\0\x0a\x1e\x01\x1c\0\x20\0\x41\x02\x48\x04\x7f\x20\0\x05\x20\0\
    \x41\x01\x6b\x10\0\x20\0\x41\x02\x6b\x10\0\x6a\x0b\x0b";

fn instance() -> (Store<()>, Instance) {
    let engine = Engine::default();
    let module = Module::new(&engine, MODULE).expect("a module");
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[]).expect("an instance");
    (store, instance)
}

fn work(random: &mut Random, sum: &mut Sum) {
    let (mut store, instance) = instance();
    let fib = instance.get_typed_func::<i32, i32>(&store, "fib").expect("fib");
    sum.debug(fib.call(&mut store, 8 + random.below(8) as i32).expect("a number"));
    sum.debug(Module::new(store.engine(), &MODULE[..30]).is_err());
}

/// What belongs to one store, in another.
fn fail(_: &mut Random, seed: u32) {
    let (store, instance) = instance();
    let memory = instance.get_memory(&store, "me").expect("a memory");
    let other = Store::new(&Engine::default(), ());
    match seed % 2 {
        0 => _ = memory.data(&other).len(),
        _ => _ = instance.get_memory(&other, "me"),
    }
}

//! Modules of the fixture `ledger`, thrown and trapping, and of one whose panics unwind: typed
//! failures, and a fresh instance where there must be one.

use std::path::Path;
use std::sync::OnceLock;
use unpoison_tests::links::Pair;
use unpoison_wasmtime::{Checkpoints, Error, Failure, Kind, Pool, Recovering};
use wasmtime::{Config, Engine, InstancePre, Linker, Module, OptLevel, Store, Trap};
use xtask::fixture::{Build, Eh, Point};

/// What goes wrong in a transfer of the fixture `ledger`.
const PANIC: i32 = 1;
const ABORT: i32 = 2;
const ALLOC: i32 = 3;
const STACK: i32 = 4;
const TRAP: i32 = 5;
const NOUNWIND: i32 = 6;
const HOST: i32 = 7;
const ENGINE_STACK: i32 = 9;

/// How many calls the host has seen, over all instances.
type Steps = u32;

fn compiled(module: &Path, config: &Config) -> Module {
    Module::from_file(&Engine::new(config).unwrap(), module).unwrap()
}

fn pre(module: &Module) -> InstancePre<Steps> {
    let mut linker = Linker::<Steps>::new(module.engine());
    linker
        .func_wrap("env", "host_step", |mut caller: wasmtime::Caller<'_, Steps>, step: i32| {
            *caller.data_mut() += 1;
            match step {
                HOST => Err(wasmtime::Error::msg("the host's own")),
                step => Ok(step),
            }
        })
        .unwrap();
    linker.define_unknown_imports_as_traps(module).unwrap();
    linker.instantiate_pre(module).unwrap()
}

fn config() -> Config {
    let mut config = Config::new();
    // Compiled by an unoptimized compiler: the less it does, the better.
    config.wasm_exceptions(true).cranelift_opt_level(OptLevel::None);
    config
}

fn recovering(module: &Module) -> Recovering<Steps> {
    let pre = pre(module);
    let engine = pre.module().engine().clone();
    Recovering::new(pre, move |steps| Store::new(&engine, steps.unwrap_or(0))).with_init(
        |store, instance| {
            let open = instance.get_typed_func::<(i32, i64), ()>(&mut *store, "open")?;
            open.call(store, (10, 100))
        },
    )
}

/// The ledger both ways: with exceptions, and with `--unpoison-exceptions=off`.
fn both(test: impl Fn(Recovering<Steps>)) {
    for module in ledgers() {
        test(recovering(module));
    }
}

fn ledgers() -> &'static [Module; 2] {
    static COMPILED: OnceLock<[Module; 2]> = OnceLock::new();
    COMPILED.get_or_init(|| {
        let pair = Pair::plain("ledger", Point::RELEASE).unwrap();
        let linked = |options: &[&str]| pair.with_options(options).unwrap();
        [&[][..], &["--unpoison-exceptions=off"]]
            .map(|options| compiled(&linked(options), &config()))
    })
}

fn transfer(r: &mut Recovering<Steps>, way: i32) -> Result<u32, Error> {
    r.call("transfer", (0, 1, 1i64, way))
}

fn failed(error: Error) -> Failure {
    match error {
        Error::Failed(failure) => failure,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_failure_is_typed_and_costs_an_instance() {
    both(|mut r| {
        let ways = [
            (PANIC, Kind::Panic, Some("the transfer failed")),
            (ABORT, Kind::Abort, None),
            (ALLOC, Kind::Alloc, Some("memory allocation of 2013265920 bytes failed")),
            (NOUNWIND, Kind::NoUnwind, Some("before the hook")),
            (STACK, Kind::Trap, None),
            (TRAP, Kind::Trap, None),
            (ENGINE_STACK, Kind::Trap, None),
        ];
        for ((way, kind, message), generation) in ways.into_iter().zip(1..) {
            assert_eq!(transfer(&mut r, 0).unwrap(), 1, "a fresh ledger");
            let failure = failed(transfer(&mut r, way).unwrap_err());
            assert_eq!((failure.kind, failure.lives), (kind, false));
            if kind != Kind::Trap {
                assert_eq!(failure.message.as_deref(), message);
                assert_eq!(failure.number, 1);
            }
            assert_eq!(failure.stack_exhausted, way == ENGINE_STACK);
            assert_eq!(failure.allocation, (way == ALLOC).then_some((0x7800_0000, 8)));
            if way == PANIC {
                assert_eq!(failure.file.as_deref(), Some("src/lib.rs"));
                assert!(failure.line > 0 && failure.column > 0);
                let said = failure.to_string();
                assert!(said.starts_with("the transfer failed, at src/lib.rs:"), "{said}");
            }
            assert_eq!(r.failure(), Some(&failure));
            assert_eq!(r.generation(), generation);
        }
        assert_eq!(r.call::<(), i64>("sum", ()).unwrap(), 1000);
        assert_eq!(r.failure(), None);
    });
}

#[test]
fn errors_are_told_apart_without_a_recovering() {
    let pre = pre(&ledgers()[0]);
    let mut store = Store::new(pre.module().engine(), 0);
    let instance = pre.instantiate(&mut store).unwrap();
    let call = |store: &mut Store<u32>| {
        let sum = instance.get_typed_func::<(), i64>(&mut *store, "sum").unwrap();
        let error = sum.call(&mut *store, ()).map(drop);
        error.map_err(|error| Failure::of(&mut *store, &instance, error))
    };
    call(&mut store).unwrap();
    let transfer =
        instance.get_typed_func::<(i32, i32, i64, i32), i32>(&mut store, "transfer").unwrap();
    let trap = transfer.call(&mut store, (0, 1, 1, TRAP)).unwrap_err();
    // No account is open: a panic comes first.
    let failure = failed(Failure::of(&mut store, &instance, trap));
    assert_eq!(failure.kind, Kind::Panic);
    let Err(Error::Sealed(by)) = call(&mut store) else { panic!("it is sealed") };
    assert_eq!(by, failure);
}

#[test]
fn a_checkpoint_outlives_the_instance() {
    both(|r| {
        let mut r = r.with_checkpoints(Checkpoints::EachCall);
        for n in 1..=3 {
            assert_eq!(transfer(&mut r, 0).unwrap(), n);
        }
        failed(transfer(&mut r, ABORT).unwrap_err());
        assert_eq!(transfer(&mut r, 0).unwrap(), 4);
        assert_eq!(r.generation(), 2);
        assert_eq!(r.call::<(), i64>("sum", ()).unwrap(), 1000);
        // A memory that grew.
        let at: u32 = r.call("grow", (20, 7)).unwrap();
        failed(transfer(&mut r, TRAP).unwrap_err());
        assert_eq!(r.call::<_, i64>("balance", 1).unwrap(), 104);
        let kept: u32 = r.call("grow", (1, 9)).unwrap();
        assert!(kept > at);
    });
}

#[test]
fn errors_of_the_host_are_the_host_s_and_end_the_instance() {
    both(|mut r| {
        let error = transfer(&mut r, HOST).unwrap_err();
        assert!(matches!(error, Error::Host(_)), "{error:?}");
        assert_eq!(error.to_string(), "the host failed: the host's own");
        assert_eq!(r.failure(), None);
        // Nothing is borrowed there any more.
        assert_eq!(r.call::<(), i64>("sum", ()).unwrap(), 1000);
        assert_eq!(r.generation(), 2);
        // The host's own data is what it was.
        assert_eq!(r.store_mut().map(|store| *store.data()), Some(1));
        let error = r.call::<(), ()>("no such export", ()).unwrap_err();
        assert!(matches!(error, Error::Export(_)), "{error:?}");
        assert_eq!(r.call::<(), i64>("sum", ()).unwrap(), 1000);
        assert_eq!(r.generation(), 2);
    });
}

#[test]
fn fuel_and_epochs_are_no_failures() {
    let pair = Pair::plain("ledger", Point::RELEASE).unwrap();
    for options in [&[][..], &["--unpoison-exceptions=off"]] {
        let module = pair.with_options(options).unwrap();
        let mut config = config();
        config.consume_fuel(true).epoch_interruption(true);
        let pre = pre(&compiled(&module, &config));
        let engine = pre.module().engine().clone();
        let mut r = Recovering::new(pre, move |steps| {
            let mut store = Store::new(&engine, steps.unwrap_or(0));
            store.set_fuel(1_000_000).unwrap();
            store.set_epoch_deadline(1);
            store
        });
        let step = |r: &mut Recovering<u32>| r.call::<i32, i32>("step", 1);
        assert_eq!(step(&mut r).unwrap(), 2);
        r.store_mut().unwrap().set_fuel(20).unwrap();
        let error = r.call::<_, ()>("open", (1000, 1i64)).unwrap_err();
        assert!(matches!(error, Error::Interrupted(Trap::OutOfFuel)), "{error:?}");
        assert_eq!(step(&mut r).unwrap(), 2);
        assert_eq!(r.generation(), 2);
        r.store_mut().unwrap().engine().increment_epoch();
        let error = step(&mut r).unwrap_err();
        assert!(matches!(error, Error::Interrupted(Trap::Interrupt)), "{error:?}");
        assert_eq!(step(&mut r).unwrap(), 2);
        assert_eq!(r.generation(), 3);
    }
}

#[test]
fn a_panic_that_unwinds_costs_a_call() {
    let build = Build::unwinding(Point::RELEASE, Eh::Exnref);
    let pair = Pair::both("unwind", build).unwrap();
    let pre = pre(&compiled(&pair.unpoisoned, &config()));
    let engine = pre.module().engine().clone();
    let mut r = Recovering::new(pre, move |steps| Store::new(&engine, steps.unwrap_or(0)));
    for _ in 0..3 {
        let failure = failed(r.call::<i32, i32>("formatted", -3).unwrap_err());
        assert_eq!((failure.kind, failure.lives), (Kind::Panic, true));
        assert_eq!(failure.message.as_deref(), Some("formatted with -3 and \"text\""));
        assert_eq!(r.failure(), None);
        assert_eq!(r.call::<_, i32>("add", (1, 2)).unwrap(), 3);
    }
    assert_eq!(r.generation(), 1);
    let failure = failed(r.call::<i32, i32>("abort", 1).unwrap_err());
    assert_eq!((failure.kind, failure.lives), (Kind::Abort, false));
    assert_eq!(r.call::<_, i32>("add", (1, 2)).unwrap(), 3);
    assert_eq!(r.generation(), 2);
}

#[test]
fn a_pool_is_shared_by_threads() {
    let pool = Pool::new((0..2).map(|_| recovering(&ledgers()[0])));
    std::thread::scope(|scope| {
        for n in 0..4 {
            let pool = &pool;
            scope.spawn(move || {
                for _ in 0..20 {
                    let way = if n == 0 { PANIC } else { 0 };
                    let came = pool.with(|r| transfer(r, way).map(drop));
                    assert_eq!(came.is_err(), n == 0);
                    let sum = pool.with(|r| r.call::<(), i64>("sum", ()));
                    assert_eq!(sum.unwrap(), 1000);
                }
            });
        }
    });
    assert_eq!(pool.idle(), 2);
}

#[cfg(feature = "async")]
#[test]
fn asynchronously_the_same() {
    both(|r| {
        let mut r = r.with_checkpoints(Checkpoints::EachCall);
        pollster::block_on(async {
            let sum = r.call_async::<(), i64>("sum", ()).await.unwrap();
            assert_eq!(sum, 1000);
            for way in [PANIC, ABORT, ALLOC, TRAP] {
                let came = r.call_async::<_, u32>("transfer", (0, 1, 1i64, way)).await;
                assert!(!came.map_err(failed).unwrap_err().lives);
                let sum = r.call_async::<(), i64>("sum", ()).await.unwrap();
                assert_eq!(sum, 1000);
            }
            assert_eq!(r.generation(), 5);
        });
    });
}

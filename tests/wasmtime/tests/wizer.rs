//! Wizer: a module whose initialization has run already, and which fails as any other.

use unpoison_tests::program::Program;
use unpoison_wasmtime::{Error, Kind, Recovering};
use wasmtime::{Config, Engine, Linker, Module, Store};
use wasmtime_wizer::Wizer;

const PROGRAM: &str = r#"
use std::cell::RefCell;

thread_local!(static TABLE: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) });

#[export_name = "wizer-initialize"]
pub extern "C" fn initialize() {
    TABLE.set((0..100).map(|n| n * n).collect());
}

#[no_mangle]
pub extern "C" fn square(n: usize) -> u32 {
    TABLE.with_borrow(|table| table[n])
}
"#;

#[test]
fn a_module_that_was_initialized_before() {
    for option in ["--unpoison-exceptions=off", "--unpoison-exceptions=on"] {
        let module = Program::new(PROGRAM).args([format!("-Clink-arg={option}")]).link().unwrap();
        let engine = Engine::new(Config::new().wasm_exceptions(true)).unwrap();
        let bytes = std::fs::read(&module.path).unwrap();
        let mut store = Store::new(&engine, ());
        let wizer = Wizer::new();
        let run = wizer.run(&mut store, &bytes, async |store, module| {
            Linker::new(module.engine()).instantiate_async(store, module).await
        });
        let bytes = pollster::block_on(run).unwrap();
        let module = Module::new(&engine, &bytes).unwrap();
        let pre = Linker::<()>::new(&engine).instantiate_pre(&module).unwrap();
        let mut guest = Recovering::new(pre, move |_| Store::new(&engine, ()));
        assert_eq!(guest.call::<_, u32>("square", 9_u32).unwrap(), 81, "{option}");
        let error = guest.call::<_, u32>("square", 100_u32).unwrap_err();
        let Error::Failed(failure) = error else { panic!("{option}: {error:?}") };
        assert_eq!(failure.kind, Kind::Panic, "{option}");
        let message = "index out of bounds: the len is 100 but the index is 100";
        assert_eq!(failure.message.as_deref(), Some(message), "{option}");
        assert_eq!(guest.call::<_, u32>("square", 3_u32).unwrap(), 9, "{option}");
        assert_eq!(guest.generation(), 2, "{option}");
    }
}

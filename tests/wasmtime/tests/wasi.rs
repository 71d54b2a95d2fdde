//! WASI in wasmtime: modules for wasm32-wasip1, components for wasm32-wasip2.

#[path = "../../tests/targets/wasi_programs.rs"]
mod wasi_programs;

use unpoison_tests::inspect;
use unpoison_tests::links::{read, toolchain};
use unpoison_tests::program::{Linked, Program};
use wasi_programs::{COMMAND, ENDS, REACTOR};
use wasmparser::{Parser, Payload, Validator};
use wasmtime::component::{Component, Linker as ComponentLinker, ResourceTable};
use wasmtime::{Config, Engine, Extern, Linker, Module, Store, ThrownException, Trap};
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wasi::p2::bindings::sync::Command;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{I32Exit, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use xtask::toolchain::has_other_targets;

fn engine() -> Engine {
    Engine::new(Config::new().wasm_exceptions(true)).unwrap()
}

/// A context whose output can be looked at.
fn context(arg: &str) -> (WasiCtxBuilder, MemoryOutputPipe, MemoryOutputPipe) {
    let (out, err) = (MemoryOutputPipe::new(1 << 16), MemoryOutputPipe::new(1 << 16));
    let mut builder = WasiCtxBuilder::new();
    builder.arg("program").stdout(out.clone()).stderr(err.clone());
    if !arg.is_empty() {
        builder.arg(arg);
    }
    (builder, out, err)
}

fn text(pipe: &MemoryOutputPipe) -> String {
    String::from_utf8_lossy(&pipe.contents()).into_owned()
}

/// The instance of a module for wasm32-wasip1.
struct Preview1 {
    store: Store<WasiP1Ctx>,
    instance: wasmtime::Instance,
}

impl Preview1 {
    fn new(module: &Linked, arg: &str) -> Self {
        let engine = engine();
        let module = Module::from_file(&engine, &module.path).unwrap();
        let mut linker = Linker::new(&engine);
        p1::add_to_linker_sync(&mut linker, |context| context).unwrap();
        let mut store = Store::new(&engine, context(arg).0.build_p1());
        let instance = linker.instantiate(&mut store, &module).unwrap();
        Self { store, instance }
    }

    fn start(&mut self) -> wasmtime::Result<()> {
        let start = self.instance.get_typed_func::<(), ()>(&mut self.store, "_start").unwrap();
        start.call(&mut self.store, ())
    }

    fn call(&mut self, what: u32) -> wasmtime::Result<u32> {
        let call = self.instance.get_typed_func::<u32, u32>(&mut self.store, "call").unwrap();
        call.call(&mut self.store, what)
    }

    fn state(&mut self) -> i32 {
        let state = self.instance.get_global(&mut self.store, "__unpoison_state").unwrap();
        state.get(&mut self.store).unwrap_i32()
    }

    fn message(&mut self) -> String {
        let report = self.instance.get_typed_func::<(), u32>(&mut self.store, "__unpoison_report");
        let at = report.unwrap().call(&mut self.store, ()).unwrap() as usize;
        let Some(Extern::Memory(memory)) = self.instance.get_export(&mut self.store, "memory")
        else {
            panic!("no memory");
        };
        let data = memory.data(&self.store);
        let word = |n: usize| u32::from_le_bytes(data[at + 4 * n..][..4].try_into().unwrap());
        String::from_utf8_lossy(&data[word(3) as usize..][..word(4) as usize]).into_owned()
    }

    /// Whether the last call ended with an exception of this name.
    fn threw(&mut self, tag: &str) -> bool {
        let Some(exception) = self.store.take_pending_exception() else { return false };
        let thrown = exception.tag(&mut self.store).unwrap();
        let tag = self.instance.get_tag(&mut self.store, tag).unwrap();
        wasmtime::Tag::eq(&thrown, &tag, &self.store)
    }
}

#[test]
fn commands_for_preview_1() {
    if !has_other_targets(toolchain()) {
        return;
    }
    let module = Program::new(COMMAND).target("wasm32-wasip1").bin().link().unwrap();
    for (arg, state, message) in ENDS {
        let mut instance = Preview1::new(&module, arg);
        let ended = instance.start();
        match arg {
            "" => ended.unwrap(),
            "exit" => assert_eq!(ended.unwrap_err().downcast_ref::<I32Exit>().unwrap().0, 3),
            "stack" => assert!(ended.unwrap_err().is::<Trap>()),
            _ => {
                assert!(ended.unwrap_err().is::<ThrownException>(), "{arg}");
                let tag = if arg == "panic" { "__unpoison_panic" } else { "__unpoison_abort" };
                assert!(instance.threw(tag), "{arg}");
            }
        }
        assert_eq!(instance.state(), state as i32, "{arg}");
        if !message.is_empty() {
            assert_eq!(instance.message(), message);
        }
        if state != 0 || arg == "stack" {
            instance.start().unwrap_err();
            assert!(instance.threw("__unpoison_sealed"), "{arg}");
        }
    }
}

#[test]
fn reactors_for_preview_1() {
    if !has_other_targets(toolchain()) {
        return;
    }
    let module = Program::new(REACTOR).target("wasm32-wasip1").link().unwrap();
    let mut instance = Preview1::new(&module, "");
    assert_eq!(instance.call(1).unwrap(), 2);
    assert!(instance.call(8).unwrap_err().is::<I32Exit>());
    assert_eq!((instance.call(2).unwrap(), instance.state()), (3, 0));
    instance.call(7).unwrap_err();
    assert!(instance.threw("__unpoison_panic"));
    assert_eq!((instance.state(), &*instance.message()), (1, "seven"));
    instance.call(1).unwrap_err();
    assert!(instance.threw("__unpoison_sealed"));
}

/// The host of a component.
struct Host {
    context: WasiCtx,
    table: ResourceTable,
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.context, table: &mut self.table }
    }
}

/// The modules in a component that unpoison linked: what their sections say.
fn inside(component: &[u8]) -> Vec<serde_json::Value> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        if let Payload::ModuleSection { unchecked_range, .. } = payload.unwrap() {
            let range = unchecked_range.start as usize..unchecked_range.end as usize;
            let section = inspect::custom_section(&component[range], "unpoison").unwrap();
            found.extend(section.map(|json| serde_json::from_slice(&json).unwrap()));
        }
    }
    found
}

#[test]
fn components() {
    if !has_other_targets(toolchain()) {
        return;
    }
    for (exceptions, lto) in [("", "off"), ("", "fat"), ("on", "off")] {
        let program = Program::new(COMMAND).target("wasm32-wasip2").bin();
        let mut args = vec![format!("-Clto={lto}")];
        if !exceptions.is_empty() {
            args.push(format!("-Clink-arg=--unpoison-exceptions={exceptions}"));
        }
        let linked = program.args(args).link().unwrap();
        let bytes = read(&linked.path).unwrap();
        assert!(Parser::is_component(&bytes));
        Validator::new().validate_all(&bytes).unwrap();
        let sections = inside(&bytes);
        assert_eq!(sections.len(), 1, "{sections:?}");
        let thrown = if exceptions == "on" { "throw" } else { "trap" };
        assert_eq!(
            (&sections[0]["panic"], &sections[0]["abort"]),
            (&"abort".into(), &thrown.into())
        );

        // Exceptions end at a component's border, so by default there are none inside.
        let engine = Engine::new(Config::new().wasm_exceptions(exceptions == "on")).unwrap();
        let component = Component::from_binary(&engine, &bytes).unwrap();
        let mut linker = ComponentLinker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_sync(&mut linker).unwrap();
        for (arg, ..) in ENDS {
            let (mut builder, out, err) = context(arg);
            let host = Host { context: builder.build(), table: ResourceTable::new() };
            let mut store = Store::new(&engine, host);
            let command = Command::instantiate(&mut store, &component, &linker).unwrap();
            let run = command.wasi_cli_run();
            let ended = run.call_run(&mut store);
            let what = format!("{arg}: {ended:?}, {}", text(&err));
            assert_eq!(text(&out), "hello\n", "{what}");
            match arg {
                "" => ended.unwrap().unwrap(),
                "exit" => assert!(ended.unwrap_err().is::<I32Exit>(), "{what}"),
                _ => {
                    ended.unwrap_err();
                    let said = if arg == "panic" { "seven of 2" } else { "" };
                    assert!(text(&err).contains(said), "{what}");
                    // wasmtime lets nobody in either.
                    run.call_run(&mut store).unwrap_err();
                }
            }
        }
    }
}

//! A module in wasmtime, with a host that answers every import by the book.

use crate::random::Random;
use std::fmt;
use std::sync::OnceLock;
use wasmtime::{
    Caller, Config, Engine, Extern, ExternType, FuncType, Global, HeapType, Instance, Linker,
    Memory, Module, Ref, Result, Store, StoreLimits, StoreLimitsBuilder, Table, Trap, Val, ValType,
    WasmBacktrace, bail,
};

/// How far a plain run goes; the twin may take as much more as guards cost at most.
const FUEL: u64 = 20_000;
const TWIN_FUEL: u64 = 100 * FUEL;

/// The end of a call that was none.
const NOT_CALLED: &str = "not called";

/// How deep the host calls back.
const DEPTH: usize = 2;

/// What an instance's host keeps.
struct State {
    random: Random,
    log: Vec<String>,
    /// How the first failure looked, if there was one: nothing counts behind it.
    failure: Option<String>,
    /// An exception left the module.
    threw: bool,
    imports: Imports,
    /// Something ran on behind a failure inside: an import was called, or the call returned.
    went_on: bool,
    depth: usize,
    ways_in: Vec<WayIn>,
    instance: Option<Instance>,
    limits: StoreLimits,
    out_of_resources: bool,
}

/// How often imports were called, behind the first failure, too.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Imports {
    /// By a function of the module.
    pub(crate) inside: usize,
    /// By the host, which found it among the exports: at most a guard is between.
    pub(crate) own: usize,
}

/// A way into an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WayIn {
    /// A function exported by name.
    Export(String),
    /// A slot of an exported table.
    Slot(String, u64),
}

impl fmt::Display for WayIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Export(name) => write!(f, "{name}()"),
            Self::Slot(table, at) => write!(f, "{table}[{at}]()"),
        }
    }
}

/// What was seen of a call. Equal if a host cannot tell the difference.
#[derive(Debug, PartialEq)]
pub(crate) struct Seen {
    /// Calls of imports, with arguments and answers, and calls back with their ends.
    log: Vec<String>,
    /// The results; `None` if there was a failure.
    results: Option<String>,
    /// The class of the first failure.
    failure: Option<String>,
    /// Each memory, by name: its size and a hash; the globals, by name.
    outside: Vec<String>,
    /// The function was not called: it takes what the host cannot make, or is gone.
    pub(crate) no_arguments: bool,
    /// The comparison ends here.
    pub(crate) out_of_resources: bool,
}

impl Seen {
    /// Whether the call ended without results, by whatever.
    pub(crate) fn ended(&self) -> bool {
        self.results.is_none()
    }

    pub(crate) fn failed(&self) -> bool {
        self.failure.is_some()
    }
}

/// A module and its instance.
pub(crate) struct Host {
    module: Module,
    linker: Linker<State>,
    store: Store<State>,
    fuel: u64,
}

/// One for all: it has nothing of a module.
fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let mut config = Config::new();
        config
            .consume_fuel(true)
            .cranelift_nan_canonicalization(true)
            .relaxed_simd_deterministic(true)
            .max_wasm_stack(256 << 10)
            .memory_reservation(1 << 20)
            .memory_guard_size(1 << 16)
            .wasm_exceptions(true)
            .wasm_function_references(true)
            .wasm_gc(true)
            .wasm_tail_call(true)
            .wasm_wide_arithmetic(true)
            .wasm_multi_memory(true)
            .wasm_memory64(true);
        Engine::new(&config).expect("wasmtime has these proposals")
    })
}

/// Compiles.
///
/// # Errors
/// In words, if wasmtime does not know something in it.
pub(crate) fn compile(module: &[u8]) -> Result<Module, String> {
    Module::new(engine(), module).map_err(|error| format!("{error:#}"))
}

impl Host {
    /// Gets ready; `None` if the host cannot make what is imported.
    pub(crate) fn new(module: &Module, seed: u64, twin: bool) -> Option<Self> {
        let module = module.clone();
        let limits = StoreLimitsBuilder::new().memory_size(2 << 20).table_elements(2000).build();
        let state = State {
            random: Random::new(seed),
            log: Vec::new(),
            failure: None,
            threw: false,
            imports: Imports::default(),
            went_on: false,
            depth: 0,
            ways_in: Vec::new(),
            instance: None,
            limits,
            out_of_resources: false,
        };
        let mut store = Store::new(engine(), state);
        store.limiter(|state| &mut state.limits);
        let mut linker = Linker::new(engine());
        linker.allow_shadowing(true);
        let fuel = if twin { TWIN_FUEL } else { FUEL };
        for import in module.imports() {
            let (from, name) = (import.module().to_owned(), import.name().to_owned());
            match import.ty() {
                ExternType::Func(ty) => {
                    let shown = format!("{from}.{name}");
                    let answer = ty.clone();
                    linker
                        .func_new(&from, &name, ty, move |caller, given, results| {
                            imported(caller, &shown, &answer, given, results)
                        })
                        .ok()?;
                }
                other => {
                    let made = make(&mut store, &other)?;
                    linker.define(&store, &from, &name, made).ok()?;
                }
            }
        }
        Some(Self { module, linker, store, fuel })
    }

    /// Instantiates.
    pub(crate) fn start(&mut self) -> Seen {
        self.store.set_fuel(self.fuel).expect("fuel is on");
        match self.linker.instantiate(&mut self.store, &self.module) {
            Ok(instance) => {
                self.store.data_mut().instance = Some(instance);
                let ways_in = self.find_ways_in(instance);
                self.store.data_mut().ways_in = ways_in;
                self.seen(Some(String::new()))
            }
            Err(error) => {
                failed(self.store.data_mut(), &error);
                self.seen(None)
            }
        }
    }

    /// The exports that are functions, and the slots of exported tables that have one.
    fn find_ways_in(&mut self, instance: Instance) -> Vec<WayIn> {
        let names: Vec<String> = self
            .module
            .exports()
            .map(|export| export.name().to_owned())
            .filter(|name| !name.starts_with("__unpoison"))
            .collect();
        let mut ways = Vec::new();
        for name in names {
            match instance.get_export(&mut self.store, &name) {
                Some(Extern::Func(_)) => ways.push(WayIn::Export(name)),
                Some(Extern::Table(table)) => {
                    for at in 0..table.size(&self.store).min(16) {
                        let slot = table.get(&mut self.store, at);
                        if matches!(slot, Some(Ref::Func(Some(_)))) {
                            ways.push(WayIn::Slot(name.clone(), at));
                        }
                    }
                }
                _ => {}
            }
        }
        ways
    }

    /// Every way in that was there at the start.
    pub(crate) fn ways_in(&self) -> Vec<WayIn> {
        self.store.data().ways_in.clone()
    }

    /// How often imports were called in all.
    pub(crate) fn imports(&self) -> Imports {
        self.store.data().imports
    }

    /// Whether the last call ran on behind a failure inside of it.
    pub(crate) fn went_on(&self) -> bool {
        self.store.data().went_on
    }

    /// From now on the host takes no way in from an import.
    pub(crate) fn no_calls_back(&mut self) {
        self.store.data_mut().depth = DEPTH;
    }

    /// Whether the failure of the last call was an exception of the module's.
    pub(crate) fn threw(&self) -> bool {
        self.store.data().threw
    }

    /// What `__unpoison_state` says.
    pub(crate) fn state(&mut self) -> Option<i32> {
        let instance = self.store.data().instance?;
        let state = instance.get_global(&mut self.store, "__unpoison_state")?;
        state.get(&mut self.store).i32()
    }

    /// Calls from outside, with arguments that the number stands for.
    pub(crate) fn call(&mut self, way: &WayIn, arguments: u64) -> Seen {
        self.store.set_fuel(self.fuel).expect("fuel is on");
        self.store.data_mut().failure = None;
        self.store.data_mut().threw = false;
        self.store.data_mut().log.clear();
        let state = self.store.data_mut();
        state.went_on = false;
        let own = state.imports.own;
        let results = enter(&mut self.store, way, &mut Random::new(arguments));
        let state = self.store.data_mut();
        // A function of the host's own may go on.
        state.went_on |= results.is_ok() && state.failure.is_some() && state.imports.own == own;
        self.seen(results.ok())
    }

    fn seen(&mut self, results: Option<String>) -> Seen {
        let outside = match self.store.data().instance {
            Some(instance) => outside(&mut self.store, &self.module, instance),
            None => Vec::new(),
        };
        let state = self.store.data();
        Seen {
            no_arguments: results.as_deref() == Some(NOT_CALLED),
            log: state.log.clone(),
            results: results.filter(|_| state.failure.is_none()),
            failure: state.failure.clone(),
            // A failure inside that the host caught: what the plain module did
            // afterwards is what the other one must not do.
            outside: if state.failure.is_some() { Vec::new() } else { outside },
            out_of_resources: state.out_of_resources,
        }
    }
}

/// What a host can see of memories and globals.
fn outside(store: &mut Store<State>, module: &Module, instance: Instance) -> Vec<String> {
    let names: Vec<&str> = module.exports().map(|export| export.name()).collect();
    let mut seen = Vec::new();
    for name in names.into_iter().filter(|name| !name.starts_with("__unpoison")) {
        match instance.get_export(&mut *store, name) {
            Some(Extern::Memory(memory)) => {
                let bytes = memory.data(&*store);
                let hash = Random::of(bytes).word();
                seen.push(format!("{name}: {} bytes, {hash:x}", bytes.len()));
            }
            Some(Extern::Global(global)) => {
                let value = global.get(&mut *store);
                seen.push(format!("{name}: {}", shown(&value)));
            }
            Some(Extern::Table(table)) => {
                seen.push(format!("{name}: {} slots", table.size(&*store)));
            }
            _ => {}
        }
    }
    seen
}

/// Notes a failure, if it is the first one.
fn failed(state: &mut State, error: &wasmtime::Error) {
    let class = match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel | Trap::StackOverflow | Trap::AllocationTooLarge) => {
            state.out_of_resources = true;
            return;
        }
        // An abort may be thrown, or trap.
        Some(Trap::UnreachableCodeReached) => "unreachable".to_owned(),
        Some(trap) => format!("{trap:?}"),
        None if error.is::<wasmtime::ThrownException>() => {
            state.threw |= state.failure.is_none();
            "unreachable".to_owned()
        }
        // The host's own, which is no failure of the module's.
        None if error.is::<Refused>() => return,
        None => {
            state.out_of_resources |= error.to_string().contains("GC heap");
            "another error".to_owned()
        }
    };
    state.failure.get_or_insert(class);
}

/// The host ends a call by itself.
#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the host refuses")
    }
}

impl std::error::Error for Refused {}

/// Takes a way in. An error is noted before it is returned.
fn enter(
    mut store: impl wasmtime::AsContextMut<Data = State>,
    way: &WayIn,
    random: &mut Random,
) -> Result<String> {
    let Some(instance) = store.as_context().data().instance else { bail!("no instance") };
    let function = match way {
        WayIn::Export(name) => instance.get_func(&mut store, name),
        WayIn::Slot(name, at) => {
            let table = instance.get_table(&mut store, name);
            match table.and_then(|table| table.get(&mut store, *at)) {
                Some(Ref::Func(function)) => function,
                _ => None,
            }
        }
    };
    // A slot may have been cleared since.
    let Some(function) = function else { return Ok(NOT_CALLED.to_owned()) };
    let ty = function.ty(&store);
    let arguments: Option<Vec<Val>> = ty.params().map(|ty| value(&ty, random)).collect();
    let Some(arguments) = arguments else { return Ok(NOT_CALLED.to_owned()) };
    let mut results = vec![Val::I32(0); ty.results().len()];
    match function.call(&mut store, &arguments, &mut results) {
        Ok(()) => Ok(results.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Err(error) => {
            let mut context = store.as_context_mut();
            context.take_pending_exception();
            failed(context.data_mut(), &error);
            Err(error)
        }
    }
}

/// An import: notes what it was given, may call back, and answers.
fn imported(
    mut caller: Caller<'_, State>,
    name: &str,
    ty: &FuncType,
    given: &[Val],
    results: &mut [Val],
) -> Result<()> {
    let given: Vec<String> = given.iter().map(shown).collect();
    let frames = WasmBacktrace::force_capture(&caller).frames().len();
    let state = caller.data_mut();
    match frames {
        0 | 1 => state.imports.own += 1,
        _ => state.imports.inside += 1,
    }
    state.went_on |= state.failure.is_some();
    note(state, format!("{name}({})", given.join(", ")));
    let refuses = state.random.one_in(16);
    if state.instance.is_some() && state.depth < DEPTH && state.random.one_in(3) {
        let at = state.random.below(state.ways_in.len());
        if let Some(way) = state.ways_in.get(at).cloned() {
            let mut arguments = Random::new(state.random.word());
            state.depth += 1;
            note(state, format!("calls {way}"));
            // Whatever comes of it, the host goes on.
            let end = enter(&mut caller, &way, &mut arguments);
            let state = caller.data_mut();
            state.depth -= 1;
            let end = end.unwrap_or_else(|error| match error.is::<Refused>() {
                true => "refused".to_owned(),
                false => "a failure".to_owned(),
            });
            note(state, end);
        }
    }
    let random = &mut caller.data_mut().random;
    if refuses {
        return Err(Refused.into());
    }
    for (result, ty) in results.iter_mut().zip(ty.results()) {
        let Some(value) = value(&ty, random) else { return Err(Refused.into()) };
        *result = value;
    }
    Ok(())
}

/// Nothing is noted behind the first failure: there the twin goes its own way.
fn note(state: &mut State, line: String) {
    if state.failure.is_none() && !state.out_of_resources {
        state.log.push(line);
    }
}

/// A value of a type; `None` for a reference that is never null.
fn value(ty: &ValType, random: &mut Random) -> Option<Val> {
    // Small numbers are lengths and places that are in bounds.
    let word = if random.one_in(2) { random.word() } else { random.below(20) as u64 };
    Some(match ty {
        ValType::I32 => Val::I32(word as i32),
        ValType::I64 => Val::I64(word as i64),
        ValType::F32 => Val::F32((word as u32 as f32).to_bits()),
        ValType::F64 => Val::F64((word as f64).to_bits()),
        ValType::V128 => Val::V128((u128::from(word) << 32 | u128::from(word)).into()),
        ValType::Ref(ty) if ty.is_nullable() => Val::null_ref(ty.heap_type()),
        ValType::Ref(_) => return None,
    })
}

/// A value, references by whether they are null.
fn shown(value: &Val) -> String {
    match value {
        Val::I32(value) => format!("{value}"),
        Val::I64(value) => format!("{value}"),
        Val::F32(bits) => format!("f32 {bits:x}"),
        Val::F64(bits) => format!("f64 {bits:x}"),
        Val::V128(bits) => format!("v128 {:x}", bits.as_u128()),
        other => if is_null(other) { "null" } else { "a reference" }.to_owned(),
    }
}

fn is_null(value: &Val) -> bool {
    matches!(
        value,
        Val::FuncRef(None) | Val::ExternRef(None) | Val::AnyRef(None) | Val::ExnRef(None)
    )
}

/// What an import that is no function is given.
fn make(store: &mut Store<State>, ty: &ExternType) -> Option<Extern> {
    Some(match ty {
        ExternType::Memory(ty) => Memory::new(store, ty.clone()).ok()?.into(),
        ExternType::Global(ty) => {
            let first = value(ty.content(), &mut Random::new(3))?;
            Global::new(store, ty.clone(), first).ok()?.into()
        }
        ExternType::Table(ty) => {
            let null: Option<Ref> = match ty.element().heap_type() {
                _ if !ty.element().is_nullable() => None,
                HeapType::Func => Some(Ref::Func(None)),
                HeapType::Extern => Some(Ref::Extern(None)),
                HeapType::Any => Some(Ref::Any(None)),
                _ => None,
            };
            Table::new(store, ty.clone(), null?).ok()?.into()
        }
        ExternType::Tag(ty) => wasmtime::Tag::new(store, ty).ok()?.into(),
        ExternType::Func(_) => return None,
    })
}

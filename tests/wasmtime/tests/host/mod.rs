//! The host of the fixture `tree` in wasmtime: what `tests/js/tree-host.mjs` is for
//! engines with JavaScript.

use crate::outcome::{Answer, Exception, Note, Outcome};
use crate::tree::{OnFailure, Throws, Tree, Variant};
use crate::walks::Host;
use std::fmt;
use std::path::Path;
use wasmtime::{
    AsContext, AsContextMut, Caller, Config, Engine, ExnRef, ExnRefPre, ExnType, Extern, FuncType,
    Instance, Linker, Memory, Module, Result, Rooted, Store, StoreContextMut, Tag, TagType,
    ThrownException, Trap, Val, ValType, bail,
};

/// What the module and the host's frames between may use: wasmtime's largest.
const STACK: usize = 2 << 20;
const SWALLOWED: u32 = 0x05a1_10ed;
const TAGS: [&str; 3] = ["__unpoison_panic", "__unpoison_abort", "__unpoison_sealed"];

/// A module in wasmtime.
pub(crate) struct InWasmtime {
    module: Module,
    linker: Linker<State>,
    errors: bool,
}

/// An instance and the walk in it.
struct State {
    tree: Tree,
    log: Vec<Note>,
    parts: Option<Parts>,
    /// Every other node throws an error instead of an exception.
    errors: bool,
}

#[derive(Clone, Copy)]
struct Parts {
    instance: Instance,
    memory: Memory,
    watch: u32,
    /// What the host throws, with the number of its node.
    foreign: Tag,
}

/// The other way in which a wasmtime host stops wasm: an error of its own.
#[derive(Debug)]
struct Foreign(u32);

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "thrown by host node {}", self.0)
    }
}

impl std::error::Error for Foreign {}

/// A call that failed: what was seen of it, and what goes on up the stack.
struct Failed {
    outcome: Outcome,
    error: wasmtime::Error,
    exception: Option<Rooted<ExnRef>>,
}

type Context<'a> = StoreContextMut<'a, State>;

impl InWasmtime {
    /// Compiles.
    pub(crate) fn new(module: &Path) -> Result<Self> {
        let mut config = Config::new();
        config.wasm_exceptions(true).max_wasm_stack(STACK);
        let engine = Engine::new(&config)?;
        let module = Module::from_file(&engine, module)?;
        let mut linker = Linker::new(&engine);
        type C<'a> = Caller<'a, State>;
        linker.func_wrap("env", "host_u32", |mut c: C<'_>, node: u32| {
            host(c.as_context_mut(), node)
        })?;
        linker.func_wrap("env", "host_i64", |mut c: C<'_>, node: i64| {
            host(c.as_context_mut(), narrow(node)?).map(widen)
        })?;
        linker.func_wrap("env", "host_f32", |mut c: C<'_>, node: f32| {
            let number = host(c.as_context_mut(), node as u32)?;
            Ok(Variant::F32.mask(number) as f32)
        })?;
        linker.func_wrap("env", "host_f64", |mut c: C<'_>, node: f64| {
            Ok(f64::from(host(c.as_context_mut(), (node - 0.5) as u32)?) + 0.5)
        })?;
        linker.func_wrap(
            "env",
            "host_mixed",
            |mut c: C<'_>, half: f32, wide: i64, node: u32, double: f64| {
                if half != 0.5 || wide != i64::MIN || double != -1.25 {
                    bail!("mixed up: {half} {wide} {double}");
                }
                host(c.as_context_mut(), node).map(widen)
            },
        )?;
        linker.define_unknown_imports_as_traps(&module)?;
        Ok(Self { module, linker, errors: true })
    }

    /// A host that throws exceptions only: an error of its own runs no destructors.
    pub(crate) fn without_errors(self) -> Self {
        Self { errors: false, ..self }
    }

    fn walk_in(&self, tree: &Tree) -> Result<Answer> {
        let state = State { tree: tree.clone(), log: Vec::new(), parts: None, errors: self.errors };
        let mut store = Store::new(self.module.engine(), state);
        let instance = self.linker.instantiate(&mut store, &self.module)?;
        let Some(memory) = instance.get_memory(&mut store, "memory") else { bail!("no memory") };
        let mut address = |name: &str| -> Result<u32> {
            instance.get_typed_func::<(), u32>(&mut store, name)?.call(&mut store, ())
        };
        let (program, watch, fails) = (address("program")?, address("watch")?, address("fails")?);
        let bytes: Vec<u8> = tree.program().iter().flat_map(|w| w.to_le_bytes()).collect();
        memory.write(&mut store, program as usize, &bytes)?;
        memory.write(&mut store, fails as usize, &tree.hook_fails.to_le_bytes())?;
        let engine = self.module.engine();
        let foreign = TagType::new(FuncType::new(engine, [ValType::I32], []));
        let foreign = Tag::new(&mut store, &foreign)?;
        store.data_mut().parts = Some(Parts { instance, memory, watch, foreign });

        let end = match host(store.as_context_mut(), 0) {
            Ok(value) => Outcome::Value(value),
            Err(error) => failed(&mut store.as_context_mut(), error)?.outcome,
        };
        Ok(Answer { log: store.into_data().log, end })
    }
}

impl Host for InWasmtime {
    fn walk(&mut self, tree: &Tree) -> anyhow::Result<Answer> {
        self.walk_in(tree).map_err(|e| anyhow::anyhow!("{e:?}"))
    }
}

fn parts(store: &Context<'_>) -> Result<Parts> {
    match store.data().parts {
        Some(parts) => Ok(parts),
        None => bail!("the host is called before its time"),
    }
}

fn host(mut store: Context<'_>, id: u32) -> Result<u32> {
    let node = store.data().tree.host[id as usize].clone();
    let mut answer = id;
    for visit in &node.visits {
        let came = match enter(&mut store, visit.node, visit.variant)? {
            Ok(value) => value,
            Err(failed) => match visit.on_failure {
                OnFailure::Swallow => SWALLOWED,
                OnFailure::Replace => return throw(store, id),
                OnFailure::Pass => match failed.exception {
                    Some(exception) => return store.throw(exception),
                    None => return Err(failed.error),
                },
            },
        };
        answer = answer.rotate_left(5) ^ came;
    }
    match node.throws {
        Throws::Nothing => Ok(answer),
        Throws::Object => throw(store, id),
        Throws::Stack => unreachable!("the host has none of its own"),
    }
}

/// A foreign exception: every other node throws one of wasm's, the others an error.
fn throw(mut store: Context<'_>, id: u32) -> Result<u32> {
    if id % 2 == 1 && store.data().errors {
        return Err(Foreign(id).into());
    }
    let tag = parts(&store)?.foreign;
    let ty = ExnType::from_tag_type(&tag.ty(&store))?;
    let ty = ExnRefPre::new(&mut store, ty);
    let exception = ExnRef::new(&mut store, &ty, &tag, &[Val::I32(id as i32)])?;
    store.throw(exception)
}

/// A call of an export. The outer error is the host's own.
fn enter(
    store: &mut Context<'_>,
    node: u32,
    variant: Variant,
) -> Result<std::result::Result<u32, Failed>> {
    let instance = parts(store)?.instance;
    let came = match variant {
        Variant::U32 => instance.get_typed_func(&mut *store, "enter_u32")?.call(&mut *store, node),
        Variant::Twin => {
            instance.get_typed_func(&mut *store, "enter_twin")?.call(&mut *store, node)
        }
        Variant::I64 => {
            let export = instance.get_typed_func::<i64, i64>(&mut *store, "enter_i64")?;
            export.call(&mut *store, widen(node)).and_then(narrow)
        }
        Variant::F32 => {
            let export = instance.get_typed_func::<f32, f32>(&mut *store, "enter_f32")?;
            export.call(&mut *store, node as f32).map(|value| value as u32)
        }
        Variant::F64 => {
            let export = instance.get_typed_func::<f64, f64>(&mut *store, "enter_f64")?;
            export.call(&mut *store, f64::from(node) + 0.5).map(|value| (value - 0.5) as u32)
        }
        Variant::Mixed => {
            type Mixed = (f32, i64, u32, f64);
            let export = instance.get_typed_func::<Mixed, i64>(&mut *store, "enter_mixed")?;
            export.call(&mut *store, (0.5, i64::MIN, node, -1.25)).and_then(narrow)
        }
        Variant::Slot => bail!("these trees do not go through the table"),
    };
    let came = match came {
        Ok(value) => Ok(value),
        Err(error) => Err(failed(store, error)?),
    };
    let outcome = match &came {
        Ok(value) => Outcome::Value(*value),
        Err(failed) => failed.outcome.clone(),
    };
    let note = note(store, node, outcome)?;
    store.data_mut().log.push(note);
    Ok(came)
}

fn note(store: &mut Context<'_>, node: u32, outcome: Outcome) -> Result<Note> {
    let Parts { instance, watch, .. } = parts(store)?;
    let state = instance.get_global(&mut *store, "__unpoison_state");
    let state = state.and_then(|state| state.get(&mut *store).i32()).unwrap_or(0) as u32;
    let words = words(store, watch, 7)?;
    let mut watch = [0; 7];
    watch.copy_from_slice(&words);
    Ok(Note { node, outcome, state, watch })
}

fn words(store: &Context<'_>, address: u32, count: usize) -> Result<Vec<u32>> {
    let mut bytes = vec![0; 4 * count];
    parts(store)?.memory.read(store.as_context(), address as usize, &mut bytes)?;
    let word = |four: &[u8]| u32::from_le_bytes([four[0], four[1], four[2], four[3]]);
    Ok(bytes.chunks(4).map(word).collect())
}

fn failed(store: &mut Context<'_>, error: wasmtime::Error) -> Result<Failed> {
    if error.is::<ThrownException>() {
        let Some(exception) = store.take_pending_exception() else { bail!("nothing is thrown") };
        let outcome = exception_outcome(store, exception)?;
        return Ok(Failed { outcome, error, exception: Some(exception) });
    }
    let outcome = if let Some(foreign) = error.downcast_ref::<Foreign>() {
        Outcome::Foreign(foreign.0)
    } else {
        match error.downcast_ref::<Trap>() {
            Some(Trap::StackOverflow) => Outcome::Trap("stack".into()),
            Some(Trap::MemoryOutOfBounds) => Outcome::Trap("memory".into()),
            Some(Trap::IntegerDivisionByZero) => Outcome::Trap("division".into()),
            Some(Trap::IndirectCallToNull | Trap::BadSignature | Trap::TableOutOfBounds) => {
                Outcome::Trap("indirect".into())
            }
            Some(Trap::UnreachableCodeReached) => Outcome::Trap("unreachable".into()),
            Some(other) => Outcome::Trap(other.to_string()),
            None => Outcome::Lost(format!("{error:?}")),
        }
    };
    Ok(Failed { outcome, error, exception: None })
}

fn exception_outcome(store: &mut Context<'_>, exception: Rooted<ExnRef>) -> Result<Outcome> {
    let Parts { instance, foreign, .. } = parts(store)?;
    let tag = exception.tag(&mut *store)?;
    let Some(value) = exception.field(&mut *store, 0)?.i32() else { bail!("not an i32") };
    let value = value as u32;
    if Tag::eq(&tag, &foreign, &*store) {
        return Ok(Outcome::Foreign(value));
    }
    for name in TAGS {
        let Some(Extern::Tag(known)) = instance.get_export(&mut *store, name) else { continue };
        if Tag::eq(&tag, &known, &*store) {
            let newest = instance.get_typed_func::<(), u32>(&mut *store, "__unpoison_report")?;
            let newest = newest.call(&mut *store, ())?;
            if newest != value {
                return Ok(Outcome::Lost(format!("{name} with report {value}, not {newest}")));
            }
            let report = words(store, value, 11)?;
            let mut bytes = vec![0; report[4] as usize];
            parts(store)?.memory.read(store.as_context(), report[3] as usize, &mut bytes)?;
            let message = (report[3] != 0).then(|| String::from_utf8_lossy(&bytes).into_owned());
            let exception = Exception { tag: name.into(), kind: report[1], message };
            return Ok(Outcome::Exception(exception));
        }
    }
    Ok(Outcome::Lost("an unknown tag".into()))
}

/// Needs more than 32 bits, so that a half that is lost shows.
fn widen(word: u32) -> i64 {
    (i64::from(word) << 24) | 0x5a_5a5a
}

fn narrow(wide: i64) -> Result<u32> {
    if wide & 0xff_ffff != 0x5a_5a5a {
        bail!("a wide value was cut: {wide:#x}");
    }
    Ok((wide >> 24) as u32)
}

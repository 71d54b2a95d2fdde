//! Requests to the fixture `ledger` by `unpoison_wasmtime::Recovering`, one after the other,
//! each answer compared with a model's: `cargo xtask soak wasmtime` runs it.

mod model;

pub use model::Mode;

use model::{ACCOUNTS, Call, MONEY, Model, Request, Requests};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;
use unpoison_wasmtime::{Checkpoints, Error, Failure, Kind, Recovering};
use wasmtime::{Config, Engine, Linker, Module, Store};

/// How many wrong answers are shown.
const EXAMPLES: usize = 5;

/// What a run comes to.
#[derive(Debug, Default)]
pub struct Figures {
    /// Failures that were answered as they should be.
    pub failures: BTreeMap<&'static str, u64>,
    /// Answers that the model does not give.
    pub wrong: u64,
    /// Errors that are no failure of the module's.
    pub untyped: u64,
    /// Some of what was wrong.
    pub examples: Vec<String>,
    /// Bytes that the process holds after a tenth of the requests, and after all.
    pub resident: Vec<u64>,
    /// Instances made.
    pub instances: u64,
    seconds: f64,
    /// Of each request, in nanoseconds.
    times: Vec<u32>,
}

impl Figures {
    /// As `cargo xtask soak` reads it.
    pub fn json(mut self) -> Value {
        self.times.sort_unstable();
        let at = |share: usize| {
            f64::from(self.times.get(self.times.len() * share / 100).copied().unwrap_or(0)) / 1e3
        };
        json!({
            "requests": self.times.len(), "failures": self.failures, "wrong": self.wrong,
            "untyped": self.untyped, "examples": self.examples, "resident": self.resident,
            "instances": self.instances, "seconds": self.seconds, "p50": at(50), "p99": at(99),
        })
    }

    fn lose(&mut self, what: String) {
        self.wrong += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(what);
        }
    }
}

/// Makes so many requests to the module.
///
/// # Errors
/// Where wasmtime does not take it.
pub fn soak(
    module: &Path,
    mode: Mode,
    config: &mut Config,
    requests: usize,
) -> wasmtime::Result<Figures> {
    let engine = Engine::new(config.wasm_exceptions(true))?;
    let mut ledger = ledger(&Module::from_file(&engine, module)?, mode)?;
    let mut model = Model::new(mode);
    // Written to now: a page counts once it is.
    let mut figures = Figures { times: vec![1; requests], ..Figures::default() };
    let start = Instant::now();
    for (n, request) in Requests::default().take(requests).enumerate() {
        let expected = model.answer(&request);
        let before = Instant::now();
        let answer = ask(&mut ledger, &request);
        figures.times[n] = u32::try_from(before.elapsed().as_nanos()).unwrap_or(u32::MAX);
        let answer = answer.map_err(|error| match error {
            Error::Failed(failure) => told(&failure, mode),
            other => {
                figures.untyped += 1;
                format!("untyped: {other:?}")
            }
        });
        if answer.as_ref().map_err(String::as_str) != expected.as_ref().map_err(|error| *error) {
            figures.lose(format!("request {}: {answer:?} instead of {expected:?}", n + 1));
        } else if let Some(fails) = request.fails {
            *figures.failures.entry(fails.name()).or_default() += 1;
        }
        if n + 1 == requests.div_ceil(10) {
            figures.resident.extend(resident());
        }
    }
    figures.seconds = start.elapsed().as_secs_f64();
    figures.resident.extend(resident());
    // The newest may have failed; none takes its place before the next call.
    figures.instances = ledger.generation();
    if figures.instances != model.generation {
        figures.lose(format!("{} instances, not {}", figures.instances, model.generation));
    }
    Ok(figures)
}

fn ledger(module: &Module, mode: Mode) -> wasmtime::Result<Recovering<()>> {
    let engine = module.engine().clone();
    let mut linker = Linker::new(&engine);
    linker.func_wrap("env", "host_step", |step: i32| step)?;
    let pre = linker.instantiate_pre(module)?;
    let checkpoints = match mode {
        Mode::Checkpoint => Checkpoints::EachCall,
        Mode::Fresh | Mode::Unwind => Checkpoints::Manual,
    };
    let ledger = Recovering::new(pre, move |_| Store::new(&engine, ()));
    Ok(ledger.with_checkpoints(checkpoints).with_init(|store, instance| {
        let open = instance.get_typed_func::<(u32, u64), ()>(&mut *store, "open")?;
        open.call(store, (ACCOUNTS, MONEY))
    }))
}

fn ask(ledger: &mut Recovering<()>, request: &Request) -> Result<u64, Error> {
    let Request { call, from, to, amount, fails } = *request;
    match call {
        Call::Transfer => {
            let fails = fails.map_or(0, |fails| fails as u32);
            ledger.call::<_, u32>("transfer", (from, to, u64::from(amount), fails)).map(u64::from)
        }
        Call::Balance => ledger.call("balance", from),
        Call::Sum => ledger.call("sum", ()),
        Call::Journal => ledger.call("journal", ()),
    }
}

/// A failure with all that it must say.
fn told(failure: &Failure, mode: Mode) -> String {
    let Failure { kind, message, file, line, allocation, stack_exhausted, lives, .. } = failure;
    if *lives != (*kind == Kind::Panic && mode == Mode::Unwind) {
        return format!("lives: {lives}, {failure:?}");
    }
    let said = message.as_deref().unwrap_or_default();
    match (kind, file, allocation) {
        (Kind::Panic, Some(file), None) if *line > 0 => format!("{kind:?}: {said}, {file}"),
        (Kind::Alloc, _, Some((size, align))) => format!("{kind:?}: {size} bytes by {align}"),
        (Kind::Trap, ..) if *stack_exhausted => format!("{kind:?}: a stack was exhausted"),
        (Kind::Abort | Kind::Trap, _, None) => format!("{kind:?}"),
        _ => format!("{failure:?}"),
    }
}

/// Bytes that this process holds, where the system says so as Linux does.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes << 10)
}

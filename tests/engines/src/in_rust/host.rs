// The host of `steps`, for the engine whose interface is `api`. Included by `in_rust.rs`.

use crate::steps::{Arg, Call, Host, Report, Run, Seen};
use api::{AsContext as _, AsContextMut as _};

type Context<'a> = api::StoreContextMut<'a, State>;

/// An instance and the run in it.
struct State {
    host: Option<Host>,
    log: Vec<Seen>,
    instance: Option<api::Instance>,
}

/// What the host's function fails by.
#[derive(Debug)]
struct Own;

impl std::fmt::Display for Own {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the host's own")
    }
}

impl std::error::Error for Own {}

/// Makes each run on an instance of its own.
pub(crate) fn walk(bytes: &[u8], runs: &[Run]) -> anyhow::Result<Vec<Vec<Seen>>> {
    let engine = engine();
    let module = api::Module::new(&engine, bytes).map_err(|e| anyhow::anyhow!("{e:?}"))?;
    runs.iter().map(|run| walk_one(&engine, &module, run)).collect()
}

fn walk_one(engine: &api::Engine, module: &api::Module, run: &Run) -> anyhow::Result<Vec<Seen>> {
    let failed = |e: Error| anyhow::anyhow!("{e:?}");
    let mut linker = api::Linker::<State>::new(engine);
    let host = |mut caller: api::Caller<'_, State>, _: i32| host_step(caller.as_context_mut());
    let _ = linker.func_wrap("env", "host_step", host).map_err(|e| anyhow::anyhow!("{e:?}"))?;
    others(&mut linker, module).map_err(failed)?;
    let state = State { host: run.host.clone(), log: Vec::new(), instance: None };
    let mut store = api::Store::new(engine, state);
    let instance = instantiate(&linker, &mut store, module).map_err(failed)?;
    store.data_mut().instance = Some(instance);
    for call in &run.calls {
        let _seen = perform(&mut store.as_context_mut(), call, false);
    }
    Ok(store.into_data().log)
}

fn host_step(mut context: Context<'_>) -> Result<i32, Error> {
    let Some(Host { calls, swallow }) = context.data().host.clone() else { return Err(own()) };
    for call in &calls {
        match perform(&mut context, call, true) {
            Err((_, Some(thrown))) if !swallow => return Err(throw(context, thrown)),
            Err((error, None)) if !swallow => return Err(error),
            _ => {}
        }
    }
    Ok(7)
}

/// Makes a call and writes down what came.
fn perform(context: &mut Context<'_>, call: &Call, nested: bool) -> Result<(), (Error, Option<Thrown>)> {
    let instance = context.data().instance.expect("it is called when it is there");
    let global = instance.get_global(&mut *context, "__unpoison_state").expect("the state");
    let came = match call.export {
        "=state" => {
            let [Arg::I32(state)] = call.args[..] else { panic!("the state is a number") };
            global.set(&mut *context, api::Val::I32(state)).expect("the state is mutable");
            Ok(String::new())
        }
        export => invoke(context, instance, export, &call.args),
    };
    let (value, ended, came) = match came {
        Ok(value) => (Some(value), None, Ok(())),
        Err(error) => {
            let thrown = take_exception(context, &error);
            let ended = match &thrown {
                Some((name, _)) => (*name).to_owned(),
                None if is_own(&error) => "host".to_owned(),
                None if is_trap(&error) => "trap".to_owned(),
                None => format!("{error:?}"),
            };
            (None, Some(ended), Err((error, thrown.map(|(_, thrown)| thrown))))
        }
    };
    let state = match global.get(&mut *context) {
        api::Val::I32(state) => state as u32,
        other => panic!("a state of {other:?}"),
    };
    let at = invoke(context, instance, "__unpoison_report", &[]).expect("the report answers");
    let at: i32 = at.parse().expect("an address");
    let memory = instance.get_memory(&mut *context, "memory").expect("a memory");
    let report = Report::read(memory.data(context.as_context()), at as u32);
    context.data_mut().log.push(Seen { nested, value, ended, state, report });
    came
}

fn invoke(
    context: &mut Context<'_>,
    instance: api::Instance,
    export: &str,
    args: &[Arg],
) -> Result<String, Error> {
    let function = instance.get_func(&mut *context, export).expect("an export of that name");
    let args: Vec<api::Val> = args
        .iter()
        .map(|arg| match arg {
            Arg::I32(number) => api::Val::I32(*number),
            Arg::I64(number) => api::Val::I64(*number),
        })
        .collect();
    let mut results = vec![api::Val::I32(0); function.ty(&*context).results().len()];
    function.call(&mut *context, &args, &mut results)?;
    Ok(match results[..] {
        [api::Val::I32(number)] => number.to_string(),
        [api::Val::I64(number)] => number.to_string(),
        _ => String::new(),
    })
}

/// Whether the engine takes a module.
pub(crate) fn takes(bytes: &[u8]) -> bool {
    api::Module::new(&engine(), bytes).is_ok()
}

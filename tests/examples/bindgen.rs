//! The command `wasm-bindgen`, for what has no use for its library otherwise: as
//! `bindgen MODULE DIR [KIND]`, or with the options that worker-build gives it.
//! KIND is `reset` unless given:
//! - `reset`: `--target web --experimental-reset-state-function`
//! - `bare`: `--target nodejs`
//! - `bare-reset`: `--target nodejs --experimental-reset-state-function`
//! - `guarded`: `--target nodejs --force-enable-abort-handler`

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.iter().any(|arg| arg.starts_with("--")) {
        return command(&args);
    }
    let (module, dir, kind) = match &args[..] {
        [module, dir] => (module, dir, "reset"),
        [module, dir, kind] => (module, dir, kind.as_str()),
        _ => bail!("bindgen MODULE DIR [KIND]"),
    };
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module);
    match kind {
        "reset" => bindgen.reset_state_function(true).web(true)?,
        "bare" => bindgen.nodejs(true)?,
        "bare-reset" => bindgen.reset_state_function(true).nodejs(true)?,
        "guarded" => bindgen.force_enable_abort_handler(true).nodejs(true)?,
        _ => bail!("no such kind of glue: {kind}"),
    };
    bindgen.generate(dir)
}

/// As the real command takes it, but for types, which are written if asked for.
fn command(args: &[String]) -> Result<()> {
    let mut bindgen = Bindgen::new();
    let mut dir = None;
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} has no value"));
        match arg.as_str() {
            "--out-dir" => dir = Some(value()?),
            "--out-name" => drop(bindgen.out_name(value()?)),
            "--target" => match value()?.as_str() {
                "module" => drop(bindgen.module(true)?),
                "bundler" => drop(bindgen.bundler(true)?),
                "nodejs" => drop(bindgen.nodejs(true)?),
                "web" => drop(bindgen.web(true)?),
                other => bail!("no such target: {other}"),
            },
            "--no-typescript" => drop(bindgen.typescript(false)),
            "--typescript" => drop(bindgen.typescript(true)),
            "--no-demangle" => drop(bindgen.demangle(false)),
            "--debug" => drop(bindgen.debug(true)),
            "--keep-debug" => drop(bindgen.keep_debug(true)),
            "--experimental-reset-state-function" => drop(bindgen.reset_state_function(true)),
            "--force-enable-abort-handler" => drop(bindgen.force_enable_abort_handler(true)),
            module if !module.starts_with("--") => drop(bindgen.input_path(module)),
            other => bail!("no such option: {other}"),
        }
    }
    bindgen.generate(dir.context("no --out-dir")?)
}

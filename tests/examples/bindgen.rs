//! `bindgen MODULE DIR [KIND]`: the command `wasm-bindgen`, for what has no use for its
//! library otherwise. KIND is `reset` unless given:
//! - `reset`: `--target web --experimental-reset-state-function`
//! - `bare`: `--target nodejs`
//! - `bare-reset`: `--target nodejs --experimental-reset-state-function`
//! - `guarded`: `--target nodejs --force-enable-abort-handler`

use wasm_bindgen_cli_support::Bindgen;

fn main() -> anyhow::Result<()> {
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    let (module, dir, kind) = match &args[..] {
        [module, dir] => (module, dir, "reset"),
        [module, dir, kind] => (module, dir, kind.to_str().unwrap_or_default()),
        _ => anyhow::bail!("bindgen MODULE DIR [KIND]"),
    };
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module);
    match kind {
        "reset" => bindgen.reset_state_function(true).web(true)?,
        "bare" => bindgen.nodejs(true)?,
        "bare-reset" => bindgen.reset_state_function(true).nodejs(true)?,
        "guarded" => bindgen.force_enable_abort_handler(true).nodejs(true)?,
        _ => anyhow::bail!("no such kind of glue: {kind}"),
    };
    bindgen.generate(dir)
}

//! `bindgen MODULE DIR`: the command `wasm-bindgen --target web
//! --experimental-reset-state-function`, for what has no use for its library otherwise.

use wasm_bindgen_cli_support::Bindgen;

fn main() -> anyhow::Result<()> {
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    let [module, dir] = &args[..] else { anyhow::bail!("bindgen MODULE DIR") };
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module).reset_state_function(true).web(true)?.generate(dir)
}

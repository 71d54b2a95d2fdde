//! `unpoison-soak LEDGER fresh|checkpoint|unwind REQUESTS`: prints figures as JSON.

use std::path::Path;
use unpoison_soak::{Mode, soak};
use wasmtime::{Config, Error};

fn main() -> wasmtime::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [module, mode, requests] = &args[..] else {
        return Err(Error::msg("usage: unpoison-soak LEDGER fresh|checkpoint|unwind REQUESTS"));
    };
    let mode = match mode.as_str() {
        "fresh" => Mode::Fresh,
        "checkpoint" => Mode::Checkpoint,
        "unwind" => Mode::Unwind,
        other => return Err(Error::msg(format!("no mode {other}"))),
    };
    let requests = requests.parse()?;
    println!("{}", soak(Path::new(module), mode, &mut Config::new(), requests)?.json());
    Ok(())
}

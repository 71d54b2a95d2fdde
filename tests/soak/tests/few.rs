//! A few of the requests of `cargo xtask soak wasmtime`, in a build for tests.

use unpoison_soak::{Mode, soak};
use wasmtime::{Config, OptLevel};
use xtask::setup;
use xtask::soak::{Figures, Host, Mode as Build, module};

const REQUESTS: usize = 20_000;

fn few(mode: Mode, built: Build) {
    let folder = tempfile::tempdir().unwrap();
    let toolchain = &setup::get().toolchain;
    let module = module(toolchain, Host::Wasmtime, built, folder.path()).unwrap();
    let mut config = Config::new();
    // Compiled by an unoptimized compiler: the less it does, the better.
    config.cranelift_opt_level(OptLevel::None);
    let figures = soak(&module, mode, &mut config, REQUESTS).unwrap();
    let figures: Figures = serde_json::from_value(figures.json()).unwrap();
    figures.judge().unwrap();
    assert_eq!(figures.requests, REQUESTS as u64);
    assert!(figures.failures.contains_key("panic") && figures.failures.contains_key("abort"));
}

#[test]
fn each_answer_is_right_on_fresh_instances() {
    few(Mode::Fresh, Build::Fresh);
}

#[test]
fn each_answer_is_right_behind_checkpoints() {
    few(Mode::Checkpoint, Build::Checkpoint);
}

#[test]
fn each_answer_is_right_where_panics_unwind() {
    few(Mode::Unwind, Build::Unwind);
}

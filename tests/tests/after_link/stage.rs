//! What people do to modules after the link.

use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use unpoison_tests::{inspect, matrix};
use xtask::{after_link, run, setup};

/// A program that turns one module into another.
pub(crate) struct Stage {
    /// As a person would type it.
    pub(crate) name: String,
    command: fn(&Stage) -> Command,
    args: &'static [&'static str],
    program: PathBuf,
    /// Whether the section `unpoison` stays.
    pub(crate) keeps_sites: bool,
}

fn script(stage: &Stage) -> Command {
    let mut node = Command::new(&setup::get().node.system);
    node.arg(&stage.program);
    node
}

fn program(stage: &Stage) -> Command {
    Command::new(&stage.program)
}

impl Stage {
    fn new(program: &Path, command: fn(&Stage) -> Command, args: &'static [&'static str]) -> Self {
        let file = program.file_name().unwrap().to_string_lossy();
        let name = format!("{file} {}", args.join(" "));
        let keeps_sites = !name.starts_with("wasm-tools strip");
        Self { name, command, args, program: program.to_path_buf(), keeps_sites }
    }

    /// `from` into `to`; no flags but those that are the stage's own.
    pub(crate) fn run(&self, from: &Path, to: &Path) -> Result<()> {
        let mut command = (self.command)(self);
        command.args(self.args).arg(from).arg("-o").arg(to);
        run::quiet(&mut command)?;
        let bytes = std::fs::read(to)?;
        if let Err(e) = inspect::validate(&bytes) {
            bail!("`{}` wrote a module that is not valid: {e:#}", self.name);
        }
        Ok(())
    }
}

/// npm's binaryen; with everything else in a wide run.
pub(crate) fn stages() -> Vec<Stage> {
    let binaryen = setup::get().node.wasm_opt.clone();
    let opt = |args| Stage::new(&binaryen, script, args);
    let mut stages = vec![opt(&["-O3"]), opt(&["-Oz"]), opt(&["-O4", "-g"])];
    if matrix::whole() {
        let tools = after_link::setup().unwrap();
        let strip = |args| Stage::new(&tools.wasm_tools, program, args);
        stages.push(strip(&["strip"]));
        stages.push(strip(&["strip", "-a"]));
        stages.push(opt(&["-O3", "--converge", "--gufa"]));
        stages.push(opt(&["-O2", "--strip-debug", "--strip-producers"]));
        stages.push(Stage::new(&tools.wasm_opt, program, &["-O3"]));
        stages.push(Stage::new(&tools.wasm_opt, program, &["-Oz"]));
    }
    stages
}

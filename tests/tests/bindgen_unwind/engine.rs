//! Engines that run the scenarios of `js/bindgen-unwind`.

use anyhow::{Context, Result};
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use unpoison_tests::glue::Glue;
use xtask::fixture::Eh;
use xtask::{run, setup};

/// What runs a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Node20,
    Node24,
    Chromium,
    Workerd,
}

impl Engine {
    /// Those that take an encoding of exception handling.
    pub(crate) fn all(eh: Eh) -> Vec<Self> {
        let newer = [Self::Node24, Self::Chromium, Self::Workerd];
        let oldest = (eh == Eh::Legacy).then_some(Self::Node20);
        oldest.into_iter().chain(newer).collect()
    }

    /// What the scenarios of some kinds saw, by their names.
    pub(crate) fn run(self, glue: &Glue, kinds: &[&str]) -> Result<Value> {
        let node = &setup::get().node;
        let mut command = match self {
            Self::Node20 => script(&node.system, "node.mjs"),
            Self::Node24 => script(&node.newer, "node.mjs"),
            Self::Chromium => script(&node.system, "chromium.mjs"),
            Self::Workerd => script(&node.system, "workerd.mjs"),
        };
        command.arg(glue.script()).arg(glue.wasm()).args(kinds);
        let said = run::quiet(command.env("UNPOISON_CHROMIUM", &setup::get().chromium))
            .with_context(|| format!("{self:?}"))?;
        serde_json::from_str(&said).with_context(|| format!("{self:?} printed: {said}"))
    }
}

fn script(node: &Path, name: &str) -> Command {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("js/bindgen-unwind").join(name);
    let mut command = Command::new(node);
    command.arg("--expose-gc").arg(script);
    command
}

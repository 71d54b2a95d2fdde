//! Engines that walk one tree after the other, each on an instance of its own.

use crate::outcome::Answer;
use crate::tree::Tree;
use crate::walks::Host;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use unpoison_tests::node;
use xtask::run;

/// A running `tests/js/tree.mjs`, or one for another engine.
#[derive(Debug)]
pub(crate) struct Engine {
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
}

impl Engine {
    /// Starts it.
    pub(crate) fn start(node: &Path) -> Result<Self> {
        Self::start_with(node, &[])
    }

    /// Starts it with options for Node.
    fn start_with(node: &Path, options: &[&str]) -> Result<Self> {
        Self::start_script(node, options, "tree.mjs")
    }

    /// Starts what drives another engine.
    fn start_script(node: &Path, options: &[&str], script: &str) -> Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("js").join(script);
        let mut child = Command::new(node)
            .args(options)
            .arg(script)
            .env("UNPOISON_CHROMIUM", &xtask::setup::get().chromium)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", node.display()))?;
        let to = child.stdin.take();
        let from = BufReader::new(child.stdout.take().context("no stdout")?);
        Ok(Self { child, to, from })
    }

    /// Walks a tree on a fresh instance of a module.
    pub(crate) fn walk(&mut self, module: &Path, tree: &Tree) -> Result<Answer> {
        let request = serde_json::json!({ "module": module, "tree": tree.wire() });
        let to = self.to.as_mut().context("no stdin")?;
        writeln!(to, "{request}")?;
        let mut line = String::new();
        if self.from.read_line(&mut line)? == 0 {
            bail!("the engine ended; its words are above");
        }
        if let Some(error) = line.strip_prefix('!') {
            bail!("the host failed: {error}");
        }
        serde_json::from_str(&line).with_context(|| format!("the host's answer: {line}"))
    }
}

/// A module in a running Node, or in what a script of Node's drives.
#[derive(Debug)]
pub(crate) struct InNode<'m> {
    engine: Engine,
    module: &'m Path,
}

impl<'m> InNode<'m> {
    /// Starts Node.
    pub(crate) fn start(node: &Path, options: &[&str], module: &'m Path) -> Result<Self> {
        Ok(Self { engine: Engine::start_with(node, options)?, module })
    }

    /// Starts another engine, by its script in `tests/js`.
    pub(crate) fn other(script: &str, module: &'m Path) -> Result<Self> {
        let node = &xtask::setup::get().node.system;
        Ok(Self { engine: Engine::start_script(node, &[], script)?, module })
    }
}

impl Host for InNode<'_> {
    fn walk(&mut self, tree: &Tree) -> Result<Answer> {
        self.engine.walk(self.module, tree)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // It ends where its input does, and takes with it what it started.
        drop(self.to.take());
        let _ = self.child.wait();
    }
}

/// Runs another script of `tests/js` to its end; answers the JSON that it printed.
pub(crate) fn script(node: &Path, options: &[&str], name: &str, args: &[&Path]) -> Result<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("js").join(name);
    let mut command = Command::new(node);
    let said = run::quiet(command.args(options).arg(script).args(args))?;
    serde_json::from_str(&said).with_context(|| format!("{name} printed: {said}"))
}

/// Room for the reference and the generator to go as deep as the module.
const STACK: usize = 256 << 20;

/// For each engine a thread of its own: most of the time is the engine's.
pub(crate) fn in_every_node(test: impl Fn(PathBuf) + Sync) {
    let test = &test;
    std::thread::scope(|scope| {
        for engine in node::nodes() {
            let thread = std::thread::Builder::new().stack_size(STACK);
            thread.spawn_scoped(scope, move || test(engine)).unwrap();
        }
    });
}

//! Modules in Node, through `js/run.mjs`.

use anyhow::{Context, Result, bail};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A call of an export.
#[derive(Clone, Debug, Serialize)]
pub struct Call {
    /// The export's name.
    pub export: String,
    /// Its arguments.
    pub args: Vec<Arg>,
    /// "text" where the result is a packed text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returns: Option<&'static str>,
}

/// An argument of a [`Call`].
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Arg {
    /// A wasm number.
    Number(i32),
    /// A text, passed through memory.
    Text {
        /// What it says.
        text: String,
    },
}

impl From<i32> for Arg {
    fn from(number: i32) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text { text: text.to_owned() }
    }
}

/// A call with numbers.
pub fn call(export: &str, args: &[i32]) -> Call {
    let args = args.iter().copied().map(Arg::from).collect();
    Call { export: export.to_owned(), args, returns: None }
}

/// A call that answers a text.
pub fn text_call(export: &str, args: impl IntoIterator<Item = Arg>) -> Call {
    let args = args.into_iter().collect();
    Call { export: export.to_owned(), args, returns: Some("text") }
}

/// What the host saw of one instance.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Run {
    /// What came of each call.
    pub calls: Vec<Outcome>,
    /// `__unpoison_state` at the end, if the module has it.
    pub state: Option<u32>,
}

/// What the host saw of one call.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// A value came back.
    Ok(serde_json::Value),
    /// An exception with one of unpoison's tags.
    Exception {
        /// The tag's export name.
        tag: String,
        /// What it points to.
        report: Report,
    },
    /// The engine stopped the code.
    Trap(String),
    /// Anything else was thrown.
    Thrown(String),
}

/// The report of the module contract.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[allow(missing_docs, reason = "the words of the contract")]
pub struct Report {
    pub version: u32,
    pub kind: u32,
    pub site: u32,
    pub message: Option<String>,
    pub file: Option<String>,
    pub line: u32,
    pub column: u32,
    pub size: u32,
    pub align: u32,
}

/// The Nodes that modules must run on: the machine's own and version 24.
pub fn nodes() -> Vec<PathBuf> {
    let node = &xtask::setup::get().node;
    vec![node.system.clone(), node.newer.clone()]
}

/// What a script of `tests/js` answers of a module, given `input`; both as JSON.
pub fn ask<A: DeserializeOwned>(
    node: &Path,
    script: &str,
    module: &Path,
    input: &(impl Serialize + ?Sized),
) -> Result<A> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("js").join(script);
    let mut child = Command::new(node)
        .arg(path)
        .arg(module)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", node.display()))?;
    let input = serde_json::to_vec(input)?;
    // The script reads all of it before it writes a byte.
    child.stdin.take().context("no stdin")?.write_all(&input)?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!(
            "{} failed on {}: {}",
            node.display(),
            module.display(),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    serde_json::from_slice(&output.stdout).with_context(|| format!("{script}'s answer"))
}

/// Makes each list of calls on an instance of its own.
pub fn run(node: &Path, module: &Path, runs: &[Vec<Call>]) -> Result<Vec<Run>> {
    let outcomes: Vec<Run> = ask(node, "run.mjs", module, runs)?;
    if outcomes.len() != runs.len() {
        bail!("{} runs, {} outcomes", runs.len(), outcomes.len());
    }
    Ok(outcomes)
}

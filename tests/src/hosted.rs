//! The fixtures `unwind` and `edges` in Node, with a host that is told what to do.

use crate::node::{self, Outcome, Report};
use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use xtask::fixture::Eh;
use xtask::setup;

/// What one instance goes through; see `tests/js/unwind.mjs`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Script {
    calls: Vec<Value>,
    hosts: Vec<Value>,
}

impl Script {
    /// A call by the host that begins it all.
    pub fn call(mut self, export: &str, args: &[i32]) -> Self {
        self.calls.push(call(export, args));
        self
    }

    /// What the next of the host's nodes does.
    pub fn host(mut self, actions: &[Value]) -> Self {
        self.hosts.push(Value::from(actions));
        self
    }
}

fn call(export: &str, args: &[i32]) -> Value {
    std::iter::once(json!(export)).chain(args.iter().map(|n| json!(n))).collect()
}

/// The host calls, and swallows a failure.
pub fn swallows(export: &str, args: &[i32]) -> Value {
    json!({ "call": call(export, args) })
}

/// The host calls, and a failure goes on through it.
pub fn passes(export: &str, args: &[i32]) -> Value {
    json!({ "pass": call(export, args) })
}

/// The engine's stack ends in the host's function.
pub fn exhausts() -> Value {
    json!({ "throw": "stack" })
}

/// The host throws an object of its own.
pub fn throws(what: &str) -> Value {
    json!({ "throw": what })
}

/// What the host saw when a call of an export had ended.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Note {
    /// Its name.
    pub export: String,
    /// What came of it.
    pub outcome: Outcome,
    /// `__unpoison_state`.
    pub state: Option<u32>,
    /// Read past the module's guard.
    pub watch: Watch,
}

/// The fixture's `Watch`.
#[allow(missing_docs, reason = "the fixture says what they are")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "[u32; 6]")]
pub struct Watch {
    pub dropped: u32,
    pub panicking: u32,
    pub payloads: u32,
    pub left: u32,
    pub caught: u32,
    pub hooks: u32,
}

impl From<[u32; 6]> for Watch {
    fn from([dropped, panicking, payloads, left, caught, hooks]: [u32; 6]) -> Self {
        Self { dropped, panicking, payloads, left, caught, hooks }
    }
}

impl Note {
    /// The tag and the report of the exception that it was.
    #[track_caller]
    pub fn exception(&self) -> (&str, &Report) {
        match &self.outcome {
            Outcome::Exception { tag, report } => (tag, report),
            _ => panic!("no exception of unpoison's: {self:?}"),
        }
    }

    /// It answered this, on an instance that lives.
    #[track_caller]
    pub fn answered(&self, value: i32) {
        assert_eq!(self.outcome, Outcome::Ok(value.into()), "{self:?}");
        assert_eq!(self.state, Some(0), "{self:?}");
    }

    /// A panic left, and the instance lives on.
    #[track_caller]
    pub fn panicked(&self, message: &str) -> &Report {
        let (tag, report) = self.exception();
        assert_eq!((tag, report.kind), ("__unpoison_panic", 1), "{self:?}");
        assert_eq!(report.message.as_deref(), Some(message), "{self:?}");
        assert_eq!(self.state, Some(0), "{self:?}");
        report
    }

    /// The engine stopped the code at an `unreachable`, in this state.
    #[track_caller]
    pub fn trapped(&self, state: Option<u32>) {
        let trapped =
            matches!(&self.outcome, Outcome::Trap(words) if words.contains("unreachable"));
        assert!(trapped, "{self:?}");
        assert_eq!(self.state, state, "{self:?}");
    }

    /// An exception of this tag and kind, on an instance that is sealed.
    #[track_caller]
    pub fn sealed(&self, tag: &str, kind: u32) -> &Report {
        let (was, report) = self.exception();
        assert_eq!((was, report.kind), (tag, kind), "{self:?}");
        assert_eq!(self.state, Some(kind), "{self:?}");
        report
    }
}

/// Runs each script on an instance of its own.
pub fn run(node: &Path, module: &Path, scripts: &[Script]) -> Result<Vec<Vec<Note>>> {
    let logs: Vec<Vec<Note>> = node::ask(node, "unwind.mjs", module, scripts)?;
    if logs.len() != scripts.len() {
        bail!("{} scripts, {} logs", scripts.len(), logs.len());
    }
    Ok(logs)
}

/// The engines that take a flavour.
pub fn engines(eh: Eh) -> Vec<PathBuf> {
    match eh {
        Eh::Legacy => node::nodes(),
        Eh::Exnref => vec![setup::get().node.newer.clone()],
    }
}

//! The fixture `unwind` in Node, with a host that is told what to do.

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use unpoison_tests::links::Pair;
use unpoison_tests::node::{self, Outcome, Report};
use xtask::fixture::{Build, Eh, Point};
use xtask::setup;

/// What one instance goes through; see `tests/js/unwind.mjs`.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Script {
    calls: Vec<Value>,
    hosts: Vec<Value>,
}

impl Script {
    /// A call by the host that begins it all.
    pub(crate) fn call(mut self, export: &str, args: &[i32]) -> Self {
        self.calls.push(call(export, args));
        self
    }

    /// What the next of the host's nodes does.
    pub(crate) fn host(mut self, actions: &[Value]) -> Self {
        self.hosts.push(Value::from(actions));
        self
    }
}

fn call(export: &str, args: &[i32]) -> Value {
    std::iter::once(json!(export)).chain(args.iter().map(|n| json!(n))).collect()
}

/// The host calls, and swallows a failure.
pub(crate) fn swallows(export: &str, args: &[i32]) -> Value {
    json!({ "call": call(export, args) })
}

/// The host calls, and a failure goes on through it.
pub(crate) fn passes(export: &str, args: &[i32]) -> Value {
    json!({ "pass": call(export, args) })
}

/// The host throws an object of its own.
pub(crate) fn throws(what: &str) -> Value {
    json!({ "throw": what })
}

/// What the host saw when a call of an export had ended.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Note {
    pub(crate) export: String,
    pub(crate) outcome: Outcome,
    /// `__unpoison_state`.
    pub(crate) state: Option<u32>,
    pub(crate) watch: Watch,
}

/// The fixture's `Watch`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "[u32; 6]")]
pub(crate) struct Watch {
    pub(crate) dropped: u32,
    pub(crate) panicking: u32,
    pub(crate) payloads: u32,
    pub(crate) left: u32,
    pub(crate) caught: u32,
    pub(crate) hooks: u32,
}

impl From<[u32; 6]> for Watch {
    fn from([dropped, panicking, payloads, left, caught, hooks]: [u32; 6]) -> Self {
        Self { dropped, panicking, payloads, left, caught, hooks }
    }
}

impl Note {
    /// The tag and the report of the exception that it was.
    #[track_caller]
    pub(crate) fn exception(&self) -> (&str, &Report) {
        match &self.outcome {
            Outcome::Exception { tag, report } => (tag, report),
            _ => panic!("no exception of unpoison's: {self:?}"),
        }
    }

    /// It answered this, on an instance that lives.
    #[track_caller]
    pub(crate) fn answered(&self, value: i32) {
        assert_eq!(self.outcome, Outcome::Ok(value.into()), "{self:?}");
        assert_eq!(self.state, Some(0), "{self:?}");
    }

    /// A panic left, and the instance lives on.
    #[track_caller]
    pub(crate) fn panicked(&self, message: &str) -> &Report {
        let (tag, report) = self.exception();
        assert_eq!((tag, report.kind), ("__unpoison_panic", 1), "{self:?}");
        assert_eq!(report.message.as_deref(), Some(message), "{self:?}");
        assert_eq!(self.state, Some(0), "{self:?}");
        report
    }

    /// The engine stopped the code at an `unreachable`, in this state.
    #[track_caller]
    pub(crate) fn trapped(&self, state: Option<u32>) {
        let trapped =
            matches!(&self.outcome, Outcome::Trap(words) if words.contains("unreachable"));
        assert!(trapped, "{self:?}");
        assert_eq!(self.state, state, "{self:?}");
    }

    /// An exception of this tag and kind, on an instance that is sealed.
    #[track_caller]
    pub(crate) fn sealed(&self, tag: &str, kind: u32) -> &Report {
        let (was, report) = self.exception();
        assert_eq!((was, report.kind), (tag, kind), "{self:?}");
        assert_eq!(self.state, Some(kind), "{self:?}");
        report
    }
}

/// Runs each script on an instance of its own.
pub(crate) fn run(node: &Path, module: &Path, scripts: &[Script]) -> Result<Vec<Vec<Note>>> {
    let logs: Vec<Vec<Note>> = node::ask(node, "unwind.mjs", module, scripts)?;
    if logs.len() != scripts.len() {
        bail!("{} scripts, {} logs", scripts.len(), logs.len());
    }
    Ok(logs)
}

/// The engines that take a flavour.
pub(crate) fn engines(eh: Eh) -> Vec<PathBuf> {
    match eh {
        Eh::Legacy => node::nodes(),
        Eh::Exnref => vec![setup::get().node.newer.clone()],
    }
}

/// The flavours, each with an ordinary release build.
pub(crate) fn releases() -> [(Eh, Build); 2] {
    [Eh::Legacy, Eh::Exnref].map(|eh| (eh, Build::unwinding(Point::RELEASE, eh)))
}

/// Runs a script in both flavours, linked with options, in every engine that takes it.
pub(crate) fn everywhere(options: &[&str], script: &Script, check: impl Fn(&[Note])) {
    for (eh, build) in releases() {
        let pair = Pair::plain("unwind", build).unwrap();
        let module = pair.with_options(options).unwrap();
        for engine in engines(eh) {
            // Shown if the check fails.
            println!("{}, {}, {options:?}", eh.name(), engine.display());
            let logs = run(&engine, &module, std::slice::from_ref(script)).unwrap();
            println!("{logs:#?}");
            check(&logs[0]);
        }
    }
}

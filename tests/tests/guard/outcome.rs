//! What a host saw: the shape of what `tests/js/tree-host.mjs` answers.

use serde::Deserialize;

/// What came of a tree.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Answer {
    /// Every call of an export, in the order in which they ended.
    pub log: Vec<Note>,
    /// What came of the host's top node.
    pub end: Outcome,
}

/// What the host saw when a call had ended.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Note {
    /// The Rust node that was called.
    pub node: u32,
    /// What came of it.
    pub outcome: Outcome,
    /// `__unpoison_state`.
    pub state: u32,
    /// The fixture's `Watch`.
    pub watch: [u32; 7],
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    /// It came back.
    Value(u32),
    /// One of unpoison's tags.
    Exception(Exception),
    /// The engine's own error; which.
    Trap(String),
    /// The very object that this host node threw.
    Foreign(u32),
    /// Anything else; never right.
    Lost(String),
}

/// An exception with its report.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) struct Exception {
    /// The tag's export name.
    pub tag: String,
    /// Word 1 of the report.
    pub kind: u32,
    /// Words 3 and 4 of the report, read at this moment.
    pub message: Option<String>,
}

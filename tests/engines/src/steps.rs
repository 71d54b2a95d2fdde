//! Calls that a host makes, and what it sees of each: as JSON for engines outside of this
//! program (`tests/js/steps.mjs`, `steps_wasm3.py`).

use serde::{Deserialize, Serialize};

/// Calls on an instance of its own.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    /// In order.
    pub calls: Vec<Call>,
    /// What the import `env.host_step` does; it fails by itself if it does nothing.
    pub host: Option<Host>,
}

/// What a host's function does in the middle of a call.
#[derive(Clone, Debug, Serialize)]
pub struct Host {
    /// Calls of the same instance.
    pub calls: Vec<Call>,
    /// Whether it goes on if one of them fails. It returns 7.
    pub swallow: bool,
}

/// A call of an export, or, as `=state`, a value for `__unpoison_state`.
#[derive(Clone, Debug, Serialize)]
pub struct Call {
    /// The export's name.
    pub export: &'static str,
    /// Its arguments.
    pub args: Vec<Arg>,
}

/// An argument.
#[derive(Clone, Debug)]
pub enum Arg {
    /// A number of 32 bits.
    I32(i32),
    /// A number of 64 bits: a text in JSON.
    I64(i64),
}

impl Serialize for Arg {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::I32(number) => to.serialize_i32(*number),
            Self::I64(number) => to.collect_str(number),
        }
    }
}

/// What was seen of a call, and of the instance after it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Seen {
    /// Whether it was the host function's.
    pub nested: bool,
    /// What it returned, as a decimal number.
    pub value: Option<String>,
    /// How it failed: `panic`, `abort` and `sealed` are exceptions by these tags, `trap` is
    /// the engine's error, `host` the host function's own. Anything else is not foreseen.
    pub ended: Option<String>,
    /// `__unpoison_state`.
    pub state: u32,
    /// What `__unpoison_report` points to.
    pub report: Option<Report>,
}

/// A report, word by word.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[allow(missing_docs, reason = "the words of the contract")]
pub struct Report {
    pub version: u32,
    pub kind: u32,
    pub message: Option<String>,
    pub file: Option<String>,
    pub line: u32,
    pub column: u32,
    pub size: u32,
    pub align: u32,
    pub number: u32,
    pub cause: u32,
}

impl Report {
    /// Reads the one at an address; `None` for 0.
    pub(crate) fn read(memory: &[u8], at: u32) -> Option<Self> {
        let word = |n: usize| {
            let at = at as usize + 4 * n;
            let bytes = memory.get(at..at + 4).expect("a report lies in memory");
            u32::from_le_bytes(bytes.try_into().expect("four bytes"))
        };
        let text = |n: usize| {
            let (at, length) = (word(n) as usize, word(n + 1) as usize);
            let bytes = (at != 0).then(|| &memory[at..at + length])?;
            Some(std::str::from_utf8(bytes).expect("UTF-8").to_owned())
        };
        (at != 0).then(|| Self {
            version: word(0),
            kind: word(1),
            message: text(3),
            file: text(5),
            line: word(7),
            column: word(8),
            size: word(9),
            align: word(10),
            number: word(11),
            cause: word(12),
        })
    }
}

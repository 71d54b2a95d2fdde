//! Ways in which the fixture `ledger` fails, and what every host must see of each.

use crate::steps::{Arg, Call, Host, Run, Seen};
use std::path::Path;
use unpoison_tests::expect::{Message, Place};
use unpoison_tests::node;

/// How a module says that it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// By exceptions with tags.
    On,
    /// By traps: `--unpoison-exceptions=off`.
    Off,
    /// Panics unwind, and leave as exceptions; aborts trap.
    Unwinding,
}

/// What must come of one call.
#[derive(Clone, Copy, Debug)]
pub enum Want {
    /// This value, of a live instance.
    Value(&'static str),
    /// A failure of this kind, which seals.
    Fails(&'static Failure),
    /// This value, of an instance that has had a panic.
    Lives(&'static str),
    /// A panic that unwinds.
    Panics(&'static str),
    /// A trap of the engine's, of which the instance does not know yet.
    Traps,
    /// The exception of a call that was made inside of this one, or its trap.
    Passes,
    /// A refusal, because of this failure.
    Refused(&'static Failure),
    /// A refusal, because the host has sealed the instance: there is no report.
    RefusedByHost,
    /// The host function's own error, of an instance that lives.
    HostsOwn,
}

/// What a report says.
#[derive(Debug)]
pub struct Failure {
    kind: u32,
    message: Message,
    place: Place,
    layout: (u32, u32),
}

/// Calls, and what must come of each, nested ones first.
#[derive(Debug)]
pub struct Case {
    /// What it is about.
    pub name: &'static str,
    /// The calls.
    pub run: Run,
    /// What must come.
    pub wants: Vec<Want>,
    /// Whether a host's function calls back in it.
    pub reenters: bool,
}

const fn failure(kind: u32) -> Failure {
    Failure { kind, message: Message::Nothing, place: Place::Site, layout: (0, 0) }
}

const PANIC: Failure = Failure {
    message: Message::Is("the transfer failed"),
    place: Place::Marked("src/lib.rs", "panic"),
    ..failure(1)
};
const ABORT: Failure = failure(2);
const ALLOC: Failure = Failure {
    message: Message::Is("memory allocation of 2013265920 bytes failed"),
    layout: (0x7800_0000, 8),
    ..failure(3)
};
const TRAP: Failure = failure(5);
/// The message is that of the panic which came first.
const NOUNWIND: Failure = Failure {
    message: Message::Is("before the hook"),
    place: Place::Marked("src/lib.rs", "nounwind"),
    ..failure(4)
};
/// What an exception of the host's had borrowed stays borrowed.
const BORROWED: Failure = Failure { message: Message::Has("borrowed"), ..failure(1) };

fn call(export: &'static str, args: &[Arg]) -> Call {
    Call { export, args: args.to_vec() }
}

fn numbers(export: &'static str, args: &[i32]) -> Call {
    call(export, &args.iter().copied().map(Arg::I32).collect::<Vec<_>>())
}

/// Ten accounts with 100 each.
fn open() -> Call {
    call("open", &[Arg::I32(10), Arg::I64(100)])
}

/// A transfer that fails in one of the fixture's ways.
fn transfer(way: i32) -> Call {
    call("transfer", &[Arg::I32(0), Arg::I32(1), Arg::I64(1), Arg::I32(way)])
}

fn sum() -> Call {
    numbers("sum", &[])
}

/// Calls of the host's alone.
fn case(name: &'static str, calls: Vec<(Call, Want)>) -> Case {
    let (calls, wants) = calls.into_iter().unzip();
    Case { name, run: Run { calls, host: None }, wants, reenters: false }
}

/// `step`, whose import makes a call; then `sum`.
fn reentering(name: &'static str, inside: Call, swallow: bool, wants: [Want; 3]) -> Case {
    let host = Some(Host { calls: vec![inside], swallow });
    let calls = vec![open(), numbers("step", &[1]), sum()];
    let wants = [Want::Value("")].into_iter().chain(wants).collect();
    Case { name, run: Run { calls, host }, wants, reenters: true }
}

/// A failure, and two calls that are refused.
fn fails(name: &'static str, way: i32, failure: &'static Failure) -> Case {
    let first = if failure.kind == TRAP.kind { Want::Traps } else { Want::Fails(failure) };
    case(
        name,
        vec![
            (open(), Want::Value("")),
            (sum(), Want::Value("1000")),
            (transfer(way), first),
            (sum(), Want::Refused(failure)),
            (numbers("committed", &[]), Want::Refused(failure)),
        ],
    )
}

/// All of them.
pub fn cases() -> Vec<Case> {
    use Want::{Fails, HostsOwn, Passes, Refused, RefusedByHost, Traps, Value};
    vec![
        case(
            "nothing fails",
            vec![
                (open(), Value("")),
                (transfer(0), Value("1")),
                (transfer(0), Value("2")),
                (numbers("balance", &[1]), Value("102")),
                (sum(), Value("1000")),
            ],
        ),
        fails("a panic", 1, &PANIC),
        fails("process::abort", 2, &ABORT),
        fails("a failed allocation", 3, &ALLOC),
        fails("an exhausted shadow stack", 4, &TRAP),
        fails("an access out of bounds", 5, &TRAP),
        fails("a panic in a panic hook", 6, &NOUNWIND),
        fails("core::arch::wasm32::unreachable", 8, &ABORT),
        fails("the engine's stack", 9, &TRAP),
        case(
            "an error of the host's",
            vec![
                (open(), Value("")),
                (transfer(7), HostsOwn),
                (sum(), Fails(&BORROWED)),
                (sum(), Refused(&BORROWED)),
            ],
        ),
        case(
            "a host that seals",
            vec![(open(), Value("")), (numbers("=state", &[2]), Value("")), (sum(), RefusedByHost)],
        ),
        reentering("a call back", sum(), true, [Value("1000"), Value("8"), Value("1000")]),
        reentering(
            "a panic inside, swallowed",
            transfer(1),
            true,
            [Fails(&PANIC), Refused(&PANIC), Refused(&PANIC)],
        ),
        reentering(
            "a panic inside, passed on",
            transfer(1),
            false,
            [Fails(&PANIC), Passes, Refused(&PANIC)],
        ),
        reentering(
            "a trap inside, swallowed",
            transfer(5),
            true,
            [Traps, Refused(&TRAP), Refused(&TRAP)],
        ),
        reentering("a trap inside, passed on", transfer(5), false, [Traps, Passes, Refused(&TRAP)]),
    ]
}

/// Those of the fixture `unwind`.
pub fn unwinding_cases() -> Vec<Case> {
    let panics = |export: &'static str, arg: i32, message: &'static str| {
        let calls = vec![
            (numbers(export, &[arg]), Want::Panics(message)),
            (numbers("add", &[1, 2]), Want::Lives("3")),
            (numbers("panicking", &[]), Want::Lives("0")),
        ];
        case(export, calls)
    };
    let aborts = |export: &'static str| {
        let calls = vec![
            (numbers("add", &[1, 2]), Want::Value("3")),
            (numbers(export, &[1]), Want::Fails(&ABORT)),
            (numbers("add", &[1, 2]), Want::Refused(&ABORT)),
        ];
        case(export, calls)
    };
    vec![
        panics("formatted", -3, "formatted with -3 and \"text\""),
        panics("literal", 0, "a literal"),
        panics("unwrap", 7, "called `Result::unwrap()` on an `Err` value: Odd(7)"),
        panics("index", 7, "index out of bounds: the len is 3 but the index is 7"),
        panics("overflow", 1, "attempt to add with overflow"),
        panics("divide", 1, "attempt to divide by zero"),
        aborts("abort"),
        aborts("bare_unreachable"),
    ]
}

impl Case {
    /// What is wrong with what an engine showed, in words; nothing if it is right.
    pub fn faults(&self, mode: Mode, seen: &[Seen]) -> Vec<String> {
        if seen.len() != self.wants.len() {
            return vec![format!(
                "{} calls were seen, not {}: {seen:?}",
                seen.len(),
                self.wants.len()
            )];
        }
        let pairs = self.wants.iter().zip(seen);
        pairs.filter_map(|(want, seen)| want.fault(mode, seen)).collect()
    }
}

impl Want {
    fn fault(&self, mode: Mode, seen: &Seen) -> Option<String> {
        let ended = |on: &'static str| match (mode, on) {
            (Mode::Off, _) | (Mode::Unwinding, "abort") => Some("trap"),
            _ => Some(on),
        };
        let by_kind = |failure: &Failure| ended(if failure.kind == 1 { "panic" } else { "abort" });
        let is =
            |ended: Option<&str>, value: Option<&str>, state: u32, failure: Option<&Failure>| {
                let right = seen.ended.as_deref() == ended
                    && (value.is_none() || seen.value.as_deref() == value)
                    && seen.state == state
                    && match failure {
                        Some(failure) => failure.is(seen),
                        None => true,
                    };
                (!right).then(|| format!("{self:?}, but {seen:?}"))
            };
        let nothing = || {
            let report = seen.report.as_ref();
            report.map(|report| format!("{self:?}, but there is a report: {report:?}"))
        };
        match self {
            Self::Value(value) => {
                // A host that seals has just done so.
                let state = if seen.state == 2 && value.is_empty() { 2 } else { 0 };
                is(None, Some(value), state, None).or_else(nothing)
            }
            Self::Lives(value) => is(None, Some(value), 0, None),
            Self::Panics(message) => {
                let failure = Failure { message: Message::Is(message), ..failure(1) };
                is(Some("panic"), None, 0, Some(&failure))
            }
            Self::Fails(failure) => is(by_kind(failure), None, failure.kind, Some(failure)),
            Self::Traps => is(Some("trap"), None, 0, None).or_else(nothing),
            // The same exception; of a trap inside nothing is known yet.
            Self::Passes if seen.state == 0 => is(Some("trap"), None, 0, None).or_else(nothing),
            Self::Passes => is(ended("panic"), None, 1, None),
            Self::Refused(failure) => is(ended("sealed"), None, failure.kind, Some(failure)),
            Self::RefusedByHost => is(ended("sealed"), None, 2, None),
            Self::HostsOwn => is(Some("host"), None, 0, None).or_else(nothing),
        }
    }
}

impl Failure {
    /// Whether the report is of this one. It is the instance's first; a panic that unwinds
    /// has one when it begins and one when it leaves.
    fn is(&self, seen: &Seen) -> bool {
        let Some(report) = &seen.report else { return false };
        // As the table of kinds reads reports.
        let as_read = node::Report {
            version: report.version,
            kind: report.kind,
            site: 0,
            message: report.message.clone(),
            file: report.file.clone(),
            line: report.line,
            column: report.column,
            size: report.size,
            align: report.align,
        };
        report.version == 1
            && report.kind == self.kind
            && self.message.fits(report.message.as_deref())
            && self.place.fits("ledger", &as_read)
            && (report.size, report.align) == self.layout
            && report.number == 1
    }
}

/// A module's calls in an engine: what is wrong, by case.
///
/// # Errors
/// Where the engine does not take the module.
pub fn faults(
    engine: &crate::engine::Engine,
    module: &Path,
    mode: Mode,
) -> anyhow::Result<Vec<(&'static str, Vec<String>)>> {
    let cases = if mode == Mode::Unwinding { unwinding_cases() } else { cases() };
    let runs: Vec<Run> = cases.iter().map(|case| case.run.clone()).collect();
    let seen = engine.walk(module, &runs)?;
    anyhow::ensure!(seen.len() == cases.len(), "{} runs, {} logs", cases.len(), seen.len());
    Ok(cases.iter().zip(&seen).map(|(case, seen)| (case.name, case.faults(mode, seen))).collect())
}

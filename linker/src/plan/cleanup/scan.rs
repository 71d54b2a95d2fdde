//! Follows a function's control flow for what leaves its landing pads.
//!
//! The state at an instruction is the list of *pads* whose exceptions are in flight
//! there, from the outermost in. A cleanup pad (`catch_all`) adds itself; going on
//! (`rethrow`, `throw_ref`) takes it out again; a handler that catches by tag adds
//! nothing. Where an exception goes is decided by control flow alone, never by what
//! stands inside what in the text: LLVM nests the handler of a `catch_unwind` inside the
//! pad that goes on to it, and the next step of a clean-up inside the one before.
//!
//! Nothing is said of code that is not understood. A pad that control leaves other than
//! by going on (it swallows the exception), or that meets code in another state, counts
//! as no pad. LLVM writes `catch_all` for clean-up alone: whoever catches an exception
//! does it by tag (`addCatchAlls` in `WebAssemblyLateEHPrepare.cpp`).

use super::Escape;
use crate::error::Result;
use crate::ids::{CodeOffset, FuncIdx, TypeIdx};
use crate::read::Body;
use crate::read::flow::operators;
use std::cell::Cell;
use std::collections::BTreeSet;
use wasmparser::{Catch, Operator};

/// What is known of the functions that are called.
pub(super) struct Callees<'f> {
    /// Whether an exception may leave one.
    pub(super) throws: &'f (dyn Fn(FuncIdx) -> bool + Sync),
    /// Whether it is the compiler's own end of a pad that lets nothing pass.
    pub(super) ends_pad: &'f (dyn Fn(FuncIdx) -> bool + Sync),
}

/// Every place of a body from which an exception would leave a cleanup pad, in order.
pub(super) fn escapes(body: &Body<'_>, callees: &Callees<'_>) -> Result<Vec<Escape>> {
    let code = Code::read(body, callees)?;
    let mut known = Known::default();
    let mut budget = LEAST_WORK + WORK * code.steps.len();
    // Each round learns at least one thing, of which a body has as many as constructs.
    while let Some(walk) = Walk::run(&code, &known, &mut budget) {
        let Walk { next_steps, mixed_loops, leaky, mut escapes, .. } = walk;
        if !next_steps.is_subset(&known.next_steps) || !mixed_loops.is_subset(&known.mixed_loops) {
            known.next_steps.extend(next_steps);
            known.mixed_loops.extend(mixed_loops);
        } else if !leaky.is_subset(&known.leaky) {
            known.leaky.extend(leaky);
            known.next_steps.clear();
            known.mixed_loops.clear();
        } else {
            escapes.sort_by_key(|escape| escape.offset());
            escapes.dedup();
            return Ok(escapes);
        }
    }
    log::debug!("the landing pads of a function take too long to follow");
    Ok(Vec::new())
}

/// How much is done for a step of a body, all rounds together, in constructs and pads looked at;
/// and for the smallest body. Bodies of rustc's take a few rounds of a few constructs each. Of
/// one that takes more nothing is said.
const WORK: usize = 2048;
const LEAST_WORK: usize = 1 << 20;

/// A construct, by the position of the step that opens it.
type Opened = usize;

/// A pad: a `catch_all` by the position of that step, or the block at whose end a clause
/// of a `try_table` arrives.
type Pad = usize;

/// A step of control flow.
#[derive(Debug)]
enum Step {
    Block,
    Loop,
    /// Whether it has an `else`.
    If(bool),
    Else,
    Try(Handlers),
    TryTable(Vec<Clause>),
    Catch,
    CatchAll,
    /// `end`, and `delegate`.
    End,
    Br(Vec<u32>),
    BrIf(Vec<u32>),
    /// `return`, and tail calls, whose callee runs when this function is gone.
    Return,
    Unreachable,
    /// A place that may throw.
    MayThrow(Escape),
    Throw(CodeOffset),
    Rethrow(CodeOffset, u32),
    ThrowRef(CodeOffset),
}

/// What a `try` does with the exceptions of its body.
#[derive(Clone, Copy, Debug, Default)]
struct Handlers {
    catch: bool,
    catch_all: bool,
    delegate: Option<u32>,
}

/// A clause of a `try_table`.
#[derive(Clone, Copy, Debug)]
struct Clause {
    all: bool,
    label: u32,
}

struct Code {
    steps: Vec<Step>,
    /// Blocks, by the position of their opening, that end in nothing but `throw_ref`:
    /// what arrives there goes straight on.
    trampolines: BTreeSet<Opened>,
}

impl Code {
    fn read(body: &Body<'_>, callees: &Callees<'_>) -> Result<Self> {
        let mut code = Self { steps: Vec::new(), trampolines: BTreeSet::new() };
        let mut open: Vec<Opened> = Vec::new();
        // The block that ended right before, and where unoptimized code has put what arrived.
        let mut ended = None;
        let mut kept = None;
        let mut reader = operators(body)?;
        while !reader.eof() {
            let (op, at) = reader.read_with_offset()?;
            let at = CodeOffset(at as u32);
            match op {
                Operator::LocalSet { local_index } if ended.is_some() && kept.is_none() => {
                    kept = Some(local_index);
                    continue;
                }
                Operator::LocalGet { local_index } if kept == Some(local_index) => continue,
                _ => kept = None,
            }
            let before = ended.take();
            let here = code.steps.len();
            let step = match op {
                Operator::Block { .. } => Step::Block,
                Operator::Loop { .. } => Step::Loop,
                Operator::If { .. } => Step::If(false),
                Operator::Try { .. } => Step::Try(Handlers::default()),
                Operator::TryTable { try_table } => Step::TryTable(
                    try_table.catches.iter().map(|catch| Clause::of(*catch)).collect(),
                ),
                Operator::Else => {
                    if let Some(Step::If(has_else)) =
                        open.last().and_then(|at| code.steps.get_mut(*at))
                    {
                        *has_else = true;
                    }
                    Step::Else
                }
                Operator::Catch { .. } => {
                    code.handlers(open.last(), |handlers| handlers.catch = true);
                    Step::Catch
                }
                Operator::CatchAll => {
                    code.handlers(open.last(), |handlers| handlers.catch_all = true);
                    Step::CatchAll
                }
                Operator::Delegate { relative_depth } => {
                    code.handlers(open.last(), |handlers| handlers.delegate = Some(relative_depth));
                    open.pop();
                    Step::End
                }
                Operator::End => {
                    ended = open.pop();
                    Step::End
                }
                Operator::Br { relative_depth } => Step::Br(vec![relative_depth]),
                Operator::BrTable { targets } => {
                    let mut labels = targets.targets().collect::<Result<Vec<_>, _>>()?;
                    labels.push(targets.default());
                    Step::Br(labels)
                }
                Operator::BrIf { relative_depth }
                | Operator::BrOnNull { relative_depth }
                | Operator::BrOnNonNull { relative_depth }
                | Operator::BrOnCast { relative_depth, .. }
                | Operator::BrOnCastFail { relative_depth, .. } => Step::BrIf(vec![relative_depth]),
                Operator::Return
                | Operator::ReturnCall { .. }
                | Operator::ReturnCallIndirect { .. }
                | Operator::ReturnCallRef { .. } => Step::Return,
                Operator::Unreachable => Step::Unreachable,
                Operator::Call { function_index } => {
                    let callee = FuncIdx(function_index);
                    if (callees.throws)(callee) && !(callees.ends_pad)(callee) {
                        Step::MayThrow(Escape::Call(at, callee))
                    } else {
                        continue;
                    }
                }
                Operator::CallIndirect { type_index, table_index: 0 } => {
                    Step::MayThrow(Escape::Indirect(at, TypeIdx(type_index)))
                }
                Operator::Throw { .. } => Step::Throw(at),
                Operator::Rethrow { relative_depth } => Step::Rethrow(at, relative_depth),
                Operator::ThrowRef => {
                    code.trampolines.extend(before);
                    Step::ThrowRef(at)
                }
                _ => continue,
            };
            if matches!(
                step,
                Step::Block | Step::Loop | Step::If(_) | Step::Try(_) | Step::TryTable(_)
            ) {
                open.push(here);
            }
            code.steps.push(step);
        }
        Ok(code)
    }

    fn handlers(&mut self, open: Option<&Opened>, set: impl FnOnce(&mut Handlers)) {
        if let Some(Step::Try(handlers)) = open.and_then(|at| self.steps.get_mut(*at)) {
            set(handlers);
        }
    }
}

impl Clause {
    fn of(catch: Catch) -> Self {
        let (all, label) = match catch {
            Catch::One { label, .. } | Catch::OneRef { label, .. } => (false, label),
            Catch::All { label } | Catch::AllRef { label } => (true, label),
        };
        Self { all, label }
    }
}

/// What earlier rounds have learnt.
#[derive(Default)]
struct Known {
    /// A `try` that a pad goes on to: its handler is the pad's next step, and no handler
    /// of what is thrown in the pad.
    next_steps: BTreeSet<(Opened, Pad)>,
    /// Loops that are entered and gone round in different states.
    mixed_loops: BTreeSet<Opened>,
    /// Pads that count as none.
    leaky: BTreeSet<Pad>,
}

/// The pads in flight at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// Control does not come here.
    Dead,
    In(Vec<Pad>),
    /// Control comes here in different states.
    Mixed,
}

/// An open construct.
struct Frame {
    opened: Opened,
    part: Part,
    /// The state in which it was entered.
    entered: State,
    /// The state at its label: its end, or a loop's start.
    label: State,
    /// What its body's exceptions bring to the handlers of a `try`.
    thrown: State,
    /// The pad whose code this is, or at whose label a clause arrives.
    pad: Option<Pad>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Function,
    Block,
    Loop,
    Try,
    TryTable,
    Catch,
}

/// Where an exception goes.
struct Target {
    /// The frame of the `try`.
    frame: usize,
    opened: Opened,
}

/// One round over a body.
struct Walk<'c> {
    code: &'c Code,
    known: &'c Known,
    frames: Vec<Frame>,
    state: State,
    next_steps: BTreeSet<(Opened, Pad)>,
    mixed_loops: BTreeSet<Opened>,
    leaky: BTreeSet<Pad>,
    escapes: Vec<Escape>,
    /// Constructs and pads that were looked at.
    work: Cell<usize>,
}

impl<'c> Walk<'c> {
    /// `None` where the budget is spent.
    fn run(code: &'c Code, known: &'c Known, budget: &mut usize) -> Option<Self> {
        let start = State::In(Vec::new());
        let function = Frame {
            opened: usize::MAX,
            part: Part::Function,
            entered: start.clone(),
            label: State::Dead,
            thrown: State::Dead,
            pad: None,
        };
        let mut walk = Self {
            code,
            known,
            frames: vec![function],
            state: start,
            next_steps: BTreeSet::new(),
            mixed_loops: BTreeSet::new(),
            leaky: BTreeSet::new(),
            escapes: Vec::new(),
            work: Cell::new(0),
        };
        for (at, step) in code.steps.iter().enumerate() {
            // A step copies its state a few times.
            let pads = if let State::In(pads) = &walk.state { pads.len() } else { 0 };
            walk.works(1 + pads);
            walk.step(at, step);
            if walk.work.get() > *budget {
                return None;
            }
        }
        *budget -= walk.work.get();
        Some(walk)
    }

    fn works(&self, more: usize) {
        self.work.set(self.work.get() + more);
    }

    fn step(&mut self, at: usize, step: &Step) {
        match step {
            Step::Block => self.open(at, Part::Block),
            Step::Loop => {
                if self.known.mixed_loops.contains(&at) {
                    self.state = State::Mixed;
                }
                self.open(at, Part::Loop);
                if let Some(frame) = self.frames.last_mut() {
                    frame.label = frame.entered.clone();
                }
            }
            Step::If(has_else) => {
                self.open(at, Part::Block);
                if !has_else {
                    self.join_label(0, self.state.clone());
                }
            }
            Step::Else => {
                let state = self.state.clone();
                self.join_label(0, state);
                if let Some(frame) = self.frames.last() {
                    self.state = frame.entered.clone();
                }
            }
            Step::Try(_) => self.open(at, Part::Try),
            Step::TryTable(_) => self.open(at, Part::TryTable),
            Step::Catch => self.handler(None),
            Step::CatchAll => self.handler(Some(at)),
            Step::End => self.end(),
            Step::Br(labels) => {
                self.branch(labels);
                self.state = State::Dead;
            }
            Step::BrIf(labels) => self.branch(labels),
            Step::Return => {
                self.leave();
                self.state = State::Dead;
            }
            Step::Unreachable => self.state = State::Dead,
            Step::MayThrow(escape) => self.throw(self.state.clone(), Some(*escape)),
            Step::Throw(at) => {
                self.throw(self.state.clone(), Some(Escape::Throw(*at)));
                self.state = State::Dead;
            }
            Step::Rethrow(offset, label) => {
                let frame = self.target_of_label(*label);
                let pad = frame.and_then(|frame| self.frames.get(frame)).and_then(|f| f.pad);
                self.go_on(*offset, pad);
            }
            Step::ThrowRef(offset) => {
                let pad = match &self.state {
                    State::In(pads) => pads.last().copied(),
                    _ => None,
                };
                self.go_on(*offset, pad);
            }
        }
    }

    fn open(&mut self, opened: Opened, part: Part) {
        self.frames.push(Frame {
            opened,
            part,
            entered: self.state.clone(),
            label: State::Dead,
            thrown: State::Dead,
            pad: None,
        });
    }

    /// The code of a handler begins; `pad` is that of a `catch_all`.
    fn handler(&mut self, pad: Option<Pad>) {
        let state = self.state.clone();
        self.join_label(0, state);
        let Some(frame) = self.frames.last_mut() else { return };
        frame.part = Part::Catch;
        frame.pad = pad;
        let thrown = frame.thrown.clone();
        self.state = match pad {
            Some(pad) => self.enter_pad(thrown, pad),
            None => thrown,
        };
    }

    fn enter_pad(&mut self, thrown: State, pad: Pad) -> State {
        match thrown {
            State::In(pads) if self.known.leaky.contains(&pad) => State::In(pads),
            // Its own exception again, which nothing took out of it: a loop.
            State::In(pads) if pads.contains(&pad) => {
                self.leaky.insert(pad);
                State::Mixed
            }
            State::In(mut pads) => {
                pads.push(pad);
                State::In(pads)
            }
            other => other,
        }
    }

    fn end(&mut self) {
        let state = self.state.clone();
        if self.frames.len() == 1 {
            self.leave();
        }
        let Some(frame) = self.frames.pop() else { return };
        self.state = match frame.part {
            // Its label is its start.
            Part::Loop => state,
            _ => self.joined(frame.label, state),
        };
        if self.frames.is_empty() {
            self.state = State::Dead;
        }
    }

    fn branch(&mut self, labels: &[u32]) {
        for &label in labels {
            self.works(1);
            let state = self.state.clone();
            self.join_label(label, state);
        }
    }

    /// Control leaves the function by returning: no pad does.
    fn leave(&mut self) {
        if let State::In(pads) = &self.state {
            self.leaky.extend(pads);
        }
    }

    fn target_of_label(&self, label: u32) -> Option<usize> {
        self.frames.len().checked_sub(1 + label as usize)
    }

    /// Control comes to a label in a state.
    fn join_label(&mut self, label: u32, state: State) {
        let Some(at) = self.target_of_label(label) else { return };
        let Some(frame) = self.frames.get(at) else { return };
        let (part, opened, before) = (frame.part, frame.opened, frame.label.clone());
        match part {
            Part::Function => {
                if let State::In(pads) = state {
                    self.leaky.extend(pads);
                }
                return;
            }
            Part::Loop if state != State::Dead && before != state && before != State::Mixed => {
                self.mixed_loops.insert(opened);
            }
            _ => {}
        }
        let joined = self.joined(before, state);
        if let Some(frame) = self.frames.get_mut(at) {
            frame.label = joined;
        }
    }

    /// Two ways meet. The pads in which they differ are none.
    fn joined(&mut self, one: State, other: State) -> State {
        match (one, other) {
            (State::Dead, state) | (state, State::Dead) => state,
            (State::In(one), State::In(other)) if one == other => State::In(one),
            (State::In(one), State::In(other)) => {
                let differ = |a: &[Pad], b: &[Pad]| {
                    a.iter().filter(|pad| !b.contains(pad)).copied().collect::<Vec<_>>()
                };
                self.leaky.extend(differ(&one, &other));
                self.leaky.extend(differ(&other, &one));
                State::Mixed
            }
            (State::In(pads), State::Mixed) | (State::Mixed, State::In(pads)) => {
                self.leaky.extend(pads);
                State::Mixed
            }
            (State::Mixed, State::Mixed) => State::Mixed,
        }
    }

    /// A pad goes on; `pad` is the one that the instruction names, if it names one.
    fn go_on(&mut self, offset: CodeOffset, pad: Option<Pad>) {
        let state = std::mem::replace(&mut self.state, State::Dead);
        let State::In(mut pads) = state else {
            self.throw(state, None);
            return;
        };
        if let Some(pad) = pad.filter(|pad| pads.contains(pad)) {
            if pads.last() != Some(&pad) {
                // The exception of an outer pad, out of an inner one: nobody writes that.
                self.leaky.extend(&pads);
                return;
            }
            pads.pop();
            let thrown = State::In(pads);
            if let Some(target) = self.target(self.frames.len()) {
                self.next_steps.insert((target.opened, pad));
            }
            self.throw(thrown, Some(Escape::Throw(offset)));
            return;
        }
        self.throw(State::In(pads), Some(Escape::Throw(offset)));
    }

    /// An exception is thrown in a state; `escape` is what leaves a pad if it does.
    fn throw(&mut self, state: State, escape: Option<Escape>) {
        let target = self.target(self.frames.len());
        if let State::In(pads) = &state
            && let Some(&pad) = pads.last()
        {
            let inside = target.as_ref().is_some_and(|target| {
                let entered = self.frames.get(target.frame).map(|frame| &frame.entered);
                matches!(entered, Some(State::In(entered)) if entered.contains(&pad))
                    && !self.known.next_steps.contains(&(target.opened, pad))
            });
            if !inside {
                self.escapes.extend(escape);
                return;
            }
        }
        if state != State::Dead {
            self.arrive(self.frames.len(), &state);
        }
    }

    /// The innermost `try` around a place that catches anything.
    fn target(&self, mut below: usize) -> Option<Target> {
        while let Some(at) = below.checked_sub(1) {
            self.works(1);
            below = at;
            let frame = self.frames.get(at)?;
            match (frame.part, self.code.steps.get(frame.opened)) {
                (Part::Try, Some(Step::Try(handlers))) => {
                    if let Some(label) = handlers.delegate {
                        // The label counts from outside of the `try`.
                        below = at.checked_sub(label as usize)?;
                    } else if handlers.catch || handlers.catch_all {
                        return Some(Target { frame: at, opened: frame.opened });
                    }
                }
                (Part::TryTable, Some(Step::TryTable(clauses))) => {
                    let Some(clause) = clauses.first() else { continue };
                    match self.trampoline(at, *clause) {
                        Some(out) if clauses.len() == 1 => below = out,
                        _ => return Some(Target { frame: at, opened: frame.opened }),
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// The frame outside of which an exception goes on, if a clause of the `try_table`
    /// in a frame leads to nothing but `throw_ref`.
    fn trampoline(&self, frame: usize, clause: Clause) -> Option<usize> {
        let at = frame.checked_sub(1 + clause.label as usize)?;
        let opened = self.frames.get(at)?.opened;
        self.code.trampolines.contains(&opened).then_some(at)
    }

    /// Brings an exception's state to the handlers that may catch it.
    fn arrive(&mut self, mut below: usize, state: &State) {
        while let Some(at) = below.checked_sub(1) {
            self.works(1);
            below = at;
            let Some(frame) = self.frames.get(at) else { return };
            match (frame.part, self.code.steps.get(frame.opened)) {
                (Part::Try, Some(Step::Try(handlers))) => {
                    let handlers = *handlers;
                    if let Some(label) = handlers.delegate {
                        let Some(out) = at.checked_sub(label as usize) else { return };
                        below = out;
                    } else if handlers.catch || handlers.catch_all {
                        let thrown = frame.thrown.clone();
                        let joined = self.joined(thrown, state.clone());
                        if let Some(frame) = self.frames.get_mut(at) {
                            frame.thrown = joined;
                        }
                        if handlers.catch_all {
                            return;
                        }
                    }
                }
                (Part::TryTable, Some(Step::TryTable(clauses))) => {
                    let mut ends = false;
                    for clause in clauses {
                        self.works(1);
                        if let Some(out) = self.trampoline(at, *clause) {
                            if clauses.len() == 1 {
                                below = out;
                            }
                            continue;
                        }
                        ends |= clause.all;
                        let Some(label) = at.checked_sub(1 + clause.label as usize) else {
                            continue;
                        };
                        let Some(pad) = self.frames.get(label).map(|frame| frame.opened) else {
                            continue;
                        };
                        let arriving = match clause.all {
                            true => self.enter_pad(state.clone(), pad),
                            false => state.clone(),
                        };
                        // Labels count from the innermost frame.
                        let label = (self.frames.len() - 1 - label) as u32;
                        self.join_label(label, arriving);
                    }
                    if ends {
                        return;
                    }
                }
                _ => {}
            }
        }
    }
}

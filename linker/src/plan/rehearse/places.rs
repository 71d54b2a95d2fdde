//! Where a panic may come early: right before a branch behind which there is one.
//!
//! Where panics do not unwind, all that runs between the branch and the panic is left out, and
//! nothing runs after it. Where they do, landing pads run, and may look at what was done in
//! between: so nothing is left out that they, or anybody else, could see.

use super::Places;
use super::data::Data;
use crate::error::Result;
use crate::ids::{CodeOffset, FuncIdx, GlobalIdx};
use crate::plan::cleanup::CleanupPlan;
use crate::read::boundary::Boundary;
use crate::read::flow::{self, Flow};
use crate::read::{Body, Module};
use std::collections::{BTreeMap, BTreeSet};
use wasmparser::Operator;

/// A function that ends in another one's panic, and so on, at most.
const DEEPEST: usize = 8;

/// As many branches to one panic; of more none is a place.
const MOST_BRANCHES: usize = 4096;

/// A module, and what is known of it.
pub(super) struct Subject<'s, 'a> {
    pub(super) module: &'s Module<'a>,
    pub(super) flow: &'s Flow,
    pub(super) boundary: &'s Boundary,
    pub(super) cleanup: &'s CleanupPlan,
    pub(super) stack_pointer: Option<GlobalIdx>,
    pub(super) unwinding: bool,
}

/// Finds the places of a module.
///
/// # Errors
/// [`crate::error::Error::Module`] for malformed code.
pub(super) fn find(subject: &Subject<'_, '_>) -> Result<Places> {
    let Subject { module, flow, boundary, cleanup, stack_pointer, unwinding } = *subject;
    let data = Data::read(module)?;
    let mut found: BTreeMap<FuncIdx, BTreeMap<CodeOffset, Panic>> = BTreeMap::new();
    let mut heads: BTreeMap<FuncIdx, Panic> = BTreeMap::new();
    for (function, body) in module.defined() {
        let calls = flow.calls_of(function).any(|(_, callee)| !flow.returns(callee));
        if !calls || boundary.is_descriptor(function) {
            continue;
        }
        let known = Known::of(body, stack_pointer)?;
        let mut walk = Walk::new(flow, &data, &known, unwinding);
        // A panic in a landing pad is an abort.
        let in_pads = cleanup.escapes.get(&function).into_iter().flatten();
        walk.in_pads = in_pads.map(|escape| escape.offset()).collect();
        walk.body(body)?;
        heads.extend(walk.head.filter(|_| !flow.returns(function)).map(|head| (function, head)));
        found.insert(function, walk.found);
    }
    let location = |panic: Panic| {
        let next = |panic: &Panic| match panic {
            Panic::At(_) => None,
            Panic::In(callee) => heads.get(callee).copied(),
        };
        std::iter::successors(Some(panic), next).take(DEEPEST).find_map(|panic| match panic {
            Panic::At(location) => Some(location),
            Panic::In(_) => None,
        })
    };
    let mut places = Places::new();
    for (function, branches) in found {
        let branches: BTreeMap<_, _> =
            branches.into_iter().filter_map(|(at, panic)| Some((at, location(panic)?))).collect();
        if !branches.is_empty() {
            places.insert(function, branches);
        }
    }
    Ok(places)
}

/// A call that does not come back.
#[derive(Clone, Copy, Debug)]
enum Panic {
    /// With the `Location` at this address.
    At(i32),
    /// Of a function that knows the place.
    In(FuncIdx),
}

/// What is known of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Value {
    Unknown,
    Constant(i32),
    /// An address in the function's own frame.
    Frame,
}

/// What is known of the locals that are set once.
struct Known(BTreeMap<u32, Value>);

impl Known {
    fn of(body: &Body<'_>, stack_pointer: Option<GlobalIdx>) -> Result<Self> {
        let mut sets: BTreeMap<u32, (usize, Value)> = BTreeMap::new();
        let mut frame = None;
        let mut before = Operator::Nop;
        for op in flow::operators(body)? {
            let op = op?;
            match op {
                Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
                    let value = match before {
                        Operator::I32Const { value } => Value::Constant(value),
                        _ => Value::Unknown,
                    };
                    let set = sets.entry(local_index).or_insert((0, value));
                    set.0 += 1;
                }
                // The prologue: from then on the local is where the frame is.
                Operator::GlobalSet { global_index }
                    if stack_pointer == Some(GlobalIdx(global_index)) && frame.is_none() =>
                {
                    frame = match before {
                        Operator::LocalGet { local_index } | Operator::LocalTee { local_index } => {
                            Some(local_index)
                        }
                        _ => None,
                    };
                }
                _ => {}
            }
            before = op;
        }
        let once = sets.into_iter().filter(|(_, (count, _))| *count == 1);
        Ok(Self(
            once.map(|(local, (_, value))| match frame == Some(local) {
                true => (local, Value::Frame),
                false => (local, value),
            })
            .collect(),
        ))
    }
}

/// A branch behind which the code of the moment lies.
#[derive(Clone, Copy, Debug)]
struct Branch {
    at: CodeOffset,
    /// The innermost handler of exceptions there.
    handler: Option<CodeOffset>,
    /// What was done since.
    done: Done,
}

/// What code did, as far as somebody could see that it was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Done {
    Nothing,
    /// It set locals and wrote to its own frame: landing pads could see it.
    Own,
    /// Anything.
    More,
}

/// A construct that is open.
#[derive(Default)]
struct Open {
    is_loop: bool,
    /// The `if`, if no `else` came yet.
    untaken: Option<Branch>,
    /// The handler outside of it.
    handler: Option<CodeOffset>,
    /// What leads to its end.
    incoming: Vec<Branch>,
    reached: bool,
}

/// The walk through a function.
struct Walk<'w, 'a> {
    flow: &'w Flow,
    data: &'w Data<'a>,
    known: &'w Known,
    unwinding: bool,
    open: Vec<Open>,
    live: bool,
    /// No branch was taken since the function began.
    in_head: bool,
    handler: Option<CodeOffset>,
    /// Calls that are in landing pads.
    in_pads: BTreeSet<CodeOffset>,
    branches: Vec<Branch>,
    /// The values that were pushed last, as far as they are known.
    stack: Vec<Value>,
    found: BTreeMap<CodeOffset, Panic>,
    /// The panic that every call ends in.
    head: Option<Panic>,
}

impl<'w, 'a> Walk<'w, 'a> {
    fn new(flow: &'w Flow, data: &'w Data<'a>, known: &'w Known, unwinding: bool) -> Self {
        Self {
            flow,
            data,
            known,
            unwinding,
            open: vec![Open::default()],
            live: true,
            in_head: true,
            handler: None,
            in_pads: BTreeSet::new(),
            branches: Vec::new(),
            stack: Vec::new(),
            found: BTreeMap::new(),
            head: None,
        }
    }

    fn body(&mut self, body: &Body<'_>) -> Result<()> {
        let mut reader = flow::operators(body)?;
        while !reader.eof() {
            let at = CodeOffset(reader.original_position() as u32);
            let op = reader.read()?;
            let opcode = body.bytes.get((at.0 - body.start.0) as usize).copied().unwrap_or(0);
            self.instruction(at, &op, opcode);
        }
        Ok(())
    }

    fn instruction(&mut self, at: CodeOffset, op: &Operator<'_>, opcode: u8) {
        match op {
            Operator::Block { .. } => self.enter(Open::default()),
            Operator::Loop { .. } => {
                self.enter(Open { is_loop: true, ..Open::default() });
                // From its end, too, somebody comes here.
                self.branches.clear();
                self.in_head = false;
            }
            Operator::If { .. } => {
                let branch = self.branch(at);
                let untaken = self.live.then_some(branch);
                self.enter(Open { untaken, ..Open::default() });
                self.branches = vec![branch];
                self.in_head = false;
            }
            Operator::Try { .. } | Operator::TryTable { .. } => {
                if let Operator::TryTable { try_table } = op {
                    for catch in &try_table.catches {
                        let (wasmparser::Catch::One { label, .. }
                        | wasmparser::Catch::OneRef { label, .. }
                        | wasmparser::Catch::All { label }
                        | wasmparser::Catch::AllRef { label }) = *catch;
                        self.reach(label, None);
                    }
                }
                self.enter(Open::default());
                self.handler = Some(at);
            }
            Operator::Else => {
                self.fall_through();
                let untaken = self.open.last_mut().and_then(|open| open.untaken.take());
                self.branches = untaken.into_iter().collect();
                self.live = untaken.is_some();
            }
            Operator::Catch { .. } | Operator::CatchAll => {
                self.fall_through();
                self.branches.clear();
                self.live = true;
                self.in_head = false;
                // Another one than that of the code before.
                self.handler = Some(at);
            }
            Operator::End | Operator::Delegate { .. } => {
                self.fall_through();
                if let Some(open) = self.open.pop() {
                    self.live = open.reached || open.untaken.is_some();
                    self.branches = open.incoming;
                    self.branches.extend(open.untaken);
                    // Each of them is looked at for each instruction that follows.
                    if self.branches.len() > MOST_BRANCHES {
                        self.branches.clear();
                    }
                    self.handler = open.handler;
                }
            }
            Operator::BrIf { relative_depth } => {
                let branch = self.branch(at);
                if self.live {
                    self.reach(*relative_depth, Some(branch));
                }
                self.branches = vec![branch];
                self.in_head = false;
            }
            Operator::BrTable { targets } => {
                let branch = self.branch(at);
                let labels = targets.targets().flatten().chain([targets.default()]);
                let live = self.live;
                for label in labels.filter(|_| live) {
                    self.reach(label, Some(branch));
                }
                self.in_head = false;
                self.live = false;
            }
            Operator::Br { relative_depth } => self.go_to(*relative_depth),
            Operator::Call { function_index } => {
                let callee = FuncIdx(*function_index);
                if self.flow.returns(callee) {
                    self.does(Done::More);
                } else {
                    self.ends(at, callee);
                    self.live = false;
                }
            }
            Operator::Return
            | Operator::Unreachable
            | Operator::Throw { .. }
            | Operator::ThrowRef
            | Operator::Rethrow { .. }
            | Operator::ReturnCall { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::ReturnCallRef { .. } => self.live = false,
            _ => return self.plain(op, opcode),
        }
        self.stack.clear();
    }

    /// An instruction after which the next one follows.
    fn plain(&mut self, op: &Operator<'_>, opcode: u8) {
        let mut pop = || self.stack.pop().unwrap_or(Value::Unknown);
        match op {
            Operator::I32Const { value } => self.stack.push(Value::Constant(*value)),
            Operator::LocalGet { local_index } => {
                let known = self.known.0.get(local_index).copied();
                self.stack.push(known.unwrap_or(Value::Unknown));
            }
            Operator::LocalSet { .. } => {
                pop();
                self.does(Done::Own);
            }
            Operator::LocalTee { .. } => self.does(Done::Own),
            Operator::I32Add => {
                let (a, b) = (pop(), pop());
                let frame = [a, b].contains(&Value::Frame);
                self.stack.push(if frame { Value::Frame } else { Value::Unknown });
            }
            Operator::Nop => {}
            Operator::Drop => {
                pop();
            }
            _ => match opcode {
                // Loads and stores.
                0x28..=0x35 => {
                    pop();
                    self.stack.push(Value::Unknown);
                }
                0x36..=0x3e => {
                    pop();
                    let own = pop() == Value::Frame;
                    self.does(if own { Done::Own } else { Done::More });
                }
                _ => {
                    let operands = operands(opcode);
                    if operands.is_none() {
                        self.stack.clear();
                        self.does(Done::More);
                    }
                    for _ in 0..operands.unwrap_or(0) {
                        self.stack.pop();
                    }
                    self.stack.push(Value::Unknown);
                }
            },
        }
    }

    fn enter(&mut self, open: Open) {
        self.open.push(Open { handler: self.handler, ..open });
    }

    fn branch(&self, at: CodeOffset) -> Branch {
        Branch { at, handler: self.handler, done: Done::Nothing }
    }

    /// Control may go to a label.
    fn reach(&mut self, label: u32, by: Option<Branch>) {
        let target = self.open.len().checked_sub(1 + label as usize);
        if let Some(target) = target.and_then(|at| self.open.get_mut(at)) {
            target.reached |= !target.is_loop;
            target.incoming.extend(by.filter(|_| !target.is_loop));
        }
    }

    /// Control goes to a label.
    fn go_to(&mut self, label: u32) {
        if self.live {
            self.reach(label, None);
            for branch in std::mem::take(&mut self.branches) {
                self.reach(label, Some(branch));
            }
        }
        self.in_head = false;
        self.live = false;
    }

    /// Control falls to the end of the innermost construct, a loop's too.
    fn fall_through(&mut self) {
        let live = self.live;
        let branches = std::mem::take(&mut self.branches);
        if let Some(open) = self.open.last_mut().filter(|_| live) {
            open.reached = true;
            open.incoming.extend(branches);
        }
    }

    fn does(&mut self, what: Done) {
        for branch in &mut self.branches {
            branch.done = branch.done.max(what);
        }
    }

    /// A call comes that does not return.
    fn ends(&mut self, at: CodeOffset, callee: FuncIdx) {
        if !self.live || self.in_pads.contains(&at) {
            return;
        }
        let panic = match self.stack.last() {
            Some(Value::Constant(place)) if self.data.has_own_location(*place) => Panic::At(*place),
            _ => Panic::In(callee),
        };
        if self.in_head {
            self.head = Some(panic);
        }
        let most = match (self.unwinding, self.handler) {
            (false, _) => Done::More,
            // Nothing of this function sees the panic.
            (true, None) => Done::Own,
            (true, Some(_)) => Done::Nothing,
        };
        for branch in &self.branches {
            let same = !self.unwinding || branch.handler == self.handler;
            if same && branch.done <= most {
                self.found.entry(branch.at).or_insert(panic);
            }
        }
    }
}

/// How many values an instruction takes that does nothing but give one; none of another.
fn operands(opcode: u8) -> Option<usize> {
    Some(match opcode {
        // `global.get`, `memory.size`, constants.
        0x23 | 0x3f | 0x41..=0x44 => 0,
        // Tests, counts of bits, floating-point functions, conversions.
        0x45 | 0x50 | 0x67..=0x69 | 0x79..=0x7b | 0x8b..=0x91 | 0x99..=0x9f | 0xa7..=0xc4 => 1,
        // Comparisons, arithmetic.
        0x46..=0x4f | 0x51..=0x66 | 0x6a..=0x78 | 0x7c..=0x8a | 0x92..=0x98 | 0xa0..=0xa6 => 2,
        // `select`
        0x1b | 0x1c => 3,
        _ => return None,
    })
}

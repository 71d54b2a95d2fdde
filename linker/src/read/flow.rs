//! What control flow says: which functions never return, and which `unreachable`
//! instructions can be reached.
//!
//! Most `unreachable`s of a module are dead: rustc's backend puts one behind every
//! call to a function that does not return. "Never returns" is a fixpoint over the
//! call graph. Code is decoded once, into a list of the few events that matter;
//! the fixpoint walks those lists.

mod callers;
mod decode;

pub(crate) use callers::Callers;

use super::{Body, Module};
use crate::error::Result;
use crate::ids::{CodeOffset, FuncIdx, TagIdx, TypeIdx};
use decode::{At, Decoded, Event};
use std::collections::{BTreeMap, BTreeSet};
use wasmparser::{BinaryReader, FunctionBody, Operator, OperatorsReader};

/// How a function starts, for those that do nothing but give up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Head {
    /// Its first effect is `unreachable`.
    Unreachable,
    /// Its first effect is a call.
    Call(FuncIdx),
    /// With a `loop`, here.
    Loop(CodeOffset),
    /// With a loop that has nothing in it.
    Spin,
    /// Anything else.
    Other,
}

/// What a function has that only exceptions make matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct EhSummary {
    /// `try` or `try_table`.
    pub has_pads: bool,
    /// `throw`, or a call of a function that is not known.
    pub throws: bool,
}

/// An instruction that waits on the first memory; all are aligned as they must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Wait {
    /// `memory.atomic.wait64`, not `wait32`.
    pub wide: bool,
    /// What is added to the address.
    pub offset: u64,
}

/// The control flow of all functions of a module.
#[derive(Debug)]
pub(crate) struct Flow {
    imported: u32,
    code: Decoded,
    returns: Vec<bool>,
}

/// How a module's own code calls through tables.
#[derive(Clone, Debug, Default)]
pub(crate) struct IndirectUse {
    /// The types of `call_indirect` on the first table.
    pub types: BTreeSet<TypeIdx>,
    /// There is another instruction that calls through a table or a reference.
    pub other: bool,
    /// There is `table.get`: what a table holds can become a value.
    pub reads_table: bool,
    /// There is an instruction that puts a value into a table.
    pub writes_table: bool,
}

/// What exception handling a module's own code uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct EhUse {
    /// `try`, `catch`, `delegate`, `rethrow`.
    pub legacy: bool,
    /// `try_table`, `throw_ref`.
    pub exnref: bool,
    /// `throw`.
    pub throws: bool,
}

/// The instructions of a body; positions count from the start of the code section.
///
/// # Errors
/// [`crate::error::Error::Module`] if its head is malformed.
pub(crate) fn operators<'a>(body: &Body<'a>) -> Result<OperatorsReader<'a>> {
    let body = FunctionBody::new(BinaryReader::new(body.bytes, body.start.0.into()));
    Ok(body.get_operators_reader()?)
}

/// Whether a body reads each of its first parameters.
pub(crate) fn uses_parameters(body: &Body<'_>, count: u32) -> bool {
    let Ok(operators) = operators(body) else { return false };
    let mut unread: BTreeSet<u32> = (0..count).collect();
    for op in operators {
        if let Ok(Operator::LocalGet { local_index }) = op {
            unread.remove(&local_index);
        }
        if unread.is_empty() {
            return true;
        }
    }
    false
}

/// A place where control may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A live `unreachable`.
    Unreachable(CodeOffset),
    /// A live call, at the instruction.
    Call(CodeOffset, FuncIdx),
    /// A live loop with nothing in it.
    Spin(CodeOffset),
}

/// A construct that is open where a function is walked.
struct Open {
    /// Code before it was live.
    entered: bool,
    /// Its end is reached by a branch, or from its other arm.
    reached: bool,
    is_loop: bool,
    /// An `if` without `else` so far: its end is reached when it is not taken.
    may_skip: bool,
}

/// The functions that are to be walked. One that has to wait for many others could be walked
/// once for each of them; so those that were walked often wait until there is no other, and
/// meanwhile more of what they wait for is known.
struct Work {
    /// By the number of walks, as a power of two; taken from the end.
    levels: Vec<Vec<usize>>,
    walks: Vec<u32>,
    queued: Vec<bool>,
    /// What a function waits for that was walked more than once, sorted.
    waits: BTreeMap<usize, Vec<FuncIdx>>,
    /// Room for what is new of it.
    new: Vec<FuncIdx>,
}

impl Work {
    fn new(mut order: Vec<usize>) -> Self {
        let count = order.len();
        order.reverse();
        Self {
            levels: vec![order],
            walks: vec![0; count],
            queued: vec![true; count],
            waits: BTreeMap::new(),
            new: Vec::new(),
        }
    }

    fn next(&mut self) -> Option<usize> {
        let at = self.levels.iter_mut().find_map(Vec::pop)?;
        if let (Some(queued), Some(walks)) = (self.queued.get_mut(at), self.walks.get_mut(at)) {
            *queued = false;
            *walks += 1;
        }
        Some(at)
    }

    /// A function is to be walked again.
    fn again(&mut self, at: usize) {
        let (Some(queued), Some(walks)) = (self.queued.get_mut(at), self.walks.get(at)) else {
            return;
        };
        if !std::mem::replace(queued, true) {
            let level = walks.checked_ilog2().unwrap_or(0) as usize;
            if self.levels.len() <= level {
                self.levels.resize_with(level + 1, Vec::new);
            }
            self.levels[level].push(at);
        }
    }

    /// Those of the callees that a function is blocked by which it has not waited for yet; of
    /// the first two walks all are.
    fn not_waited_for<'w>(&'w mut self, at: usize, blocked: &'w [FuncIdx]) -> &'w [FuncIdx] {
        if self.walks.get(at).is_none_or(|walks| *walks < 2) {
            return blocked;
        }
        let before = self.waits.insert(at, blocked.to_vec());
        let Some(before) = before else { return blocked };
        let is_new = |callee: &&FuncIdx| before.binary_search(callee).is_err();
        self.new.clear();
        self.new.extend(blocked.iter().filter(is_new).copied());
        &self.new
    }
}

/// What walks need, to be used again.
#[derive(Default)]
pub(crate) struct Walker {
    open: Vec<Open>,
}

impl Flow {
    /// Decodes all code.
    ///
    /// # Errors
    /// [`crate::error::Error::Module`] if a body is malformed.
    pub(crate) fn read(module: &Module<'_>) -> Result<Self> {
        let mut flow = Self {
            imported: module.imported_functions,
            code: Decoded::all(&module.bodies)?,
            returns: Vec::new(),
        };
        flow.solve();
        Ok(flow)
    }

    /// Whether a call to a function can come back. Imports can.
    pub(crate) fn returns(&self, function: FuncIdx) -> bool {
        self.at(function).is_none_or(|at| self.returns.get(at).copied().unwrap_or(true))
    }

    /// How a function starts.
    pub(crate) fn head(&self, function: FuncIdx) -> Head {
        self.at(function).and_then(|at| self.code.heads.get(at)).copied().unwrap_or(Head::Other)
    }

    /// What there is in a function.
    pub(crate) fn eh_summary(&self, function: FuncIdx) -> EhSummary {
        self.at(function).and_then(|at| self.code.eh_summaries.get(at)).copied().unwrap_or_default()
    }

    /// What exception handling the module uses.
    pub(crate) fn eh(&self) -> EhUse {
        self.code.eh
    }

    /// How the module calls through tables.
    pub(crate) fn indirect(&self) -> &IndirectUse {
        &self.code.indirect
    }

    /// Every `ref.func` in code: the function it is in, the instruction, what it names.
    pub(crate) fn references(&self) -> impl Iterator<Item = (FuncIdx, CodeOffset, FuncIdx)> {
        let function = |body: usize| FuncIdx(self.imported + body as u32);
        self.code.references.iter().map(move |&(body, at, named)| (function(body), at, named))
    }

    /// Every `memory.atomic.wait` on the first memory: the function it is in, the
    /// instruction, what it is.
    pub(crate) fn waits(&self) -> impl Iterator<Item = (FuncIdx, CodeOffset, Wait)> {
        let function = |body: usize| FuncIdx(self.imported + body as u32);
        self.code.waits.iter().map(move |&(body, at, wait)| (function(body), at, wait))
    }

    /// Every direct call, live or dead: caller, instruction, callee.
    pub(crate) fn calls(&self) -> impl Iterator<Item = (FuncIdx, CodeOffset, FuncIdx)> {
        let defined = (self.imported..).map(FuncIdx).take(self.code.count());
        defined
            .flat_map(|caller| self.calls_of(caller).map(move |(at, callee)| (caller, at, callee)))
    }

    /// Who calls whom, live or dead.
    pub(crate) fn callers(&self) -> Callers {
        Callers::find(self)
    }

    /// The direct calls of one function, live or dead: instruction, callee.
    pub(crate) fn calls_of(
        &self,
        function: FuncIdx,
    ) -> impl Iterator<Item = (CodeOffset, FuncIdx)> {
        self.events(function).iter().filter_map(|e| match e.event {
            Event::Call(callee) | Event::TailCall(callee) => Some((e.offset, callee)),
            _ => None,
        })
    }

    /// The calls of one function through the first table, live or dead: instruction, type.
    pub(crate) fn indirect_calls_of(
        &self,
        function: FuncIdx,
    ) -> impl Iterator<Item = (CodeOffset, TypeIdx)> {
        self.events(function).iter().filter_map(|e| match e.event {
            Event::CallIndirect(ty) => Some((e.offset, ty)),
            _ => None,
        })
    }

    /// The `throw`s of one function, live or dead: instruction, tag.
    pub(crate) fn throws_of(
        &self,
        function: FuncIdx,
    ) -> impl Iterator<Item = (CodeOffset, TagIdx)> {
        self.events(function).iter().filter_map(|e| match e.event {
            Event::Throw(tag) => Some((e.offset, tag)),
            _ => None,
        })
    }

    /// Visits the live `unreachable`s and live calls of a function, in order.
    pub(crate) fn visit(&self, function: FuncIdx, walker: &mut Walker, visit: impl FnMut(Place)) {
        if let Some(at) = self.at(function) {
            self.walk(at, &mut walker.open, visit);
        }
    }

    fn at(&self, function: FuncIdx) -> Option<usize> {
        function.0.checked_sub(self.imported).map(|at| at as usize)
    }

    fn events(&self, function: FuncIdx) -> &[At] {
        self.at(function).map_or(&[][..], |at| self.code.events(at))
    }

    /// All functions, each after those it calls where the call graph has no circle.
    fn callees_first(&self) -> Vec<usize> {
        let count = self.code.count();
        let mut order = Vec::with_capacity(count);
        let mut seen = vec![false; count];
        let mut stack: Vec<(usize, usize)> = Vec::new();
        for root in 0..count {
            match seen.get_mut(root) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            stack.push((root, 0));
            while let Some((at, next)) = stack.pop() {
                let events = self.code.events(at);
                let found = events.iter().enumerate().skip(next).find_map(|(i, e)| match e.event {
                    Event::Call(callee) | Event::TailCall(callee) => {
                        self.at(callee).filter(|c| seen.get(*c) == Some(&false)).map(|c| (i, c))
                    }
                    _ => None,
                });
                match found {
                    Some((i, callee)) => {
                        if let Some(seen) = seen.get_mut(callee) {
                            *seen = true;
                        }
                        stack.push((at, i + 1));
                        stack.push((callee, 0));
                    }
                    None => order.push(at),
                }
            }
        }
        order
    }

    /// The least set of functions that can return: a function joins when its end is
    /// reached past calls to members only.
    fn solve(&mut self) {
        let count = self.code.count();
        self.returns = vec![false; count];
        let mut waiting: Vec<Vec<u32>> = vec![Vec::new(); count];
        let mut work = Work::new(self.callees_first());
        let (mut open, mut blocked) = (Vec::new(), Vec::new());
        while let Some(at) = work.next() {
            if self.returns.get(at).copied().unwrap_or(true) {
                continue;
            }
            blocked.clear();
            let returns = self.walk(at, &mut open, |place| {
                if let Place::Call(_, callee) = place
                    && !self.returns(callee)
                {
                    blocked.push(callee);
                }
            });
            if returns {
                if let Some(slot) = self.returns.get_mut(at) {
                    *slot = true;
                }
                if let Some(waiters) = waiting.get_mut(at) {
                    std::mem::take(waiters).into_iter().for_each(|w| work.again(w as usize));
                }
            } else {
                blocked.sort_unstable();
                blocked.dedup();
                for &callee in work.not_waited_for(at, &blocked) {
                    if let Some(waiters) = self.at(callee).and_then(|c| waiting.get_mut(c)) {
                        waiters.push(at as u32);
                    }
                }
            }
        }
    }

    /// Walks the live code of a function; true if its end can be reached.
    fn walk(&self, at: usize, open: &mut Vec<Open>, mut visit: impl FnMut(Place)) -> bool {
        fn branch(open: &mut [Open], depth: u32) {
            let target = open.len().checked_sub(1 + depth as usize);
            if let Some(target) = target.and_then(|t| open.get_mut(t))
                && !target.is_loop
            {
                target.reached = true;
            }
        }
        open.clear();
        open.push(Open { entered: true, reached: false, is_loop: false, may_skip: false });
        let mut live = true;
        for At { event, offset } in self.code.events(at).iter().copied() {
            match event {
                Event::Block | Event::Loop | Event::If => open.push(Open {
                    entered: live,
                    reached: false,
                    is_loop: event == Event::Loop,
                    may_skip: event == Event::If,
                }),
                Event::Else | Event::Catch => {
                    if let Some(top) = open.last_mut() {
                        top.reached |= live;
                        top.may_skip = false;
                        live = top.entered;
                    }
                }
                Event::End | Event::Delegate => {
                    if let Some(top) = open.pop() {
                        live |= top.reached || (top.may_skip && top.entered);
                    }
                }
                _ if !live => {}
                Event::MayBr(depth) => branch(open, depth),
                Event::Br(depth) => {
                    branch(open, depth);
                    live = false;
                }
                Event::Return => {
                    if let Some(function) = open.first_mut() {
                        function.reached = true;
                    }
                    live = false;
                }
                Event::Call(callee) => {
                    visit(Place::Call(offset, callee));
                    live = self.returns(callee);
                }
                Event::TailCall(callee) => {
                    visit(Place::Call(offset, callee));
                    if let Some(function) = open.first_mut() {
                        function.reached |= self.returns(callee);
                    }
                    live = false;
                }
                Event::Unreachable => {
                    visit(Place::Unreachable(offset));
                    live = false;
                }
                Event::CallIndirect(_) => {}
                Event::Spin => {
                    visit(Place::Spin(offset));
                    live = false;
                }
                Event::Throw(_) | Event::Stop => live = false,
            }
        }
        live
    }
}

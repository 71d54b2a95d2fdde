//! Decodes code into the events that control flow consists of.

use super::{EhSummary, EhUse, Head, IndirectUse, Wait};
use crate::error::Result;
use crate::ids::{CodeOffset, FuncIdx, TagIdx, TypeIdx};
use crate::parallel;
use crate::read::Body;
use crate::read::instructions::{Control, Frames, control, plain};
use wasmparser::{
    BinaryReader, FrameKind, FrameStack, FunctionBody, Operator, VisitOperator, VisitSimdOperator,
};

/// A step of a function's control flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// `block`, `try_table` and legacy `try`: a label at the construct's end.
    Block,
    /// `loop`: a label at its start.
    Loop,
    If,
    Else,
    /// `catch`, `catch_all`: reached from anywhere in its `try`.
    Catch,
    End,
    /// `delegate` ends a `try` too.
    Delegate,
    /// A branch that is always taken.
    Br(u32),
    /// A branch that may be taken: `br_if`, one label of a `br_table`, a catch
    /// clause of a `try_table`.
    MayBr(u32),
    Return,
    Call(FuncIdx),
    TailCall(FuncIdx),
    /// A call through the first table, which may come back.
    CallIndirect(TypeIdx),
    Unreachable,
    /// A loop with nothing in it follows: whoever gets here stays for ever.
    Spin,
    /// `throw`: nothing follows.
    Throw(TagIdx),
    /// `rethrow`, `throw_ref`: nothing follows.
    Stop,
}

/// An event and where it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    pub(super) event: Event,
    pub(super) offset: CodeOffset,
}

/// The events of functions that stand one behind the other.
#[derive(Debug, Default)]
pub(super) struct Share {
    events: Vec<At>,
    /// Where each function's events end in `events`.
    ends: Vec<usize>,
}

impl Share {
    /// The events of one function.
    fn of(&self, at: usize) -> &[At] {
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        let end = self.ends.get(at).copied().unwrap_or(0);
        self.events.get(start.unwrap_or(0)..end).unwrap_or_default()
    }
}

/// What was decoded of some functions.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    /// One for each thread that decoded, in order: together they would have to be copied.
    shares: Vec<Share>,
    pub(super) heads: Vec<Head>,
    pub(super) eh_summaries: Vec<EhSummary>,
    pub(super) eh: EhUse,
    pub(super) indirect: IndirectUse,
    /// Each `ref.func`: the position of its body among the decoded, the instruction, what
    /// it names.
    pub(super) references: Vec<(usize, CodeOffset, FuncIdx)>,
    /// Each `memory.atomic.wait` on the first memory, in the same form.
    pub(super) waits: Vec<(usize, CodeOffset, Wait)>,
}

impl Decoded {
    /// Decodes bodies.
    pub(super) fn all(bodies: &[Body<'_>]) -> Result<Self> {
        let mut all = Self::default();
        for share in parallel::shares(bodies, |body| body.bytes.len(), Self::share) {
            all.append(share?);
        }
        Ok(all)
    }

    /// How many functions there are.
    pub(super) fn count(&self) -> usize {
        self.heads.len()
    }

    /// The events of one function.
    pub(super) fn events(&self, mut at: usize) -> &[At] {
        for share in &self.shares {
            match at.checked_sub(share.ends.len()) {
                Some(behind) => at = behind,
                None => return share.of(at),
            }
        }
        &[]
    }

    fn share(bodies: &[Body<'_>]) -> Result<Self> {
        let mut decoded = Self::default();
        let mut share = Share::default();
        let mut frames = Frames::new();
        for body in bodies {
            frames.clear();
            decoded.decode(body, &mut share, &mut frames)?;
        }
        decoded.shares.push(share);
        Ok(decoded)
    }

    fn append(&mut self, other: Self) {
        let bodies = self.count();
        let references = other.references.into_iter();
        self.references.extend(references.map(|(body, at, f)| (bodies + body, at, f)));
        let waits = other.waits.into_iter();
        self.waits.extend(waits.map(|(body, at, wait)| (bodies + body, at, wait)));
        self.shares.extend(other.shares);
        self.heads.extend(other.heads);
        self.eh_summaries.extend(other.eh_summaries);
        self.eh.legacy |= other.eh.legacy;
        self.eh.exnref |= other.eh.exnref;
        self.eh.throws |= other.eh.throws;
        self.indirect.types.extend(other.indirect.types);
        self.indirect.other |= other.indirect.other;
        self.indirect.reads_table |= other.indirect.reads_table;
        self.indirect.writes_table |= other.indirect.writes_table;
    }

    fn decode(&mut self, body: &Body<'_>, share: &mut Share, frames: &mut Frames) -> Result<()> {
        let first = FunctionBody::new(BinaryReader::new(body.bytes, body.start.0.into()))
            .get_operators_reader()?
            .original_position();
        let mut at = (first - u64::from(body.start.0)) as usize;
        let mut function = Function {
            out: self,
            events: &mut share.events,
            start: body.start,
            offset: body.start,
            head: None,
            summary: EhSummary::default(),
            frames,
        };
        while let Some(code) = body.bytes.get(at..).filter(|code| !code.is_empty()) {
            let mut code = code;
            if function.frames.current_frame().is_some() {
                let skipped = plain(code, |_, _| false);
                if skipped.effects {
                    function.head.get_or_insert(Head::Other);
                }
                at += skipped.len;
                code = code.get(skipped.len..).unwrap_or_default();
                function.offset = CodeOffset(body.start.0 + at as u32);
                if let Some((control, len)) = control(code) {
                    let event = function.step(control);
                    function.event(event);
                    at += len;
                    continue;
                }
            }
            function.offset = CodeOffset(body.start.0 + at as u32);
            let mut reader = BinaryReader::new(code, function.offset.0.into());
            reader.visit_operator(&mut function)??;
            at += (reader.original_position() - u64::from(function.offset.0)) as usize;
        }
        let head = function.head.unwrap_or(Head::Other);
        let summary = function.summary;
        self.eh_summaries.push(summary);
        share.ends.push(share.events.len());
        self.heads.push(head);
        Ok(())
    }
}

/// A function that is being decoded.
struct Function<'d> {
    out: &'d mut Decoded,
    events: &'d mut Vec<At>,
    /// The function's first byte.
    start: CodeOffset,
    /// The instruction.
    offset: CodeOffset,
    /// Known from the first effect on.
    head: Option<Head>,
    summary: EhSummary,
    frames: &'d mut Frames,
}

impl FrameStack for Function<'_> {
    fn current_frame(&self) -> Option<FrameKind> {
        self.frames.current_frame()
    }
}

impl Function<'_> {
    /// A `br 0` comes: if a `loop` without parameters stands right before it, that is all
    /// there is in the loop.
    fn spin(&mut self) {
        const LOOP_LEN: u32 = 2;
        let events = &mut *self.events;
        let Some(&At { event: Event::Loop, offset }) = events.last() else { return };
        // Before this function's there are others'.
        if offset < self.start || offset.0 + LOOP_LEN != self.offset.0 {
            return;
        }
        let at = events.len() - 1;
        events.insert(at, At { event: Event::Spin, offset });
        if self.head == Some(Head::Loop(offset)) {
            self.head = Some(Head::Spin);
        }
    }

    fn wait(&mut self, wide: bool, memarg: wasmparser::MemArg) {
        if memarg.target == wasmparser::MemArgTarget::default() {
            let wait = Wait { wide, offset: memarg.offset };
            self.out.waits.push((self.out.count(), self.offset, wait));
        }
    }

    /// Inlined into a function for each instruction, of which little remains for most.
    #[inline(always)]
    fn instruction(&mut self, op: Operator<'_>) -> Result<()> {
        let event = match op {
            Operator::Block { .. } => self.step(Control::Block),
            Operator::TryTable { try_table } => {
                self.frames.open(FrameKind::TryTable);
                self.out.eh.exnref = true;
                self.summary.has_pads = true;
                // The clauses name labels outside the construct.
                for catch in &try_table.catches {
                    let (wasmparser::Catch::One { label, .. }
                    | wasmparser::Catch::OneRef { label, .. }
                    | wasmparser::Catch::All { label }
                    | wasmparser::Catch::AllRef { label }) = *catch;
                    self.events.push(At { event: Event::MayBr(label), offset: self.offset });
                }
                Event::Block
            }
            Operator::Try { .. } => {
                self.frames.open(FrameKind::LegacyTry);
                self.out.eh.legacy = true;
                self.summary.has_pads = true;
                Event::Block
            }
            Operator::Catch { .. } => {
                self.frames.turn(FrameKind::LegacyCatch);
                Event::Catch
            }
            Operator::CatchAll => {
                self.frames.turn(FrameKind::LegacyCatchAll);
                Event::Catch
            }
            Operator::Delegate { .. } => {
                self.frames.close();
                Event::Delegate
            }
            Operator::Loop { .. } => self.step(Control::Loop),
            Operator::If { .. } => self.step(Control::If),
            Operator::Else => {
                self.frames.turn(FrameKind::Else);
                Event::Else
            }
            Operator::End => self.step(Control::End),
            Operator::Br { relative_depth } => self.step(Control::Br(relative_depth)),
            Operator::BrIf { relative_depth }
            | Operator::BrOnNull { relative_depth }
            | Operator::BrOnNonNull { relative_depth }
            | Operator::BrOnCast { relative_depth, .. }
            | Operator::BrOnCastFail { relative_depth, .. } => Event::MayBr(relative_depth),
            Operator::BrTable { targets } => {
                for target in targets.targets() {
                    self.events.push(At { event: Event::MayBr(target?), offset: self.offset });
                }
                Event::Br(targets.default())
            }
            Operator::Return => Event::Return,
            Operator::ReturnCallIndirect { .. } | Operator::ReturnCallRef { .. } => {
                self.out.indirect.other = true;
                self.summary.throws = true;
                Event::Return
            }
            Operator::Call { function_index } => self.step(Control::Call(function_index)),
            Operator::ReturnCall { function_index } => Event::TailCall(FuncIdx(function_index)),
            Operator::Unreachable => Event::Unreachable,
            Operator::ThrowRef => {
                self.out.eh.exnref = true;
                Event::Stop
            }
            Operator::Throw { tag_index } => {
                self.out.eh.throws = true;
                self.summary.throws = true;
                Event::Throw(TagIdx(tag_index))
            }
            Operator::CallIndirect { type_index, table_index: 0 } => {
                self.summary.throws = true;
                self.out.indirect.types.insert(TypeIdx(type_index));
                Event::CallIndirect(TypeIdx(type_index))
            }
            Operator::Rethrow { .. } => Event::Stop,
            // Only values moved about: no effect that could be seen.
            Operator::Nop
            | Operator::Drop
            | Operator::LocalGet { .. }
            | Operator::LocalSet { .. }
            | Operator::LocalTee { .. }
            | Operator::I32Const { .. }
            | Operator::I64Const { .. } => return Ok(()),
            other => {
                match other {
                    Operator::RefFunc { function_index } => {
                        let body = self.out.count();
                        self.out.references.push((body, self.offset, FuncIdx(function_index)));
                    }
                    Operator::MemoryAtomicWait32 { memarg } => self.wait(false, memarg),
                    Operator::MemoryAtomicWait64 { memarg } => self.wait(true, memarg),
                    Operator::TableGet { .. } => self.out.indirect.reads_table = true,
                    Operator::TableSet { .. }
                    | Operator::TableGrow { .. }
                    | Operator::TableFill { .. } => self.out.indirect.writes_table = true,
                    Operator::CallIndirect { .. } | Operator::CallRef { .. } => {
                        self.summary.throws = true;
                        self.out.indirect.other = true;
                    }
                    _ => {}
                }
                self.head.get_or_insert(Head::Other);
                return Ok(());
            }
        };
        self.event(event);
        Ok(())
    }

    /// Takes one of most of the instructions that matter.
    fn step(&mut self, control: Control) -> Event {
        match control {
            Control::Unreachable => Event::Unreachable,
            Control::Block => {
                self.frames.open(FrameKind::Block);
                Event::Block
            }
            Control::Loop => {
                self.frames.open(FrameKind::Loop);
                Event::Loop
            }
            Control::If => {
                self.frames.open(FrameKind::If);
                Event::If
            }
            Control::End => {
                self.frames.close();
                Event::End
            }
            Control::Br(depth) => {
                if depth == 0 {
                    self.spin();
                }
                Event::Br(depth)
            }
            Control::BrIf(depth) => Event::MayBr(depth),
            Control::Return => Event::Return,
            Control::Call(callee) => Event::Call(FuncIdx(callee)),
        }
    }

    fn event(&mut self, event: Event) {
        self.head.get_or_insert(match event {
            Event::Unreachable => Head::Unreachable,
            Event::Call(callee) => Head::Call(callee),
            Event::Loop => Head::Loop(self.offset),
            _ => Head::Other,
        });
        self.events.push(At { event, offset: self.offset });
    }
}

macro_rules! forward {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $ty:ty),* })? => $visit:ident $ann:tt)*) => {
        $(fn $visit(&mut self $($(, $arg: $ty)*)?) -> Result<()> {
            self.instruction(Operator::$op $({ $($arg),* })?)
        })*
    };
}

impl<'a> VisitOperator<'a> for Function<'_> {
    type Output = Result<()>;

    fn simd_visitor(&mut self) -> Option<&mut dyn VisitSimdOperator<'a, Output = Result<()>>> {
        Some(self)
    }

    wasmparser::for_each_visit_operator!(forward);
}

impl VisitSimdOperator<'_> for Function<'_> {
    wasmparser::for_each_visit_simd_operator!(forward);
}

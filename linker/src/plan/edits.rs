//! Makes room inside functions.
//!
//! lld writes every index that it relocates as a LEB128 of five bytes, although one
//! to three would do. A call can therefore name another function in place, and a
//! one-byte `unreachable` can grow into a call by taking the slack of a neighbour:
//! the function keeps its place and its size, and only the few bytes between the
//! two shift. A function without enough slack is small (it has no call, no frame):
//! it is copied to the end of the code section with its edits, whoever named it
//! names the copy, and its old body stays behind, unused.

use super::Kind;
use super::cleanup::{CleanupPlan, Escape};
use super::pads;
use super::sites::{Site, Then};
use crate::error::{Error, Result};
use crate::ids::{CodeOffset, FuncIdx, GlobalIdx, TypeIdx};
use crate::read::flow::{Flow, Place, operators};
use crate::read::{Body, Module, leb_len};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use wasmparser::{BinaryReader, Operator, OperatorsReader};

/// Bytes in the place of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The first byte that goes.
    pub at: CodeOffset,
    /// How many go.
    pub len: u32,
    /// What comes.
    pub bytes: Vec<u8>,
}

const OP_UNREACHABLE: u8 = 0x00;
const OP_NOP: u8 = 0x01;
const OP_IF: u8 = 0x04;
const OP_END: u8 = 0x0b;
const OP_RETURN: u8 = 0x0f;
const OP_CALL: u8 = 0x10;
const OP_GLOBAL_GET: u8 = 0x23;
const OP_I32_CONST: u8 = 0x41;

/// The type of a block without parameters and results.
const EMPTY: u8 = 0x40;

/// The bytes lld uses for a relocated index.
const PADDED: u32 = 5;

/// An instruction sequence that is to stand where another one stood. The width of
/// the one index in it can be chosen.
#[derive(Clone, Debug)]
struct Request {
    at: CodeOffset,
    len: u32,
    before: Vec<u8>,
    opcode: u8,
    index: FuncIdx,
    after: Vec<u8>,
}

impl Request {
    fn least(&self) -> u32 {
        (self.before.len() + 1 + self.after.len()) as u32 + leb_len(self.index.0)
    }

    fn missing(&self) -> u32 {
        self.least().saturating_sub(self.len)
    }

    /// The edit, as wide as the place or as narrow as can be.
    fn into_edit(self) -> Edit {
        let fixed = (self.before.len() + 1 + self.after.len()) as u32;
        let width = self.len.saturating_sub(fixed).clamp(leb_len(self.index.0), PADDED);
        let mut bytes = self.before;
        bytes.push(self.opcode);
        write_unsigned(&mut bytes, self.index.0, width);
        bytes.extend(self.after);
        // Wider than the widest index: only after an instruction that was longer.
        while (bytes.len() as u32) < self.len {
            bytes.push(OP_NOP);
        }
        Edit { at: self.at, len: self.len, bytes }
    }
}

/// A relocated number that could be written shorter.
#[derive(Clone, Copy, Debug)]
struct Slack {
    at: CodeOffset,
    len: u32,
    value: Number,
}

#[derive(Clone, Copy, Debug)]
enum Number {
    Unsigned(u32),
    Signed(i32),
}

impl Number {
    fn least(self) -> u32 {
        match self {
            Self::Unsigned(value) => leb_len(value),
            Self::Signed(value) => signed_len(value),
        }
    }

    fn write(self, out: &mut Vec<u8>, width: u32) {
        match self {
            Self::Unsigned(value) => write_unsigned(out, value, width),
            Self::Signed(value) => write_signed(out, value, width),
        }
    }
}

/// What is needed to edit bodies.
pub(crate) struct Editor<'p, 'a> {
    pub module: &'p Module<'a>,
    pub flow: &'p Flow,
    pub sites: &'p [Site],
    pub fail: &'p BTreeMap<Kind, FuncIdx>,
    /// What is called at a site that may return.
    pub dropped: Option<FuncIdx>,
    /// What landing pads call first if the global is not 0, if they are to.
    pub pass: Option<(FuncIdx, GlobalIdx)>,
    /// Sorted; left as they are.
    pub untouchable: &'p [FuncIdx],
    pub free_layout: bool,
    /// What is called so that no panic leaves a cleanup pad.
    pub cleanup: &'p CleanupPlan,
    /// What is called instead of `call_indirect`, by type; empty if nothing is.
    pub indirect: &'p BTreeMap<TypeIdx, FuncIdx>,
}

/// Edits by function, and the functions that moved with their new index.
type Edited = (BTreeMap<FuncIdx, Vec<Edit>>, BTreeMap<FuncIdx, FuncIdx>);

impl Editor<'_, '_> {
    /// Plans all edits. `calls` says which callees are called by another index;
    /// functions that move join it. `copy` adds a copy and answers its index.
    pub(crate) fn edit(
        &self,
        calls: &mut BTreeMap<FuncIdx, FuncIdx>,
        mut copy: impl FnMut(FuncIdx) -> FuncIdx,
    ) -> Result<Edited> {
        let mut sites: BTreeMap<FuncIdx, Vec<&Site>> = BTreeMap::new();
        for site in self.sites {
            sites.entry(site.function).or_default().push(site);
        }
        let mut may_follow = vec![false; self.module.functions.len()];
        for callee in sites.keys().chain(calls.keys()) {
            if let Some(slot) = may_follow.get_mut(callee.at()) {
                *slot = true;
            }
        }
        let mut callers: HashMap<FuncIdx, Vec<FuncIdx>> = HashMap::new();
        for (caller, _, callee) in self.flow.calls() {
            // Of those that may have to follow; others are looked up when it comes to that.
            if may_follow.get(callee.at()) == Some(&true) {
                let callers = callers.entry(callee).or_default();
                if callers.last() != Some(&caller) {
                    callers.push(caller);
                }
            }
        }
        let mut work: Vec<FuncIdx> = sites.keys().copied().collect();
        for callee in calls.keys() {
            work.extend(callers.get(callee).into_iter().flatten().copied());
        }
        if !self.indirect.is_empty() || self.pass.is_some() {
            work.extend(self.module.defined().map(|(function, _)| function));
        }
        work.extend(self.cleanup.escapes.keys().copied());
        work.sort_unstable();
        work.dedup();
        work.reverse();

        let mut edits = BTreeMap::new();
        let mut moved = BTreeMap::new();
        // A function that moves gives its callers something to edit.
        while let Some(function) = work.pop() {
            if self.untouchable.binary_search(&function).is_ok() {
                continue;
            }
            let Some(body) = self.module.body(function) else {
                continue;
            };
            let sites = sites.get(&function).map_or(&[][..], Vec::as_slice);
            let requests = self.requests(function, body, sites, calls)?;
            if requests.is_empty() {
                continue;
            }
            let in_place = self.fit(body, requests.clone())?;
            let fitted = match in_place {
                Some(fitted) => fitted,
                None => {
                    if let Entry::Vacant(entry) = moved.entry(function) {
                        let to = *entry.insert(copy(function));
                        calls.entry(function).or_insert(to);
                        match callers.get(&function) {
                            Some(callers) => work.extend(callers),
                            None => work.extend(self.callers(function)),
                        }
                    }
                    requests.into_iter().map(Request::into_edit).collect()
                }
            };
            edits.insert(function, fitted);
        }
        Ok((edits, moved))
    }

    fn callers(&self, of: FuncIdx) -> impl Iterator<Item = FuncIdx> {
        self.flow.calls().filter(move |(.., callee)| *callee == of).map(|(caller, ..)| caller)
    }

    fn requests(
        &self,
        function: FuncIdx,
        body: &Body<'_>,
        sites: &[&Site],
        calls: &BTreeMap<FuncIdx, FuncIdx>,
    ) -> Result<Vec<Request>> {
        let mut requests = self.cleanup_requests(function, body, sites)?;
        // The last word on a call is the cleanup pad's it is in.
        let taken: BTreeSet<CodeOffset> = requests.iter().map(|request| request.at).collect();
        let mut sites = sites.iter().peekable();
        for (at, callee) in self.flow.calls_of(function) {
            while let Some(site) = sites.next_if(|site| site.offset() < at) {
                requests.push(self.site_request(body, site)?);
            }
            if let Some(site) = sites.next_if(|site| site.offset() == at) {
                requests.push(self.site_request(body, site)?);
            } else if let Some(index) = calls.get(&callee).filter(|_| !taken.contains(&at)) {
                let (opcode, len) = instruction(body, at)?;
                requests.push(Request {
                    at,
                    len,
                    before: Vec::new(),
                    opcode,
                    index: *index,
                    after: Vec::new(),
                });
            }
        }
        for site in sites {
            requests.push(self.site_request(body, site)?);
        }
        if !self.indirect.is_empty() {
            let indirect = self.indirect_requests(body)?;
            requests.extend(indirect.into_iter().filter(|request| !taken.contains(&request.at)));
        }
        if let Some(pass) = self.pass {
            requests.extend(pads::of(body)?.into_iter().map(|at| pad_request(at, pass)));
        }
        requests.sort_by_key(|request| request.at);
        Ok(requests)
    }

    /// Calls of wrappers in the place of what could leave a cleanup pad.
    fn cleanup_requests(
        &self,
        function: FuncIdx,
        body: &Body<'_>,
        sites: &[&Site],
    ) -> Result<Vec<Request>> {
        let mut requests = Vec::new();
        for &escape in self.cleanup.escapes.get(&function).into_iter().flatten() {
            let at = escape.offset();
            let Some(index) = self.cleanup.instead(escape) else { continue };
            if sites.iter().any(|site| site.offset() == at) {
                continue;
            }
            let (opcode, len) = match escape {
                Escape::Call(..) => instruction(body, at)?,
                Escape::Indirect(..) | Escape::Throw(_) => (OP_CALL, length(body, at)?),
            };
            let after = match escape {
                Escape::Throw(_) => vec![OP_UNREACHABLE],
                _ => Vec::new(),
            };
            requests.push(Request { at, len, before: Vec::new(), opcode, index, after });
        }
        Ok(requests)
    }

    /// A call of a guard in the place of each `call_indirect`.
    fn indirect_requests(&self, body: &Body<'_>) -> Result<Vec<Request>> {
        let mut requests = Vec::new();
        let mut reader = operators(body)?;
        while !reader.eof() {
            let (op, at) = reader.read_with_offset()?;
            if let Operator::CallIndirect { type_index, .. } = op
                && let Some(index) = self.indirect.get(&TypeIdx(type_index))
            {
                requests.push(Request {
                    at: CodeOffset(at as u32),
                    len: (reader.original_position() - at) as u32,
                    before: Vec::new(),
                    opcode: OP_CALL,
                    index: *index,
                    after: Vec::new(),
                });
            }
        }
        Ok(requests)
    }

    fn site_request(&self, body: &Body<'_>, site: &Site) -> Result<Request> {
        let (index, last) = match site.then {
            Then::Fail => (self.fail.get(&site.kind).copied(), OP_UNREACHABLE),
            Then::Return => (self.dropped, OP_RETURN),
        };
        let index =
            index.ok_or_else(|| Error::Module("a site without a function to fail with".into()))?;
        let mut before = vec![OP_I32_CONST];
        write_signed(&mut before, site.id.0 as i32, signed_len(site.id.0 as i32));
        let (len, after) = match site.place {
            // What never comes back stays behind the call: what follows it may count on a
            // stack that holds anything.
            Place::Unreachable(_) => (1, vec![last]),
            Place::Call(at, _) => {
                let (_, len) = instruction(body, at)?;
                let next = byte(body, CodeOffset(at.0 + len));
                (len, if next == Some(last) { vec![] } else { vec![last] })
            }
        };
        Ok(Request { at: site.offset(), len, before, opcode: OP_CALL, index, after })
    }

    /// The edits with which a body keeps its size, or none if it cannot.
    fn fit(&self, body: &Body<'_>, requests: Vec<Request>) -> Result<Option<Vec<Edit>>> {
        let missing: u32 = requests.iter().map(Request::missing).sum();
        if missing == 0 || self.free_layout {
            return Ok(Some(requests.into_iter().map(Request::into_edit).collect()));
        }
        let mut slack = slack(body, &requests)?;
        let room: u32 = slack.iter().map(|s| s.len - s.value.least()).sum();
        if room < missing {
            return Ok(None);
        }
        // What each number gives; the nearest before a place gives first, so that
        // little shifts, then the nearest behind it.
        let mut given = vec![0; slack.len()];
        for request in &requests {
            let mut need = request.missing();
            let split = slack.partition_point(|s| s.at < request.at);
            for at in (0..split).rev().chain(split..slack.len()) {
                if need == 0 {
                    break;
                }
                if let (Some(s), Some(given)) = (slack.get(at), given.get_mut(at)) {
                    let take = need.min(s.len - s.value.least() - *given);
                    *given += take;
                    need -= take;
                }
            }
        }
        let mut edits: Vec<Edit> = requests.into_iter().map(Request::into_edit).collect();
        for (slack, given) in slack.drain(..).zip(given) {
            if given > 0 {
                let mut bytes = Vec::new();
                slack.value.write(&mut bytes, slack.len - given);
                edits.push(Edit { at: slack.at, len: slack.len, bytes });
            }
        }
        edits.sort_by_key(|edit| edit.at);
        Ok(Some(edits))
    }
}

/// `if` an abort is on its way, it goes on.
fn pad_request(at: CodeOffset, (pass, aborting): (FuncIdx, GlobalIdx)) -> Request {
    let mut before = vec![OP_GLOBAL_GET];
    write_unsigned(&mut before, aborting.0, leb_len(aborting.0));
    before.extend([OP_IF, EMPTY]);
    Request { at, len: 0, before, opcode: OP_CALL, index: pass, after: vec![OP_END] }
}

/// The padded numbers of a body outside the places that are edited anyway.
fn slack(body: &Body<'_>, requests: &[Request]) -> Result<Vec<Slack>> {
    let mut found = Vec::new();
    let mut requests = requests.iter().peekable();
    let mut reader = operators(body)?;
    while !reader.eof() {
        let (op, offset) = reader.read_with_offset()?;
        let end = reader.original_position() as u32;
        let offset = offset as u32;
        while requests.next_if(|r| r.at.0 + r.len <= offset).is_some() {}
        if requests.peek().is_some_and(|r| r.at.0 <= offset) {
            continue;
        }
        let value = match op {
            Operator::Call { function_index } => Number::Unsigned(function_index),
            Operator::GlobalGet { global_index } | Operator::GlobalSet { global_index } => {
                Number::Unsigned(global_index)
            }
            Operator::I32Const { value } => Number::Signed(value),
            _ => continue,
        };
        let (at, len) = (offset + 1, end - offset - 1);
        if len > value.least() {
            found.push(Slack { at: CodeOffset(at), len, value });
        }
    }
    Ok(found)
}

fn byte(body: &Body<'_>, at: CodeOffset) -> Option<u8> {
    body.bytes.get(at.0.checked_sub(body.start.0)? as usize).copied()
}

/// The opcode and the length of an instruction with one index.
fn instruction(body: &Body<'_>, at: CodeOffset) -> Result<(u8, u32)> {
    let malformed = || Error::Module("an instruction reaches past its function".into());
    let opcode = byte(body, at).ok_or_else(malformed)?;
    let mut len = 1;
    while byte(body, CodeOffset(at.0 + len)).ok_or_else(malformed)? & 0x80 != 0 {
        len += 1;
    }
    Ok((opcode, len + 1))
}

/// The length of any instruction.
fn length(body: &Body<'_>, at: CodeOffset) -> Result<u32> {
    let malformed = || Error::Module("an instruction reaches past its function".into());
    let from = at.0.checked_sub(body.start.0).ok_or_else(malformed)? as usize;
    let bytes = body.bytes.get(from..).ok_or_else(malformed)?;
    let mut reader = OperatorsReader::new(BinaryReader::new(bytes, 0));
    reader.read()?;
    Ok(reader.original_position() as u32)
}

/// Writes an unsigned LEB128 of exactly `width` bytes.
pub(crate) fn write_unsigned(out: &mut Vec<u8>, mut value: u32, width: u32) {
    for at in 1..=width {
        let more = if at < width { 0x80 } else { 0 };
        out.push((value & 0x7f) as u8 | more);
        value >>= 7;
    }
}

/// Writes a signed LEB128 of exactly `width` bytes.
fn write_signed(out: &mut Vec<u8>, mut value: i32, width: u32) {
    for at in 1..=width {
        let more = if at < width { 0x80 } else { 0 };
        out.push((value & 0x7f) as u8 | more);
        value >>= 7;
    }
}

fn signed_len(value: i32) -> u32 {
    let mut len = 1;
    let mut rest = value;
    while !(-64..64).contains(&rest) {
        rest >>= 7;
        len += 1;
    }
    len
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_width_read_back() {
        for value in [0, 1, 63, 64, -64, -65, 8191, 8192, 1_048_576, i32::MAX, i32::MIN] {
            for width in signed_len(value)..=PADDED {
                let mut bytes = Vec::new();
                write_signed(&mut bytes, value, width);
                assert_eq!(bytes.len() as u32, width);
                assert_eq!(BinaryReader::new(&bytes, 0).read_var_i32().unwrap(), value);
            }
        }
        for value in [0, 127, 128, 16_383, 16_384, u32::MAX] {
            for width in leb_len(value)..=PADDED {
                let mut bytes = Vec::new();
                write_unsigned(&mut bytes, value, width);
                assert_eq!(BinaryReader::new(&bytes, 0).read_var_u32().unwrap(), value);
            }
        }
    }
}

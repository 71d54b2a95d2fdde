//! Makes room inside functions.
//!
//! lld writes every index that it relocates as a LEB128 of five bytes, although one
//! to three would do. A call can therefore name another function in place, and a
//! one-byte `unreachable` can grow into a call by taking the slack of a neighbour:
//! the function keeps its place and its size, and only the few bytes between the
//! two shift. A function without enough slack is small (it has no call, no frame):
//! it is copied to the end of the code section with its edits, whoever named it
//! names the copy, and its old body stays behind, unused.

mod room;

use super::Kind;
use super::body_patch::BodyPatch;
use super::cleanup::{CleanupPlan, Escape};
use super::pads;
use super::rehearse::Places;
use super::sites::{Site, SiteAction};
use super::waits::Waits;
use crate::error::{Error, Result};
use crate::ids::{CodeOffset, FuncIdx, GlobalIdx, TagIdx, TypeIdx};
use crate::parallel;
use crate::read::boundary::Boundary;
use crate::read::flow::{Callers, Flow, Place};
use crate::read::{Body, Module};
use crate::wasm::leb::{signed_len, unsigned_len, write_signed, write_unsigned};
use crate::wasm::op;
use room::{Replacement, byte, instruction, length_at};
use std::collections::{BTreeMap, BTreeSet};

/// What is needed to edit bodies.
pub(crate) struct Editor<'p, 'a> {
    pub module: &'p Module<'a>,
    pub flow: &'p Flow,
    pub sites: &'p [Site],
    pub fail: &'p BTreeMap<Kind, FuncIdx>,
    /// Calls that no listener stands before, by caller and callee.
    pub told_before: &'p BTreeSet<(FuncIdx, FuncIdx)>,
    /// Who calls whom: those that follow when a function is called by another index.
    pub callers: &'p Callers,
    /// What is called at a site that may return.
    pub dropped: Option<FuncIdx>,
    /// What landing pads call first if the global is not 0, if they are to.
    pub pass: Option<(FuncIdx, GlobalIdx)>,
    /// wasm-bindgen's descriptor functions stay as they are.
    pub boundary: &'p Boundary,
    pub bodies_may_resize: bool,
    /// Functions of which nothing is left.
    pub unused: &'p BTreeSet<FuncIdx>,
    /// What is called so that no panic leaves a cleanup pad.
    pub cleanup: &'p CleanupPlan,
    /// What is called instead of `call_indirect`, by type; empty if nothing is.
    pub indirect: &'p BTreeMap<TypeIdx, FuncIdx>,
    /// What is called instead of `memory.atomic.wait`; empty if nothing is.
    pub waits: &'p Waits,
    /// Before which `throw`s of a tag somebody is told of the exception.
    pub thrown: Option<(TagIdx, FuncIdx)>,
    /// Before which branches a panic may come.
    pub rehearsed: &'p Places,
    /// What is called there, if anything is.
    pub rehearse_at: Option<FuncIdx>,
}

/// What one body has of its own that changes.
struct Own<'p> {
    sites: &'p [&'p Site],
    references: &'p [(CodeOffset, FuncIdx)],
}

/// A function that may have to change.
struct Job<'p, 'a> {
    function: FuncIdx,
    body: &'p Body<'a>,
    own: Own<'p>,
    /// Its code is at the end already, and has room.
    moved: bool,
}

/// What changes in a function.
struct Change {
    patch: BodyPatch,
    /// It keeps its place and its size.
    fits: bool,
}

/// The functions that are to be edited. One that calls many others could be edited once for each
/// of them that moves; so those that were edited often wait until there is no other, and
/// meanwhile more of what they call has moved.
#[derive(Default)]
struct Rounds {
    /// By the number of edits, as a power of two.
    levels: Vec<BTreeSet<FuncIdx>>,
    edits: BTreeMap<FuncIdx, u32>,
}

impl Rounds {
    fn add(&mut self, function: FuncIdx) {
        let edits = self.edits.get(&function).copied().unwrap_or(0);
        let level = edits.checked_ilog2().map_or(0, |level| level as usize);
        if self.levels.len() <= level {
            self.levels.resize_with(level + 1, BTreeSet::new);
        }
        self.levels[level].insert(function);
    }

    /// All those that wait for no other, in their order.
    fn next(&mut self) -> Option<BTreeSet<FuncIdx>> {
        let level = self.levels.iter_mut().find(|level| !level.is_empty())?;
        let round = std::mem::take(level);
        for function in &round {
            *self.edits.entry(*function).or_default() += 1;
        }
        Some(round)
    }
}

/// What changes in bodies.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// By function; for one that moved it changes in the copy.
    pub patches: BTreeMap<FuncIdx, BodyPatch>,
    /// The functions that moved, with their new index.
    pub moved: BTreeMap<FuncIdx, FuncIdx>,
}

/// Which functions others stand for.
#[derive(Debug, Default)]
pub(crate) struct Redirects {
    /// Callees that are called by another index.
    pub calls: BTreeMap<FuncIdx, FuncIdx>,
    /// Functions that were copied, with the index of the copy: what calls past a listener calls
    /// that.
    pub moved: BTreeMap<FuncIdx, FuncIdx>,
    /// Functions that are referred to by another index: in tables, by `ref.func`, as the
    /// start function.
    pub references: BTreeMap<FuncIdx, FuncIdx>,
    /// Functions that are another value where code refers to them by `ref.func`, apart from
    /// those in [`Redirects::references`].
    pub values: BTreeMap<FuncIdx, FuncIdx>,
}

impl Redirects {
    /// What is called instead of a function, if another is; past its listener if asked.
    fn callee(&self, function: FuncIdx, past_listener: bool) -> Option<FuncIdx> {
        let map = if past_listener { &self.moved } else { &self.calls };
        map.get(&function).copied()
    }

    /// What code refers to instead of a function.
    pub(crate) fn value(&self, function: FuncIdx) -> Option<FuncIdx> {
        self.values.get(&function).or_else(|| self.references.get(&function)).copied()
    }
}

impl Editor<'_, '_> {
    /// Plans all edits. Functions that move join the redirects. `copy` adds a copy and
    /// returns its index.
    pub(crate) fn edit(
        &self,
        redirects: &mut Redirects,
        mut copy: impl FnMut(FuncIdx) -> FuncIdx,
    ) -> Result<Layout> {
        let mut sites: BTreeMap<FuncIdx, Vec<&Site>> = BTreeMap::new();
        for site in self.sites {
            sites.entry(site.function).or_default().push(site);
        }
        let mut references: BTreeMap<FuncIdx, Vec<(CodeOffset, FuncIdx)>> = BTreeMap::new();
        let mut referring: BTreeMap<FuncIdx, Vec<FuncIdx>> = BTreeMap::new();
        for (function, at, named) in self.flow.references() {
            references.entry(function).or_default().push((at, named));
            referring.entry(named).or_default().push(function);
        }
        let mut work: Vec<FuncIdx> = sites.keys().copied().collect();
        for callee in redirects.calls.keys() {
            work.extend(self.callers.of(*callee));
        }
        let everywhere = self.pass.is_some();
        work.extend(self.module.defined().map(|(function, _)| function).filter(|function| {
            everywhere
                || (!self.indirect.is_empty()
                    && self.flow.indirect_calls_of(*function).next().is_some())
                || (self.thrown.is_some() && self.flow.throws_of(*function).next().is_some())
        }));
        work.extend(self.cleanup.escapes.keys().copied());
        work.extend(self.waits.places.keys().copied());
        work.extend(references.keys().copied());
        work.extend(self.rehearsed.keys().copied());

        let mut layout = Layout::default();
        let mut rounds = Rounds::default();
        work.into_iter().for_each(|function| rounds.add(function));
        // A function that moves gives its callers something to edit, in a later round.
        while let Some(round) = rounds.next() {
            let jobs: Vec<Job<'_, '_>> = round
                .into_iter()
                .filter(|f| !self.boundary.is_descriptor(*f) && !self.unused.contains(f))
                .filter_map(|function| {
                    Some(Job {
                        function,
                        body: self.module.body(function)?,
                        own: Own {
                            sites: sites.get(&function).map_or(&[][..], Vec::as_slice),
                            references: references.get(&function).map_or(&[][..], Vec::as_slice),
                        },
                        moved: layout.moved.contains_key(&function),
                    })
                })
                .collect();
            let changes = parallel::map(
                &jobs,
                |job| job.body.bytes.len(),
                |job| self.change(job, redirects),
            )?;
            for (job, change) in jobs.iter().zip(changes) {
                let Some(Change { patch, fits }) = change else { continue };
                let function = job.function;
                layout.patches.insert(function, patch);
                if fits || job.moved {
                    continue;
                }
                let to = copy(function);
                layout.moved.insert(function, to);
                redirects.moved.insert(function, to);
                redirects.calls.entry(function).or_insert(to);
                redirects.references.entry(function).or_insert(to);
                let referring = referring.get(&function).into_iter().flatten().copied();
                self.callers.of(function).chain(referring).for_each(|user| rounds.add(user));
            }
        }
        Ok(layout)
    }

    /// What changes in one function, if anything does.
    fn change(&self, job: &Job<'_, '_>, redirects: &Redirects) -> Result<Option<Change>> {
        let Job { function, body, own, moved } = job;
        let replacements = self.replacements(*function, body, own, redirects)?;
        if replacements.is_empty() {
            return Ok(None);
        }
        let in_place = match moved {
            true => None,
            false => room::fit(body, &replacements, self.bodies_may_resize)?,
        };
        let fits = in_place.is_some();
        let edits =
            in_place.unwrap_or_else(|| replacements.iter().map(Replacement::edit).collect());
        let name = || self.module.names.function(*function).unwrap_or("?").to_owned();
        Ok(Some(Change { patch: BodyPatch::new(body, name, edits)?, fits }))
    }

    fn replacements(
        &self,
        function: FuncIdx,
        body: &Body<'_>,
        own: &Own<'_>,
        redirects: &Redirects,
    ) -> Result<Vec<Replacement>> {
        let mut replacements = self.cleanup_replacements(function, body, own.sites)?;
        // The last word on a call is the cleanup pad's it is in.
        let taken: BTreeSet<CodeOffset> = replacements.iter().map(|r| r.at).collect();
        let mut sites = own.sites.iter().peekable();
        for (at, callee) in self.flow.calls_of(function) {
            while let Some(site) = sites.next_if(|site| site.offset() < at) {
                replacements.push(self.site_replacement(body, site)?);
            }
            if let Some(site) = sites.next_if(|site| site.offset() == at) {
                replacements.push(self.site_replacement(body, site)?);
            } else if let Some(index) = redirects
                .callee(callee, self.told_before.contains(&(function, callee)))
                .filter(|_| !taken.contains(&at))
            {
                replacements.push(Replacement::of_index(body, at, index)?);
            }
        }
        for site in sites {
            replacements.push(self.site_replacement(body, site)?);
        }
        for (at, named) in own.references {
            if let Some(index) = redirects.value(*named) {
                replacements.push(Replacement::of_index(body, *at, index)?);
            }
        }
        if !self.indirect.is_empty() {
            let indirect = self.indirect_replacements(function, body)?;
            replacements.extend(indirect.into_iter().filter(|r| !taken.contains(&r.at)));
        }
        for &(at, index) in self.waits.places.get(&function).into_iter().flatten() {
            replacements.push(Replacement::call(at, length_at(body, at)?, index));
        }
        if let Some(thrown) = self.thrown {
            let thrown = self.thrown_replacements(function, thrown);
            replacements.extend(thrown.filter(|r| !taken.contains(&r.at)));
        }
        if let Some(pass) = self.pass {
            replacements.extend(pads::of(body)?.into_iter().map(|at| pad_replacement(at, pass)));
        }
        self.rehearse(function, &mut replacements);
        // An insertion before what is replaced at its place, as in the patch.
        replacements.sort_by_key(|replacement| (replacement.at, replacement.len));
        Ok(replacements)
    }

    /// A call before each branch where a panic may come, but where something else comes first.
    fn rehearse(&self, function: FuncIdx, replacements: &mut Vec<Replacement>) {
        let Some(index) = self.rehearse_at else { return };
        let taken: BTreeSet<CodeOffset> = replacements.iter().map(|r| r.at).collect();
        for (&at, &location) in self.rehearsed.get(&function).into_iter().flatten() {
            if taken.contains(&at) {
                continue;
            }
            let mut prefix = vec![op::I32_CONST];
            write_signed(&mut prefix, location, signed_len(location));
            replacements.push(Replacement { prefix, ..Replacement::call(at, 0, index) });
        }
    }

    /// Calls of wrappers in the place of what could leave a cleanup pad.
    fn cleanup_replacements(
        &self,
        function: FuncIdx,
        body: &Body<'_>,
        sites: &[&Site],
    ) -> Result<Vec<Replacement>> {
        let mut replacements = Vec::new();
        for &escape in self.cleanup.escapes.get(&function).into_iter().flatten() {
            let at = escape.offset();
            let Some(index) = self.cleanup.instead(escape) else { continue };
            // They are in the order of the code.
            if sites.binary_search_by_key(&at, |site| site.offset()).is_ok() {
                continue;
            }
            let (opcode, len) = match escape {
                Escape::Call(..) => instruction(body, at)?,
                Escape::Indirect(..) | Escape::Throw(_) => (op::CALL, length_at(body, at)?),
            };
            let suffix = match escape {
                Escape::Throw(_) => vec![op::UNREACHABLE],
                _ => Vec::new(),
            };
            replacements.push(Replacement { at, len, prefix: Vec::new(), opcode, index, suffix });
        }
        Ok(replacements)
    }

    /// A call of a guard in the place of each `call_indirect`.
    fn indirect_replacements(
        &self,
        function: FuncIdx,
        body: &Body<'_>,
    ) -> Result<Vec<Replacement>> {
        let mut replacements = Vec::new();
        for (at, ty) in self.flow.indirect_calls_of(function) {
            if let Some(&index) = self.indirect.get(&ty) {
                replacements.push(Replacement::call(at, length_at(body, at)?, index));
            }
        }
        Ok(replacements)
    }

    /// Before each `throw` of the tag somebody is told of the exception, and gives it back.
    fn thrown_replacements(
        &self,
        function: FuncIdx,
        (tag, listener): (TagIdx, FuncIdx),
    ) -> impl Iterator<Item = Replacement> {
        let thrown = self.flow.throws_of(function).filter(move |(_, thrown)| *thrown == tag);
        thrown.map(move |(at, _)| Replacement::call(at, 0, listener))
    }

    fn site_replacement(&self, body: &Body<'_>, site: &Site) -> Result<Replacement> {
        let (index, last) = match site.action {
            SiteAction::Abort => (self.fail.get(&site.kind).copied(), op::UNREACHABLE),
            SiteAction::ReturnIfDropping => (self.dropped, op::RETURN),
        };
        let index =
            index.ok_or_else(|| Error::Bug("a site without a function to fail with".into()))?;
        let mut prefix = vec![op::I32_CONST];
        write_signed(&mut prefix, site.id.0 as i32, signed_len(site.id.0 as i32));
        let (len, suffix) = match site.place {
            // What never comes back stays behind the call: what follows it may count on a
            // stack that holds anything.
            Place::Unreachable(_) => (1, vec![last]),
            // It stays, and nobody gets there.
            Place::Spin(_) => (0, vec![last]),
            Place::Call(at, _) => {
                let (_, len) = instruction(body, at)?;
                let next = byte(body, CodeOffset(at.0 + len));
                (len, if next == Some(last) { vec![] } else { vec![last] })
            }
        };
        Ok(Replacement { at: site.offset(), len, prefix, opcode: op::CALL, index, suffix })
    }
}

/// `if` an abort is on its way, it goes on.
fn pad_replacement(at: CodeOffset, (pass, aborting): (FuncIdx, GlobalIdx)) -> Replacement {
    let mut prefix = vec![op::GLOBAL_GET];
    write_unsigned(&mut prefix, aborting.0, unsigned_len(aborting.0));
    prefix.extend([op::IF, op::EMPTY]);
    Replacement { at, len: 0, prefix, opcode: op::CALL, index: pass, suffix: vec![op::END] }
}

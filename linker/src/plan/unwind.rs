//! Modules whose panics unwind.
//!
//! A panic is an exception here, and destructors run on its way. Where it is about to
//! leave the module, at an export's guard, it is caught: its payload is dropped, the
//! panic count goes down, and it leaves as a typed failure of an instance that lives on.
//!
//! No function of the standard library does that and survives link-time optimization
//! where the program itself catches nothing. What every module has is the function that
//! the exception itself names for whoever deletes it (`_Unwind_DeleteException` of the
//! Itanium C++ ABI, <https://itanium-cxx-abi.github.io/cxx-abi/abi-eh.html>). It drops
//! the payload, and then aborts the program: "Rust panics must be rethrown". That end is
//! made to come back ([`super::sites::SiteAction::ReturnIfDropping`]).

use super::roles::{Role, Roles};
use super::{Body, LinkFacts};
use crate::args::AbortMode;
use crate::error::{Error, Result};
use crate::ids::{FuncIdx, GlobalIdx, TagIdx, TypeIdx};
use crate::link_map::PanicCounts;
use crate::read::Module;
use crate::read::flow::{EhUse, Flow};
use crate::stubs;
use std::collections::BTreeSet;
use wasmparser::{FuncType, RefType, ValType};

/// An encoding of exception handling. An engine refuses a module with both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Eh {
    /// `try`, `catch`, `rethrow`.
    Legacy,
    /// `try_table`, `throw_ref`.
    Exnref,
}

impl Eh {
    /// Its name in the module contract.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Legacy => "legacy",
            Self::Exnref => "exnref",
        }
    }

    /// What a module uses. One that only throws may have either; the older one runs in
    /// more engines.
    fn of(used: EhUse) -> Result<Option<Self>> {
        match (used.legacy, used.exnref, used.throws) {
            (false, false, false) => Ok(None),
            (_, false, _) => Ok(Some(Self::Legacy)),
            (false, true, _) => Ok(Some(Self::Exnref)),
            (true, true, _) => Err(Error::Unsupported(
                "this module mixes the two encodings of exceptions, which no engine takes; compile all of it, the standard library too, with the same -Cllvm-args=-wasm-use-legacy-eh"
                    .into(),
            )),
        }
    }
}

/// What is known of a module with landing pads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unwind {
    /// The encoding that its landing pads have.
    pub eh: Eh,
    /// How its panics are caught; `None` if it has none, or they abort.
    pub panics: Option<Panics>,
    /// Not 0 while an abort is thrown: landing pads let it pass. 2 if it is a call to a
    /// sealed instance that goes on as one, 3 if it is a panic that does not unwind.
    pub aborting: GlobalIdx,
    /// Not 0 while the payload of a caught panic is dropped.
    pub dropping: GlobalIdx,
}

impl Unwind {
    /// The functions of the module that what it gains may call.
    pub(crate) fn functions(&self) -> impl Iterator<Item = FuncIdx> + use<> {
        self.panics.into_iter().flat_map(|p| {
            let Panics { cleanup, hold, thrown, caught, in_cleanup, depth, .. } = p;
            [cleanup, hold, thrown, caught, in_cleanup, depth]
        })
    }

    /// The same with functions that were copied by their new index.
    pub(super) fn moved(self, at: impl Fn(FuncIdx) -> FuncIdx) -> Self {
        let panics = self.panics.map(|p| Panics {
            cleanup: at(p.cleanup),
            hold: at(p.hold),
            thrown: at(p.thrown),
            caught: at(p.caught),
            in_cleanup: at(p.in_cleanup),
            depth: at(p.depth),
            ..p
        });
        Self { panics, ..self }
    }

    /// Whether landing pads are made to let pass what is thrown: aborts, or panics that do
    /// not unwind.
    pub(crate) fn lets_pass(&self, abort: AbortMode) -> bool {
        abort == AbortMode::Throw || self.panics.is_none()
    }
}

/// What catching a panic takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Panics {
    /// The tag of Rust's exceptions.
    pub tag: TagIdx,
    /// Where panics are counted.
    pub counts: PanicCounts,
    /// Where each thread has its variables, if its panics are counted there.
    pub tls_base: Option<GlobalIdx>,
    /// The function that drops an exception of Rust's.
    pub cleanup: FuncIdx,
    /// The stub that is told before.
    pub hold: FuncIdx,
    /// The stub that is told of an exception that is about to be thrown.
    pub thrown: FuncIdx,
    /// The stub that writes the report.
    pub caught: FuncIdx,
    /// The stub that is told of a panic that no pad may let pass.
    pub in_cleanup: FuncIdx,
    /// The stub that is told of the panic count.
    pub depth: FuncIdx,
    /// The type of a block that `catch_ref` of the tag leaves; none in the legacy
    /// encoding, whose engines may not know `exnref`.
    pub caught_type: Option<TypeIdx>,
}

/// Finds out whether panics unwind in a module, and how they are caught there.
///
/// # Errors
/// [`Error::Unsupported`] for exceptions that are not known to be Rust's.
pub(crate) fn find(
    module: &Module<'_>,
    flow: &Flow,
    roles: &Roles,
    facts: &LinkFacts<'_>,
    index_of: impl FnOnce(FuncType) -> TypeIdx,
) -> Result<Option<Unwind>> {
    let Some(eh) = Eh::of(flow.eh())? else { return Ok(None) };
    let of_role = |wanted: Role| roles.iter().filter(move |(_, r)| **r == wanted).map(|(f, _)| *f);
    let mut cleanups = of_role(Role::ExceptionCleanup);
    let counts = match facts.preview {
        true => Some(PanicCounts { global: 0, local: None, thread_local: false }),
        false => facts.panic_counts,
    };
    let panics = match (cleanups.next(), cleanups.next()) {
        (Some(cleanup), None) => {
            if module.type_of(cleanup) != Some(&FuncType::new([ValType::I32; 2], [])) {
                return Err(unknown("how it drops an exception"));
            }
            let stub = |name: &str| match module.exported_function(name) {
                Some(stub) => Ok(stub),
                None if facts.preview => Ok(FuncIdx(u32::MAX)),
                None => Err(Error::Module(format!("the runtime stub `{name}` is not in it"))),
            };
            let counts = counts.ok_or_else(|| unknown("where it counts panics"))?;
            Some(Panics {
                tag: tag(module, flow, roles)?,
                counts,
                tls_base: match counts.thread_local {
                    true => Some(tls_base(module)?),
                    false => None,
                },
                cleanup,
                hold: stub(stubs::HOLD)?,
                thrown: stub(stubs::THROWN)?,
                caught: stub(stubs::CAUGHT_EXCEPTION)?,
                in_cleanup: stub(stubs::IN_CLEANUP)?,
                depth: stub(stubs::DEPTH)?,
                caught_type: (eh == Eh::Exnref).then(|| {
                    index_of(FuncType::new([], [ValType::I32, ValType::Ref(RefType::EXNREF)]))
                }),
            })
        }
        // Its own panics abort. Older compilers make landing pads all the same where an import
        // is `extern "C-unwind"`, newer ones where the target has exceptions; other languages
        // have theirs.
        (None, _) if tags_thrown(flow, roles).is_empty() => None,
        (None, _) => return Err(unknown("what deletes its exceptions")),
        (Some(_), Some(_)) => return Err(unknown("which of its two panic runtimes throws")),
    };
    // Two globals of the runtime's own stand before these.
    let global = |at: u32| GlobalIdx(module.globals + at);
    Ok(Some(Unwind { eh, panics, aborting: global(2), dropping: global(3) }))
}

/// The global that has the address of a thread's variables.
fn tls_base(module: &Module<'_>) -> Result<GlobalIdx> {
    let exported = || module.exported_global("__tls_base");
    let named = module.names.global("__tls_base");
    named.or_else(exported).ok_or_else(|| unknown("where a thread has its variables"))
}

fn unknown(what: &str) -> Error {
    Error::Unsupported(format!(
        "this module is built with panic=unwind by a standard library that unpoison does not know ({what}); use panic=abort"
    ))
}

/// The tag of Rust's exceptions: the only one, or the one the panic runtime throws.
fn tag(module: &Module<'_>, flow: &Flow, roles: &Roles) -> Result<TagIdx> {
    if let [_] = module.tags[..] {
        return of_pointer(module, TagIdx(0));
    }
    let tags: Vec<TagIdx> = tags_thrown(flow, roles).into_iter().collect();
    match tags[..] {
        [tag] => of_pointer(module, tag),
        _ => Err(unknown("which tag it throws")),
    }
}

/// The tag, if its exceptions are pointers.
fn of_pointer(module: &Module<'_>, tag: TagIdx) -> Result<TagIdx> {
    let ty = module.tags.get(tag.0 as usize).and_then(|ty| module.types.get(ty.at())?.as_ref());
    match ty.map(FuncType::params) {
        Some([ValType::I32]) => Ok(tag),
        _ => Err(unknown("what it throws")),
    }
}

/// The tags of what the panic machinery throws; none where panics abort.
fn tags_thrown(flow: &Flow, roles: &Roles) -> BTreeSet<TagIdx> {
    roles
        .iter()
        .filter(|(_, role)| matches!(role, Role::RustPanic | Role::PanicRuntime))
        .flat_map(|(function, _)| flow.throws_of(*function))
        .map(|(_, tag)| tag)
        .collect()
}

/// The functions that a module gains for it, apart from its guards.
pub(crate) fn bodies(unwind: &Unwind) -> Vec<(&'static str, FuncType, Body)> {
    let i32s = |n: usize| FuncType::new(vec![ValType::I32; n], []);
    let mut bodies = Vec::new();
    if unwind.panics.is_some() {
        bodies.push(("__unpoison_panic_at_boundary", i32s(1), Body::PanicAtBoundary));
        bodies.push(("__unpoison_end_payload_drop", i32s(1), Body::EndPayloadDrop));
        let same = FuncType::new([ValType::I32], [ValType::I32]);
        bodies.push(("__unpoison_tell_thrown", same, Body::TellThrown));
    }
    bodies
}

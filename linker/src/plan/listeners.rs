//! Where the stubs listen: functions that know something of a failure.

use super::roles::{Role, Roles};
use crate::ids::FuncIdx;
use crate::read::flow::{Callers, Flow};
use crate::read::{Module, flow};
use crate::stubs;
use std::collections::{BTreeMap, BTreeSet};
use wasmparser::{ExternalKind, FuncType, Operator};

/// What a stub expects of the function it listens at, apart from its type. A place is
/// looked at before it is believed, so it need not be there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expects {
    /// So many first parameters that are used.
    Used(u32),
    /// A trait object first: an address, and that of a vtable.
    Object,
    /// Nothing: it is told that the function is called, not with what.
    Nothing,
}

/// The functions that know something of a failure, each with the stub to tell. Only
/// those that have the type which the stub expects, and that use what it is told:
/// link-time optimization takes parameters away, passes anything for one that is not
/// used, and the one method that is called in place of a vtable.
pub(crate) fn find(module: &Module<'_>, roles: &Roles) -> BTreeMap<FuncIdx, FuncIdx> {
    let has_handler = roles.values().any(|role| *role == Role::AllocErrorHandler);
    let has_std = roles.values().any(|role| *role == Role::PanicWithHook);
    let stub_for = |(&target, role): (&FuncIdx, &Role)| {
        let candidates: &[(&str, Expects)] = match role {
            Role::BeginUnwind if has_std => &[(stubs::PANIC, Expects::Used(1))],
            // The program's own.
            Role::BeginUnwind => &[(stubs::MAYBE_PANIC, Expects::Used(0))],
            Role::PanicWithHook => &[(stubs::PAYLOAD, Expects::Object)],
            Role::RustPanic => {
                &[(stubs::RESUME, Expects::Object), (stubs::THROWS, Expects::Nothing)]
            }
            Role::BeginPanicStr => &[(stubs::LITERAL, Expects::Used(2))],
            Role::BeginPanic => &[(stubs::TEXT, Expects::Used(2))],
            Role::BeginPanicString => {
                &[(stubs::STRING, Expects::Used(1)), (stubs::STRING_ONLY, Expects::Used(1))]
            }
            Role::AllocErrorHandler => &[(stubs::ALLOC, Expects::Used(2))],
            // The fallback of compilers without the above: same parameters.
            Role::DefaultAllocErrorHandler if !has_handler => &[(stubs::ALLOC, Expects::Used(2))],
            Role::LayoutAllocError if !has_handler => &[(stubs::ALLOC_LAYOUT, Expects::Used(2))],
            _ => return None,
        };
        let fits = |(name, expects): &(&str, Expects)| {
            let stub = module.exported_function(name)?;
            fits(module, target, stub, *expects).then_some(stub)
        };
        let stub = candidates.iter().find_map(fits);
        if stub.is_none() {
            log::debug!("no listener at {role:?}: it is not told what the stub expects");
        }
        Some((target, stub?))
    };
    roles.iter().filter_map(stub_for).collect()
}

/// Calls, by caller and callee, before which the stubs know all that the callee's listener
/// would say, in a module whose panics do not unwind: `rust_begin_unwind` has told the message
/// that its own way to `panic_with_hook` makes a payload of, and that one hands on the payload
/// that it was called with. Engines show few frames of a stack, and a listener is one.
pub(crate) fn told_before(
    module: &Module<'_>,
    flow: &Flow,
    roles: &Roles,
    listeners: &BTreeMap<FuncIdx, FuncIdx>,
    callers: &Callers,
) -> BTreeSet<(FuncIdx, FuncIdx)> {
    let listened = |role, stub| -> BTreeSet<FuncIdx> {
        let stub = module.exported_function(stub);
        let is = |(target, has): &(&FuncIdx, &Role)| {
            **has == role && listeners.get(*target).copied() == stub
        };
        roles.iter().filter(is).map(|(target, _)| *target).collect()
    };
    let begin = listened(Role::BeginUnwind, stubs::PANIC);
    let with_hook = listened(Role::PanicWithHook, stubs::PAYLOAD);
    let last = listened(Role::RustPanic, stubs::RESUME);
    let mut within = Within { callers, begin, named: named(module, flow), known: BTreeMap::new() };
    let mut told = BTreeSet::new();
    for callee in &with_hook {
        let from_begin = callers.of(*callee).filter(|caller| within.holds(*caller, DEEPEST));
        told.extend(from_begin.map(|caller| (caller, *callee)));
    }
    told.extend(with_hook.iter().flat_map(|caller| last.iter().map(|callee| (*caller, *callee))));
    told
}

/// Functions on the way from `rust_begin_unwind` to `panic_with_hook`, and some.
const DEEPEST: usize = 8;

/// Which functions can be called by the beginning of a panic alone.
struct Within<'c> {
    callers: &'c Callers,
    begin: BTreeSet<FuncIdx>,
    /// Those that others than calls name.
    named: BTreeSet<FuncIdx>,
    /// What was found out at a depth: there may be many ways to one function.
    known: BTreeMap<(FuncIdx, usize), bool>,
}

impl Within<'_> {
    fn holds(&mut self, function: FuncIdx, depth: usize) -> bool {
        if self.begin.contains(&function) {
            return true;
        }
        if depth == 0 || self.begin.is_empty() || self.named.contains(&function) {
            return false;
        }
        if let Some(known) = self.known.get(&(function, depth)) {
            return *known;
        }
        let mut callers = self.callers.of(function).peekable();
        let holds = callers.peek().is_some() && callers.all(|caller| self.holds(caller, depth - 1));
        self.known.insert((function, depth), holds);
        holds
    }
}

/// Functions that can be called without a call of the module's that names them.
fn named(module: &Module<'_>, flow: &Flow) -> BTreeSet<FuncIdx> {
    let exported = module.exports.iter().filter(|export| export.kind == ExternalKind::Func);
    let exported = exported.map(|export| FuncIdx(export.index));
    let in_code = flow.references().map(|(.., named)| named);
    let initial = module.initial_references.iter().chain(&module.in_tables).copied();
    exported.chain(module.start).chain(initial).chain(in_code).collect()
}

fn fits(module: &Module<'_>, target: FuncIdx, stub: FuncIdx, expects: Expects) -> bool {
    let ty = module.type_of(stub);
    let uses = |count| {
        ty == module.type_of(target)
            && module.body(target).is_some_and(|body| flow::uses_parameters(body, count))
    };
    match expects {
        Expects::Used(count) => uses(count),
        Expects::Object => uses(2) && !is_called(module, target, 1),
        Expects::Nothing => ty == Some(&FuncType::new([], [])),
    }
}

/// To how many functions a parameter is followed. rustc's own hand a vtable on to two or three.
const FOLLOWED: usize = 64;

/// Whether a function calls its parameter, itself or in a function that it gives it to:
/// then it is a method, not a vtable. So it is taken for one that goes too far to be followed.
fn is_called(module: &Module<'_>, function: FuncIdx, parameter: usize) -> bool {
    let mut seen = BTreeSet::from([(function, parameter)]);
    let mut work = vec![(function, parameter)];
    while let Some((function, parameter)) = work.pop() {
        let Some(Ok(operators)) = module.body(function).map(flow::operators) else { continue };
        // The locals that were pushed last, one after the other.
        let mut pushed: Vec<u32> = Vec::new();
        for op in operators {
            match op {
                Ok(Operator::LocalGet { local_index }) => {
                    pushed.push(local_index);
                    continue;
                }
                Ok(Operator::CallIndirect { .. }) if pushed.last() == Some(&(parameter as u32)) => {
                    return true;
                }
                Ok(Operator::Call { function_index }) => {
                    let callee = FuncIdx(function_index);
                    let count = module.type_of(callee).map_or(0, |ty| ty.params().len());
                    let arguments = (0..count).rev().zip(pushed.iter().rev());
                    for (argument, local) in arguments {
                        if *local == parameter as u32 && seen.insert((callee, argument)) {
                            work.push((callee, argument));
                        }
                    }
                    if seen.len() > FOLLOWED {
                        return true;
                    }
                }
                _ => {}
            }
            pushed.clear();
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_in_place_of_a_vtable_is_told_from_one() {
        let bytes = wat::parse_str(
            "(module (table 1 funcref) (memory 1) (type $m (func (param i32)))
               (func $method (param i32 i32)
                 (call_indirect (type $m) (local.get 0) (local.get 1)))
               (func $vtable (param i32 i32)
                 (call_indirect (type $m) (local.get 0) (i32.load offset=16 (local.get 1))))
               (func $gives (param i32 i32)
                 (call $takes (local.get 0) (i32.const 1) (local.get 1)))
               (func $takes (param i32 i32 i32)
                 (call_indirect (type $m) (local.get 0) (local.get 2)))
               (func $circle (param i32 i32) (call $circle (local.get 0) (local.get 1))))",
        )
        .unwrap();
        let module = Module::read(&bytes).unwrap();
        let is_method = |at| is_called(&module, FuncIdx(at), 1);
        // `i32.const` comes between the arguments of `$gives`; the last is enough.
        assert_eq!([0, 1, 2, 4].map(is_method), [true, false, true, false]);
    }
}

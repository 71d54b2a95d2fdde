//! Whether a call of an export can end at a site: who calls whom, from the export on.
//!
//! A call through a table may be of each function of its type that is in a table or named by
//! code; so what is found to be safe is, and what is found to fail may be so for a call that
//! never happens.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use wasmparser::{
    BinaryReaderError, CompositeInnerType, ConstExpr, ElementItems, ExternalKind, FuncType,
    FunctionBody, Operator, Parser, Payload, TypeRef,
};

use super::{Finding, subject::Subject};
use crate::plan::roles::demangled;

/// The functions that a site calls.
const FAILS: &str = "__unpoison_fail";

/// A function's way to others.
#[derive(Debug, Default)]
struct Calls {
    direct: Vec<u32>,
    /// Types, through any table or reference.
    indirect: BTreeSet<u32>,
}

/// What of a module matters for that.
#[derive(Debug, Default)]
struct CallGraph {
    types: Vec<Option<FuncType>>,
    /// The type of each function.
    functions: Vec<u32>,
    imported: u32,
    bodies: Vec<Calls>,
    /// Functions that a table or a reference may name.
    named: BTreeSet<u32>,
}

impl CallGraph {
    fn read(bytes: &[u8]) -> Result<Self, BinaryReaderError> {
        let mut graph = Self::default();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::TypeSection(section) => {
                    for group in section {
                        graph.types.extend(group?.types().map(
                            |ty| match &ty.composite_type.inner {
                                CompositeInnerType::Func(ty) => Some(ty.clone()),
                                _ => None,
                            },
                        ));
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        if let TypeRef::Func(ty) | TypeRef::FuncExact(ty) = import?.ty {
                            graph.functions.push(ty);
                            graph.imported += 1;
                        }
                    }
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        graph.functions.push(ty?);
                    }
                }
                Payload::ElementSection(section) => {
                    for element in section {
                        match element?.items {
                            ElementItems::Functions(functions) => {
                                for function in functions {
                                    graph.named.insert(function?);
                                }
                            }
                            ElementItems::Expressions(_, items) => {
                                for item in items {
                                    graph.reference(&item?)?;
                                }
                            }
                        }
                    }
                }
                Payload::GlobalSection(section) => {
                    for global in section {
                        graph.reference(&global?.init_expr)?;
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    let calls = graph.calls(&body)?;
                    graph.bodies.push(calls);
                }
                _ => {}
            }
        }
        Ok(graph)
    }

    fn reference(&mut self, expression: &ConstExpr<'_>) -> Result<(), BinaryReaderError> {
        for operator in expression.get_operators_reader() {
            if let Operator::RefFunc { function_index } = operator? {
                self.named.insert(function_index);
            }
        }
        Ok(())
    }

    fn calls(&mut self, body: &FunctionBody<'_>) -> Result<Calls, BinaryReaderError> {
        let mut calls = Calls::default();
        for operator in body.get_operators_reader()? {
            match operator? {
                Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                    calls.direct.push(function_index);
                }
                Operator::CallIndirect { type_index, .. }
                | Operator::ReturnCallIndirect { type_index, .. }
                | Operator::CallRef { type_index }
                | Operator::ReturnCallRef { type_index } => {
                    calls.indirect.insert(type_index);
                }
                Operator::RefFunc { function_index } => {
                    self.named.insert(function_index);
                }
                _ => {}
            }
        }
        Ok(calls)
    }

    fn function_type(&self, function: u32) -> Option<&FuncType> {
        self.type_at(*self.functions.get(function as usize)?)
    }

    fn type_at(&self, index: u32) -> Option<&FuncType> {
        self.types.get(index as usize)?.as_ref()
    }

    /// The functions that a call through a table may be of, by their type.
    fn by_type(&self) -> HashMap<&FuncType, Vec<u32>> {
        let mut by_type: HashMap<_, Vec<u32>> = HashMap::new();
        for function in &self.named {
            if let Some(ty) = self.function_type(*function) {
                by_type.entry(ty).or_default().push(*function);
            }
        }
        by_type
    }

    /// The shortest way from a function to one of some others.
    fn way(&self, from: u32, to: &BTreeSet<u32>) -> Option<Vec<u32>> {
        let mut before = BTreeMap::from([(from, None)]);
        let mut work = VecDeque::from([from]);
        // Whoever calls through a table by a type has called all of that type: once is enough.
        let mut by_type = self.by_type();
        while let Some(function) = work.pop_front() {
            if to.contains(&function) {
                let step = |at: &u32| before.get(at).copied().flatten();
                let mut way: Vec<u32> = std::iter::successors(Some(function), step).collect();
                way.reverse();
                return Some(way);
            }
            let body = function.checked_sub(self.imported);
            let Some(calls) = body.and_then(|at| self.bodies.get(at as usize)) else { continue };
            let types = calls.indirect.iter().filter_map(|ty| self.type_at(*ty));
            let indirect = types.filter_map(|ty| by_type.remove(ty)).flatten();
            let indirect: Vec<u32> = indirect.collect();
            for callee in calls.direct.iter().chain(&indirect).copied() {
                before.entry(callee).or_insert_with(|| {
                    work.push_back(callee);
                    Some(function)
                });
            }
        }
        None
    }
}

/// What is found of an export that must not fail.
///
/// # Errors
/// For a module that is malformed.
pub(super) fn findings(
    subject: &Subject<'_>,
    export: &str,
) -> Result<Vec<Finding>, BinaryReaderError> {
    let finding = |what: String, way_out: &str| Finding { what, way_out: way_out.to_owned() };
    let Some((ExternalKind::Func, function)) = subject.export(export) else {
        return Ok(vec![finding(
            format!("it exports no function `{export}`"),
            "`unpoison inspect FILE` shows the module; exports are named as the host names them",
        )]);
    };
    let names: BTreeMap<u32, &str> = subject.names.iter().copied().collect();
    let fails: BTreeSet<u32> =
        names.iter().filter(|(_, name)| name.starts_with(FAILS)).map(|(at, _)| *at).collect();
    let said = subject.meta.as_ref().is_some_and(|meta| meta["sites"].is_string());
    if fails.is_empty() && (names.is_empty() || !said) {
        return Ok(vec![finding(
            "it has no names, so nobody can say which calls fail".into(),
            "check the module before it is stripped, linked by unpoison with --unpoison-sites=embed",
        )]);
    }
    let graph = CallGraph::read(subject.bytes)?;
    let Some(way) = graph.way(function, &fails) else { return Ok(Vec::new()) };
    let name = |function: &u32| match names.get(function) {
        Some(name) => demangled(name),
        None => format!("function {function}"),
    };
    // The last is the site's own call. A guard has the name of what it guards.
    let mut way: Vec<String> = way.iter().map(name).collect();
    way.dedup();
    Ok(vec![finding(
        format!("the export `{export}` can fail, by these calls:\n    {}", way.join("\n    ")),
        "what may be called through a table counts; without that, the last of your own functions is where to look",
    )])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(export: &str) -> Vec<Finding> {
        let bytes = wat::parse_str(
            r#"(module
                (type $t (func (param i32)))
                (import "host" "f" (func $host (param i32)))
                (table 2 funcref)
                (elem (i32.const 0) $by_table $host)
                (func $__unpoison_fail_abort (param i32) unreachable)
                (func $site (param i32) (call $__unpoison_fail_abort (i32.const 1)))
                (func $by_table (type $t) (call $site (local.get 0)))
                (func $loops (call $loops) (call $host (i32.const 1)))
                (func (export "safe") (call $loops))
                (func (export "direct") (return_call $site (i32.const 1)))
                (func (export "through_a_table")
                    (call_indirect (type $t) (i32.const 1) (i32.const 0)))
                (func (export "of_another_type")
                    (call_indirect (param i64) (i64.const 1) (i32.const 0)))
                (@custom "unpoison" "{\"sites\":\"lz1\"}"))"#,
        )
        .unwrap();
        findings(&Subject::read(&bytes).unwrap(), export).unwrap()
    }

    #[test]
    fn what_is_called_counts_directly_and_through_tables() {
        for safe in ["safe", "of_another_type"] {
            assert_eq!(found(safe), [], "{safe}");
        }
        let what = |export| found(export).remove(0).what;
        assert!(what("direct").ends_with(":\n    function 6\n    site\n    __unpoison_fail_abort"));
        assert!(what("through_a_table").contains("\n    by_table\n    site\n"));
        assert_eq!(what("missing"), "it exports no function `missing`");
    }
}

//! The boundary: every way into a module and out of it.
//!
//! Guards are planned from this and from nothing else, so a way in that is missing here
//! is a way past the guards. A module that has none at all is the only one that is left
//! as it is.
//!
//! | way in | who takes it |
//! | --- | --- |
//! | an export, name by name | the host |
//! | a slot of a table that is imported or exported | the host, by `table.get(i)()` |
//! | the same where wasm-bindgen exports the table after the link | the host |
//! | a slot that wasm-bindgen makes an export of (closures) | the host |
//! | a reference as a value | whoever was given it |
//! | the start function | the engine |
//!
//! The ways out are calls of imports, and of functions that wasm-bindgen makes imports of.

use super::Module;
use super::bindgen::{self, Bindgen};
use super::flow::Flow;
use crate::error::Result;
use crate::ids::FuncIdx;
use crate::stubs;
use std::collections::BTreeSet;
use wasmparser::ExternalKind;

/// The ways into and out of a module.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Boundary {
    /// Exports of functions with a body, in order; not those of the runtime stubs.
    pub exports: Vec<ExportedFunction>,
    /// Imports that call the host.
    pub imports: Vec<FuncIdx>,
    /// Functions that become imports after the link.
    pub later_imports: Vec<FuncIdx>,
    /// Functions whose slots become exports after the link.
    pub closures: BTreeSet<FuncIdx>,
    /// Who can reach the tables.
    pub table: TableReach,
    /// Functions that code, globals or tables refer to by `ref.func`.
    pub references: BTreeSet<FuncIdx>,
    /// A reference to a function can become a value and leave the module.
    pub references_leave: bool,
    /// The start function.
    pub start: Option<FuncIdx>,
    /// wasm-bindgen's descriptor functions and what they call, sorted: they are
    /// interpreted after the link, run in no host, and stay as they are.
    pub descriptors: Vec<FuncIdx>,
    /// wasm-bindgen's command is to work on the module.
    pub is_bindgen: bool,
}

/// An export of a function with a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ExportedFunction {
    /// Its position among the exports.
    pub position: usize,
    /// The function.
    pub function: FuncIdx,
    /// Finalizers call it at any time, and nobody could catch what it throws.
    pub no_throw_when_sealed: bool,
}

/// Who can reach the tables of a module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TableReach {
    /// The module alone.
    #[default]
    Private,
    /// The host too: wasm-bindgen exports the table after the link.
    ExportedLater,
    /// The host too.
    Exported,
    /// The host too, from before the module is instantiated.
    Imported,
}

impl Boundary {
    /// Finds the boundary of a module.
    ///
    /// # Errors
    /// [`crate::error::Error::Module`] for malformed descriptor functions.
    pub(crate) fn read(module: &Module<'_>, flow: &Flow) -> Result<Self> {
        let descriptors = bindgen::descriptor_functions(module, flow);
        let Bindgen { imports: later_imports, closures } = Bindgen::read(module, &descriptors)?;
        let is_descriptor = |f: FuncIdx| descriptors.binary_search(&f).is_ok();
        let exports = module
            .exports
            .iter()
            .enumerate()
            .filter(|(_, export)| export.kind == ExternalKind::Func)
            .filter(|(_, export)| !stubs::is_stub(export.name))
            .map(|(position, export)| ExportedFunction {
                position,
                function: FuncIdx(export.index),
                no_throw_when_sealed: bindgen::no_throw_when_sealed(export.name),
            })
            .filter(|export| module.body(export.function).is_some())
            .filter(|export| !is_descriptor(export.function))
            .collect();
        let imports = (0..).map(FuncIdx).zip(&module.imports);
        let imports = imports
            .filter(|(_, (from, name))| !bindgen::is_no_call(from, name))
            .map(|(import, _)| import)
            .collect();
        let table = table_reach(module);
        let references: BTreeSet<FuncIdx> = flow
            .references()
            .map(|(.., named)| named)
            .chain(module.initial_references.iter().copied())
            .collect();
        let become_values = !references.is_empty() || flow.indirect().reads_table;
        Ok(Self {
            exports,
            imports,
            later_imports,
            closures,
            table,
            references_leave: become_values && module.references_cross,
            references,
            start: module.start,
            is_bindgen: bindgen::is_for(module, &descriptors),
            descriptors,
        })
    }

    /// Whether anybody can enter the module at all.
    pub(crate) fn has_way_in(&self, module: &Module<'_>) -> bool {
        !self.exports.is_empty()
            || !self.closures.is_empty()
            || self.start.is_some()
            || self.references_leave
            || (self.table > TableReach::Private && !module.in_tables.is_empty())
    }

    /// Whether a function is interpreted after the link, and stays as it is.
    pub(crate) fn is_descriptor(&self, function: FuncIdx) -> bool {
        self.descriptors.binary_search(&function).is_ok()
    }
}

fn table_reach(module: &Module<'_>) -> TableReach {
    let exported = module.exports.iter().any(|export| export.kind == ExternalKind::Table);
    match () {
        () if module.tables.contains(&true) => TableReach::Imported,
        () if exported => TableReach::Exported,
        () if bindgen::exports_table(module) => TableReach::ExportedLater,
        () => TableReach::Private,
    }
}

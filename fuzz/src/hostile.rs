//! Modules that no compiler makes: each has very many of one thing, so that whatever is gone
//! through once for each two of them, or once more for each that is inside another, takes minutes.

mod code;
mod debug;
mod lists;

use crate::stubs::{self, Extras};
use wasm_encoder::{
    CodeSection, CustomSection, ElementSection, ExportKind, ExportSection, Function,
    FunctionSection, GlobalSection, ImportSection, MemorySection, MemoryType, Module, NameMap,
    NameSection, TableSection, TypeSection, ValType,
};

/// A name, and what makes it of some thousands, or hundreds of thousands, of things.
pub type Hostile = (&'static str, fn(u32) -> Vec<u8>);

/// Every such module.
pub fn all() -> impl Iterator<Item = &'static Hostile> {
    code::MODULES.iter().chain(lists::MODULES).chain(debug::MODULES)
}

/// A name of the panic machinery's, for functions that end in a trap.
const PANIC: &str = "_RNvCsfLfy6EI15iL_7___rustc10rust_panic";

/// The sections of a module in the making; type 0 is of a function that takes and returns
/// nothing.
struct Parts {
    types: TypeSection,
    imports: ImportSection,
    functions: FunctionSection,
    tables: TableSection,
    memories: MemorySection,
    globals: GlobalSection,
    exports: ExportSection,
    elements: ElementSection,
    code: CodeSection,
    names: NameMap,
    customs: Vec<(&'static str, Vec<u8>)>,
}

impl Parts {
    fn new() -> Self {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: 2,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        Self {
            types,
            imports: ImportSection::new(),
            functions: FunctionSection::new(),
            tables: TableSection::new(),
            memories,
            globals: GlobalSection::new(),
            exports: ExportSection::new(),
            elements: ElementSection::new(),
            code: CodeSection::new(),
            names: NameMap::new(),
            customs: Vec::new(),
        }
    }

    /// A function of type 0 without locals; where nothing is imported, its index.
    fn function(&mut self, write: impl FnOnce(&mut Function)) -> u32 {
        self.function_with([], write)
    }

    fn function_with(
        &mut self,
        locals: impl IntoIterator<Item = (u32, ValType), IntoIter: ExactSizeIterator>,
        write: impl FnOnce(&mut Function),
    ) -> u32 {
        let index = self.functions.len();
        self.functions.function(0);
        let mut function = Function::new(locals);
        write(&mut function);
        function.instructions().end();
        self.code.function(&function);
        index
    }

    /// One that traps, by a name of the panic machinery's.
    fn panics(&mut self) -> u32 {
        let index = self.function(|f| {
            f.instructions().unreachable();
        });
        self.names.append(index, PANIC);
        index
    }

    fn export(&mut self, name: &str, function: u32) {
        self.exports.export(name, ExportKind::Func, function);
    }

    /// The module, with the stubs.
    fn finish(self) -> Vec<u8> {
        let mut names = NameSection::new();
        names.functions(&self.names);
        let mut module = Module::new();
        module.section(&self.types);
        if !self.imports.is_empty() {
            module.section(&self.imports);
        }
        module.section(&self.functions);
        if !self.tables.is_empty() {
            module.section(&self.tables);
        }
        module.section(&self.memories);
        if !self.globals.is_empty() {
            module.section(&self.globals);
        }
        module.section(&self.exports);
        if !self.elements.is_empty() {
            module.section(&self.elements);
        }
        module.section(&self.code);
        if !self.customs.iter().any(|(name, _)| *name == "name") {
            module.section(&names);
        }
        for (name, data) in &self.customs {
            module.section(&CustomSection { name: (*name).into(), data: data.into() });
        }
        let module = module.finish();
        let extras = Extras { stack_pointer: false, names: Vec::new() };
        stubs::append(&module, &extras).unwrap_or(module)
    }
}

//! The type index space, with what the module gains at its end.

use crate::ids::TypeIdx;
use crate::read::Module;
use std::collections::HashMap;
use wasmparser::FuncType;

/// Finds or adds function types.
pub(crate) struct Types {
    known: HashMap<FuncType, TypeIdx>,
    next: u32,
    new: Vec<FuncType>,
}

impl Types {
    pub(crate) fn new(module: &Module<'_>) -> Self {
        let mut known = HashMap::new();
        for ((at, ty), plain) in (0..).zip(&module.types).zip(&module.plain_types) {
            // A type in a group is another one than a plain type of its shape.
            if let (Some(ty), true) = (ty, plain) {
                known.entry(ty.clone()).or_insert(TypeIdx(at));
            }
        }
        Self { known, next: module.types.len() as u32, new: Vec::new() }
    }

    pub(crate) fn index_of(&mut self, ty: FuncType) -> TypeIdx {
        *self.known.entry(ty).or_insert_with_key(|ty| {
            self.new.push(ty.clone());
            self.next += 1;
            TypeIdx(self.next - 1)
        })
    }

    pub(crate) fn into_new(self) -> Vec<FuncType> {
        self.new
    }
}

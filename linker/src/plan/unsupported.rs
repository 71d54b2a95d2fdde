//! Modules of a kind that a rewrite would not keep right, refused before anything is
//! planned. Only what is valid wasm and could come out of a link is here.
//!
//! Not refused: heap types of the garbage collector and pages of another size, which
//! nothing that is added touches; shared memory, of which [`super::plan`] knows more.

use crate::error::{Error, Result};
use crate::read::{Module, id};
use wasmparser::{BinaryReader, CompositeInnerType, TypeSectionReader};

/// Refuses a module by its memories and types.
///
/// # Errors
/// [`Error::Unsupported`], with the reason and the way out.
pub(crate) fn check(module: &Module<'_>) -> Result<()> {
    let reason = if module.memory64 {
        // The stubs and what is added pass addresses in 32 bits.
        "64-bit memories (wasm64, memory64)"
    } else if module.table64 {
        // Guards take the slot of a call as 32 bits.
        "64-bit tables (wasm64, table64)"
    } else if module.memories.len() > 1 {
        // A report is an address, and the host would read it in the first one.
        "modules with several memories"
    } else {
        match types(module)? {
            Types::Plain => return Ok(()),
            // A suspended stack leaves the module where no guard stands.
            Types::Continuations => "stack switching (continuation types)",
            Types::Shared => "shared functions (shared-everything threads)",
        }
    };
    Err(Error::Unsupported(format!(
        "unpoison does not support {reason}; link this module with rust-lld (`linker = \"rust-lld\"`)"
    )))
}

/// What kinds of types a module has, the strangest of them.
enum Types {
    Plain,
    Continuations,
    Shared,
}

fn types(module: &Module<'_>) -> Result<Types> {
    let Some(section) = module.sections.iter().find(|section| section.id == id::TYPE) else {
        return Ok(Types::Plain);
    };
    for group in TypeSectionReader::new(BinaryReader::new(section.content, 0))? {
        for ty in group?.into_types() {
            if matches!(ty.composite_type.inner, CompositeInnerType::Cont(_)) {
                return Ok(Types::Continuations);
            }
            if ty.composite_type.shared {
                return Ok(Types::Shared);
            }
        }
    }
    Ok(Types::Plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(wat: &str) -> Option<String> {
        let bytes = wat::parse_str(format!("(module {wat})")).unwrap();
        check(&Module::read(&bytes).unwrap()).err().map(|error| error.to_string())
    }

    #[test]
    fn what_is_refused_is_named_with_the_way_out() {
        for (wat, named) in [
            ("(memory i64 1)", "64-bit"),
            (r#"(import "a" "b" (memory i64 1))"#, "64-bit"),
            ("(memory 1) (memory 1)", "several memories"),
            ("(type $f (func)) (type (cont $f))", "stack switching"),
            ("(type (shared (func)))", "shared functions"),
        ] {
            let refusal = refusal(wat).unwrap();
            assert!(refusal.starts_with("unpoison does not support"), "{refusal}");
            assert!(refusal.contains(named) && refusal.contains("rust-lld"), "{refusal}");
        }
    }

    #[test]
    fn what_is_only_new_is_not() {
        for wat in [
            "",
            "(memory 1)",
            "(memory 1 2 (pagesize 1))",
            "(rec (type $s (struct (field (ref null $s)))) (type (array i8)))",
            "(type (func (param externref)))",
        ] {
            assert_eq!(refusal(wat), None, "{wat}");
        }
    }
}

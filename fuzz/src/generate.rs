//! Random modules, with the stubs in them.

use crate::random::Random;
use crate::sections::Sections;
use crate::stubs::{self, Extras, MACHINERY};
use arbitrary::Unstructured;
use wasm_smith::{Config, Module};

/// A module that a target runs.
#[derive(Debug)]
pub(crate) struct Input {
    /// The module, with the stubs.
    pub module: Vec<u8>,
    /// For further choices.
    pub random: Random,
}

/// What a target has no use for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The module is only looked at: anything goes.
    Rewrite,
    /// It runs, too: nothing large, and no function named as one of the panic
    /// machinery's, which would promise what a random function does not keep.
    Run,
}

/// The module that `data` stands for: itself, if it is one, else one of wasm-smith's.
pub(crate) fn module(data: &[u8], purpose: Purpose) -> Option<Input> {
    let mut random = Random::of(data);
    let module = if data.starts_with(b"\0asm") {
        data.to_vec()
    } else {
        let config = config(&mut random, purpose);
        Module::new(config, &mut Unstructured::new(data)).ok()?.to_bytes()
    };
    if wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
        .validate_all(&module)
        .is_err()
    {
        return None;
    }
    let module = if data.starts_with(b"\0asm") && has_stubs(&module) {
        module
    } else {
        let sections = Sections::read(&module)?;
        if purpose == Purpose::Run && sections.tiny_memory {
            return None;
        }
        let functions = sections.functions as usize;
        let names = match purpose {
            Purpose::Rewrite if functions > 0 && random.one_in(2) => {
                MACHINERY.iter().map(|name| (random.below(functions) as u32, *name)).collect()
            }
            _ => Vec::new(),
        };
        stubs::append(&module, &Extras { stack_pointer: !random.one_in(4), names })?
    };
    Some(Input { module, random })
}

/// Whether a module of the corpus has stubs of its own.
fn has_stubs(module: &[u8]) -> bool {
    let name = b"__unpoison_rt_fail";
    module.windows(name.len()).any(|window| window == name)
}

fn config(random: &mut Random, purpose: Purpose) -> Config {
    // Each group of proposals is off now and then: what follows from its absence (which
    // encoding, which section is missing) is decided, too.
    let mut on = |times: usize| !random.one_in(times);
    let run = purpose == Purpose::Run;
    let (gc, exceptions, reference_types) = (!on(2), on(3), on(4));
    let config = Config {
        reference_types_enabled: reference_types || gc || exceptions,
        gc_enabled: gc,
        exceptions_enabled: exceptions,
        tail_call_enabled: !on(2),
        simd_enabled: !on(2),
        relaxed_simd_enabled: false,
        multi_value_enabled: on(4),
        bulk_memory_enabled: true,
        extended_const_enabled: on(2),
        wide_arithmetic_enabled: !on(4),
        custom_page_sizes_enabled: !run && !on(8),
        memory64_enabled: !on(16),
        threads_enabled: !run && !on(16),
        compact_imports_enabled: !run && !on(8),
        export_everything: on(2),
        allow_start_export: !on(4),
        // Garbage in padded numbers: what rust-lld pads is where edits find room.
        min_uleb_size: if on(2) { 1 } else { 5 },
        generate_custom_sections: !run && !on(8),
        max_memories: if on(16) { 1 } else { 2 },
        max_tables: if on(4) { 1 } else { 3 },
        min_funcs: 1,
        max_funcs: 8,
        max_imports: 5,
        max_exports: 10,
        max_globals: 6,
        max_types: 12,
        max_tags: 3,
        max_elements: 6,
        max_element_segments: 4,
        max_data_segments: 3,
        max_instructions: 60,
        max_nesting_depth: 6,
        max_values: 6,
        max_table_elements: 40,
        max_memory32_bytes: 8 << 16,
        max_memory64_bytes: 8 << 16,
        memory_max_size_required: run,
        table_max_size_required: run,
        ..Config::default()
    };
    Config { relaxed_simd_enabled: config.simd_enabled && random.one_in(2), ..config }
}

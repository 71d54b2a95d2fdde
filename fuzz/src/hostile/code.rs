//! Functions: how they call each other, and what is in them.

use super::{Hostile, Parts};
use wasm_encoder::{BlockType, Catch, ValType};

pub(super) const MODULES: &[Hostile] = &[
    ("a chain of calls", chain),
    ("a circle of calls", circle),
    ("everything calls everything", everything),
    ("one function that all call", one_for_all),
    ("traps in a row", traps),
    ("calls that do not return, in a row", calls),
    ("blocks in blocks", blocks),
    ("loops in loops", loops),
    ("tables of branches", branches),
    ("try tables in try tables", nested_tries),
    ("try tables in a row", tries),
    ("old tries in old tries", old_tries),
    ("locals", locals),
];

/// Each function calls the next, and the last panics.
fn chain(n: u32) -> Vec<u8> {
    let mut parts = Parts::new();
    for next in 1..n {
        parts.function(|f| {
            f.instructions().call(next);
        });
    }
    parts.panics();
    parts.export("first", 0);
    parts.finish()
}

fn circle(n: u32) -> Vec<u8> {
    let mut parts = Parts::new();
    for at in 0..n {
        parts.function(|f| {
            f.instructions().call((at + 1) % n).unreachable();
        });
    }
    parts.export("first", 0);
    parts.finish()
}

/// As many calls as asked for, by the root of as many functions.
fn everything(n: u32) -> Vec<u8> {
    let mut parts = Parts::new();
    let count = n.isqrt();
    for _ in 0..count {
        parts.function(|f| {
            for callee in 0..count {
                f.instructions().call(callee);
            }
            f.instructions().unreachable();
        });
    }
    parts.export("first", 0);
    parts.finish()
}

fn one_for_all(n: u32) -> Vec<u8> {
    let mut parts = Parts::new();
    let one = parts.panics();
    for _ in 0..n {
        parts.function(|f| {
            f.instructions().call(one).unreachable();
        });
    }
    parts.export("one", one);
    parts.finish()
}

fn traps(n: u32) -> Vec<u8> {
    let mut parts = Parts::new();
    let function = parts.function(|f| {
        for _ in 0..n {
            f.instructions().block(BlockType::Empty).unreachable().end();
        }
    });
    parts.export("traps", function);
    parts.finish()
}

fn calls(n: u32) -> Vec<u8> {
    let mut parts = Parts::new();
    let panics = parts.panics();
    let function = parts.function(|f| {
        for _ in 0..n {
            f.instructions().block(BlockType::Empty).call(panics).unreachable().end();
        }
    });
    parts.export("calls", function);
    parts.finish()
}

fn blocks(n: u32) -> Vec<u8> {
    nested(n, |f| {
        f.instructions().block(BlockType::Empty);
    })
}

fn loops(n: u32) -> Vec<u8> {
    nested(n, |f| {
        f.instructions().loop_(BlockType::Empty).i32_const(0).br_if(0);
    })
}

fn nested_tries(n: u32) -> Vec<u8> {
    nested(n, |f| {
        f.instructions().try_table(BlockType::Empty, [Catch::All { label: 0 }]);
    })
}

/// Blocks in each other, with a trap in the innermost and behind each.
fn nested(n: u32, begin: impl Fn(&mut wasm_encoder::Function)) -> Vec<u8> {
    let mut parts = Parts::new();
    let panics = parts.panics();
    let function = parts.function(|f| {
        (0..n).for_each(|_| begin(f));
        f.instructions().i32_const(0).br_if(n - 1).call(panics).unreachable();
        (0..n).for_each(|_| {
            f.instructions().end();
        });
    });
    parts.export("nested", function);
    parts.finish()
}

fn branches(n: u32) -> Vec<u8> {
    let mut parts = Parts::new();
    let each = n.isqrt();
    let function = parts.function(|f| {
        for _ in 0..each {
            f.instructions().block(BlockType::Empty).i32_const(0);
            f.instructions().br_table(vec![0; each as usize], 0).end();
        }
        f.instructions().unreachable();
    });
    parts.export("branches", function);
    parts.finish()
}

fn tries(n: u32) -> Vec<u8> {
    let mut parts = Parts::new();
    let panics = parts.panics();
    let function = parts.function(|f| {
        for _ in 0..n {
            f.instructions().block(BlockType::Empty);
            f.instructions().try_table(BlockType::Empty, [Catch::All { label: 0 }]);
            f.instructions().call(panics).unreachable().end().end();
        }
    });
    parts.export("tries", function);
    parts.finish()
}

fn old_tries(n: u32) -> Vec<u8> {
    let mut parts = Parts::new();
    let panics = parts.panics();
    let function = parts.function(|f| {
        (0..n).for_each(|_| {
            f.instructions().try_(BlockType::Empty);
        });
        f.instructions().call(panics).unreachable();
        (0..n).for_each(|_| {
            f.instructions().catch_all().rethrow(0).end();
        });
    });
    parts.export("tries", function);
    parts.finish()
}

/// As many locals as a function may have, in many functions.
fn locals(n: u32) -> Vec<u8> {
    let mut parts = Parts::new();
    for _ in 0..n / 10 {
        parts.function_with([(49_000, ValType::I64), (999, ValType::I32)], |f| {
            f.instructions().unreachable();
        });
    }
    parts.export("first", 0);
    parts.finish()
}

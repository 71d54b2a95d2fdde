//! A program that traps in a function that is inlined into another, and what Node says of it.

use std::path::Path;
use std::process::Command;
use xtask::{run, setup};

/// The program: `entry` traps for an address out of bounds.
pub const SOURCE: &str = r#"
#[inline(always)]
fn read(address: usize) -> i32 {
    // SAFETY: there is none: it traps.
    unsafe { (address as *const i32).read_volatile() } // read
}

#[inline(never)]
fn outer(address: usize) -> i32 {
    read(address) + 1 // outer
}

#[unsafe(no_mangle)]
pub extern "C" fn entry(address: usize) -> i32 {
    std::hint::black_box(outer(address)) // entry
}

#[unsafe(no_mangle)]
pub extern "C" fn give_up() {
    std::process::abort() // give_up
}
"#;

/// The number of the line that ends in a comment with this mark.
pub fn line(mark: &str) -> usize {
    let line = SOURCE.lines().position(|line| line.ends_with(&format!("// {mark}")));
    line.unwrap_or_else(|| panic!("no line {mark}")) + 1
}

/// The stack that Node shows of a trap.
pub fn stack(module: &Path) -> String {
    let script = "const m = new WebAssembly.Module(require('fs').readFileSync(process.argv[1]));
        const { exports } = new WebAssembly.Instance(m);
        try { exports.entry(-8) } catch (e) { console.log(e.stack) }";
    let mut node = Command::new(&setup::get().node.newer);
    run::quiet(node.args(["-e", script]).arg(module)).unwrap_or_else(|e| panic!("{e:#}"))
}

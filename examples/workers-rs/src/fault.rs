//! What can go wrong in a request, on demand.

use std::cell::RefCell;
use std::hint::black_box;

thread_local! {
    static LEDGER: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

/// Uses the ledger, and fails while it is borrowed.
pub fn commit(fault: Option<&str>) {
    LEDGER.with_borrow_mut(|ledger| {
        ledger.push(1);
        match fault {
            Some("panic") => panic!("the request wanted a panic"),
            Some("abort") => std::process::abort(),
            Some("overflow") => drop(overflow(black_box(1))),
            _ => {}
        }
        ledger.pop();
    });
}

/// Runs over the stack.
fn overflow(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    overflow(depth + 1) + black_box(frame)[3]
}

//! A plugin for Extism that keeps orders, and panics at one that is no number.

use extism_pdk::{host_fn, plugin_fn, FnResult};
use std::cell::RefCell;

thread_local! {
    static ORDERS: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

/// Takes an order; answers how many there are.
#[plugin_fn]
pub fn order(number: String) -> FnResult<String> {
    ORDERS.with_borrow_mut(|orders| {
        orders.push(number.parse().unwrap());
        Ok(orders.len().to_string())
    })
}

#[host_fn]
extern "ExtismHost" {
    /// Tells the host why the plugin is at its end.
    fn failed(why: String);
}

/// The last code of the plugin's to run. Extism shows its host no memory of a plugin's, so the
/// report is handed over here.
#[no_mangle]
extern "C" fn __unpoison_on_abort(report: *const u32) {
    let word = |at| unsafe { report.add(at).read() };
    let text = |at| {
        let (start, length) = (word(at) as *const u8, word(at + 1) as usize);
        String::from_utf8_lossy(unsafe { core::slice::from_raw_parts(start, length) })
    };
    let why = match word(7) {
        0 => format!("kind {} {}", word(1), text(3)),
        line => format!("{}, at {}:{line}:{}", text(3), text(5), word(8)),
    };
    let _ = unsafe { failed(why) };
}

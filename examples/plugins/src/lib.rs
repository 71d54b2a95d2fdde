//! A plugin that adds up numbers, and has a fault of the sort that its number says.

use std::cell::Cell;
use std::hint::black_box;

thread_local!(static SUM: Cell<u64> = const { Cell::new(0) });

/// Adds a number; answers the sum.
#[no_mangle]
pub extern "C" fn add(plugin: u32, number: u64) -> u64 {
    if number % 5 == 4 {
        fault(plugin, number);
    }
    SUM.set(SUM.get() + number);
    SUM.get()
}

fn fault(plugin: u32, number: u64) {
    match plugin {
        2 => panic!("plugin 2 does not like {number}"),
        4 => std::process::abort(),
        6 => {
            black_box(Vec::<u64>::with_capacity(black_box(0x0fff_ffff)));
        }
        8 => loop {
            black_box(number);
        },
        _ => {}
    }
}

//! A component that adds numbers up, and does not like some of them.

use std::cell::RefCell;

wit_bindgen::generate!({ world: "tally", path: "wit" });

thread_local! {
    static NUMBERS: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

struct Tally;

impl Guest for Tally {
    fn add(number: u32) -> u32 {
        NUMBERS.with_borrow_mut(|numbers| {
            numbers.push(number);
            match number {
                // While `NUMBERS` is borrowed, and has a number that is not counted.
                4 => panic!("{number} is an unlucky number"),
                7 => std::process::abort(),
                _ => numbers.iter().sum(),
            }
        })
    }
}

export!(Tally);

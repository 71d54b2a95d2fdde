//! A counter, and five ways to fail. Nothing here knows of unpoison. `C-unwind` lets panics out.

use std::cell::RefCell;

thread_local!(static COUNTER: RefCell<i32> = const { RefCell::new(0) });

/// The healthy one: 1, 2, 3, … by way of a text, as ordinary code has it.
#[no_mangle]
pub extern "C-unwind" fn count() -> i32 {
    COUNTER.with_borrow_mut(|n| {
        *n += 1;
        n.to_string().parse().unwrap_or_default()
    })
}

/// A panic with a message.
#[no_mangle]
pub extern "C-unwind" fn panic(n: i32) -> i32 {
    let parsed: Result<i32, _> = format!("{n}x").parse::<i32>();
    parsed.unwrap()
}

/// A panic while the counter is borrowed: nobody gives the borrow back.
#[no_mangle]
pub extern "C-unwind" fn panic_while_borrowed() -> i32 {
    COUNTER.with_borrow_mut(|n| {
        *n += 1;
        panic!("while the counter was borrowed at {n}")
    })
}

/// Giving up on purpose.
#[no_mangle]
pub extern "C-unwind" fn abort() {
    std::process::abort()
}

/// More memory than there is.
#[no_mangle]
pub extern "C-unwind" fn allocate() -> usize {
    let mut kept = Vec::new();
    loop {
        kept.push(Vec::<u8>::with_capacity(std::hint::black_box(1 << 30)));
    }
}

/// A recursion without an end, each level with some stack of its own.
#[no_mangle]
#[allow(unconditional_recursion, reason = "it is what this shows")]
pub extern "C-unwind" fn overflow_stack(n: i32) -> i32 {
    let frame = std::hint::black_box([n; 4096]);
    overflow_stack(n + 1) + frame[n as usize % 4096]
}

//! What runs inside the user's module: it writes down what failed.
//!
//! The linker compiles this crate with the very rustc that compiled the module, so
//! that `PanicInfo`, `PanicPayload` and `Location` have that compiler's layout, and
//! links it last. It is told of a panic or a failed allocation while the compiler's
//! own runtime is still at work (the *pending* failure), and asked for the report
//! when the module is about to give up. It never allocates: the allocator may be
//! what failed.
//!
//! It knows nothing of the linker. State that decides whether Rust may run at all
//! (sealed or live) is not here but in wasm globals, out of reach of stray writes.
#![no_std]
#![feature(std_internals, panic_internals, panic_can_unwind)]
#![cfg_attr(target_feature = "atomics", feature(thread_local))]
#![allow(internal_features)]

extern crate alloc;

mod allocator;
mod pending;
mod place;
mod report;
#[cfg(target_feature = "atomics")]
mod shared;
mod text;

use alloc::string::String;
use core::panic::{Location, PanicInfo, PanicPayload};
use pending::PENDING;
use place::plausible;
use report::Failure;

/// What the compiler's own panic says that ends a double panic
/// (`library/core/src/panicking.rs`, `panic_in_cleanup`).
const IN_CLEANUP: &str = "panic in a destructor during cleanup";

/// A panic is on its way: `rust_begin_unwind` was called.
#[no_mangle]
extern "C" fn __unpoison_rt_panic(info: &PanicInfo<'_>) {
    let can_unwind = info.can_unwind();
    let message = info.message();
    if !can_unwind && PENDING.panic_nounwind(message.as_str() == Some(IN_CLEANUP)) {
        return;
    }
    match message.as_str() {
        Some(text) => PENDING.panic_literal(text, info.location()),
        None => PENDING.panic_formatted(format_args!("{message}"), info.location()),
    }
    if !can_unwind {
        PENDING.may_not_unwind();
    }
}

/// So many panics were under way when the one began of which the next call tells.
#[cfg(unwinding)]
#[no_mangle]
extern "C" fn __unpoison_rt_depth(count: usize) {
    PENDING.at_depth(count);
}

/// A panic with a payload is on its way: `std::panicking::panic_with_hook` was
/// called. The parameters are that function's, in its ABI; the linker calls this
/// only where the two wasm types are equal.
#[no_mangle]
extern "Rust" fn __unpoison_rt_payload(
    payload: &mut dyn PanicPayload,
    location: *const Location<'static>,
    _can_unwind: bool,
    _force_no_backtrace: bool,
) {
    PENDING.panic_payload(payload, plausible(location));
}

/// A panic with a payload but without a place is on its way: `rust_panic` was
/// called, by `resume_unwind` or behind one of the two above.
#[no_mangle]
extern "Rust" fn __unpoison_rt_resume(payload: &mut dyn PanicPayload) {
    PENDING.panic_payload(payload, None);
    #[cfg(unwinding)]
    PENDING.throws();
}

/// A panic is about to be thrown of which nothing is said: link-time optimization left
/// nothing that could be asked.
#[cfg(unwinding)]
#[no_mangle]
extern "C" fn __unpoison_rt_throws() {
    PENDING.throws();
}

/// A panic left a destructor that ran because of another one, with so many under way:
/// that is the end.
#[cfg(unwinding)]
#[no_mangle]
extern "C" fn __unpoison_rt_in_cleanup(count: usize) {
    PENDING.in_cleanup(count);
}

/// A panic has left Rust, and its payload is about to be dropped.
#[cfg(unwinding)]
#[no_mangle]
extern "C" fn __unpoison_rt_hold() {
    PENDING.hold();
}

/// A panic has left Rust that began with `count` others under way; answers the address
/// of its report.
#[cfg(unwinding)]
#[no_mangle]
extern "C" fn __unpoison_rt_caught(count: usize) -> *const u32 {
    PENDING.caught(count)
}

/// A panic, the one that was begun last at this depth, is about to be thrown as the
/// exception at this address.
#[cfg(unwinding)]
#[no_mangle]
extern "C" fn __unpoison_rt_thrown(exception: usize) {
    PENDING.thrown_as(exception);
}

/// The panic that the exception at this address carries has left Rust; if nobody told of
/// that exception, the one that began with `count` others under way. Answers the address
/// of its report.
#[cfg(unwinding)]
#[no_mangle]
extern "C" fn __unpoison_rt_caught_exception(count: usize, exception: usize) -> *const u32 {
    PENDING.caught_exception(count, exception)
}

/// A panic whose payload is a `&str` is on its way: `begin_panic::<&str>`, for
/// modules in which link-time optimization left nothing else to listen at.
#[no_mangle]
unsafe extern "C" fn __unpoison_rt_literal(
    text: *const u8,
    length: usize,
    location: *const Location<'static>,
) {
    let text = unsafe { core::slice::from_raw_parts(text, length) };
    PENDING.panic_literal(unsafe { core::str::from_utf8_unchecked(text) }, plausible(location));
}

/// The same for `begin_panic::<String>`, which is given the string by address.
#[no_mangle]
extern "C" fn __unpoison_rt_string(text: &String, location: *const Location<'static>) {
    PENDING.panic_literal(text, plausible(location));
}

/// The same where the place was optimized away.
#[no_mangle]
extern "C" fn __unpoison_rt_string_only(text: &String) {
    PENDING.panic_literal(text, None);
}

/// An allocation failed and the program did not handle it.
#[no_mangle]
extern "C" fn __unpoison_rt_alloc(size: usize, align: usize) {
    PENDING.alloc(size, align);
}

/// The module gives up at `site` with a failure of `kind`; answers the address of
/// the report. A pending failure says more than the site does: an abort behind a
/// failed allocation is that failure's end.
#[no_mangle]
extern "C" fn __unpoison_rt_fail(kind: u32, site: u32) -> *const u32 {
    PENDING.finish(Failure::from_word(kind), site)
}

/// The engine stopped the code, whose stack pointer was `sp` then; answers the address
/// of the report. All that was known may be overwritten.
#[no_mangle]
extern "C" fn __unpoison_rt_trap(sp: usize) -> *const u32 {
    PENDING.trapped(sp)
}

/// The address of the newest report, null if there is none; with threads, of the one
/// that sealed the module, once there is one.
#[no_mangle]
extern "C" fn __unpoison_rt_report() -> *const u32 {
    #[cfg(target_feature = "atomics")]
    if let Some(report) = shared::report() {
        return report;
    }
    PENDING.newest()
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // Nothing here panics; the handler only makes the crate complete.
    core::arch::wasm32::unreachable()
}

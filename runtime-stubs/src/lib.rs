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
//!
//! What it needs is stable, but for *layers*, each a `cfg`. The linker switches
//! them on, and leaves out one that a compiler does not know any more: then reports say
//! less, and nothing else changes.
//!
//! - `can_unwind`: whether a panic may unwind. Without it, that is told by what two
//!   panics of the compiler's say.
//! - `payload = "core"` or `"alloc"`, after the crate that has `PanicPayload`: panics
//!   that come with a payload and no message.
//! - `own_state`: each thread has its own, for modules with `atomics`.
//! - `rehearse`: failures that a host switches on, for modules that asked for it.
#![no_std]
#![cfg_attr(can_unwind, feature(panic_can_unwind))]
#![cfg_attr(any(payload = "core", payload = "alloc"), feature(std_internals, panic_internals))]
#![cfg_attr(own_state, feature(thread_local))]
#![cfg_attr(all(unwinding, target_os = "wasi"), feature(asm_experimental_arch))]
#![allow(
    internal_features,
    stable_features,
    unused_features,
    reason = "panics are an internal feature; which of these are known depends on the compiler"
)]

extern crate alloc;

mod allocator;
mod failure;
#[cfg(any(payload = "core", payload = "alloc"))]
mod payload;
mod pending;
mod place;
#[cfg(rehearse)]
mod rehearse;
mod report;
#[cfg(target_feature = "atomics")]
mod shared;
mod slot;
mod tell;
mod text;

use alloc::string::String;
use core::alloc::Layout;
use core::panic::{Location, PanicInfo};
use failure::Failure;
use pending::PENDING;
use place::{literal, plausible, plausible_info};

// The tag of Rust's exceptions. On WASI the standard library leaves it to a C++ toolchain
// (`library/unwind/src/wasm.rs`); if there is one, its definition counts.
#[cfg(all(unwinding, target_os = "wasi"))]
core::arch::global_asm!(
    ".tagtype __cpp_exception i32",
    ".globl __cpp_exception",
    ".weak __cpp_exception",
    "__cpp_exception:",
);

/// What the compiler's own panic says that ends a double panic
/// (`library/core/src/panicking.rs`, `panic_in_cleanup`).
const IN_CLEANUP: &str = "panic in a destructor during cleanup";

/// The same where a panic would leave a function that is not `C-unwind`
/// (`panic_cannot_unwind`).
#[cfg(not(can_unwind))]
const CANNOT_UNWIND: &str = "panic in a function that cannot unwind";

/// A panic is on its way: `rust_begin_unwind` was called.
#[no_mangle]
extern "C" fn __unpoison_rt_panic(info: &PanicInfo<'_>) {
    let message = info.message();
    let in_cleanup = message.as_str() == Some(IN_CLEANUP);
    #[cfg(can_unwind)]
    let can_unwind = info.can_unwind();
    #[cfg(not(can_unwind))]
    let can_unwind = !in_cleanup && message.as_str() != Some(CANNOT_UNWIND);
    // What unwinds has the standard library, whose failed allocations are no panics.
    #[cfg(not(unwinding))]
    if !can_unwind && PENDING.is_of_alloc(info.location()) {
        return;
    }
    if !can_unwind && PENDING.panic_nounwind(in_cleanup) {
        return;
    }
    match message.as_str() {
        Some(text) => PENDING.panic_literal(text, info.location()),
        None => PENDING.panic_formatted(format_args!("{message}"), info.location()),
    }
    if !can_unwind {
        PENDING.may_not_unwind();
        #[cfg(not(unwinding))]
        PENDING.may_be_of_alloc();
    }
}

/// For a program without the standard library, to be called by its own panic handler: what
/// link-time optimization knows to be ignored it takes away, the message with it.
#[no_mangle]
extern "C" fn __unpoison_panic_info(info: &PanicInfo<'_>) {
    if !PENDING.is_told() {
        __unpoison_rt_panic(info);
    }
}

/// The same where the handler is the program's own. It may use nothing or little of what it
/// is told, so that optimization passes anything, or the place alone.
#[no_mangle]
extern "C" fn __unpoison_rt_maybe_panic(told: *const PanicInfo<'static>) {
    if let Some(info) = plausible_info(told) {
        __unpoison_rt_panic(info);
    } else if let Some(location) = plausible(told.cast()) {
        if !PENDING.is_of_alloc(Some(location)) {
            PENDING.panic_literal("", Some(location));
        }
    }
}

/// So many panics were under way when the one began of which the next call tells.
#[cfg(unwinding)]
#[no_mangle]
extern "C" fn __unpoison_rt_depth(count: usize) {
    PENDING.at_depth(count);
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

/// The same where the payload's type is not known. Three words may be other things, too:
/// a literal is one that lies in the program's data and is UTF-8.
#[no_mangle]
extern "C" fn __unpoison_rt_text(
    text: *const u8,
    length: usize,
    location: *const Location<'static>,
) {
    if let Some(text) = literal(text, length) {
        PENDING.panic_literal(text, plausible(location));
    }
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

/// The same of a function that takes a `Layout`, in its ABI.
#[no_mangle]
extern "Rust" fn __unpoison_rt_alloc_layout(layout: Layout) {
    PENDING.alloc(layout.size(), layout.align());
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
fn panic(_info: &PanicInfo<'_>) -> ! {
    #[cfg(rehearse)]
    rehearse::__unpoison_rt_raise(_info);
    // Nothing else here panics; the handler only makes the crate complete.
    #[cfg(not(rehearse))]
    core::arch::wasm32::unreachable()
}

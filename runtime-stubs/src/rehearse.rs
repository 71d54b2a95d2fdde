//! Failures that a host has asked for, at places where the program itself may panic.
//!
//! A rehearsed panic is a real one: the module's own panic handler is told of it, with the
//! place of the panic that the program would have made there.

use crate::pending::PENDING;
use core::panic::{Location, PanicInfo};

extern "Rust" {
    /// [`raise`] as it is compiled: the caller's place is its last parameter.
    #[link_name = "__unpoison_rt_raise_at"]
    fn raise_at(place: *const Location<'static>) -> !;
}

#[track_caller]
#[export_name = "__unpoison_rt_raise_at"]
extern "Rust" fn raise() -> ! {
    // Nobody is to take it for a real one.
    panic!("rehearsed failure")
}

/// A panic is to begin at this place, unless another failure is on its way to the host: what
/// runs then is a hook.
#[no_mangle]
extern "C" fn __unpoison_rt_rehearse(place: *const Location<'static>) {
    if !PENDING.has_begun() {
        unsafe { raise_at(place) }
    }
}

/// Stands for the program's own panic handler: the linker has that one called instead.
#[no_mangle]
#[inline(never)]
pub extern "C" fn __unpoison_rt_raise(info: &PanicInfo<'_>) -> ! {
    loop {
        // So that nobody finds out that nothing comes of it.
        core::hint::black_box(info);
    }
}

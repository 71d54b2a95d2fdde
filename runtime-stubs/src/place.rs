//! Places and texts that may be none.
//!
//! Where a function does not use its `&Location` any more, LLVM passes anything in its
//! place (dead argument elimination of functions that other modules can call). So it is
//! looked at before it is believed.

use core::mem::{align_of, size_of, size_of_val};
use core::panic::{Location, PanicInfo};

/// Bytes of a file name that are believed.
const LONGEST: usize = 4096;

/// Whether so many bytes at an address are in memory.
fn inside(address: usize, bytes: usize) -> bool {
    let memory = core::arch::wasm32::memory_size::<0>() as u64 * 0x1_0000;
    address != 0 && address as u64 + bytes as u64 <= memory
}

/// Whether a value of this type may be at an address.
fn may_hold<T>(at: *const T) -> bool {
    at as usize % align_of::<T>() == 0 && inside(at as usize, size_of::<T>())
}

/// What a panic handler is told, if what is at the address looks like that.
pub fn plausible_info(info: *const PanicInfo<'static>) -> Option<&'static PanicInfo<'static>> {
    if !may_hold(info) {
        return None;
    }
    let info = unsafe { &*info };
    let location = info.location().map_or(core::ptr::null(), core::ptr::from_ref);
    plausible(location)?;
    // What a message is made of is private; it is one address, or is believed.
    let message = info.message();
    if size_of_val(&message) == size_of::<usize>() {
        let address = unsafe { core::mem::transmute_copy::<_, usize>(&message) };
        may_hold(address as *const core::fmt::Arguments<'_>).then_some(info)
    } else {
        Some(info)
    }
}

/// A location, if what is at the address looks like one.
pub fn plausible(location: *const Location<'static>) -> Option<&'static Location<'static>> {
    if !may_hold(location) {
        return None;
    }
    let location = unsafe { &*location };
    let file = location.file();
    let believable = file.len() <= LONGEST
        && inside(file.as_ptr() as usize, file.len())
        && location.line() != 0;
    believable.then_some(location)
}

/// A text, if it lies where rust-lld puts a program's constants.
#[cfg(not(pic))]
pub fn literal(text: *const u8, length: usize) -> Option<&'static str> {
    extern "C" {
        static __global_base: u8;
        static __data_end: u8;
    }
    let data = &raw const __global_base as usize..&raw const __data_end as usize;
    let start = text as usize;
    let end = start.checked_add(length)?;
    if !data.contains(&start) || end > data.end {
        return None;
    }
    core::str::from_utf8(unsafe { core::slice::from_raw_parts(text, length) }).ok()
}

/// A position independent module does not know where its own constants end.
#[cfg(pic)]
pub fn literal(_: *const u8, _: usize) -> Option<&'static str> {
    None
}

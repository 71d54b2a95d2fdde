//! Places and texts that may be none.
//!
//! Where a function does not use its `&Location` any more, LLVM passes anything in its
//! place (dead argument elimination of functions that other modules can call). So it is
//! looked at before it is believed.

use core::mem::{align_of, size_of};
use core::panic::Location;

/// Bytes of a file name that are believed.
const LONGEST: usize = 4096;

/// A location, if what is at the address looks like one.
pub fn plausible(location: *const Location<'static>) -> Option<&'static Location<'static>> {
    let memory = core::arch::wasm32::memory_size::<0>() as u64 * 0x1_0000;
    let inside = |address: usize, bytes: usize| {
        address != 0 && address as u64 + bytes as u64 <= memory
    };
    let address = location as usize;
    if address % align_of::<Location<'_>>() != 0 || !inside(address, size_of::<Location<'_>>()) {
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

//! A message in a buffer of fixed size.

use core::cell::{Cell, UnsafeCell};
use core::fmt;

/// Bytes kept of a message; a longer one is cut at a character's boundary.
pub const CAPACITY: usize = 4096;

/// UTF-8 text that stops growing when the buffer is full. Behind cells, because the
/// program's own `Display` runs between two writes and may come back here.
pub struct Text {
    bytes: UnsafeCell<[u8; CAPACITY]>,
    length: Cell<usize>,
    full: Cell<bool>,
}

impl Text {
    pub const fn new() -> Self {
        Self {
            bytes: UnsafeCell::new([0; CAPACITY]),
            length: Cell::new(0),
            full: Cell::new(false),
        }
    }

    pub fn clear(&self) {
        self.length.set(0);
        self.full.set(false);
    }

    pub fn address(&self) -> *const u8 {
        self.bytes.get().cast()
    }

    pub fn length(&self) -> usize {
        self.length.get()
    }

    /// Whether this is the text.
    pub fn is(&self, text: &str) -> bool {
        let written =
            unsafe { core::slice::from_raw_parts(self.address(), self.length.get()) };
        written == text.as_bytes()
    }

    /// A number in decimal: `core`'s own way would be the largest part of the stubs.
    pub fn push_number(&self, number: usize) {
        let mut digits = [0; 10];
        let mut at = digits.len();
        let mut rest = number;
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 || at == 0 {
                break;
            }
        }
        let digits = unsafe { digits.get_unchecked(at..) };
        self.push(unsafe { core::str::from_utf8_unchecked(digits) });
    }

    /// The decimal number between two words, if that is all there is.
    #[cfg(not(unwinding))]
    pub fn number_between(&self, before: &str, behind: &str) -> Option<usize> {
        let written =
            unsafe { core::slice::from_raw_parts(self.address(), self.length.get()) };
        let digits = written.strip_prefix(before.as_bytes())?.strip_suffix(behind.as_bytes())?;
        let mut number: usize = 0;
        for digit in digits {
            let digit = usize::from(digit.wrapping_sub(b'0'));
            if digit > 9 {
                return None;
            }
            number = number.wrapping_mul(10).wrapping_add(digit);
        }
        (!digits.is_empty()).then_some(number)
    }

    pub fn push(&self, text: &str) {
        let length = self.length.get();
        if self.full.get() {
            return;
        }
        let mut take = text.len();
        let room = CAPACITY - length;
        if take > room {
            self.full.set(true);
            take = room;
            // A byte that continues a character is 0b10xx_xxxx.
            while take > 0 && unsafe { *text.as_ptr().add(take) } & 0xc0 == 0x80 {
                take -= 1;
            }
        }
        unsafe {
            // In bounds by the lines above; without a check there is no way to a panic.
            let end = self.bytes.get().cast::<u8>().add(length);
            core::ptr::copy_nonoverlapping(text.as_ptr(), end, take);
        }
        self.length.set(length + take);
    }
}

impl fmt::Write for &Text {
    #[export_name = "__unpoison_rt_write_str"]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text);
        // Never an error: a `Display` that gets one may panic.
        Ok(())
    }
}

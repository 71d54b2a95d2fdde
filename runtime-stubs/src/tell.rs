//! A failure in words: what wasm-bindgen's glue makes the message of an `Error` of.

use crate::failure::Failure;
use crate::text::Text;
use core::cell::Cell;

/// The text, and where the linker's code finds it.
struct Told {
    text: Text,
    at: Cell<[usize; 2]>,
}

#[cfg_attr(own_state, thread_local)]
static TOLD: Told = Told { text: Text::new(), at: Cell::new([0; 2]) };

/// As [`crate::pending::Pending`] is.
unsafe impl Sync for Told {}

/// Puts a report in words, in the order in which the standard library does. `refused`: for
/// a call that came to an instance which had failed before. Answers where the text's address
/// and length are.
#[no_mangle]
extern "C" fn __unpoison_rt_tell(report: *const u32, refused: u32) -> *const usize {
    // By address, as the texts of `Pending` are.
    let told = unsafe { &*(&raw const TOLD) };
    let text = &told.text;
    text.clear();
    if refused != 0 {
        text.push("this instance has failed before: ");
    }
    if !report.is_null() {
        tell(text, |at| unsafe { report.add(at).read() });
    }
    told.at.set([text.address() as usize, text.length()]);
    told.at.as_ptr().cast()
}

/// `word` answers the report's words, whose order is in `report.rs`.
fn tell(text: &Text, word: impl Fn(usize) -> u32) {
    let string = |at: usize| unsafe {
        let bytes = core::slice::from_raw_parts(word(at) as *const u8, word(at + 1) as usize);
        core::str::from_utf8_unchecked(bytes)
    };
    let has_message = word(4) != 0;
    let has_place = word(7) != 0;
    text.push(match Failure::from_word(word(1)) {
        Failure::None | Failure::Panic | Failure::Nounwind => "panicked",
        // Its message says it.
        Failure::Alloc => "",
        Failure::Abort => "aborted",
        Failure::Trap if word(12) != 0 => "the stack was exhausted",
        Failure::Trap => "trapped",
        Failure::Unreachable => "unreachable code was reached",
    });
    if has_place {
        text.push(" at ");
        text.push(string(5));
        for part in [7, 8] {
            text.push(":");
            text.push_number(word(part) as usize);
        }
    }
    if has_message {
        if word(1) != Failure::Alloc as u32 {
            text.push(if has_place { ":\n" } else { ": " });
        }
        text.push(string(3));
    }
}

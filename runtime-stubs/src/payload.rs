//! Panics that come with a payload: the layer that needs `PanicPayload`, which is private
//! to the standard library and has moved before.

use crate::pending::{Pending, PENDING};
use crate::place::plausible;
use alloc::string::String;
use core::panic::Location;

#[cfg(payload = "alloc")]
use alloc::panicking::PanicPayload;
#[cfg(payload = "core")]
use core::panic::PanicPayload;

/// What the standard library prints for a payload that is not text.
const UNKNOWN: &str = "Box<dyn Any>";

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

impl Pending {
    /// A panic with a payload.
    fn panic_payload(&self, payload: &mut dyn PanicPayload, location: Option<&Location<'_>>) {
        if !self.panic_with_payload(location) {
            return;
        }
        if let Some(text) = payload.as_str() {
            self.text().push(text);
            return;
        }
        self.format(format_args!("{payload}"));
        // The box in which `resume_unwind` hands a payload on does not look into it.
        if self.text().is(UNKNOWN) {
            let payload = payload.get();
            let text = match payload.downcast_ref::<&'static str>() {
                Some(text) => Some(*text),
                None => payload.downcast_ref::<String>().map(String::as_str),
            };
            if let Some(text) = text {
                self.text().clear();
                self.text().push(text);
            }
        }
    }
}

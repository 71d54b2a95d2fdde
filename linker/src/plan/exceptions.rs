//! Whether a module may throw, and what failures leave it by otherwise.

use super::LinkFacts;
use super::builder::Builder;
use crate::args::{AbortMode, Options};
use crate::error::{Error, Result};
use crate::read::boundary::Boundary;

/// Whether failures are exceptions.
///
/// # Errors
/// [`Error::Unsupported`] if the options ask for what the module cannot do.
pub(super) fn may_be_used(
    options: &Options,
    facts: &LinkFacts<'_>,
    boundary: &Boundary,
    builder: &Builder<'_, '_>,
) -> Result<bool> {
    if options.abort == Some(AbortMode::Error) {
        can_tell(boundary, builder)?;
    }
    let exceptions = options.exceptions.unwrap_or_else(|| {
        let unusual = facts.no_exceptions || boundary.is_bindgen;
        !unusual || builder.unwind.is_some() || options.abort == Some(AbortMode::Throw)
    });
    if let (Some(unwind), false) = (&builder.unwind, exceptions) {
        let why = match unwind.panics {
            Some(_) => {
                "--unpoison-exceptions=off is for panic=abort: this module's panics unwind, and unwinding is exceptions"
            }
            None => {
                "--unpoison-exceptions=off is for modules without exceptions, and this one has landing pads: take away -Ctarget-cpu=bleeding-edge, or the `extern \"C-unwind\"` imports that make them"
            }
        };
        return Err(Error::Unsupported(why.into()));
    }
    Ok(exceptions)
}

/// Whether failures can leave a module as an `Error` of JavaScript's.
fn can_tell(boundary: &Boundary, builder: &Builder<'_, '_>) -> Result<()> {
    if builder.unwind.is_some() {
        return Err(Error::Unsupported(
            "--unpoison-abort=error is for panic=abort: landing pads would run on the way of an `Error` out of an abort; use --unpoison-abort=trap"
                .into(),
        ));
    }
    if !boundary.is_bindgen {
        return Err(Error::Unsupported(
            "--unpoison-abort=error lets wasm-bindgen's glue throw an `Error`, and this module is not for wasm-bindgen; use --unpoison-abort=throw or trap"
                .into(),
        ));
    }
    if builder.runtime.tell.is_none() {
        log::warn!("aborts trap: the module does not import wasm-bindgen's `__wbindgen_throw`");
    }
    Ok(())
}

//! Which request Rust works for, step by step: several wait at the same time, and when
//! one of them ends the instance, JavaScript has to know which.

use std::future::{poll_fn, Future};
use std::panic::{AssertUnwindSafe, UnwindSafe};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(raw_module = "./requests.js")]
extern "C" {
    /// Rust works for this request from here on.
    fn enter(request: u32);
    /// A promise that is fulfilled after so many milliseconds.
    fn wait(milliseconds: u32) -> js_sys::Promise;
}

/// The same future, each step of which is marked as the request's. What it borrows is to
/// be whole after a panic half-way: [`wasm_bindgen`] wants to know where panics unwind.
pub(crate) fn named<T>(
    request: u32,
    future: impl Future<Output = T>,
) -> impl Future<Output = T> + UnwindSafe {
    let mut future = Box::pin(future);
    AssertUnwindSafe(poll_fn(move |context| {
        enter(request);
        future.as_mut().poll(context)
    }))
}

/// Lets other requests have their turn.
pub(crate) async fn pause(milliseconds: u32) {
    // A timer does not fail.
    let _ = JsFuture::from(wait(milliseconds)).await;
}

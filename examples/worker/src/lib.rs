//! What the Worker does in Rust: a stateless route, and a ledger that a Durable Object
//! keeps. `worker.js` is what calls it.

mod fail;
mod ledger;
mod request;

use fail::{Failure, Point};
use wasm_bindgen::prelude::*;

/// The stateless route. It had no effect if it fails, so that it can be asked again.
#[wasm_bindgen]
pub async fn square(request: u32, n: f64, failure: Option<String>) -> f64 {
    let failure = Failure::parse(failure);
    request::named(request, async move {
        failure.at(Point::Start);
        request::pause(1).await;
        failure.at(Point::Await);
        n * n
    })
    .await
}

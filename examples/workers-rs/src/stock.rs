//! A Durable Object: how much is in stock, in its storage and in memory.

use crate::fault;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use worker::*;

/// What there is of an item in the beginning.
const FULL: u32 = 1000;

#[durable_object]
pub struct Stock {
    state: State,
    /// Requests so far, which are forgotten with the instance. Not a `Cell`: what a panic may
    /// leave half changed does not compile where panics unwind.
    served: AtomicU32,
}

impl DurableObject for Stock {
    fn new(state: State, _env: Env) -> Self {
        Self { state, served: AtomicU32::new(0) }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let url = request.url()?;
        let query = |name: &str| {
            url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        let served = self.served.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(wait) = query("wait").and_then(|wait| wait.parse().ok()) {
            Delay::from(Duration::from_millis(wait)).await;
        }
        let item = query("item").unwrap_or_default();
        let left: Option<u32> = self.state.storage().get(&item).await?;
        let left = left.unwrap_or(FULL);
        fault::commit(query("fault").as_deref());
        let take = query("take").and_then(|take| take.parse().ok()).unwrap_or(0);
        let left = left.saturating_sub(take);
        self.state.storage().put(&item, left).await?;
        Response::ok(format!("{left} left, request {served}"))
    }
}

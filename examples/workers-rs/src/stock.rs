//! A Durable Object: how much is in stock, in its storage and in memory.

use crate::{fault, wait};
use std::sync::atomic::{AtomicU32, Ordering};
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
        if url.path() == "/stock/live" {
            let pair = WebSocketPair::new()?;
            self.state.accept_web_socket(&pair.server);
            return Response::from_websocket(pair.client);
        }
        if query("refill").is_some() {
            self.state.storage().set_alarm(0).await?;
            return Response::ok("will be full");
        }
        let served = self.served.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(milliseconds) = query("wait").and_then(|wait| wait.parse().ok()) {
            wait(milliseconds).await;
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

    /// Takes its time to fill the shelf of item `a`.
    async fn alarm(&self) -> Result<Response> {
        wait(300).await;
        self.state.storage().put("a", FULL).await?;
        Response::ok("full")
    }

    /// `3` takes three of item `a`, after a while; anything else is a fault.
    async fn websocket_message(
        &self,
        socket: WebSocket,
        message: WebSocketIncomingMessage,
    ) -> Result<()> {
        let WebSocketIncomingMessage::String(text) = message else { return Ok(()) };
        let Ok(take) = text.parse::<u32>() else {
            fault::commit(Some(&text));
            return Ok(());
        };
        wait(300).await;
        let left: Option<u32> = self.state.storage().get("a").await?;
        let left = left.unwrap_or(FULL).saturating_sub(take);
        self.state.storage().put("a", left).await?;
        socket.send_with_str(format!("{left} left"))
    }

    async fn websocket_close(&self, _: WebSocket, _: usize, _: String, _: bool) -> Result<()> {
        Ok(())
    }
}

//! A shop on Cloudflare Workers, by `worker`: a route for orders (KV and a queue), one for
//! the stock (a Durable Object), and a fault wherever a request asks for one.

mod fault;
mod stock;

use std::time::Duration;
use worker::*;

/// Waits so many milliseconds.
async fn wait(milliseconds: u64) {
    Delay::from(Duration::from_millis(milliseconds)).await;
}

/// `/square?n=7`, `/order?n=7`, `/orders`, `/list?n=7` (a stream), `/receipt` (written after the
/// answer), `/stock?item=…&take=…`, each with `&fault=…` and `&wait=…` (milliseconds).
#[event(fetch)]
async fn fetch(request: Request, env: Env, ctx: Context) -> Result<Response> {
    let url = request.url()?;
    let query = |name: &str| {
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    if url.path().starts_with("/stock") {
        let stock = env.durable_object("STOCK")?.id_from_name("main")?.get_stub()?;
        return stock.fetch_with_request(request).await;
    }
    let number: u64 = query("n").and_then(|n| n.parse().ok()).unwrap_or(0);
    let pause: u64 = query("wait").and_then(|wait| wait.parse().ok()).unwrap_or(0);
    match url.path() {
        "/list" => return list(number, pause),
        "/receipt" => {
            let kv = env.kv("SHOP")?;
            ctx.wait_until(async move {
                wait(pause).await;
                if let Ok(put) = kv.put("receipt", number.to_string()) {
                    let _ = put.execute().await;
                }
            });
            return Response::ok("will be written");
        }
        _ => wait(pause).await,
    }
    fault::commit(query("fault").as_deref());
    match url.path() {
        "/square" => Response::ok((number * number).to_string()),
        "/order" => {
            env.queue("ORDERS")?.send(number).await?;
            Response::ok("ordered")
        }
        "/orders" => {
            let sum = env.kv("SHOP")?.get("orders").text().await?;
            Response::ok(sum.unwrap_or_default())
        }
        "/written" => {
            let receipt = env.kv("SHOP")?.get("receipt").text().await?;
            Response::ok(receipt.unwrap_or_default())
        }
        _ => Response::error("not found", 404),
    }
}

/// So many lines, with a pause before each.
fn list(lines: u64, pause: u64) -> Result<Response> {
    Response::from_stream(futures_util::stream::unfold(0, move |line| async move {
        if line == lines {
            return None;
        }
        wait(pause).await;
        Some((Ok::<_, Error>(format!("{line}\n").into_bytes()), line + 1))
    }))
}

/// An order by mail: the same as one by the queue.
#[event(email)]
async fn email(message: ForwardableEmailMessage, env: Env, _ctx: Context) -> Result<()> {
    wait(message.raw_size() as u64).await;
    env.queue("ORDERS")?.send(1).await
}

/// Orders above this take a while.
const LARGE: u64 = 1000;

/// Adds orders up.
#[event(queue)]
async fn queue(batch: MessageBatch<u64>, env: Env, _ctx: Context) -> Result<()> {
    let kv = env.kv("SHOP")?;
    for message in batch.messages()? {
        let sum: u64 = kv.get("orders").text().await?.and_then(|n| n.parse().ok()).unwrap_or(0);
        // A number that no shop has.
        assert!(*message.body() != 13, "order 13 cannot be filled");
        if *message.body() > LARGE {
            wait(300).await;
        }
        kv.put("orders", (sum + message.body()).to_string())?.execute().await?;
        message.ack();
    }
    Ok(())
}

/// Notes when it ran.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _ctx: ScheduleContext) {
    let kv = env.kv("SHOP").expect("the binding SHOP");
    let now = Date::now().as_millis().to_string();
    kv.put("scheduled", now).expect("a text").execute().await.expect("KV takes it");
}

//! A shop on Cloudflare Workers, by `worker`: a route for orders (KV and a queue), one for
//! the stock (a Durable Object), and a fault wherever a request asks for one.

mod fault;
mod stock;

use worker::*;

/// `/square?n=7`, `/order?n=7`, `/orders`, `/stock?item=…&take=…`, each with `&fault=…` and
/// `&wait=…` (milliseconds).
#[event(fetch)]
async fn fetch(request: Request, env: Env, _ctx: Context) -> Result<Response> {
    let url = request.url()?;
    let query = |name: &str| {
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    if url.path().starts_with("/stock") {
        let stock = env.durable_object("STOCK")?.id_from_name("main")?.get_stub()?;
        return stock.fetch_with_request(request).await;
    }
    if let Some(wait) = query("wait").and_then(|wait| wait.parse().ok()) {
        Delay::from(std::time::Duration::from_millis(wait)).await;
    }
    fault::commit(query("fault").as_deref());
    let number: u64 = query("n").and_then(|n| n.parse().ok()).unwrap_or(0);
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
        _ => Response::error("not found", 404),
    }
}

/// Adds orders up.
#[event(queue)]
async fn queue(batch: MessageBatch<u64>, env: Env, _ctx: Context) -> Result<()> {
    let kv = env.kv("SHOP")?;
    for message in batch.messages()? {
        let sum: u64 = kv.get("orders").text().await?.and_then(|n| n.parse().ok()).unwrap_or(0);
        // A number that no shop has.
        assert!(*message.body() != 13, "order 13 cannot be filled");
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

//! What reaches Sentry and Datadog of failures, by their own SDKs: the message, and one group
//! for each place.

use serde_json::{Value, json};
use std::process::Command;
use unpoison_tests::links::Pair;
use unpoison_tests::pages;
use xtask::fixture::Point;
use xtask::{run, setup};

fn observed(pair: &Pair, place: &str) -> Value {
    let setup = setup::get();
    let mut node = Command::new(&setup.node.newer);
    node.arg(run::root().join("tests/js/observed.mjs")).arg(&pair.unpoisoned).arg(place);
    node.env("UNPOISON_CHROMIUM", &setup.chromium);
    serde_json::from_str(&run::quiet(&mut node).unwrap()).unwrap()
}

/// Sentry's events in short: type, message, fingerprint.
fn check_sentry(events: &Value) {
    let events = events.as_array().unwrap();
    let part = |event: &Value, name: &str| event["exception"]["values"][0][name].clone();
    let shown: Vec<Value> = events
        .iter()
        .map(|event| json!([part(event, "type"), part(event, "value"), event["fingerprint"][1]]))
        .collect();
    assert_eq!(
        shown,
        [
            json!(["PanicError", "index out of bounds: the len is 3 but the index is 7", "panic"]),
            json!(["PanicError", "index out of bounds: the len is 3 but the index is 9", "panic"]),
            json!(["PanicError", "attempt to divide by zero", "panic"]),
            json!(["RustAbortError", "abort", "abort"]),
        ]
    );
    let places: Vec<&str> = events.iter().map(|e| e["fingerprint"][2].as_str().unwrap()).collect();
    assert_eq!(places[0], places[1]);
    assert_ne!(places[1], places[2]);
    assert!(places[0].starts_with("src/lib.rs:"), "{places:?}");
    assert!(places[3].contains("give_up"), "{places:?}");
}

#[test]
fn sentry_in_node() {
    let pair = Pair::both("kinds", Point::RELEASE).unwrap();
    check_sentry(&observed(&pair, "node")["sentry"]);
}

#[test]
fn sentry_and_datadog_in_a_page() {
    let pair = Pair::both("kinds", Point::RELEASE).unwrap();
    let seen = observed(&pair, "chromium");
    check_sentry(&seen["sentry"]);
    let logs = seen["datadog"].as_array().unwrap();
    assert_eq!(logs.len(), 4, "{logs:?}");
    let of = |at: usize| logs[at]["error"]["fingerprint"].as_str().unwrap();
    assert!(of(0).starts_with("unpoison panic src/lib.rs:"), "{logs:?}");
    assert_eq!(of(0), of(1));
    assert_ne!(of(1), of(2));
    assert_eq!(logs[0]["error"]["kind"], "PanicError");
}

/// The page shows what arrives.
#[test]
fn the_page_shows_an_event() {
    let pair = Pair::both("kinds", Point::RELEASE).unwrap();
    let seen = observed(&pair, "node");
    let page = std::fs::read_to_string(run::root().join("docs/observability.md")).unwrap();
    let shown: Value = serde_json::from_str(&pages::block(&page, "json")).unwrap();
    let event = &seen["sentry"][0];
    let exception = &event["exception"]["values"][0];
    let short = json!({
        "exception": { "type": exception["type"], "value": exception["value"] },
        "fingerprint": event["fingerprint"],
    });
    assert_eq!(shown, short);
}

use serde_json::{Value, json};
use support::{Random, Sum};

support::exports!(work, fail);

fn work(random: &mut Random, sum: &mut Sum) {
    let list: Vec<Value> = (0..60)
        .map(|n| json!({"id": n, "name": random.words(2), "score": random.unit(), "tags": [null, true]}))
        .collect();
    let text = serde_json::to_string_pretty(&list).expect("JSON");
    let mut again: Value = serde_json::from_str(&text).expect("JSON");
    again[3]["name"] = "changed".into();
    sum.add(again.to_string());
    sum.debug(serde_json::from_str::<Value>(&text[..text.len() / 2]).map_err(|e| e.to_string()));
}

/// A field of what is no object, an item of what is no list.
fn fail(random: &mut Random, seed: u32) {
    let mut value = json!({"text": random.words(3), "list": [1, 2]});
    match seed % 3 {
        0 => value["text"]["deeper"] = 1.into(),
        1 => value["list"][9] = 1.into(),
        _ => value["list"]["key"] = 1.into(),
    }
}

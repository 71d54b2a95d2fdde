use rhai::{Dynamic, Engine};
use support::{Random, Sum};

support::exports!(work, fail);

fn work(random: &mut Random, sum: &mut Sum) {
    let engine = Engine::new();
    let script = format!(
        "fn fib(n) {{ if n < 2 {{ n }} else {{ fib(n - 1) + fib(n - 2) }} }}
         let all = #{{}}; let text = \"{}\";
         for word in text.split(' ') {{ all[word] = (all[word] ?? 0) + 1; }}
         all.fib = fib({}); all.to_json()",
        random.words(60),
        8 + random.below(6)
    );
    sum.add(engine.eval::<String>(&script).expect("JSON"));
    sum.debug(engine.eval::<i64>("missing + 1").map_err(|e| e.to_string()));
}

/// A value of another type than it is said to be, and a function of the host's that gives up.
fn fail(random: &mut Random, seed: u32) {
    let mut engine = Engine::new();
    match seed % 2 {
        0 => _ = Dynamic::from(random.words(1)).cast::<i64>(),
        _ => {
            engine.register_fn("broken", |n: i64| -> i64 { panic!("broken by {n}") });
            let _ = engine.eval::<i64>("let x = 3; broken(x) + 1");
        }
    }
}

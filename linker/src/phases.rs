//! How long each part of a link takes: with `UNPOISON_TIME=1`, a line each when it is over.

use std::time::{Duration, Instant};

/// The variable that asks for it.
const ASKED: &str = "UNPOISON_TIME";

/// Where it is said.
pub(crate) const LOG: &str = module_path!();

/// Whether anybody asks.
pub(crate) fn is_asked() -> bool {
    std::env::var_os(ASKED).is_some_and(|value| value == "1")
}

/// Does a part of the link.
pub(crate) fn timed<T>(phase: &str, part: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = part();
    say(phase, start.elapsed());
    done
}

/// The whole of it.
pub(crate) fn all<T>(link: impl FnOnce() -> T) -> T {
    timed("in all", link)
}

fn say(phase: &str, took: Duration) {
    log::info!("{phase}: {:.1} ms", took.as_secs_f64() * 1e3);
}

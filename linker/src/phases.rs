//! How long each part of a link takes: with `UNPOISON_TIME=1`, a line each when it is over.

use std::time::Instant;

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
    log::info!("{phase}: {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    done
}

//! Work on functions that do not depend on each other, on as many threads as there are
//! processors, or as the link asks for. What comes out is in the order of what went in, whatever the threads do.

use std::num::NonZeroUsize;
use std::sync::OnceLock;

/// Code of this many bytes is not worth a thread.
const WORTH_A_THREAD: usize = 1 << 18;

/// How many threads there may be.
static MOST: OnceLock<NonZeroUsize> = OnceLock::new();

/// Says how many threads there may be; the first word counts.
pub(crate) fn limit(threads: NonZeroUsize) {
    MOST.get_or_init(|| threads);
}

fn most() -> usize {
    let processors = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    MOST.get().copied().unwrap_or_else(processors).get()
}

/// Cuts items into shares of about the same size in bytes, and does some work on each.
pub(crate) fn shares<T: Sync, R: Send>(
    items: &[T],
    size: impl Fn(&T) -> usize,
    work: impl Fn(&[T]) -> R + Sync,
) -> Vec<R> {
    let bytes: usize = items.iter().map(&size).sum();
    let threads = most().min(bytes / WORTH_A_THREAD).max(1);
    let mut parts = Vec::with_capacity(threads);
    let mut rest = items;
    let mut rest_bytes = bytes;
    for left in (2..=threads).rev() {
        let share = rest_bytes / left;
        let mut taken = 0;
        let count = rest
            .iter()
            .take_while(|item| {
                let more = taken < share;
                if more {
                    taken += size(item);
                }
                more
            })
            .count();
        let (mine, others) = rest.split_at(count);
        parts.push(mine);
        rest = others;
        rest_bytes -= taken;
    }
    parts.push(rest);
    let mut parts = parts.into_iter();
    let first = parts.next().unwrap_or_default();
    let work = &work;
    std::thread::scope(|scope| {
        let others: Vec<_> = parts.map(|part| scope.spawn(move || work(part))).collect();
        let mut results = vec![work(first)];
        for other in others {
            match other.join() {
                Ok(result) => results.push(result),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    })
}

/// Does some work on each item; the first error in the order of the items is the error.
///
/// # Errors
/// Those of the work.
pub(crate) fn map<T: Sync, R: Send, E: Send>(
    items: &[T],
    size: impl Fn(&T) -> usize,
    work: impl Fn(&T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let shares =
        shares(items, size, |share| share.iter().map(&work).collect::<Result<Vec<R>, E>>());
    let mut all = Vec::with_capacity(items.len());
    for share in shares {
        all.extend(share?);
    }
    Ok(all)
}

/// Does two things at once, if so many bytes of code are worth a thread.
pub(crate) fn both<A: Send, B>(
    bytes: usize,
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B,
) -> (A, B) {
    if bytes < WORTH_A_THREAD || most() == 1 {
        return (one(), other());
    }
    std::thread::scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        match one.join() {
            Ok(one) => (one, other),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_worked_on_once_and_in_order() {
        for count in [0, 1, 2, 1000] {
            let items: Vec<usize> = (0..count).collect();
            let done = shares(&items, |_| WORTH_A_THREAD, <[usize]>::to_vec);
            assert_eq!(done.concat(), items);
        }
    }
}

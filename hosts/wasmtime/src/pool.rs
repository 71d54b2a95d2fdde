//! Several instances of one module, for several threads.

use crate::Recovering;
use std::sync::{Condvar, Mutex, PoisonError};

/// A fixed number of [`Recovering`]s; each is used by one at a time.
pub struct Pool<T: 'static> {
    idle: Mutex<Vec<Recovering<T>>>,
    returned: Condvar,
}

impl<T: 'static> Pool<T> {
    /// A pool of these.
    pub fn new(all: impl IntoIterator<Item = Recovering<T>>) -> Self {
        Self { idle: Mutex::new(all.into_iter().collect()), returned: Condvar::new() }
    }

    /// Uses one that is idle, or waits for one. It goes back also if `with` panics.
    pub fn with<R>(&self, with: impl FnOnce(&mut Recovering<T>) -> R) -> R {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let mut idle = self
            .returned
            .wait_while(idle, |idle| idle.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        let mut lent = Lent { pool: self, one: idle.pop() };
        drop(idle);
        with(lent.one.as_mut().expect("there was one"))
    }

    /// How many are idle.
    pub fn idle(&self) -> usize {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

struct Lent<'p, T: 'static> {
    pool: &'p Pool<T>,
    one: Option<Recovering<T>>,
}

impl<T: 'static> Drop for Lent<'_, T> {
    fn drop(&mut self) {
        let mut idle = self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.extend(self.one.take());
        self.pool.returned.notify_one();
    }
}

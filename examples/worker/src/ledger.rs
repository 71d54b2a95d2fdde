//! Accounts in Rust's memory, and in the object's database in case that memory goes.

use crate::fail::{Failure, Point};
use crate::request;
use std::cell::{Cell, RefCell};
use std::panic::RefUnwindSafe;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The object's database, as `ledger.js` makes it accessible.
    pub type Store;

    #[wasm_bindgen(method)]
    fn balances(this: &Store) -> Vec<f64>;

    /// Whether this transfer was made already.
    #[wasm_bindgen(method)]
    fn has(this: &Store, id: &str) -> bool;

    /// Both balances and the transfer's id: all of them or, if it throws, none.
    #[wasm_bindgen(method, catch)]
    fn commit(
        this: &Store,
        id: &str,
        from: usize,
        from_balance: f64,
        to: usize,
        to_balance: f64,
    ) -> Result<(), JsValue>;
}

/// Balances, which nobody but the ledger's own object changes.
#[wasm_bindgen]
pub struct Ledger {
    store: Store,
    accounts: RefCell<Vec<f64>>,
    /// Since this ledger was made; kept nowhere else.
    served: Cell<u32>,
}

/// [`Change`] sees to that.
impl RefUnwindSafe for Ledger {}

#[wasm_bindgen]
impl Ledger {
    /// What the database has.
    #[wasm_bindgen(constructor)]
    pub fn new(store: Store) -> Self {
        let accounts = RefCell::new(store.balances());
        Self { store, accounts, served: Cell::new(0) }
    }

    /// Moves an amount, once for each `id` however often it is asked to. Answers whether
    /// that was now.
    pub async fn transfer(
        &self,
        request: u32,
        id: String,
        from: usize,
        to: usize,
        amount: f64,
        failure: Option<String>,
    ) -> Result<bool, JsValue> {
        let failure = Failure::parse(failure);
        request::named(request, async move {
            failure.at(Point::Start);
            request::pause(1).await;
            failure.at(Point::Await);
            if self.store.has(&id) {
                return Ok(false);
            }
            let mut change = Change::new(&self.accounts);
            change.add(from, -amount);
            failure.at(Point::Half);
            change.add(to, amount);
            change.commit(|accounts| {
                self.store.commit(&id, from, accounts[from], to, accounts[to])
            })?;
            self.served.set(self.served.get() + 1);
            Ok(true)
        })
        .await
    }

    /// How many transfers were made since this ledger was.
    #[wasm_bindgen(getter)]
    pub fn served(&self) -> u32 {
        self.served.get()
    }

    /// The balances.
    #[wasm_bindgen(getter)]
    pub fn accounts(&self) -> Vec<f64> {
        self.accounts.borrow().clone()
    }
}

/// A change of balances that is undone unless it is committed. With `panic=unwind` that
/// is what makes a panic half-way harmless; with `panic=abort` nobody sees the memory
/// that the panic left.
struct Change<'a> {
    accounts: &'a RefCell<Vec<f64>>,
    done: Vec<(usize, f64)>,
}

impl<'a> Change<'a> {
    fn new(accounts: &'a RefCell<Vec<f64>>) -> Self {
        Self { accounts, done: Vec::new() }
    }

    fn add(&mut self, account: usize, amount: f64) {
        self.accounts.borrow_mut()[account] += amount;
        self.done.push((account, amount));
    }

    fn commit<E>(mut self, write: impl FnOnce(&[f64]) -> Result<(), E>) -> Result<(), E> {
        write(&self.accounts.borrow())?;
        self.done.clear();
        Ok(())
    }
}

impl Drop for Change<'_> {
    fn drop(&mut self) {
        for (account, amount) in self.done.drain(..) {
            self.accounts.borrow_mut()[account] -= amount;
        }
    }
}

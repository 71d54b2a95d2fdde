//! Components: an instance of the bindings that `bindgen!` makes, and a fresh one after a
//! failure that ends it.
//!
//! A component shows its host nothing but what its world has. What failed is read from the
//! core modules inside, which wasmtime names in the core dump of a trap.

use crate::decode::{Step, first, trapped};
use crate::memory::Guest;
use crate::{Error, Failure, Kind};
use wasmtime::{Store, Trap, WasmCoreDump};

/// Makes a store and the bindings of a fresh instance in it, with the data of the store before.
type Make<T, B> = Box<dyn FnMut(Option<T>) -> wasmtime::Result<(Store<T>, B)> + Send>;

/// Bindings of a component whose instance is replaced when it is at an end: wasmtime itself
/// lets nobody into one that has trapped.
///
/// With `Config::coredump_on_trap(true)` a [`Failure`] has its kind, message and place;
/// without it, what the engine says.
pub struct RecoveringComponent<T: 'static, B> {
    make: Make<T, B>,
    current: Option<(Store<T>, B)>,
    ended: bool,
    generation: u64,
}

impl<T: 'static, B> RecoveringComponent<T, B> {
    /// Makes nothing yet: the first call does. `make` is asked for a store and an instance in
    /// it, and gets the data of the store before; fuel, limits and epochs are set there.
    pub fn new(
        make: impl FnMut(Option<T>) -> wasmtime::Result<(Store<T>, B)> + Send + 'static,
    ) -> Self {
        Self { make: Box::new(make), current: None, ended: false, generation: 0 }
    }

    /// How many instances were made.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Gives up the current instance: the next call makes a fresh one.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// Calls an export by its bindings, on a fresh instance if the one before is at an end.
    ///
    /// # Errors
    /// See [`Error`]. Each of them ends the instance; what a function of the world returns as
    /// an error is a result like any other.
    pub fn call<R>(
        &mut self,
        call: impl FnOnce(&mut Store<T>, &B) -> wasmtime::Result<R>,
    ) -> Result<R, Error> {
        if self.ended || self.current.is_none() {
            let data = self.current.take().map(|(store, _)| store.into_data());
            let fresh = (self.make)(data).map_err(Error::Instantiate)?;
            self.generation += 1;
            self.ended = false;
            tracing::debug!(target: "unpoison", generation = self.generation, "fresh instance");
            self.current = Some(fresh);
        }
        let Some((store, bindings)) = &mut self.current else {
            return Err(Error::Checkpoint("there is no instance"));
        };
        // Until the call is through: it may unwind by a panic of the host's.
        self.ended = true;
        match call(store, bindings) {
            Ok(result) => {
                self.ended = false;
                Ok(result)
            }
            Err(error) => {
                let error = decode(store, error);
                tracing::warn!(target: "unpoison", %error, "a call failed");
                Err(error)
            }
        }
    }
}

/// What a component's call ended with.
fn decode<T: 'static>(store: &mut Store<T>, error: wasmtime::Error) -> Error {
    let trap = error.downcast_ref::<Trap>().copied();
    let modules = error.downcast_ref::<WasmCoreDump>().map(|dump| dump.instances().to_vec());
    // One of them may be the program that failed; others are adapters, which nobody linked.
    for instance in modules.into_iter().flatten() {
        let Ok(guest) = Guest::of(store, &instance) else { continue };
        if guest.state(store) == 0 && trap != Some(Trap::StackOverflow) {
            continue;
        }
        return match first(store, &guest, error) {
            Step::Done(error) => error,
            Step::Trapped(trap) => {
                let address = guest.report.call(&mut *store, ()).ok();
                trapped(store, &guest, trap, address, None)
            }
        };
    }
    match trap {
        Some(trap @ (Trap::OutOfFuel | Trap::Interrupt)) => Error::Interrupted(trap),
        Some(trap) => Error::Failed(Failure {
            message: Some(trap.to_string()),
            stack_exhausted: trap == Trap::StackOverflow,
            ..Failure::bare(Kind::Trap)
        }),
        None => Error::Host(error),
    }
}

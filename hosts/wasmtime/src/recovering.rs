//! An instance, and a fresh one after a failure that ends it.

use crate::decode::{Step, first, trapped};
use crate::memory::{Copy, Guest};
use crate::{Error, Failure};
use std::collections::HashMap;
use wasmtime::{Func, Instance, InstancePre, Store, ThrownException, TypedFunc};
use wasmtime::{WasmParams, WasmResults};

/// When the memory is copied, so that a fresh instance goes on with it.
///
/// The linear memory alone: what a module keeps in tables and in globals of its own is not in
/// a copy. Modules of Rust keep nothing there between two calls, but for what wasm-bindgen
/// makes of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checkpoints {
    /// By [`Recovering::checkpoint`] alone.
    #[default]
    Manual,
    /// After each call that went well, too.
    EachCall,
}

/// Makes a store: of its own accord, or with the data of the one before.
type MakeStore<T> = Box<dyn FnMut(Option<T>) -> Store<T> + Send>;
/// Prepares a fresh instance.
type Init<T> = Box<dyn FnMut(&mut Store<T>, &Instance) -> wasmtime::Result<()> + Send>;

/// An instance that is replaced when it is at an end.
///
/// After a failure that seals, an interruption, or an error of the host's that passed the
/// module's frames, the next call is made on a fresh instance in a fresh store. After a panic
/// that unwound there is nothing to replace.
pub struct Recovering<T: 'static> {
    pre: InstancePre<T>,
    make: MakeStore<T>,
    init: Option<Init<T>>,
    checkpoints: Checkpoints,
    passes: bool,
    copy: Option<Copy>,
    current: Option<Current<T>>,
    generation: u64,
}

struct Current<T: 'static> {
    store: Store<T>,
    guest: Guest,
    /// Exports that were called: to look one up takes longer than to call it.
    functions: HashMap<Box<str>, Func>,
    /// What sealed it.
    failure: Option<Failure>,
    /// It must not be called again.
    ended: bool,
}

impl<T: 'static> Current<T> {
    fn function<P: WasmParams, R: WasmResults>(
        &mut self,
        export: &str,
    ) -> wasmtime::Result<TypedFunc<P, R>> {
        let function = match self.functions.get(export) {
            Some(function) => *function,
            None => {
                let found = self.guest.instance.get_func(&mut self.store, export);
                let function = found.ok_or_else(|| {
                    wasmtime::Error::msg(format!("there is no exported function `{export}`"))
                })?;
                self.functions.insert(export.into(), function);
                function
            }
        };
        function.typed(&self.store)
    }
}

impl<T: 'static> Recovering<T> {
    /// Makes nothing yet: the first call does. `make` is asked for a store for each instance,
    /// and gets the data of the store before; fuel, limits and epochs are set there.
    pub fn new(
        pre: InstancePre<T>,
        make: impl FnMut(Option<T>) -> Store<T> + Send + 'static,
    ) -> Self {
        Self {
            pre,
            make: Box::new(make),
            init: None,
            checkpoints: Checkpoints::Manual,
            passes: false,
            copy: None,
            current: None,
            generation: 0,
        }
    }

    /// Prepares each fresh instance that does not begin with a checkpoint.
    pub fn with_init(
        self,
        init: impl FnMut(&mut Store<T>, &Instance) -> wasmtime::Result<()> + Send + 'static,
    ) -> Self {
        Self { init: Some(Box::new(init)), ..self }
    }

    /// When the memory is copied.
    pub fn with_checkpoints(self, checkpoints: Checkpoints) -> Self {
        Self { checkpoints, ..self }
    }

    /// An exception of the host's that passes the module's frames does not end the instance.
    /// For modules whose panics unwind: there it runs destructors. In others it skips frames.
    pub fn with_host_exceptions_passed(self) -> Self {
        Self { passes: true, ..self }
    }

    /// How many instances were made.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// What sealed the instance that the next call replaces.
    pub fn failure(&self) -> Option<&Failure> {
        self.current.as_ref()?.failure.as_ref()
    }

    /// The current store, once there is one. Do not call the instance here: what fails then is
    /// not seen.
    pub fn store_mut(&mut self) -> Option<&mut Store<T>> {
        self.current.as_mut().map(|current| &mut current.store)
    }

    /// Calls an export, on a fresh instance if the one before is at an end.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn call<P: WasmParams, R: WasmResults>(
        &mut self,
        export: &str,
        params: P,
    ) -> Result<R, Error> {
        if self.needs_one() {
            let mut store = self.fresh_store();
            let instance = self.pre.instantiate(&mut store);
            self.open(store, instance)?;
        }
        let current = self.current()?;
        let function = current.function::<P, R>(export);
        let result = function.map_err(Error::Export)?.call(&mut current.store, params);
        match result {
            Ok(result) => self.went_well().map(|()| result),
            Err(error) => {
                let current = self.current()?;
                let error = match first(&mut current.store, &current.guest, error) {
                    Step::Done(error) => error,
                    Step::Trapped(trap) => {
                        let address = current.guest.report.call(&mut current.store, ()).ok();
                        let known = current.failure.clone();
                        let Current { store, guest, .. } = current;
                        trapped(store, guest, trap, address, known.as_ref())
                    }
                };
                Err(self.failed(error))
            }
        }
    }

    /// The same in an asynchronous store. The instance must not be used by anybody if the
    /// future is dropped before its end: the next call makes a fresh one then.
    ///
    /// # Errors
    /// See [`Error`].
    #[cfg(feature = "async")]
    pub async fn call_async<P, R>(&mut self, export: &str, params: P) -> Result<R, Error>
    where
        T: Send,
        P: WasmParams + Sync,
        R: WasmResults + Sync,
    {
        if self.needs_one() {
            let mut store = self.fresh_store();
            let instance = self.pre.instantiate_async(&mut store).await;
            self.open(store, instance)?;
        }
        let current = self.current()?;
        let function = current.function::<P, R>(export);
        let function = function.map_err(Error::Export)?;
        // Until the call is through: its frames are skipped if nobody waits for it.
        current.ended = true;
        let result = function.call_async(&mut current.store, params).await;
        match result {
            Ok(result) => {
                self.current()?.ended = false;
                self.went_well().map(|()| result)
            }
            Err(error) => {
                let current = self.current()?;
                let error = match first(&mut current.store, &current.guest, error) {
                    Step::Done(error) => error,
                    Step::Trapped(trap) => {
                        let asked = current.guest.report.call_async(&mut current.store, ()).await;
                        let known = current.failure.clone();
                        let Current { store, guest, .. } = current;
                        trapped(store, guest, trap, asked.ok(), known.as_ref())
                    }
                };
                Err(self.failed(error))
            }
        }
    }

    /// Copies the memory: the next fresh instance begins with it.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if there is no instance that lives.
    pub fn checkpoint(&mut self) -> Result<(), Error> {
        let current = self.current.as_ref().filter(|current| !current.ended);
        let current = current.ok_or(Error::Checkpoint("there is no instance that lives"))?;
        self.copy.get_or_insert_default().take(&current.store, current.guest.memory);
        Ok(())
    }

    /// Gives up the current instance: the next call makes a fresh one.
    pub fn end(&mut self) {
        if let Some(current) = &mut self.current {
            current.ended = true;
        }
    }

    fn needs_one(&self) -> bool {
        self.current.as_ref().is_none_or(|current| current.ended)
    }

    fn fresh_store(&mut self) -> Store<T> {
        let data = self.current.take().map(|current| current.store.into_data());
        (self.make)(data)
    }

    fn current(&mut self) -> Result<&mut Current<T>, Error> {
        self.current.as_mut().ok_or(Error::Checkpoint("there is no instance"))
    }

    fn open(
        &mut self,
        mut store: Store<T>,
        instance: wasmtime::Result<Instance>,
    ) -> Result<(), Error> {
        let opened = (|| {
            let instance = instance.map_err(Error::Instantiate)?;
            let guest = Guest::of(&mut store, &instance)?;
            match (&self.copy, &mut self.init) {
                (Some(copy), _) => copy.restore(&mut store, guest.memory)?,
                (None, Some(init)) => {
                    if let Err(error) = init(&mut store, &instance) {
                        return Err(Failure::of(&mut store, &instance, error));
                    }
                }
                (None, None) => {}
            }
            Ok(guest)
        })();
        match opened {
            Ok(guest) => {
                self.generation += 1;
                tracing::debug!(target: "unpoison", generation = self.generation, "fresh instance");
                let functions = HashMap::new();
                self.current =
                    Some(Current { store, guest, functions, failure: None, ended: false });
                Ok(())
            }
            Err(error) => {
                tracing::error!(target: "unpoison", %error, "no fresh instance");
                Err(error)
            }
        }
    }

    fn went_well(&mut self) -> Result<(), Error> {
        let current = self.current()?;
        // A host function may have swallowed a failure in the middle of the call: then the
        // call would not have come back. This is for hosts that write the state themselves.
        current.ended |= current.guest.state(&mut current.store) != 0;
        match self.checkpoints {
            Checkpoints::EachCall if !self.needs_one() => self.checkpoint(),
            _ => Ok(()),
        }
    }

    /// Writes down what came, and whether the instance is at an end.
    fn failed(&mut self, error: Error) -> Error {
        let Some(current) = &mut self.current else { return error };
        let sealed = current.guest.state(&mut current.store) != 0;
        let lives = match &error {
            Error::Failed(failure) => failure.lives,
            // Destructors run for an exception; for an error of the host's none.
            Error::Host(error) => self.passes && error.is::<ThrownException>(),
            _ => false,
        };
        current.ended = sealed || !lives;
        if let Error::Failed(failure) | Error::Sealed(failure) = &error {
            let Failure { kind, message, file, line, number, .. } = failure;
            let (message, file) = (message.as_deref(), file.as_deref());
            tracing::warn!(
                target: "unpoison",
                ?kind, message, file, line, number, ended = current.ended, "a call failed"
            );
            if current.ended {
                current.failure.get_or_insert_with(|| failure.clone());
            }
        } else {
            tracing::warn!(target: "unpoison", %error, ended = current.ended, "a call failed");
        }
        error
    }
}

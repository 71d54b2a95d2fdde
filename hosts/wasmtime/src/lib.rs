//! Hosts of modules that `unpoison` linked, in wasmtime: failures as typed errors, and a
//! fresh instance after one that ends an instance.
//!
//! What is known of a module is the contract of `docs/module.md` alone. Modules that throw
//! their failures need `Config::wasm_exceptions(true)`; those linked with
//! `--unpoison-exceptions=off` need nothing, and mean the same here.

#[cfg(feature = "component")]
mod component;
mod decode;
mod error;
mod failure;
mod memory;
mod pool;
mod recovering;
mod report;

#[cfg(feature = "component")]
pub use component::RecoveringComponent;
pub use error::Error;
pub use failure::{Failure, Kind};
pub use pool::Pool;
pub use recovering::{Checkpoints, Recovering};

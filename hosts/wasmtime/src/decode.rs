//! What an error of wasmtime's says of an instance.

use crate::memory::Guest;
use crate::{Error, Failure, Kind, report};
use wasmtime::{AsContextMut, Instance, ThrownException, Trap};

/// The tags, in the order of the contract.
const TAGS: [&str; 3] = ["__unpoison_panic", "__unpoison_abort", "__unpoison_sealed"];
const SEALED: &str = TAGS[2];

/// An error that was looked at: what it is, or that a report has to be read first.
pub(crate) enum Step {
    /// It is known what it is.
    Done(Error),
    /// The module trapped after it had written a report.
    Trapped(Trap),
}

impl Failure {
    /// What an error is that a call of an instance ended with.
    ///
    /// Without exceptions (`--unpoison-exceptions=off`) a failure and a refusal look alike:
    /// the first error that is looked at after a failure is taken for it.
    /// [`Recovering`](crate::Recovering) looks at all of them.
    pub fn of(mut store: impl AsContextMut, instance: &Instance, error: wasmtime::Error) -> Error {
        let guest = match Guest::of(&mut store, instance) {
            Ok(guest) => guest,
            Err(error) => return error,
        };
        match first(&mut store, &guest, error) {
            Step::Done(error) => error,
            Step::Trapped(trap) => {
                // It may be that not even this may run: no fuel is left.
                let address = guest.report.call(&mut store, ()).ok();
                trapped(&mut store, &guest, trap, address, None)
            }
        }
    }
}

/// What can be said without a call.
pub(crate) fn first(store: &mut impl AsContextMut, guest: &Guest, error: wasmtime::Error) -> Step {
    if error.is::<ThrownException>() {
        return Step::Done(thrown(store, guest, error).unwrap_or_else(|error| error));
    }
    match error.downcast_ref::<Trap>() {
        Some(trap @ (Trap::OutOfFuel | Trap::Interrupt)) => Step::Done(Error::Interrupted(*trap)),
        Some(trap) => Step::Trapped(*trap),
        None => Step::Done(Error::Host(error)),
    }
}

fn thrown(
    store: &mut impl AsContextMut,
    guest: &Guest,
    error: wasmtime::Error,
) -> Result<Error, Error> {
    let mut store = store.as_context_mut();
    let Some(exception) = store.take_pending_exception() else {
        return Ok(Error::Host(error));
    };
    let tag = exception.tag(&mut store).map_err(Error::Host)?;
    let named = TAGS.into_iter().find(|name| {
        let known = guest.instance.get_tag(&mut store, name);
        known.is_some_and(|known| wasmtime::Tag::eq(&known, &tag, &store))
    });
    let Some(named) = named else {
        // It stays what it was: whoever gets the error may pass it on.
        let _ = store.throw::<()>(exception);
        return Ok(Error::Host(error));
    };
    let address = exception.field(&mut store, 0).map_err(Error::Host)?;
    let address = address.i32().ok_or(Error::BadReport("a tag has no address"))?;
    if address == 0 && named == SEALED {
        // By the host, which wrote the state.
        return Ok(Error::Sealed(Failure::bare(sealing_kind(&mut store, guest))));
    }
    let failure = report::read(guest.memory.data(&store), address as u32)?;
    let lives = guest.state(&mut store) == 0;
    Ok(match named {
        SEALED => Error::Sealed(failure),
        _ => Error::Failed(Failure { lives, ..failure }),
    })
}

/// A trap, with the newest report's address. `known` is what sealed the instance, if the host
/// knows.
pub(crate) fn trapped(
    store: &mut impl AsContextMut,
    guest: &Guest,
    trap: Trap,
    address: Option<u32>,
    known: Option<&Failure>,
) -> Error {
    let state = guest.state(store);
    let unreachable = trap == Trap::UnreachableCodeReached;
    if let (Some(known), true) = (known, state != 0 && unreachable) {
        return Error::Sealed(known.clone());
    }
    let data = store.as_context_mut();
    let newest = match address {
        Some(address) if address != 0 => match report::read(guest.memory.data(&data), address) {
            Ok(failure) => Some(failure),
            Err(error) => return error,
        },
        _ => None,
    };
    let sealing = Kind::from_number(state);
    match (sealing, newest) {
        // It learns of a trap when it refuses a call because of it.
        (Some(Kind::Trap), newest) if unreachable => {
            Error::Sealed(newest.unwrap_or(Failure::bare(Kind::Trap)))
        }
        (Some(kind), Some(newest)) if newest.kind == kind && unreachable => Error::Failed(newest),
        (Some(kind), _) if unreachable => Error::Failed(Failure::bare(kind)),
        _ => Error::Failed(Failure {
            message: Some(trap.to_string()),
            stack_exhausted: trap == Trap::StackOverflow,
            ..Failure::bare(Kind::Trap)
        }),
    }
}

fn sealing_kind(store: &mut impl AsContextMut, guest: &Guest) -> Kind {
    Kind::from_number(guest.state(store)).unwrap_or(Kind::Abort)
}

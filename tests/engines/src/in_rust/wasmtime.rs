// What wasmtime has alike in all its versions. Included by `in_rust.rs`.

fn instantiate(
    linker: &api::Linker<State>,
    store: &mut api::Store<State>,
    module: &api::Module,
) -> Result<api::Instance, Error> {
    linker.instantiate(store, module)
}

/// What no run calls.
fn others(linker: &mut api::Linker<State>, module: &api::Module) -> Result<(), Error> {
    linker.define_unknown_imports_as_traps(module)
}

fn own() -> Error {
    Error::new(Own)
}

fn is_own(error: &Error) -> bool {
    error.is::<Own>()
}

fn is_trap(error: &Error) -> bool {
    error.is::<api::Trap>()
}

//! Engines that are crates. wasmtime of two ages and wasmi have nearly the same interface:
//! `in_rust/host.rs` is written once, and what differs is here.

/// wasmi, which knows no exceptions.
pub(crate) mod wasmi {
    use ::wasmi as api;
    use api::Error;

    type Thrown = std::convert::Infallible;

    fn engine() -> api::Engine {
        api::Engine::default()
    }

    fn instantiate(
        linker: &api::Linker<State>,
        mut store: &mut api::Store<State>,
        module: &api::Module,
    ) -> Result<api::Instance, Error> {
        linker.instantiate_and_start(&mut store, module)
    }

    /// There are no modules for it that import more.
    fn others(_: &mut api::Linker<State>, _: &api::Module) -> Result<(), Error> {
        Ok(())
    }

    fn own() -> Error {
        Error::host(Own)
    }

    impl api::errors::HostError for Own {}

    fn is_own(error: &Error) -> bool {
        error.downcast_ref::<Own>().is_some()
    }

    fn is_trap(error: &Error) -> bool {
        error.as_trap_code().is_some()
    }

    fn take_exception(_: &mut Context<'_>, _: &Error) -> Option<(&'static str, Thrown)> {
        None
    }

    fn throw(_: Context<'_>, thrown: Thrown) -> Error {
        match thrown {}
    }

    include!("in_rust/host.rs");
}

/// wasmtime, as the workspace has it.
pub(crate) mod wasmtime {
    use ::wasmtime as api;
    use api::Error;

    type Thrown = api::Rooted<api::ExnRef>;

    fn engine() -> api::Engine {
        let mut config = api::Config::new();
        config.wasm_exceptions(true);
        api::Engine::new(&config).expect("a host that wasmtime knows")
    }

    fn take_exception(context: &mut Context<'_>, error: &Error) -> Option<(&'static str, Thrown)> {
        if !error.is::<api::ThrownException>() {
            return None;
        }
        let thrown = context.take_pending_exception()?;
        let tag = thrown.tag(&mut *context).ok()?;
        let instance = context.data().instance?;
        let is = |(export, _): &&(&str, &str)| {
            let named = instance.get_tag(&mut *context, export);
            named.is_some_and(|named| api::Tag::eq(&named, &tag, &*context))
        };
        let named = TAGS.iter().find(is).map(|(_, name)| *name);
        Some((named.unwrap_or("another's exception"), thrown))
    }

    fn throw(mut context: Context<'_>, thrown: Thrown) -> Error {
        match context.throw::<()>(thrown) {
            Err(thrown) => thrown,
            Ok(()) => unreachable!("an exception that is thrown comes back as an error"),
        }
    }

    const TAGS: [(&str, &str); 3] = [
        ("__unpoison_panic", "panic"),
        ("__unpoison_abort", "abort"),
        ("__unpoison_sealed", "sealed"),
    ];

    include!("in_rust/wasmtime.rs");
    include!("in_rust/host.rs");
}

/// wasmtime of a version with long-term support that knows no exceptions.
#[cfg(feature = "lts")]
pub(crate) mod wasmtime_lts {
    use ::wasmtime_lts as api;
    use api::Error;

    type Thrown = std::convert::Infallible;

    fn engine() -> api::Engine {
        api::Engine::default()
    }

    fn take_exception(_: &mut Context<'_>, _: &Error) -> Option<(&'static str, Thrown)> {
        None
    }

    fn throw(_: Context<'_>, thrown: Thrown) -> Error {
        match thrown {}
    }

    include!("in_rust/wasmtime.rs");
    include!("in_rust/host.rs");
}

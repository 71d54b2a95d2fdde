//! A newtype for each wasm index space, and for offsets in the code section, so
//! that no bare `u32` crosses a module boundary of this crate.

macro_rules! index {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(pub(crate) u32);

        impl $name {
            /// The index as a position in a `Vec`.
            #[allow(dead_code, reason = "not every index is a position somewhere")]
            pub(crate) fn at(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

index! {
    /// An index into the type index space.
    TypeIdx,
    /// An index into the function index space: imports first, then bodies.
    FuncIdx,
    /// An index into the global index space.
    GlobalIdx,
    /// An index into the tag index space.
    TagIdx,
    /// The id of a place in the site table; 0 is "unknown" in a report.
    SiteId,
    /// A byte offset from the start of the code section's content (its function
    /// count included): what DWARF calls an address in wasm
    /// (<https://yurydelendik.github.io/webassembly-dwarf/>).
    CodeOffset,
}

/// A set of functions that is asked about each call of a module.
#[derive(Clone, Debug)]
pub(crate) struct FuncSet(Vec<bool>);

impl FuncSet {
    /// An empty one, for a module of so many functions.
    pub(crate) fn new(functions: usize) -> Self {
        Self(vec![false; functions])
    }

    pub(crate) fn contains(&self, function: FuncIdx) -> bool {
        self.0.get(function.at()).copied().unwrap_or(false)
    }

    /// Whether it was not in it.
    pub(crate) fn insert(&mut self, function: FuncIdx) -> bool {
        self.0.get_mut(function.at()).is_some_and(|slot| !std::mem::replace(slot, true))
    }
}

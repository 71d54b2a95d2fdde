//! Which functions of a module belong to Rust's panic machinery.
//!
//! The standard library's symbols carry a hash that differs per compiler, so a
//! function is known by its demangled path. The paths are those of
//! `library/std/src/panicking.rs`, `library/std/src/alloc.rs`,
//! `library/alloc/src/alloc.rs`, `library/panic_abort/src/lib.rs` and
//! `library/panic_unwind/src/gcc.rs`.

use super::Kind;
use crate::ids::FuncIdx;
use crate::read::Module;
use rustc_demangle::try_demangle;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};
use wasmparser::{ExternalKind, FuncType, ValType};

/// What a function does on the way from a failure to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// `rust_begin_unwind`, the panic handler: a message and a place are on their way.
    BeginUnwind,
    /// `panic_with_hook`: has the payload; gives up by itself where unwinding is not
    /// allowed.
    PanicWithHook,
    /// `rust_panic`, the last function of `std` on the way of a panic.
    RustPanic,
    /// `__rust_start_panic` and what it calls in the panic runtime.
    PanicRuntime,
    /// What an exception of Rust's names for whoever deletes it: drops the payload, then
    /// aborts.
    ExceptionCleanup,
    /// `__rust_drop_panic`, the abort of the former.
    DropPanic,
    /// `begin_panic::<&str>`: a panic with a string literal and no format.
    BeginPanicStr,
    /// `begin_panic::<String>`.
    BeginPanicString,
    /// `begin_panic` of a payload that its symbol does not tell: the older mangling has no
    /// generic parameters.
    BeginPanic,
    /// `__rust_alloc_error_handler(size, align)`.
    AllocErrorHandler,
    /// `__rdl_alloc_error_handler(size, align)`, to which the former forwards, and
    /// its older names.
    DefaultAllocErrorHandler,
    /// A function on their way that takes a `Layout`.
    LayoutAllocError,
    /// Another function on the way of a failed allocation.
    AllocError,
    /// Another function of `core` that begins a panic. In a program without the standard
    /// library it may be all that link-time optimization leaves of the handler.
    Panicking,
    /// A function that lld made up: a call with the wrong signature, or of a weak
    /// function that nobody defined.
    LinkerMade,
}

impl Role {
    /// The kind of failure that ends in a function of this role, in a module whose
    /// panics unwind or one whose panics abort.
    pub(crate) fn kind(self, unwinding: bool) -> Option<Kind> {
        match self {
            // What gives up on the way of a panic that unwinds is no panic.
            Self::BeginUnwind
            | Self::RustPanic
            | Self::PanicRuntime
            | Self::BeginPanicStr
            | Self::BeginPanicString
            | Self::BeginPanic
            | Self::Panicking
                if unwinding =>
            {
                Some(Kind::Abort)
            }
            Self::ExceptionCleanup | Self::DropPanic => Some(Kind::Abort),
            Self::BeginUnwind
            | Self::RustPanic
            | Self::PanicRuntime
            | Self::BeginPanicStr
            | Self::BeginPanicString
            | Self::BeginPanic
            | Self::Panicking => Some(Kind::Panic),
            Self::PanicWithHook => Some(Kind::Nounwind),
            Self::AllocErrorHandler
            | Self::DefaultAllocErrorHandler
            | Self::LayoutAllocError
            | Self::AllocError => Some(Kind::Alloc),
            Self::LinkerMade => Some(Kind::Unreachable),
        }
    }

    fn of_path(path: &str) -> Option<Self> {
        // rustc names its internal symbols `__rustc::NAME`; before 1.87 they had no path,
        // and a user's own function may be called so (`is_std_s`).
        let last = path.strip_prefix(INTERNAL).unwrap_or(path);
        match last {
            "rust_begin_unwind" => return Some(Self::BeginUnwind),
            "rust_panic" => return Some(Self::RustPanic),
            "__rust_drop_panic" => return Some(Self::DropPanic),
            // Not `__rust_abort`, which the former calls: it may be the body that LLVM left
            // of `process::abort`, too, so who calls it says more.
            "__rust_start_panic"
            | "_Unwind_RaiseException"
            | "unwind::wasm::_Unwind_RaiseException" => return Some(Self::PanicRuntime),
            "__rust_alloc_error_handler" => return Some(Self::AllocErrorHandler),
            "__rdl_alloc_error_handler" | "__rdl_oom" | "__rg_oom" => {
                return Some(Self::DefaultAllocErrorHandler);
            }
            _ => {}
        }
        // An inlined closure keeps the name of the function it stands in:
        // `…::__rust_end_short_backtrace::<std::alloc::rust_oom::{closure#0}, !>`.
        match path {
            "std::alloc::rust_oom"
            | "std::alloc::default_alloc_error_hook"
            | "alloc::alloc::handle_alloc_error"
            | "alloc::alloc::handle_alloc_error::rt_error" => Some(Self::LayoutAllocError),
            _ if path.contains("std::alloc::rust_oom")
                || path.starts_with("alloc::alloc::handle_alloc_error::") =>
            {
                Some(Self::AllocError)
            }
            "std::panicking::panic_with_hook" | "std::panicking::rust_panic_with_hook" => {
                Some(Self::PanicWithHook)
            }
            "std::panicking::begin_panic::<&str>" => Some(Self::BeginPanicStr),
            "std::panicking::begin_panic" => Some(Self::BeginPanic),
            // What gives up in it, with the handler inlined, is a failed allocation;
            // `capacity_overflow` is a call.
            "alloc::raw_vec::handle_error" => Some(Self::AllocError),
            "std::panicking::begin_panic::<alloc::string::String>" => Some(Self::BeginPanicString),
            _ if path.starts_with("panic_unwind::") && path.ends_with("::exception_cleanup") => {
                Some(Self::ExceptionCleanup)
            }
            _ if path.starts_with("panic_unwind::") => Some(Self::PanicRuntime),
            _ if path.starts_with("core::panicking::") => Some(Self::Panicking),
            _ if path.starts_with("panic_abort::") || path.starts_with("__rust_start_panic::") => {
                Some(Self::PanicRuntime)
            }
            _ => None,
        }
    }
}

/// The functions of the panic machinery, by index.
pub(crate) type Roles = BTreeMap<FuncIdx, Role>;

/// Parts of a symbol without which it is in no role: demangling all names of a large
/// module would cost more than the rest of the plan.
const HINTS: &[&str] = &[
    "rust_begin_unwind",
    "4core9panicking",
    "rust_panic",
    "panic_with_hook",
    "rust_start_panic",
    "panic_abort",
    "panic_unwind",
    "rust_drop_panic",
    "_Unwind_",
    "begin_panic",
    "alloc_error",
    "raw_vec12handle_error",
    "rust_oom",
    "rg_oom",
    "rdl_oom",
];

/// Parts of all [`HINTS`]: most names have none of them.
const COMMON: [&str; 6] = ["rust_", "panic", "alloc_error", "handle_error", "_oom", "_Unwind_"];

/// The path of rustc's internal symbols.
const INTERNAL: &str = "__rustc::";

/// What it looks like in a symbol.
const INTERNAL_MANGLED: &str = "7___rustc";

/// Before the name of what lld puts in the place of a function that is called with another
/// signature than it has.
const MISMATCH: &str = "signature_mismatch:";

/// Finds the panic machinery of a module.
pub(crate) fn find(module: &Module<'_>) -> Roles {
    let mut roles = Roles::new();
    // Looked for at need only: hardly a module has such a name.
    let plain = std::cell::OnceCell::new();
    for (function, symbol) in module.names.functions() {
        if module.body(function).is_none() {
            continue;
        }
        if let Some(symbol) = symbol.strip_prefix(MISMATCH) {
            // rustc 1.92 and 1.93 call the handler of failed allocations with parameters and
            // make it without any, where a program has no standard library.
            let role = match Role::of_path(&demangled(symbol)) {
                Some(Role::AllocErrorHandler) => Role::AllocError,
                _ => Role::LinkerMade,
            };
            roles.insert(function, role);
        } else if symbol.starts_with("undefined_weak:") {
            roles.insert(function, Role::LinkerMade);
        } else if COMMON.iter().any(|part| symbol.contains(part))
            && HINTS.iter().any(|hint| symbol.contains(hint))
            && let Some(role) = Role::of_path(&demangled(symbol))
            && (try_demangle(symbol).is_ok()
                || plain.get_or_init(|| PlainNames::of(module)).is_std_s(module, function, symbol))
        {
            roles.insert(function, role);
        }
    }
    roles
}

/// What a module says of names without a path: are they the standard library's, or may
/// a user have called a function so (`#[no_mangle] fn rust_panic`)?
///
/// Not a matter of the compiler's version, which the module need not name: a compiler
/// that gives its internal symbols a path gives it to all of them.
#[derive(Clone, Debug)]
struct PlainNames<'a> {
    /// There are internal symbols with a path.
    have_paths: bool,
    /// Everything is exported (`--export-all`), so that an export says nothing.
    all_exported: bool,
    /// Functions that are exported under a name.
    exported: BTreeSet<(FuncIdx, &'a str)>,
}

impl<'a> PlainNames<'a> {
    fn of(module: &Module<'a>) -> Self {
        let functions = module.exports.iter().filter(|export| export.kind == ExternalKind::Func);
        Self {
            exported: functions.map(|export| (FuncIdx(export.index), export.name)).collect(),
            have_paths: module.names.functions().any(|(_, name)| name.contains(INTERNAL_MANGLED)),
            all_exported: module.exports.iter().any(|export| try_demangle(export.name).is_ok()),
        }
    }

    /// Whether a function with an unmangled name of the library's is the library's.
    fn is_std_s(&self, module: &Module<'_>, function: FuncIdx, symbol: &str) -> bool {
        // rustc exports what a user leaves unmangled, and nothing internal.
        let exported = || self.exported.contains(&(function, symbol));
        !self.have_paths
            && (self.all_exported || !exported())
            && module.type_of(function).is_some_and(may_be_internal)
    }
}

/// Whether a function has a type that one of the panic machinery may have: addresses,
/// sizes and an error code, of which optimization may have taken some away.
fn may_be_internal(ty: &FuncType) -> bool {
    let words = |types: &[ValType]| types.iter().all(|ty| *ty == ValType::I32);
    words(ty.params()) && words(ty.results()) && ty.params().len() <= 3 && ty.results().len() <= 1
}

/// A symbol's path without its hash; the symbol itself if it is not mangled. What is longer than
/// a person reads is cut: a symbol of a hundred bytes may stand for a megabyte.
pub(crate) fn demangled(symbol: &str) -> String {
    let most = (LEAST + EXPANDED * symbol.len()).min(MOST);
    let mut name = Bounded { text: String::new(), most };
    let written = match try_demangle(symbol) {
        Ok(path) => write!(name, "{path:#}"),
        Err(_) => name.write_str(symbol),
    };
    if written.is_err() {
        name.text.push('…');
    }
    name.text
}

/// The most bytes of a name: so many, or fewer for a short symbol. Those of real programs are at
/// most a few times as long as their symbols.
const MOST: usize = 16 << 10;
const LEAST: usize = 1 << 10;
const EXPANDED: usize = 32;

/// A text that takes no more than so many bytes.
struct Bounded {
    text: String,
    most: usize,
}

impl Write for Bounded {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let room = self.most.saturating_sub(self.text.len());
        let (fits, rest) = more.split_at(more.floor_char_boundary(room));
        self.text.push_str(fits);
        if rest.is_empty() { Ok(()) } else { Err(fmt::Error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_does_not_hang_on_a_hash() {
        for (symbol, role) in [
            ("_RNvCsfLfy6EI15iL_7___rustc10rust_panic", Some(Role::RustPanic)),
            ("_RNvCs9ltgdHTiPiY_7___rustc17rust_begin_unwind", Some(Role::BeginUnwind)),
            ("rust_panic", Some(Role::RustPanic)),
            (
                "_ZN3std9panicking20rust_panic_with_hook17h0123456789abcdefE",
                Some(Role::PanicWithHook),
            ),
            ("_RINvNtCsebHcaeoSrxy_3std9panicking11begin_panicReEB4_", Some(Role::BeginPanicStr)),
            (
                "_RNvNvNtCs4AFyb0YLfDs_12panic_unwind3imp5panic17exception_cleanup",
                Some(Role::ExceptionCleanup),
            ),
            ("_RNvCsfLfy6EI15iL_7___rustc17___rust_drop_panic", Some(Role::DropPanic)),
            ("_RNvCsj4CZ6flxxfE_7___rustc12___rust_abort", None),
            ("_ZN3std9panicking11begin_panic17h0123456789abcdefE", Some(Role::BeginPanic)),
            ("_ZN5alloc7raw_vec12handle_error17h0123456789abcdefE", Some(Role::AllocError)),
            ("_ZN6my_app10rust_panic17h0123456789abcdefE", None),
        ] {
            assert_eq!(Role::of_path(&demangled(symbol)), role, "{symbol}");
        }
    }

    /// A function of a type that is a pair of the type below, which is written once; that many
    /// levels high.
    fn doubled(levels: usize) -> String {
        let digits = b"0123456789abcdefghijklmnopqrstuvwxyz";
        let open = "T".repeat(levels);
        // Where the inner one begins, behind `INvC1a1f` and the others.
        let close: String = (1..=levels)
            .rev()
            .map(|level| format!("B{}_E", char::from(digits[level + 7])))
            .collect();
        format!("_RINvC1a1f{open}j{close}E")
    }

    #[test]
    fn a_symbol_that_stands_for_a_megabyte_is_cut() {
        assert_eq!(demangled(&doubled(2)), "a::f::<((usize, usize), (usize, usize))>");
        let symbol = doubled(20);
        let name = demangled(&symbol);
        assert!(name.starts_with("a::f::<(((((") && name.ends_with('…'), "{name}");
        assert!(name.len() <= LEAST + EXPANDED * symbol.len() + '…'.len_utf8());
        let long = demangled(&"ä".repeat(MOST));
        assert!(long.len() <= MOST + '…'.len_utf8() && long.ends_with("ä…"));
    }

    fn roles(wat: &str) -> Vec<Role> {
        let bytes = wat::parse_str(wat).unwrap();
        find(&Module::read(&bytes).unwrap()).into_values().collect()
    }

    #[test]
    fn an_old_compilers_names_are_the_librarys() {
        let old = r#"(func $rust_panic (param i32 i32) unreachable) (func $__rust_start_panic (param i32 i32) (result i32) unreachable)"#;
        let found = [Role::RustPanic, Role::PanicRuntime];
        assert_eq!(roles(&format!("(module {old})")), found);
        // As with `--export-all`.
        let all = r#"(func $f (export "_RNvNtCsebHcaeoSrxy_3std5alloc8rust_oom"))
                     (export "rust_panic" (func $rust_panic))"#;
        assert_eq!(roles(&format!("(module {old} {all})"))[..2], found);
    }

    #[test]
    fn a_users_function_of_that_name_is_not() {
        for (user, why) in [
            (
                r#"(func $rust_panic unreachable)
                   (func $_RNvCsfLfy6EI15iL_7___rustc12___rust_alloc)"#,
                "this compiler's internal symbols have a path",
            ),
            (r#"(func $rust_panic (export "rust_panic") unreachable)"#, "it is exported"),
            ("(func $rust_panic (param f64) unreachable)", "it takes a number"),
            ("(func $rust_begin_unwind (result i64) unreachable)", "it returns a number"),
            ("(func $begin_panic unreachable)", "the library's always has a path"),
        ] {
            assert_eq!(roles(&format!("(module {user})")), [], "{why}");
        }
        let both = r#"(func $rust_panic (export "rust_panic") (param i32 i32) unreachable)
                      (func $_RNvCsfLfy6EI15iL_7___rustc10rust_panic (param i32 i32) unreachable)"#;
        assert_eq!(roles(&format!("(module {both})")), [Role::RustPanic]);
    }
}

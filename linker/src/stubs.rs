//! The runtime stubs: what of unpoison runs inside the user's module.
//!
//! Their source is part of this program and is compiled at link time by the rustc
//! that compiled the user's objects: symbol names, vtable layouts and field
//! offsets of the standard library are then right by construction. The object is
//! cached per compiler and target.
//!
//! It must be self-contained: link-time optimization leaves no `core` on the
//! user's link line. So `core` is optimized into it (`-Clto=fat`), which rustc
//! does for objects it means to link only; the link's result is thrown away.

pub(crate) mod cache;
mod compile;
mod layers;

use std::path::{Path, PathBuf};

pub(crate) use cache::Cache;

use crate::error::Result;
use crate::lld::Lld;
use crate::objects::Features;
use crate::toolchain::{Target, Toolchain};
use unpoison_runtime_stubs::SOURCE;

/// The functions through which the rewritten module reaches the stubs. They are
/// exported for the link only, to survive it.
pub(crate) const EXPORTS: &[&str] = &[
    PANIC,
    MAYBE_PANIC,
    PAYLOAD,
    RESUME,
    LITERAL,
    TEXT,
    STRING,
    STRING_ONLY,
    ALLOC,
    ALLOC_LAYOUT,
    FAIL,
    TRAP,
    REPORT,
];

/// Those of them that stubs lack of which a layer did not compile.
pub(crate) const LAYER_EXPORTS: &[&str] = &[PAYLOAD, RESUME, REHEARSE, RAISE];

/// Those of them that only modules have whose panics unwind.
pub(crate) const UNWIND_EXPORTS: &[&str] =
    &[DEPTH, THROWS, THROWN, IN_CLEANUP, HOLD, CAUGHT_EXCEPTION];

/// Those that only modules with threads have.
pub(crate) const THREAD_EXPORTS: &[&str] = &[CLAIM, SHARED_STATE];

/// Those that only modules have that are made to fail.
const REHEARSE_EXPORTS: &[&str] = &[REHEARSE, RAISE];

/// What a link needs of the stubs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Needs {
    /// Its panics unwind.
    pub unwinding: bool,
    /// It has threads.
    pub threads: bool,
    /// Failures are put in words inside the module.
    pub words: bool,
    /// Failures come on demand.
    pub rehearse: bool,
}

impl Needs {
    /// What a link exports.
    pub(crate) fn exports(self) -> Vec<&'static str> {
        let unwind = UNWIND_EXPORTS.iter().filter(move |_| self.unwinding);
        let rehearse = REHEARSE_EXPORTS.iter().filter(move |_| self.rehearse);
        EXPORTS.iter().chain(unwind).chain(rehearse).copied().chain(self.others()).collect()
    }

    /// The same for a module without panic machinery.
    pub(crate) fn report_exports(self) -> Vec<&'static str> {
        [FAIL, TRAP, REPORT].into_iter().chain(self.others()).collect()
    }

    fn others(self) -> impl Iterator<Item = &'static str> {
        let thread = THREAD_EXPORTS.iter().filter(move |_| self.threads);
        thread.copied().chain(self.words.then_some(TELL))
    }
}

/// Told of `rust_begin_unwind`'s argument.
pub(crate) const PANIC: &str = "__unpoison_rt_panic";
/// Told of the argument of a program's own panic handler, which may be none.
pub(crate) const MAYBE_PANIC: &str = "__unpoison_rt_maybe_panic";
/// Told of `panic_with_hook`'s.
pub(crate) const PAYLOAD: &str = "__unpoison_rt_payload";
/// Told of `rust_panic`'s.
pub(crate) const RESUME: &str = "__unpoison_rt_resume";
/// Told of `begin_panic::<&str>`'s.
pub(crate) const LITERAL: &str = "__unpoison_rt_literal";
/// Told of what may be `begin_panic::<&str>`'s.
pub(crate) const TEXT: &str = "__unpoison_rt_text";
/// Told of `begin_panic::<String>`'s.
pub(crate) const STRING: &str = "__unpoison_rt_string";
/// Told of `begin_panic::<String>`'s, if it has no place.
pub(crate) const STRING_ONLY: &str = "__unpoison_rt_string_only";
/// Told of `__rust_alloc_error_handler`'s.
pub(crate) const ALLOC: &str = "__unpoison_rt_alloc";
/// Told of `handle_alloc_error`'s.
pub(crate) const ALLOC_LAYOUT: &str = "__unpoison_rt_alloc_layout";
/// Writes the report.
pub(crate) const FAIL: &str = "__unpoison_rt_fail";
/// Writes the report of a trap, from scratch: told of the stack pointer.
pub(crate) const TRAP: &str = "__unpoison_rt_trap";
/// Answers the newest report's address.
pub(crate) const REPORT: &str = "__unpoison_rt_report";
/// Told of the panic count.
pub(crate) const DEPTH: &str = "__unpoison_rt_depth";
/// Told that a panic is thrown.
pub(crate) const THROWS: &str = "__unpoison_rt_throws";
/// Told that a panic may go no further.
pub(crate) const IN_CLEANUP: &str = "__unpoison_rt_in_cleanup";
/// Told that the payload of a panic is about to be dropped.
pub(crate) const HOLD: &str = "__unpoison_rt_hold";
/// Told of the exception that a panic is thrown as.
pub(crate) const THROWN: &str = "__unpoison_rt_thrown";
/// Writes the report of a panic that left Rust: told of the panic count and of the
/// exception.
pub(crate) const CAUGHT_EXCEPTION: &str = "__unpoison_rt_caught_exception";
/// Puts a report in words; told whether the call is one to a sealed instance. Answers where
/// the text's address and its length are.
pub(crate) const TELL: &str = "__unpoison_rt_tell";
/// Seals the module for all threads, told of a kind and a report: the first one stands.
/// Answers the kind that sealed.
pub(crate) const CLAIM: &str = "__unpoison_rt_claim";
/// Data, with threads: 0 while the module is live, else the kind that sealed it.
pub(crate) const SHARED_STATE: &str = "__unpoison_rt_shared_state";
/// Panics at a place, unless a failure is on its way.
pub(crate) const REHEARSE: &str = "__unpoison_rt_rehearse";
/// Stands for the program's panic handler, which is called instead.
pub(crate) const RAISE: &str = "__unpoison_rt_raise";

/// Whether an export is one of the stubs'.
pub(crate) fn is_stub(name: &str) -> bool {
    name.starts_with("__unpoison_rt_")
}

/// The program's own function, if it has one.
pub(crate) const ABORT_HOOK: &str = "__unpoison_on_abort";

/// The stubs for one link.
#[derive(Debug)]
pub(crate) struct StubRequest<'a> {
    /// The compiler that calls.
    pub toolchain: &'a Toolchain,
    /// For the link whose result is thrown away.
    pub lld: &'a Lld,
    /// What is linked for.
    pub target: &'a Target,
    /// What the linked objects were compiled with; `None` if they do not say.
    pub features: Option<&'a Features>,
    /// Whether panics may unwind in the module.
    pub unwinding: bool,
    /// Whether the link makes position independent code.
    pub pic: bool,
    /// Whether failures come on demand.
    pub rehearse: bool,
    /// The link's own folder, for the object and the compiler's files.
    pub scratch: &'a Path,
}

/// The object with the stubs, in the link's own folder.
pub(crate) fn object(request: &StubRequest, cache: &Cache) -> Result<PathBuf> {
    let (object, missing) = kept_or_compiled(request, cache)?;
    for missing in missing {
        log::warn!("the runtime stubs lack a layer with this compiler: {missing}");
    }
    let path = request.scratch.join("unpoison-runtime.o");
    std::fs::write(&path, object).map_err(crate::error::Error::io("write", &path))?;
    Ok(path)
}

fn kept_or_compiled(request: &StubRequest, cache: &Cache) -> Result<(Vec<u8>, layers::Missing)> {
    let key = request.key();
    let kept = || cache.get(&key).as_deref().and_then(unpack);
    if let Some(found) = kept() {
        return Ok(found);
    }
    // One link compiles, others that want the same wait for it.
    let _turn = cache.turn(&key);
    if let Some(found) = kept() {
        return Ok(found);
    }
    let (object, missing) = compile::compile(request)?;
    cache.put(&key, &pack(&object, &missing))?;
    Ok((object, missing))
}

/// What is kept of a compilation: later links say what it lacks, too. The object stands
/// last, behind lines of text and an empty one.
fn pack(object: &[u8], missing: &[String]) -> Vec<u8> {
    let mut packed = Vec::new();
    for text in missing {
        packed.extend(text.replace('\n', " ").into_bytes());
        packed.push(b'\n');
    }
    packed.push(b'\n');
    packed.extend(object);
    packed
}

fn unpack(mut packed: &[u8]) -> Option<(Vec<u8>, Vec<String>)> {
    let mut missing = Vec::new();
    loop {
        let end = packed.iter().position(|byte| *byte == b'\n')?;
        let (line, rest) = (&packed[..end], &packed[end + 1..]);
        packed = rest;
        if line.is_empty() {
            return Some((packed.to_vec(), missing));
        }
        missing.push(String::from_utf8_lossy(line).into_owned());
    }
}

impl StubRequest<'_> {
    /// Everything the object depends on. Files count by path, size and time of
    /// change: reading a compiler's 100 MB, or asking it for its version, would
    /// cost more than the link.
    fn key(&self) -> cache::Key {
        let mut key = cache::KeyBuilder::new();
        key.add(env!("CARGO_PKG_VERSION"));
        // How they are compiled.
        key.add(include_str!("stubs/compile.rs"));
        for (path, text) in SOURCE {
            key.add(path).add(text);
        }
        key.file(&self.toolchain.rustc);
        if let Some(sysroot) = &self.toolchain.sysroot {
            // Behind a wrapper or rustup's proxy.
            key.file(&sysroot.join("bin").join("rustc"));
        }
        key.add(&self.target.triple);
        for spec in &self.target.specs {
            key.optional_file(spec.as_deref());
        }
        key.optional_file(self.prebuilt_core().as_deref());
        for rlib in self.target.built.iter().flat_map(|library| &library.0) {
            key.file(rlib);
        }
        key.add(if self.unwinding { "unwinding" } else { "aborting" });
        key.add(if self.pic { "pic" } else { "static" });
        key.add(if self.rehearse { "rehearsed" } else { "plain" });
        for feature in self.features.into_iter().flatten() {
            key.add(feature);
        }
        key.add(if self.features.is_some() { "+" } else { "?" });
        key.add(&layers::taken_away());
        key.finish()
    }

    /// Whether several threads may run the module.
    fn threads(&self) -> bool {
        self.features.is_some_and(|features| features.contains(crate::objects::ATOMICS))
    }

    /// The sysroot's `libcore-*.rlib` for the target, if it has one.
    fn prebuilt_core(&self) -> Option<PathBuf> {
        let sysroot = self.std_sysroot()?;
        let folder = sysroot.join("lib/rustlib").join(&self.target.triple).join("lib");
        std::fs::read_dir(folder)
            .ok()?
            .flatten()
            .map(|entry| entry.path())
            .find(|path| unpoison_sysroot::programs::is_rlib(path, "core"))
    }

    /// The sysroot whose library is linked.
    fn std_sysroot(&self) -> Option<&Path> {
        let shown = self.target.sysroot.as_deref();
        shown.or(self.toolchain.sysroot.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back() {
        for missing in [vec![], vec!["a layer".to_owned(), "another".to_owned()]] {
            let object = b"\0asm\n\n".to_vec();
            assert_eq!(unpack(&pack(&object, &missing)), Some((object, missing)));
        }
        assert_eq!(unpack(b"cut"), None);
    }

    #[test]
    fn every_export_is_in_the_source_and_every_module_is_embedded() {
        let all: String = SOURCE.iter().map(|(_, text)| *text).collect();
        for name in
            (Needs { unwinding: true, threads: true, words: true, rehearse: true }).exports()
        {
            let declared = [format!("fn {name}("), format!("static {name}:")];
            assert!(declared.iter().any(|text| all.contains(text)), "{name}");
        }
        for line in SOURCE.iter().flat_map(|(_, text)| text.lines()) {
            if let Some(name) = line.strip_prefix("mod ").and_then(|l| l.strip_suffix(';')) {
                let file = format!("{name}.rs");
                assert!(SOURCE.iter().any(|(path, _)| *path == file), "{file}");
            }
        }
    }
}

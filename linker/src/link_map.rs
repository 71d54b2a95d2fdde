//! What rust-lld's link map says of static memory: the only place where the address of
//! a variable stands that is local to an object.

use crate::plan::roles::demangled;

/// The panic count of the standard library, as addresses in linear memory. In a module
/// without threads the two count the same thing; with threads the first counts the panics of
/// all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PanicCounts {
    /// `GLOBAL_PANIC_COUNT`; its top bit says that every panic is an abort.
    pub global: u32,
    /// The count in `LOCAL_PANIC_COUNT`, unless optimization removed it.
    pub local: Option<u32>,
    /// The local count's address is one behind the start of the variables of a thread.
    pub thread_local: bool,
}

impl PanicCounts {
    /// Finds them in a map (`--Map`). `None` if there is no panic count, or if it is not
    /// in the shape known from `library/std/src/panicking.rs`.
    pub(crate) fn find(map: &[u8]) -> Option<Self> {
        // A map may be larger than the module, and has five such lines.
        let counts: Vec<_> = memchr::memmem::find_iter(map, "PANIC_COUNT")
            .filter_map(|at| Symbol::parse(std::str::from_utf8(line_at(map, at)).ok()?, at))
            .filter(|symbol| symbol.path.contains("panicking::panic_count::"))
            .collect();
        let of = |name: &str| {
            let mut found = counts.iter().filter(|s| s.path.contains(name) && s.is_count());
            // Two standard libraries in one module: which one panics?
            match (found.next(), found.next()) {
                (Some(symbol), None) => Some(symbol),
                _ => None,
            }
        };
        let (global, local) = (of("GLOBAL_PANIC_COUNT")?, of("LOCAL_PANIC_COUNT"));
        Some(Self {
            global: global.address,
            local: local.map(|symbol| symbol.address),
            thread_local: local.is_some_and(|symbol| in_thread_local_section(map, symbol.at)),
        })
    }
}

/// The line around a place.
fn line_at(map: &[u8], at: usize) -> &[u8] {
    let (before, behind) = map.split_at(at);
    let start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
    let end = memchr::memchr(b'\n', behind).map_or(map.len(), |newline| at + newline);
    map.get(start..end).unwrap_or_default()
}

/// Whether the section that the line at a place is in is one of variables of a thread. Its
/// own line stands above those of its symbols, and names it in brackets.
fn in_thread_local_section(map: &[u8], mut at: usize) -> bool {
    while let Some(newline) = map.get(..at).and_then(|before| memchr::memrchr(b'\n', before)) {
        let line = line_at(map, newline.saturating_sub(1));
        if let Some(name) = memchr::memmem::rfind(line, b":(.").and_then(|at| line.get(at + 2..)) {
            return name.starts_with(b".tbss") || name.starts_with(b".tdata");
        }
        at = newline;
    }
    false
}

/// A line of the map that names a variable: address, offset, size, name.
struct Symbol {
    address: u32,
    size: u32,
    /// Demangled, without what LLVM put behind it.
    path: String,
    /// Which part of the variable this is, if optimization took it apart.
    part: Option<u32>,
    /// Where its line is in the map.
    at: usize,
}

impl Symbol {
    fn parse(line: &str, at: usize) -> Option<Self> {
        let mut words = line.split_whitespace();
        let address = u32::from_str_radix(words.next()?, 16).ok()?;
        let size = words.nth(1).and_then(|size| u32::from_str_radix(size, 16).ok())?;
        let name = words.next()?;
        // The line of a section names its file, too; the symbol has a line of its own.
        if words.next().is_some() || name.contains(['(', ':']) {
            return None;
        }
        let name = name.split(".llvm.").next()?;
        let (name, part) = match name.rsplit_once('.') {
            Some((before, part)) => (before, Some(part.parse().ok()?)),
            None => (name, None),
        };
        let path = demangled(name);
        Some(Self { address, size, path, part, at })
    }

    /// Whether a count stands there: a word, or a word with a flag behind it.
    fn is_count(&self) -> bool {
        match self.part {
            None => matches!(self.size, 4 | 8),
            Some(_) => self.size == 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GLOBAL: &str = "_RNvNtNtCs8dLojirqmLC_3std9panicking11panic_count18GLOBAL_PANIC_COUNT";
    const LOCAL: &str = "_RNvNCNvNtNtCs8dLojirqmLC_3std9panicking11panic_count17LOCAL_PANIC_COUNT023___RUST_STD_INTERNAL_VAL";

    fn line(address: u32, size: u32, name: &str) -> String {
        format!(
            "  {address:x}        0        {size:x}         /x/libstd.rlib(a.o):(.bss.{name})\n  \
             {address:x}        0        {size:x}                 {name}\n"
        )
    }

    #[test]
    fn a_count_is_found_whole_and_in_parts() {
        let global = line(0x1000, 4, GLOBAL);
        let whole = global.clone() + &line(0x2000, 8, LOCAL);
        let found = PanicCounts { global: 0x1000, local: Some(0x2000), thread_local: false };
        assert_eq!(PanicCounts::find(whole.as_bytes()), Some(found));
        let parts = line(0x1ff8, 1, &format!("{LOCAL}.1.llvm.17"))
            + &line(0x2000, 4, &format!("{LOCAL}.0.llvm.17"))
            + &global;
        assert_eq!(PanicCounts::find(parts.as_bytes()), Some(found));
        let without = PanicCounts { global: 0x1000, local: None, thread_local: false };
        assert_eq!(PanicCounts::find(global.as_bytes()), Some(without));
    }

    #[test]
    fn a_count_of_each_thread_is_told_from_one_of_all() {
        let global = line(0x1000, 4, GLOBAL);
        let local = line(0x28, 8, LOCAL).replace(".bss", ".tbss");
        let found = PanicCounts { global: 0x1000, local: Some(0x28), thread_local: true };
        for map in [global.clone() + &local, local + &global] {
            assert_eq!(PanicCounts::find(map.as_bytes()), Some(found));
        }
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        assert_eq!(PanicCounts::find(b""), None);
        assert_eq!(PanicCounts::find(line(0x2000, 8, LOCAL).as_bytes()), None);
        assert_eq!(PanicCounts::find(line(0x2000, 4, "MY_GLOBAL_PANIC_COUNT").as_bytes()), None);
        let two = line(0x1000, 4, GLOBAL) + &line(0x1004, 4, GLOBAL);
        assert_eq!(PanicCounts::find(two.as_bytes()), None);
    }
}

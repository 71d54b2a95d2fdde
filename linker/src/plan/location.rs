//! Where a site is in the source, as far as the module's DWARF tells.

use crate::ids::CodeOffset;
use crate::read::dwarf::{self, Debug, Place, Reader, Refused};
use crate::read::{Module, id};
use std::borrow::Cow;
use std::cell::Cell;

/// Looks places up in a module's DWARF.
pub(crate) struct Locations<'a> {
    context: Option<addr2line::Context<Reader<'a>>>,
    /// How many units a search may go through.
    search: usize,
    /// Through how many it may go yet, all searches together.
    searches: Cell<usize>,
}

/// As many units, all searches together: a unit has its own addresses, so that a search goes
/// through one or two, and a module has not so many sites.
const MOST_SEARCHED: usize = 1 << 26;

/// Opens a module's DWARF, if it has any.
pub(crate) fn open<'a>(
    custom: impl Fn(&str) -> Option<&'a [u8]>,
) -> Option<Result<Debug<'a>, Refused>> {
    custom(".debug_info")?;
    Some(dwarf::open(custom))
}

/// Says why sites have no location. Damaged DWARF is as good as none: no link should fail for the
/// sake of a comment.
pub(crate) fn warn(refused: &Refused) {
    log::warn!("the module's DWARF cannot be read, so sites have no location: {refused}");
}

/// `file:line:column` of instructions. Of the functions that were inlined there it is the innermost one outside the standard library: the place where its author
/// called something that gave up.
pub(crate) fn find(debug: &Debug<'_>, at: &[CodeOffset]) -> Vec<Option<String>> {
    let mut addresses: Vec<u64> = at.iter().map(|at| at.0.into()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    let is_enough = |place: &Place| text(place).is_some_and(|(_, of_std)| !of_std);
    let places = dwarf::places(debug, &addresses, is_enough);
    let place_of = |at: &CodeOffset| {
        let index = addresses.binary_search(&at.0.into()).ok()?;
        places.get(index)?.as_ref().and_then(text).map(|(text, _)| text)
    };
    at.iter().map(place_of).collect()
}

/// `file:line:column`, and whether it is in the standard library.
fn text(place: &Place) -> Option<(String, bool)> {
    let file = Some(place.file.as_str());
    self::place(addr2line::Location { file, line: Some(place.line), column: Some(place.column) })
}

impl<'a> Locations<'a> {
    /// The DWARF in sections by their names.
    pub(crate) fn of(custom: impl Fn(&str) -> Option<&'a [u8]>) -> Self {
        let opened = open(custom).map(|opened| {
            opened.and_then(|Debug { dwarf, overlapping, .. }| {
                Ok((addr2line::Context::from_dwarf(dwarf)?, overlapping))
            })
        });
        let Some(opened) = opened else {
            return Self { context: None, search: 0, searches: Cell::new(0) };
        };
        let opened = opened.inspect_err(warn);
        let (context, overlapping) = opened.ok().unzip();
        let search = 1 + overlapping.unwrap_or(0);
        Self { context, search, searches: Cell::new(MOST_SEARCHED) }
    }

    /// The frames at an address, the innermost first; none where there were too many questions.
    fn frames_at(&self, at: CodeOffset) -> Option<addr2line::FrameIter<'_, Reader<'a>>> {
        let context = self.context.as_ref()?;
        self.searches.set(self.searches.get().checked_sub(self.search)?);
        context.find_frames(u64::from(at.0)).skip_all_loads().ok()
    }

    /// `function, file:line:column` of an instruction, the innermost function first.
    pub(crate) fn frames(&self, at: CodeOffset) -> Vec<String> {
        let mut found = Vec::new();
        let Some(mut frames) = self.frames_at(at) else { return found };
        while let Ok(Some(frame)) = frames.next() {
            let name = frame.function.as_ref().and_then(|function| function.raw_name().ok());
            let name = name.map(|name| super::roles::demangled(&name));
            let place = frame.location.and_then(place).map(|(place, _)| place);
            found.push([name, place].into_iter().flatten().collect::<Vec<_>>().join(", "));
        }
        found
    }
}

/// No system has a longer path.
pub(crate) const LONGEST_PATH: usize = 4096;

/// `file:line:column`, and whether it is in the standard library.
fn place(location: addr2line::Location<'_>) -> Option<(String, bool)> {
    let (file, of_std) = portable(location.file.filter(|file| file.len() <= LONGEST_PATH)?);
    Some((format!("{file}:{}:{}", location.line?, location.column.unwrap_or(0)), of_std))
}

/// Whether a path is in the standard library, or in a crate that it is made of. As `unpoison
/// sysroot` and `-Zbuild-std` build it, paths in it begin with its own crates' folders.
pub(crate) fn is_of_std(path: &str) -> bool {
    const FOLDERS: [&str; 4] = ["core/src/", "alloc/src/", "std/src/", "/rust/deps/"];
    portable(path).1 || FOLDERS.iter().any(|folder| path.starts_with(folder))
}

/// A path without what differs between two machines, and whether it is in the
/// standard library.
pub(crate) fn portable(path: &str) -> (Cow<'_, str>, bool) {
    let path: Cow<'_, str> =
        if path.contains('\\') { path.replace('\\', "/").into() } else { path.into() };
    if let Some((known, of_std)) = of_a_library(&path) {
        return (known.to_owned().into(), of_std);
    }
    let absolute = path.starts_with('/') || path.as_bytes().get(1) == Some(&b':');
    if !absolute {
        return (path, false);
    }
    // Of any other absolute path the part that a crate has in common everywhere.
    for marker in ["/src/", "/tests/", "/examples/", "/benches/"] {
        if let Some(at) = path.rfind(marker) {
            return (path.get(at + 1..).unwrap_or_default().to_owned().into(), false);
        }
    }
    let file = path.rsplit('/').next().unwrap_or_default().to_owned();
    (file.into(), false)
}

/// The same of a file of the standard library's, or of a crate from elsewhere.
pub(crate) fn known(path: &str) -> Option<String> {
    let path = path.replace('\\', "/");
    of_a_library(&path).map(|(known, _)| known.to_owned())
}

fn of_a_library(path: &str) -> Option<(&str, bool)> {
    let behind = |marker: &str| path.find(marker).and_then(|at| path.get(at + marker.len()..));
    // `…/lib/rustlib/src/rust/library/std/src/…`, `/rustc/HASH/library/std/src/…`
    if let Some(rest) = behind("/rustlib/src/rust/") {
        return Some((rest, true));
    }
    if path.starts_with("/rustc/")
        && let Some(at) = path.find("/library/")
    {
        return Some((path.get(at + 1..)?, true));
    }
    if path.starts_with("library/") {
        return Some((path, true));
    }
    // `…/git/checkouts/CRATE-HASH/COMMIT/src/lib.rs`
    if let Some(rest) = behind("/git/checkouts/") {
        return Some((rest, false));
    }
    // `…/registry/src/INDEX-HASH/CRATE-1.2.3/src/lib.rs`
    let (_, rest) = behind("/registry/src/")?.split_once('/')?;
    Some((rest, false))
}

/// Custom sections of debug information, by name.
pub(crate) fn debug_sections<'m, 'a>(
    module: &'m Module<'a>,
) -> impl Iterator<Item = (&'a str, &'a [u8])> + 'm {
    module
        .sections
        .iter()
        .filter(|s| s.id == id::CUSTOM && s.name.starts_with(".debug_"))
        .map(|s| (s.name, s.content))
}

#[cfg(test)]
mod tests {
    use super::portable;

    #[test]
    fn no_path_of_a_machine_remains() {
        for (path, short, of_std) in [
            ("src/lib.rs", "src/lib.rs", false),
            ("/home/me/app/src/deep/lib.rs", "src/deep/lib.rs", false),
            (r"C:\app\src\lib.rs", "src/lib.rs", false),
            ("/rustc/abc/library/std/src/process.rs", "library/std/src/process.rs", true),
            (
                "/home/me/.rustup/toolchains/stable/lib/rustlib/src/rust/library/std/src/a.rs",
                "library/std/src/a.rs",
                true,
            ),
            (
                "/home/me/.cargo/registry/src/index-1/regex-1.2.3/src/a.rs",
                "regex-1.2.3/src/a.rs",
                false,
            ),
            (
                "/home/me/.cargo/git/checkouts/tool-0a1b/9f8e7d/src/a.rs",
                "tool-0a1b/9f8e7d/src/a.rs",
                false,
            ),
            ("/build/odd.rs", "odd.rs", false),
        ] {
            assert_eq!(portable(path), (short.into(), of_std));
        }
    }
}

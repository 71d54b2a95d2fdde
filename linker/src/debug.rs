//! Debug information outside the module that is shipped: a [`split`] file with DWARF, a
//! [`source_map`]. Of a module that is finished: whatever moves its code later makes both wrong,
//! so this comes last.

pub(crate) mod by_hand;
mod paths;
mod sections;
pub(crate) mod source_map;
pub(crate) mod split;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::args::{DebugMode, Options, SourceMapMode};
use crate::error::Result;
use crate::patch::build_id;
use crate::publish::{Beside, sites_path};
use crate::strip::Stripper;
use crate::wasm::output::Output;

/// What is made of a module with its debug information.
#[derive(Debug)]
pub(crate) struct Outputs<'a> {
    /// The module that is shipped.
    pub module: Output<'a>,
    /// The file that goes beside it under [`split_path`].
    pub split: Option<Vec<u8>>,
    /// The one that goes there under [`map_path`].
    pub source_map: Option<Vec<u8>>,
}

impl<'a> Outputs<'a> {
    /// The module, and the files that go beside it in `target`; `sites` is its table.
    pub(crate) fn into_files(
        self,
        target: &Path,
        sites: Option<Vec<u8>>,
    ) -> (Output<'a>, Vec<Beside>) {
        let mut files = vec![Beside { path: sites_path(target), content: sites }];
        let of_debug = [(self.split, split_path(target)), (self.source_map, map_path(target))];
        // Those of another tool's stay where nobody asks for ours.
        files.extend(
            of_debug
                .into_iter()
                .filter(|(content, _)| content.is_some())
                .map(|(content, path)| Beside { path, content }),
        );
        (self.module, files)
    }
}

/// Whether anything of this is asked for.
pub(crate) fn is_asked(options: &Options) -> bool {
    options.debug == DebugMode::Split || options.source_map != SourceMapMode::Off
}

/// Makes of a whole module what the options ask for. `target` is where it will be.
///
/// # Errors
/// For a module that is malformed.
pub(crate) fn outputs(
    mut whole: Vec<u8>,
    options: &Options,
    target: &Path,
    strip: &Stripper<'_>,
    keep_id: bool,
) -> Result<Outputs<'static>> {
    let source_map = source_map::of(&whole, options.source_map)?;
    match &source_map {
        Some(_) => whole = source_map::refer(&whole, &map_path(target))?,
        None if options.source_map != SourceMapMode::Off => {
            log::warn!(
                "there is no debug information, so no source map: set `debug` in the profile"
            );
        }
        None => {}
    }
    if options.debug == DebugMode::Split {
        let split = split::split(whole, &split_path(target), strip, keep_id)?;
        let module = split.module.into();
        return Ok(Outputs { module, split: Some(split.debug), source_map });
    }
    let mut module = sections::without(&whole, |name| strip.removes(name))?;
    if !keep_id {
        build_id::refresh(&mut module)?;
    }
    Ok(Outputs { module: module.into(), split: None, source_map })
}

/// `NAME.debug.wasm` beside `NAME.wasm`, or beside `NAME`.
pub(crate) fn split_path(target: &Path) -> PathBuf {
    match target.extension() {
        Some(extension) if extension == "wasm" => target.with_extension("debug.wasm"),
        _ => behind(target, ".debug.wasm"),
    }
}

/// `NAME.wasm.map` beside `NAME.wasm`.
pub(crate) fn map_path(target: &Path) -> PathBuf {
    behind(target, ".map")
}

fn behind(target: &Path, more: &str) -> PathBuf {
    let mut path = OsString::from(target);
    path.push(more);
    path.into()
}

/// The URL of a file in the same folder.
fn url(path: &Path) -> String {
    let name = path.file_name().unwrap_or(OsStr::new(""));
    let mut url = String::new();
    for byte in name.as_encoded_bytes() {
        match byte {
            // RFC 3986's unreserved characters.
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                url.push(char::from(*byte));
            }
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_other_tools_give() {
        let names = |target: &str| {
            let target = Path::new(target);
            (split_path(target), map_path(target))
        };
        assert_eq!(names("a/b.wasm"), ("a/b.debug.wasm".into(), "a/b.wasm.map".into()));
        assert_eq!(names("a/b"), ("a/b.debug.wasm".into(), "a/b.map".into()));
        assert_eq!(names("a/b.c"), ("a/b.c.debug.wasm".into(), "a/b.c.map".into()));
    }

    #[test]
    fn a_name_with_anything_in_it_is_a_url() {
        assert_eq!(url(Path::new("x/my app#1.wasm")), "my%20app%231.wasm");
        assert_eq!(url(Path::new("plain-1_2.wasm")), "plain-1_2.wasm");
    }
}

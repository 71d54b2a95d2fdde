//! unpoison's own options, as the module contract lists them.

use std::ffi::{OsStr, OsString};

use crate::cli::commands::LINK_OPTIONS;
use crate::error::{Error, Result};

/// unpoison's own options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// `--unpoison-abort`; `None` leaves it to the module's panic strategy.
    pub abort: Option<AbortMode>,
    /// `--unpoison-guard`.
    pub guard: bool,
    /// `--unpoison-exceptions`: whether failures are thrown; if not, they trap. `None`
    /// leaves it to the target.
    pub exceptions: Option<bool>,
    /// `--unpoison-jspi`: imports may be suspended by the host, and come back with the
    /// shadow stack pointer of another call. `None` leaves it to the panic strategy.
    pub jspi: Option<bool>,
    /// `--unpoison-rehearse`: whether the host can make places of the program fail.
    pub rehearse: bool,
    /// `--unpoison-sites`.
    pub sites: SitesMode,
    /// `--unpoison-debug`.
    pub debug: DebugMode,
    /// `--unpoison-source-map`.
    pub source_map: SourceMapMode,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            abort: None,
            guard: true,
            exceptions: None,
            jspi: None,
            sites: SitesMode::Embed,
            debug: DebugMode::Embed,
            source_map: SourceMapMode::Off,
            rehearse: false,
        }
    }
}

/// How an abort leaves the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AbortMode {
    /// As the exception `__unpoison_abort`.
    Throw,
    /// As a trap, with the report written.
    Trap,
    /// As a JavaScript `Error` with the message, which wasm-bindgen's glue throws.
    Error,
}

/// Where the site table goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SitesMode {
    /// Into the custom section `unpoison`.
    Embed,
    /// Into `NAME.unpoison.json` beside the output.
    File,
    /// Nowhere.
    None,
}

/// Where the module's DWARF goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DebugMode {
    /// It stays in the module, as rust-lld does it.
    Embed,
    /// Into `NAME.debug.wasm` beside the output.
    Split,
}

/// Whether `NAME.wasm.map` is written beside the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SourceMapMode {
    /// No.
    Off,
    /// With the places in the source.
    On,
    /// With the source's text, too.
    Sources,
}

const PREFIX: &str = "--unpoison-";

/// Whether a word is an option of unpoison's, known or not.
pub(crate) fn is_own(word: &OsStr) -> bool {
    word.as_encoded_bytes().starts_with(PREFIX.as_bytes())
}

impl Options {
    /// Takes one option; `next` gives the following word, for `--option value`.
    pub(crate) fn take(
        &mut self,
        word: &OsStr,
        next: impl FnOnce() -> Option<OsString>,
    ) -> Result<()> {
        let word = word.to_string_lossy();
        let (name, joined) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (&*word, None),
        };
        let Some(option) = LINK_OPTIONS.iter().find(|option| option.name == name) else {
            let known: Vec<_> = LINK_OPTIONS.iter().map(|option| option.name).collect();
            // On a line of its own: with the reason it would be too long to read.
            return Err(Error::Usage(format!(
                "unknown option {name}\n  there are {}",
                known.join(", ")
            )));
        };
        let value = joined.or_else(|| next().map(|v| v.to_string_lossy().into_owned()));
        let wrong = |what: &str| {
            Error::Usage(format!("{name} {what}; it takes one of {}", option.values.join(", ")))
        };
        let value = value.ok_or_else(|| wrong("has no value"))?;
        if !option.values.contains(&value.as_str()) {
            return Err(wrong(&format!("cannot be `{value}`")));
        }
        match (option.name, value.as_str()) {
            ("--unpoison-abort", "throw") => self.abort = Some(AbortMode::Throw),
            ("--unpoison-abort", "trap") => self.abort = Some(AbortMode::Trap),
            ("--unpoison-abort", "error") => self.abort = Some(AbortMode::Error),
            ("--unpoison-exceptions", on_off) => self.exceptions = Some(on_off == "on"),
            ("--unpoison-jspi", on_off) => self.jspi = Some(on_off == "on"),
            ("--unpoison-rehearse", on_off) => self.rehearse = on_off == "on",
            ("--unpoison-guard", "on") => self.guard = true,
            ("--unpoison-guard", "off") => self.guard = false,
            ("--unpoison-sites", "embed") => self.sites = SitesMode::Embed,
            ("--unpoison-sites", "file") => self.sites = SitesMode::File,
            ("--unpoison-sites", "none") => self.sites = SitesMode::None,
            ("--unpoison-debug", "embed") => self.debug = DebugMode::Embed,
            ("--unpoison-debug", "split") => self.debug = DebugMode::Split,
            ("--unpoison-source-map", "off") => self.source_map = SourceMapMode::Off,
            ("--unpoison-source-map", "on") => self.source_map = SourceMapMode::On,
            ("--unpoison-source-map", "sources") => self.source_map = SourceMapMode::Sources,
            _ => {}
        }
        Ok(())
    }
}

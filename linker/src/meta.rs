//! The content of the custom section `unpoison`, and of the file `NAME.unpoison.json`
//! (docs/module.md, "The site table").

use crate::args::AbortMode;
use crate::error::{Error, Result};
use crate::packed;
use crate::plan::{Kind, Plan};
use crate::publish::sites_path;
use crate::wasm::section::find_custom;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::path::Path;
use wasmparser::BinaryReaderError;

/// What is said of a module (the contract names the fields).
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Meta<'p> {
    version: u32,
    panic: Cow<'p, str>,
    eh: Cow<'p, str>,
    abort: AbortMode,
    /// At how many places the host can have it fail, if it was linked for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    rehearse: Option<usize>,
    sites: Sites<'p>,
}

/// The table, in one of its forms.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Sites<'p> {
    List(Vec<SiteEntry<'p>>),
    Packed(String),
}

/// A place where the module gives up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SiteEntry<'p> {
    /// Its number in reports.
    pub id: u32,
    /// What ends there.
    pub kind: Kind,
    /// The function's name, demangled.
    pub function: Cow<'p, str>,
    /// `file:line:column`, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Cow<'p, str>>,
}

impl fmt::Display for SiteEntry<'_> {
    /// Without its number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, function, location, .. } = self;
        let function = if function.is_empty() { "a function without a name" } else { function };
        write!(f, "{} in {function}", kind.name())?;
        location.iter().try_for_each(|location| write!(f, ", {location}"))
    }
}

/// The most sites of a table, and the most bytes of its text. A program of 100 MB has a tenth of
/// them; a name of some kilobytes at each site is what would be without end.
const MOST_SITES: usize = 1 << 20;
pub(crate) const MOST_TEXT: usize = 64 << 20;

impl<'p> Meta<'p> {
    /// What a plan says of its module, with or without the sites, whose places are given.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a table that is too large.
    pub(crate) fn new(plan: &'p Plan, sites: Option<Vec<Option<String>>>) -> Result<Self> {
        let too_large = || {
            Error::Unsupported(format!(
                "this module's table of sites would be too large ({} sites, and names of up to {} bytes); link with --unpoison-sites=none",
                plan.sites.len(),
                plan.sites.iter().map(|site| site.name.len()).max().unwrap_or(0)
            ))
        };
        let entries = |locations: Vec<Option<String>>| {
            let mut text = 0;
            let locations = locations.into_iter().chain(std::iter::repeat(None));
            let entries = plan.sites.iter().zip(locations).map(|(site, location)| {
                text += site.name.len() + location.as_ref().map_or(0, String::len);
                let entry = SiteEntry {
                    id: site.id.0,
                    kind: site.kind,
                    function: (&*site.name).into(),
                    location: location.map(Cow::from),
                };
                (text <= MOST_TEXT).then_some(entry)
            });
            let is_small = plan.sites.len() <= MOST_SITES;
            let entries = is_small.then(|| entries.collect::<Option<Vec<_>>>()).flatten();
            entries.ok_or_else(too_large)
        };
        Ok(Self {
            version: 1,
            panic: if plan.panics_unwind() { "unwind" } else { "abort" }.into(),
            eh: plan.unwind.as_ref().map_or("none", |unwind| unwind.eh.name()).into(),
            abort: plan.abort,
            rehearse: plan.rehearsal.map(|rehearsal| rehearsal.places),
            sites: Sites::List(sites.map(entries).transpose()?.unwrap_or_default()),
        })
    }

    /// Reads what a module says of itself; none if it is of another making.
    pub(crate) fn read(section: &[u8]) -> Option<Meta<'static>> {
        let mut meta: Meta<'static> = serde_json::from_slice(section).ok()?;
        if let Sites::Packed(packed) = &meta.sites {
            // A line for each is behind the text that it begins with.
            let lines = packed::unpack(packed, MOST_TEXT + 16 * MOST_SITES)?;
            let lines = lines.lines().take(MOST_SITES + 1);
            let entries = (1..).zip(lines).map(|(id, line)| SiteEntry::of_line(id, line));
            let entries: Vec<_> = entries.collect::<Option<_>>()?;
            meta.sites = Sites::List(Some(entries).filter(|all| all.len() <= MOST_SITES)?);
        }
        Some(meta)
    }

    /// Its sites; none of a table in few bytes.
    pub(crate) fn sites(&self) -> &[SiteEntry<'p>] {
        match &self.sites {
            Sites::List(list) => list,
            Sites::Packed(_) => &[],
        }
    }

    /// What it says of the module as a whole: panics, exceptions, aborts.
    pub(crate) fn said(&self) -> (&str, &str, AbortMode) {
        (&self.panic, &self.eh, self.abort)
    }

    /// At how many places the host can have it fail, if it was linked for that.
    pub(crate) fn rehearsed(&self) -> Option<usize> {
        self.rehearse
    }

    /// What a module in a file says of itself; the table may be beside it.
    ///
    /// # Errors
    /// For a module that is malformed.
    pub(crate) fn of_module(
        file: &Path,
        bytes: &[u8],
    ) -> Result<Option<Meta<'static>>, BinaryReaderError> {
        let own = section(bytes)?.and_then(Meta::read);
        if own.as_ref().is_some_and(|meta| !meta.sites().is_empty()) {
            return Ok(own);
        }
        let table = sites_path(file);
        // A pipe would be waited for.
        let table = table.is_file().then(|| std::fs::read(table).ok()).flatten();
        Ok(table.and_then(|table| Meta::read(&table)).or(own))
    }

    /// The same without its sites.
    pub(crate) fn without_sites(self) -> Self {
        Self { sites: Sites::List(Vec::new()), ..self }
    }

    /// The same with the sites as few bytes: ids are the numbers of lines.
    pub(crate) fn packed(self) -> Self {
        let sites = match self.sites {
            Sites::List(list) if !list.is_empty() => {
                let lines: String = list.iter().map(SiteEntry::line).collect();
                Sites::Packed(packed::pack(&lines))
            }
            sites => sites,
        };
        Self { sites, ..self }
    }

    /// As JSON.
    ///
    /// # Errors
    /// Never for what a plan holds.
    pub(crate) fn json(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(|e| Error::Module(e.to_string()))
    }
}

/// The section `unpoison`; of a component, that of the first module that has one.
///
/// # Errors
/// For a module that is malformed before it.
pub(crate) fn section(bytes: &[u8]) -> Result<Option<&[u8]>, BinaryReaderError> {
    Ok(find_custom(bytes, "unpoison")?.map(|section| section.data()))
}

impl SiteEntry<'_> {
    fn line(&self) -> String {
        let Self { kind, function, location, .. } = self;
        // A symbol may be any text, and a path, too.
        let plain = |text: &str| text.replace(['\t', '\r', '\n'], " ");
        let location = location.as_ref().map(|location| format!("\t{}", plain(location)));
        format!("{}{}{}\n", *kind as u32, plain(function), location.unwrap_or_default())
    }

    fn of_line(id: u32, line: &str) -> Option<Self> {
        let (kind, rest) = line.split_at_checked(1)?;
        let kind = Kind::of(kind.parse().ok()?)?;
        let (function, location) = match rest.split_once('\t') {
            Some((function, location)) => (function, Some(location.to_owned().into())),
            None => (rest, None),
        };
        Some(Self { id, kind, function: function.to_owned().into(), location })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta() -> Meta<'static> {
        let site = |id, kind, function: &'static str, location: Option<&'static str>| SiteEntry {
            id,
            kind,
            function: function.into(),
            location: location.map(Cow::from),
        };
        Meta {
            version: 1,
            panic: "abort".into(),
            eh: "none".into(),
            abort: AbortMode::Throw,
            rehearse: None,
            sites: Sites::List(vec![
                site(1, Kind::Abort, "my_crate::give_up", Some("src/lib.rs:3:5")),
                site(2, Kind::Alloc, "my_crate::give_up", None),
                site(3, Kind::Panic, "", None),
            ]),
        }
    }

    #[test]
    fn what_is_packed_comes_back() {
        let json = meta().json().unwrap();
        let packed = meta().packed().json().unwrap();
        let text = String::from_utf8(packed.clone()).unwrap();
        assert!(
            text.ends_with(r#""sites":"lz1 2my_crate::give_up\tsrc/lib.rs:3:5\n3~/#D\n1\n"}"#),
            "{text}"
        );
        assert_eq!(Meta::read(&packed).unwrap().json().unwrap(), json);
        assert_eq!(Meta::read(&json).unwrap().json().unwrap(), json);
        let without = meta().without_sites().packed().json().unwrap();
        assert!(String::from_utf8(without).unwrap().ends_with(r#""sites":[]}"#));
    }

    #[test]
    fn what_is_not_understood_is_not_read() {
        for wrong in [
            r#"{"version":1}"#,
            r#"{"version":1,"panic":"abort","eh":"none","abort":"throw","sites":"lz9 x"}"#,
            "x",
        ] {
            assert!(Meta::read(wrong.as_bytes()).is_none(), "{wrong}");
        }
    }
}

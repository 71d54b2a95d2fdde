//! What a report is expected to say.

use crate::node::Report;
use std::path::Path;
use xtask::fixture::crate_dir;

/// A part of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Words 3 and 4.
    Message,
    /// Words 5 to 8.
    Place,
}

/// The message.
#[derive(Clone, Copy, Debug)]
pub enum Message {
    /// This text.
    Is(&'static str),
    /// For texts of the standard library that change with its versions.
    Has(&'static str),
    /// The beginning of a text too long for a report.
    CutOf(fn() -> String),
    /// The failure has none to tell.
    Nothing,
}

/// The place.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// A `// line: NAME` in a file below the fixture.
    Marked(&'static str, &'static str),
    /// Somewhere in the standard library.
    Library,
    /// The same, or, where the library passes on who called it, a `// line: NAME`.
    LibraryOr(&'static str, &'static str),
    /// Not known to the program: nothing is passed along.
    Unknown,
    /// Not a matter of the report but of the site table.
    Site,
}

impl Message {
    /// Whether this is it.
    pub fn fits(&self, message: Option<&str>) -> bool {
        match (self, message) {
            (Self::Is(text), Some(message)) => message == *text,
            (Self::Has(text), Some(message)) => message.contains(text),
            (Self::CutOf(text), Some(message)) => {
                // Long enough to be of use.
                text().starts_with(message) && message.len() >= 1000
            }
            (Self::Nothing, message) => message.is_none(),
            (_, None) => false,
        }
    }
}

impl Place {
    /// Whether a report of this fixture's names it.
    pub fn fits(&self, fixture: &str, report: &Report) -> bool {
        let file = report.file.as_deref();
        match self {
            Self::Marked(path, name) => {
                file.is_some_and(|file| same_file(file, path))
                    && report.line == marked_line(fixture, path, name)
                    && report.column > 0
            }
            Self::Library => {
                file.is_some_and(|file| file.contains("library") && file.ends_with(".rs"))
                    && report.line > 0
                    && report.column > 0
            }
            Self::LibraryOr(path, name) => {
                Self::Library.fits(fixture, report)
                    || Self::Marked(path, name).fits(fixture, report)
            }
            Self::Unknown => file.is_none() && report.line == 0 && report.column == 0,
            Self::Site => true,
        }
    }
}

/// rustc records a path relative to the folder cargo called it in; that of a
/// dependency by path is absolute.
fn same_file(recorded: &str, path: &str) -> bool {
    recorded == path || Path::new(recorded).ends_with(path)
}

/// The 1-based line that carries `// line: NAME`.
fn marked_line(fixture: &str, path: &str, name: &str) -> u32 {
    let file = crate_dir(fixture).join(path);
    let text = std::fs::read_to_string(&file).expect("the fixture's source");
    let mark = format!("// line: {name}");
    let mut lines = text.lines().zip(1..).filter(|(line, _)| line.ends_with(&mark));
    let (_, number) = lines.next().unwrap_or_else(|| panic!("no line says `{mark}`"));
    assert!(lines.next().is_none(), "two lines say `{mark}`");
    number
}

//! Words for a person. Who reads may stop in the middle (`| head`), and what was asked for is
//! done all the same: no reason to fail.

use std::fmt::Display;
use std::io::Write;

/// A line of what was asked for.
pub(crate) fn say(line: impl Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// A line about what is being done.
pub(crate) fn note(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "unpoison: {line}");
}

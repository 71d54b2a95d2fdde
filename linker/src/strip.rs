//! What a module is stripped of, last: sites need names and debug information.

pub(crate) use crate::args::Strip;
use std::ffi::OsString;

/// Decides which custom sections go.
#[derive(Debug)]
pub(crate) struct Stripper<'a> {
    strip: Strip,
    keep: &'a [OsString],
}

impl<'a> Stripper<'a> {
    /// `keep` are the sections that `--keep-section` names.
    pub(crate) fn new(strip: Strip, keep: &'a [OsString]) -> Self {
        Self { strip, keep }
    }

    /// Whether a custom section goes. The names are those that wasm-ld leaves out
    /// (lld/wasm/Writer.cpp).
    pub(crate) fn removes(&self, section: &str) -> bool {
        let debug = section.starts_with(".debug_");
        let removed = match self.strip {
            Strip::None => false,
            Strip::Debug => debug,
            Strip::All => debug || matches!(section, "name" | "producers" | "target_features"),
        };
        removed && !self.keep.iter().any(|name| name == section)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_that_is_kept_by_name_stays() {
        let keep = ["target_features".into()];
        let all = Stripper::new(Strip::All, &keep);
        assert!(all.removes("name") && all.removes(".debug_line"));
        assert!(!all.removes("target_features") && !all.removes("my_section"));
        assert!(!Stripper::new(Strip::Debug, &[]).removes("name"));
    }
}

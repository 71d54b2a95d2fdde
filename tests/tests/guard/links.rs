//! The fixtures, linked as a test needs them.

use std::path::PathBuf;
use unpoison_tests::links::{Pair, silent, toolchain};
use xtask::tools;

/// Links a pair's objects by unpoison with options, beside the other two.
pub(crate) fn with_options(pair: &Pair, options: &[&str]) -> PathBuf {
    let folder = pair.unpoisoned.with_file_name(options.concat());
    std::fs::create_dir_all(&folder).unwrap();
    let output = folder.join(pair.link.output_name());
    let unpoison = tools::unpoison().unwrap();
    let mut command = pair.link.unpoison(toolchain(), &unpoison, &output).unwrap();
    silent(command.args(options)).unwrap();
    output
}

//! The command line of `unpoison sysroot`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::eh::Eh;

const EXAMPLES: &str = "\
Examples:
  unpoison sysroot                      build it for the active rustc, print the config lines
  unpoison sysroot --write              put the lines into .cargo/config.toml
  unpoison sysroot --toolchain stable   for another rustup toolchain
  unpoison sysroot path                 where it is, for scripts

It is built once per compiler, target and flavour and kept in the user's data folder
(UNPOISON_DATA names another one).";

/// `unpoison sysroot …`.
#[derive(Debug, Parser)]
#[command(
    name = "unpoison sysroot",
    about = "Builds the standard library with unwinding for the stable compiler, once",
    after_help = EXAMPLES,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true
)]
pub(crate) struct Options {
    /// The options of `build`, which is meant if there is no other word.
    #[command(flatten)]
    pub(crate) build: Build,
    /// What to do.
    #[command(subcommand)]
    pub(crate) action: Option<Action>,
}

/// What `unpoison sysroot` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Build it if it is not there, and print the config lines (the default)
    Build(Build),
    /// Print the folders of all that are built
    List,
    /// Print the folder of one; an error if it is not built
    Path(Selectors),
    /// Remove those of a compiler, or all
    Remove(Remove),
}

/// Which sysroot.
#[derive(Debug, Args)]
pub(crate) struct Selectors {
    /// A rustup toolchain, or the folder of one (with bin/rustc) [default: the active rustc]
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) toolchain: Option<String>,
    /// The target
    #[arg(long, value_name = "TRIPLE", default_value = "wasm32-unknown-unknown")]
    pub(crate) target: String,
    /// The flavour of exception handling [default: the compiler's own]
    #[arg(long, value_enum, value_name = "FLAVOUR")]
    pub(crate) eh: Option<Eh>,
}

/// Options of `build`.
#[derive(Debug, Args)]
pub(crate) struct Build {
    /// Which sysroot.
    #[command(flatten)]
    pub(crate) selectors: Selectors,
    /// Fail if the library's source has no Cargo.lock; one that is there is always kept to
    #[arg(long)]
    pub(crate) locked: bool,
    /// The library's source: `library` of the compiler's own version, or the folder above it
    #[arg(long, value_name = "DIR")]
    pub(crate) src: Option<PathBuf>,
    /// Put the lines into FILE instead of printing them [FILE: .cargo/config.toml]
    #[arg(
        long,
        value_name = "FILE",
        num_args = 0..=1,
        default_missing_value = ".cargo/config.toml"
    )]
    pub(crate) write: Option<PathBuf>,
}

/// Options of `remove`.
#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// Which sysroots.
    #[command(flatten)]
    pub(crate) selectors: Selectors,
    /// All, of whatever compiler
    #[arg(long, conflicts_with_all = ["toolchain", "target", "eh"])]
    pub(crate) all: bool,
}

impl Options {
    /// Parses the words after `unpoison sysroot`.
    pub(crate) fn parse_line(line: &[OsString]) -> Result<Self, clap::Error> {
        let name = OsString::from("unpoison sysroot");
        Self::try_parse_from(std::iter::once(&name).chain(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parse(line: &str) -> Result<Options, clap::Error> {
        Options::parse_line(&line.split_whitespace().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn clap_finds_nothing_wrong() {
        Options::command().debug_assert();
    }

    #[test]
    fn build_is_the_default() {
        let options = parse("--eh exnref --write").unwrap();
        assert!(options.action.is_none());
        assert_eq!(options.build.selectors.eh, Some(Eh::Exnref));
        assert_eq!(options.build.write, Some(PathBuf::from(".cargo/config.toml")));
        let options = parse("build --write a/b.toml --locked").unwrap();
        let Some(Action::Build(build)) = options.action else { panic!("{options:?}") };
        assert_eq!(build.write, Some(PathBuf::from("a/b.toml")));
        assert!(build.locked && build.selectors.eh.is_none());
    }

    #[test]
    fn all_is_all() {
        assert!(parse("remove --all").is_ok());
        assert!(parse("remove --all --eh legacy").is_err());
    }

    #[test]
    fn a_wrong_flavour_names_the_right_ones() {
        let said = parse("--eh sjlj").unwrap_err().to_string();
        assert!(said.contains("legacy") && said.contains("exnref"), "{said}");
    }
}

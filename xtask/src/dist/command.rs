//! The linker's command line as clap sees it, for completions: of the table that the linker's
//! help is printed from.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, Command, ValueHint};
use clap_complete::Shell;

// The linker's own file: it stands by itself, and the linker has no need to publish it.
#[path = "../../../linker/src/cli/commands.rs"]
pub(super) mod table;

use table::{BY_HAND, LINK_OPTIONS, Usage, Word};

/// The completions for a shell.
pub(super) fn completions(shell: Shell) -> Vec<u8> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command(), "unpoison", &mut text);
    text
}

/// The whole command line.
pub(super) fn command() -> Command {
    let mut command = Command::new("unpoison")
        .disable_help_flag(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true);
    for option in LINK_OPTIONS {
        let arg = Arg::new(option.name)
            .long(bare(option.name))
            .value_parser(PossibleValuesParser::new(option.values))
            .help(option.about);
        command = command.arg(arg);
    }
    for usage in BY_HAND {
        command = match usage.command.strip_prefix("--") {
            Some(name) => command.arg(flag(name, usage)),
            None if command.find_subcommand(usage.command).is_none() => {
                command.subcommand(subcommand(usage))
            }
            None => command.mut_subcommand(usage.command, |sub| with_words(sub, usage)),
        };
    }
    command
}

/// The sysroot's own command line is clap's already.
pub(super) fn sysroot() -> Command {
    unpoison_sysroot::command()
}

/// A command at its first usage.
fn subcommand(usage: &Usage) -> Command {
    let sub = match usage.command {
        "sysroot" => sysroot().name("sysroot"),
        name => Command::new(name).disable_help_flag(true),
    };
    with_words(sub.about(usage.about), usage)
}

/// A command, with the words of one more usage.
fn with_words(mut sub: Command, usage: &Usage) -> Command {
    for word in usage.words {
        let (Word::File(name)
        | Word::Text(name)
        | Word::Flag(name)
        | Word::Value(name, _)
        | Word::Maybe(name, _)) = *word;
        if sub.get_arguments().any(|arg| arg.get_id() == name) {
            continue;
        }
        sub = sub.arg(match *word {
            Word::File(name) => Arg::new(name).value_hint(ValueHint::FilePath),
            Word::Text(name) => Arg::new(name).value_hint(ValueHint::Other),
            Word::Flag(name) => flag(bare(name), usage).id(name),
            Word::Value(name, value) | Word::Maybe(name, value) => {
                let arg = Arg::new(name).long(bare(name)).value_name(value).help(usage.about);
                arg.value_hint(ValueHint::Other)
            }
        });
    }
    sub
}

fn flag(name: &'static str, usage: &Usage) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(usage.about)
}

/// A name as clap has it.
fn bare(name: &'static str) -> &'static str {
    name.trim_start_matches("--")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clap_finds_nothing_wrong() {
        command().debug_assert();
    }
}

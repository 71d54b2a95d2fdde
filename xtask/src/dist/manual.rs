//! The manual page, of the same table as the linker's help.

use clap::Arg;
use roff::{Inline, Roff, bold, italic, roman};

use super::command::sysroot;
use super::command::table::{BY_HAND, LINK_OPTIONS, VARIABLES};
use super::version;

/// `unpoison.1`.
pub(super) fn page() -> String {
    let mut page = Roff::new();
    let source = format!("unpoison {}", version());
    // No date: the page of a version is always the same.
    page.control("TH", ["UNPOISON", "1", "\"\"", source.as_str()]);
    page.control("SH", ["NAME"]);
    page.text([roman("unpoison - a linker for Rust on WebAssembly")]);
    page.control("SH", ["SYNOPSIS"]);
    for (number, usage) in BY_HAND.iter().enumerate() {
        if number > 0 {
            page.control("br", []);
        }
        page.text([bold("unpoison"), roman(format!(" {}", usage.form()))]);
    }
    page.control("SH", ["DESCRIPTION"]);
    page.text([roman(
        "unpoison stands in front of rust-lld. Panics, aborts and failed allocations leave the \
         modules that it links as typed exceptions, and after an abort or a trap no Rust code of \
         the instance runs again. rustc calls it, where .cargo/config.toml says so:",
    )]);
    page.control("PP", []);
    page.control("nf", []);
    page.text([roman("[target.wasm32-unknown-unknown]")]);
    page.text([roman("linker = \"unpoison\"")]);
    page.control("fi", []);
    page.control("SH", ["COMMANDS"]);
    for usage in BY_HAND {
        item(&mut page, vec![bold(usage.form())], usage.about);
    }
    page.control("SH", ["OPTIONS OF A LINK"]);
    page.text([
        roman("Given as linker arguments, "),
        bold("rustflags = [\"-Clink-arg=--unpoison-…\"]"),
        roman(". All others are rust-lld's."),
    ]);
    for option in LINK_OPTIONS {
        let values = italic(option.values.join("|"));
        item(&mut page, vec![bold(option.name), roman("="), values], option.about);
    }
    page.control("SH", ["UNPOISON SYSROOT"]);
    let sysroot = sysroot();
    let arguments = |command: &clap::Command| -> Vec<Arg> {
        command.get_arguments().filter(|arg| arg.get_id() != "help").cloned().collect()
    };
    let own = arguments(&sysroot);
    for argument in &own {
        option(&mut page, "", argument);
    }
    for action in sysroot.get_subcommands() {
        let about = action.get_about().map(ToString::to_string).unwrap_or_default();
        item(&mut page, vec![bold(format!("sysroot {}", action.get_name()))], &about);
        let more = arguments(action);
        for argument in more.iter().filter(|one| own.iter().all(|own| own.get_id() != one.get_id()))
        {
            option(&mut page, &format!("sysroot {} ", action.get_name()), argument);
        }
    }
    page.control("SH", ["ENVIRONMENT"]);
    for (name, about) in VARIABLES {
        item(&mut page, vec![bold(*name)], about);
    }
    page.control("SH", ["EXIT STATUS"]);
    page.text([roman(
        "0 where all is well. 1 after an error, and where check or doctor finds something wrong. \
         That of rust-lld where it refuses a link. 2 without any argument.",
    )]);
    page.render()
}

/// A term, and what it means.
fn item(page: &mut Roff, term: Vec<Inline>, about: &str) {
    page.control("TP", []);
    page.text(term);
    page.text([roman(about)]);
}

/// An option of clap's.
fn option(page: &mut Roff, before: &str, argument: &Arg) {
    let mut term = vec![bold(format!("{before}--{}", argument.get_long().unwrap_or_default()))];
    if argument.get_action().takes_values() {
        let names = argument.get_value_names().unwrap_or_default();
        term.push(roman(" "));
        term.push(italic(names.join(" ")));
    }
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    item(page, term, &help);
}

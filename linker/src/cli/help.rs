//! The help, as the table of commands has it.

use super::commands::{BY_HAND, LINK_OPTIONS, VARIABLES};

const INTRODUCTION: &str = "\
unpoison is a linker for Rust on WebAssembly: panics, aborts and traps leave the
module as typed exceptions. rustc calls it; put this into .cargo/config.toml:

    [target.wasm32-unknown-unknown]
    linker = \"unpoison\"
";

/// Where a line ends.
const WIDTH: usize = 100;

/// What `unpoison` without a word prints.
pub(crate) fn help() -> String {
    let options: Vec<_> = LINK_OPTIONS
        .iter()
        .map(|option| (format!("{} {}", option.name, option.values.join("|")), option.about))
        .collect();
    let variables: Vec<_> =
        VARIABLES.iter().map(|(name, about)| ((*name).to_owned(), *about)).collect();
    let by_hand: Vec<_> =
        BY_HAND.iter().map(|usage| (format!("unpoison {}", usage.form()), usage.about)).collect();
    let wide = [&options, &variables, &by_hand].into_iter().flatten();
    let column = wide.map(|(form, _)| form.len()).max().unwrap_or(0) + 2;
    let mut text = INTRODUCTION.to_owned();
    text.push_str(
        "\nOptions, given as linker arguments (rustflags = [\"-Clink-arg=--unpoison-…\"]):\n",
    );
    lines(&mut text, &options, column);
    text.push_str("All others are rust-lld's.\n\nEnvironment:\n");
    lines(&mut text, &variables, column);
    text.push_str("\nBy hand:\n");
    lines(&mut text, &by_hand, column);
    text
}

/// Two columns.
fn lines(text: &mut String, rows: &[(String, &str)], column: usize) {
    for (form, about) in rows {
        text.push_str(&format!("    {form:column$}"));
        let mut at = 4 + column;
        for (number, word) in about.split(' ').enumerate() {
            if number > 0 && at + 1 + word.len() > WIDTH {
                text.push_str(&format!("\n{:1$}", "", 4 + column));
                at = 4 + column;
            } else if number > 0 {
                text.push(' ');
                at += 1;
            }
            text.push_str(word);
            at += word.len();
        }
        text.push('\n');
    }
}

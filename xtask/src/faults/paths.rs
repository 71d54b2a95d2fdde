//! Folders with odd names, in arguments and in response files.

use super::Tally;
use super::subject::{Case, Must, Place, Subject, take_variables};
use crate::run;
use anyhow::Result;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

pub(super) fn run(subject: &Subject, tally: &mut Tally) -> Result<()> {
    let deep: PathBuf = std::iter::repeat_n("ten-letter", 200).collect();
    let names: [(&str, &OsStr); 9] = [
        ("spaces", OsStr::new(" with  spaces ")),
        ("quotes", OsStr::new("quo'te\"s`")),
        ("a newline", OsStr::new("new\nline")),
        ("dollars", OsStr::new("$HOME $(false)")),
        ("backslashes", OsStr::new("back\\slash\\")),
        ("equals and commas", OsStr::new("a=b,c;d")),
        ("not ASCII", OsStr::new("größe 大きさ")),
        ("not UTF-8", OsStr::from_bytes(b"\xff\xfe")),
        ("200 deep", deep.as_os_str()),
    ];
    percent(subject, tally)?;
    for (name, folder) in names {
        let mut place = Place::in_folder(subject.place()?.root.join(folder))?;
        if folder.to_str().is_none() {
            // rustc takes only UTF-8, and somewhere the stubs must be compiled.
            place.temp = subject.place()?.temp;
        }
        // The inputs are seen below the name, too.
        let inputs = place.root.join("in");
        let recording =
            subject.link.inputs().into_iter().find_map(|i| Some(i.parent()?.to_owned()));
        std::os::unix::fs::symlink(recording.unwrap_or_default(), &inputs)?;
        let link = subject.link.at(&inputs);
        for (how, temperature) in [("arguments", "cold"), ("response file", "cold"), ("", "warm")] {
            if temperature == "cold" {
                place.cool()?;
            }
            subject.prepare(&place, true)?;
            let mut command = subject.command_of(&link, &place)?;
            if how != "arguments" {
                let file = place.root.join("arguments");
                let words: Vec<&OsStr> = command.get_args().collect();
                // The flavour is looked for on the line itself.
                let (flavor, words) = words.split_at(if words[0] == "-flavor" { 2 } else { 0 });
                std::fs::write(&file, response(words))?;
                let mut by_file = std::process::Command::new(command.get_program());
                by_file.args(flavor).arg([OsStr::new("@"), file.as_os_str()].join(OsStr::new("")));
                take_variables(&mut by_file, &command);
                command = by_file;
            }
            let name = format!("{name}, {how} {temperature}");
            let case = Case {
                name: &name,
                place: &place,
                old: true,
                must: Must::Succeed,
                path: &place.out,
            };
            let output = run::output(&mut command)?;
            subject.judge(&case, &output, tally);
            subject.settle(&case, &mut subject.command_of(&link, &place)?, tally)?;
        }
    }
    Ok(())
}

/// LLVM takes a `%` in the path of a file that it writes for a place to put a random letter, and
/// then finds no such folder: rust-lld alone fails. Where its module comes through a pipe it
/// makes no such file.
fn percent(subject: &Subject, tally: &mut Tally) -> Result<()> {
    let place = Place::in_folder(subject.place()?.root.join("100%"))?;
    subject.prepare(&place, true)?;
    let must = if cfg!(target_os = "linux") { Must::Succeed } else { Must::Refuse };
    let case = Case { name: "a percent sign", place: &place, old: true, must, path: &place.out };
    let output = run::output(&mut subject.command(&place)?)?;
    subject.judge(&case, &output, tally);
    Ok(())
}

/// As rustc writes one: an argument a line, backslashes before spaces and backslashes. rustc
/// leaves quotes and ends of lines as they are, which no linker reads as meant; here they have
/// a backslash, too.
fn response(words: &[&OsStr]) -> Vec<u8> {
    let mut text = OsString::new().into_vec();
    for word in words {
        for byte in word.as_bytes() {
            if b" \\'\"\n".contains(byte) {
                text.push(b'\\');
            }
            text.push(*byte);
        }
        text.push(b'\n');
    }
    text
}

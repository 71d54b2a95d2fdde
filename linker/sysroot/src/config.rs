//! The lines of `.cargo/config.toml` that use a sysroot.

use std::path::Path;

use toml_edit::{Array, DocumentMut, Item, Table, TableLike, Value};

use super::record::Record;
use super::rustflags;
use crate::error::{Error, Result};
use crate::{files, programs};

/// The lines, as data: a fragment of a config file.
#[derive(Clone, Debug)]
pub(crate) struct ConfigFragment {
    target: String,
    flags: Vec<String>,
}

/// The linker that the lines name.
const LINKER: &str = "unpoison";

impl ConfigFragment {
    /// The lines for a finished sysroot.
    pub(crate) fn new(folder: &Path, record: &Record) -> Result<Self> {
        let folder = folder.to_str().ok_or_else(|| {
            Error::Usage(format!(
                "the name of {} is not Unicode, and a config file must be; set UNPOISON_DATA",
                folder.display()
            ))
        })?;
        let mut flags = vec!["--sysroot".into(), folder.into(), "-Cpanic=unwind".into()];
        if record.eh != record.compiler_default {
            // The user's own crates must not mix in the other flavour.
            flags.push(record.eh.rustflag());
        }
        Ok(Self { target: record.key.target.clone(), flags })
    }

    /// The line of the linker alone.
    pub(crate) fn linker(target: &str) -> Self {
        Self { target: target.to_owned(), flags: Vec::new() }
    }

    /// The lines as text.
    pub(crate) fn text(&self) -> String {
        let mut table = Table::new();
        table["linker"] = toml_edit::value(LINKER);
        table["rustflags"] = toml_edit::value(self.flags.iter().collect::<Array>());
        format!("[target.{}]\n{table}", self.target)
    }
}

/// Puts the lines into a file, keeping all else that is in it. Answers what the user
/// should know. Nothing is written if nothing changes.
pub(crate) fn write(path: &Path, fragment: &ConfigFragment) -> Result<Vec<String>> {
    let old = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(e) => return Err(Error::io("read", path)(e)),
    };
    let (new, mut notices) = merge(&old, fragment)
        .map_err(|message| Error::Config { path: path.to_owned(), message })?;
    if new == old {
        notices.push(format!("{} says so already", path.display()));
    } else {
        replace(path, &new)?;
        notices.push(format!("wrote {}", path.display()));
    }
    Ok(notices)
}

/// The file's text with the lines in it, and notices; an error in words.
fn merge(old: &str, fragment: &ConfigFragment) -> Result<(String, Vec<String>), String> {
    let mut document: DocumentMut =
        old.parse().map_err(|e: toml_edit::TomlError| first_line(e.message()))?;
    let mut notices = Vec::new();
    if !fragment.flags.is_empty()
        && document.get("build").and_then(|build| build.get("rustflags")).is_some()
    {
        notices.push(format!(
            "`build.rustflags` does not count for {} where `target.{0}.rustflags` is",
            fragment.target
        ));
    }
    let targets = table(document.as_table_mut(), "target", true)?;
    let target = table(targets, &fragment.target, false)?;
    match target.get("linker").map(Item::as_str) {
        None => drop(target.insert("linker", toml_edit::value(LINKER))),
        Some(Some(linker)) if Path::new(linker).file_stem() == Some(LINKER.as_ref()) => {}
        Some(linker) => notices.push(format!(
            "the linker stays {}; unpoison's own is `linker = \"{LINKER}\"`",
            linker.unwrap_or("what it is")
        )),
    }
    match target.get_mut("rustflags") {
        // The user's own are nobody's business here.
        _ if fragment.flags.is_empty() => {}
        None => {
            let flags: Array = fragment.flags.iter().collect();
            target.insert("rustflags", toml_edit::value(flags));
        }
        Some(Item::Value(Value::Array(array))) => merge_array(array, &fragment.flags)?,
        Some(Item::Value(Value::String(text))) => {
            let words = merge_words(text.value(), &fragment.flags);
            // In a string a space always ends a flag.
            let whole = fragment.flags.iter().all(|flag| !flag.contains(char::is_whitespace));
            if whole && words.join(" ") != *text.value() {
                let decor = text.decor().clone();
                *text = toml_edit::Formatted::new(words.join(" "));
                *text.decor_mut() = decor;
            } else if !whole {
                target.insert("rustflags", toml_edit::value(words.into_iter().collect::<Array>()));
            }
        }
        Some(_) => return Err("`rustflags` is neither an array nor a string".into()),
    }
    let new = document.to_string();
    // The parser makes all ends of lines those of Unix.
    let of_windows = old.contains('\n') && old.matches('\n').count() == old.matches("\r\n").count();
    Ok((if of_windows { new.replace('\n', "\r\n") } else { new }, notices))
}

/// A table in a table, made if it is not there.
fn table<'a>(
    parent: &'a mut dyn TableLike,
    key: &str,
    implicit: bool,
) -> Result<&'a mut dyn TableLike, String> {
    if !parent.contains_key(key) {
        let mut table = Table::new();
        // Without a `[target]` of its own.
        table.set_implicit(implicit);
        parent.insert(key, Item::Table(table));
    }
    let item = parent.get_mut(key).and_then(Item::as_table_like_mut);
    item.ok_or_else(|| format!("`{key}` is not a table"))
}

fn merge_array(array: &mut Array, ours: &[String]) -> Result<(), String> {
    let words: Option<Vec<_>> = array.iter().map(Value::as_str).collect();
    let words = words.ok_or("`rustflags` has something that is not a string")?;
    let gone = rustflags::replaced(&words);
    let theirs: Vec<_> = gone.iter().cloned().flatten().map(|at| words[at]).collect();
    if theirs == ours {
        return Ok(());
    }
    // In the place of the first, so that a comment stays above what it was above.
    let place = gone.first().map_or(array.len(), |range| range.start);
    let mut before = String::new();
    for (gone_before, at) in gone.into_iter().flatten().enumerate() {
        let at = at - gone_before;
        let prefix = prefix_of(array.get(at));
        if before.is_empty() || prefix.contains('#') {
            before.push_str(&prefix);
        }
        array.remove(at);
    }
    // On lines of their own if the others are.
    let indent = array.iter().find_map(|value| {
        let prefix = prefix_of(Some(value));
        prefix.rsplit_once('\n').map(|(_, indent)| format!("\n{indent}"))
    });
    for (number, flag) in ours.iter().enumerate() {
        let prefix = match (&indent, number) {
            (_, 0) if !before.is_empty() => before.clone(),
            (Some(indent), _) => indent.clone(),
            (None, _) if place + number == 0 => String::new(),
            (None, _) => " ".into(),
        };
        array.insert_formatted(place + number, Value::from(flag).decorated(prefix, ""));
    }
    Ok(())
}

/// What stands before a value: space, and the comments since the one before.
fn prefix_of(value: Option<&Value>) -> String {
    let prefix = value.and_then(|value| value.decor().prefix()?.as_str());
    prefix.unwrap_or_default().to_owned()
}

fn merge_words(text: &str, ours: &[String]) -> Vec<String> {
    let words: Vec<_> = text.split_whitespace().collect();
    let gone = rustflags::replaced(&words);
    let theirs: Vec<_> = gone.iter().cloned().flatten().map(|at| words[at]).collect();
    let mut words: Vec<_> = words.iter().map(|&word| word.to_owned()).collect();
    if theirs != ours {
        for at in gone.into_iter().rev().flat_map(Iterator::rev) {
            words.remove(at);
        }
        words.extend_from_slice(ours);
    }
    words
}

/// Writes a file beside the old one and renames it.
fn replace(path: &Path, text: &str) -> Result<()> {
    // A link keeps pointing to what is changed.
    let path = programs::real_path(path).unwrap_or_else(|| path.to_owned());
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    files::replace(&path, text.as_bytes()).map_err(Error::io("write", &path))
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;

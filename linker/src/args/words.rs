//! One word of a wasm-ld command line, as far as unpoison looks at it.
//!
//! The spellings are those of `lld/wasm/Options.td`: long options take one dash or
//! two, their value follows after `=` or as the next word; the short `-o`, `-L`
//! and `-m` take it joined or as the next word. LLVM picks the longest name that
//! fits, so that `-mllvm X` is not `-m llvm`.

use std::ffi::{OsStr, OsString};

/// The words of a command line, front to back.
pub(super) struct Words(std::vec::IntoIter<OsString>);

impl Words {
    pub(super) fn new(words: Vec<OsString>) -> Self {
        Self(words.into_iter())
    }

    /// The next word as a value, whatever it looks like.
    pub(super) fn value(&mut self) -> Option<OsString> {
        self.0.next()
    }
}

impl Iterator for Words {
    type Item = OsString;

    fn next(&mut self) -> Option<OsString> {
        self.0.next()
    }
}

/// What a word is.
pub(super) enum Word<'a> {
    /// A file, or the value of an option that unpoison does not know.
    Input,
    /// An option without a value, or one that unpoison does not know.
    Flag(&'a str),
    /// An option with a value; `None` if that is the next word.
    Option { name: &'static str, value: Option<OsString> },
}

/// Options with a value that count here, and `mllvm`, whose value may look like
/// any other option.
const LONG: &[&str] = &["export", "keep-section", "mllvm", "threads"];
const SHORT: &[&str] = &["o", "L", "m"];

impl<'a> Word<'a> {
    pub(super) fn of(word: &'a OsStr) -> Self {
        let bytes = word.as_encoded_bytes();
        if bytes.len() < 2 || bytes[0] != b'-' {
            return Self::Input;
        }
        let long = if bytes.starts_with(b"--") { 2 } else { 1 };
        for name in LONG {
            match bytes[long..].strip_prefix(name.as_bytes()) {
                Some([]) => return Self::Option { name, value: None },
                Some([b'=', ..]) => {
                    let value = rest(word, long + name.len() + 1);
                    return Self::Option { name, value };
                }
                _ => {}
            }
        }
        // Options that unpoison does not look at, but which begin like a short one.
        let longer = LONGER.iter().any(|name| bytes[1..].starts_with(name.as_bytes()));
        if long == 1 && !longer {
            for name in SHORT {
                if bytes[1..].starts_with(name.as_bytes()) {
                    let value = (bytes.len() > 2).then(|| rest(word, 2)).flatten();
                    return Self::Option { name, value };
                }
            }
        }
        Self::Flag(word.to_str().map_or("", |w| &w[long..]))
    }
}

/// One-dash spellings of long options that begin with `-o`, `-L` or `-m`.
const LONGER: &[&str] = &["max-memory", "merge-data-segments"];

/// A word from a byte offset on, which must follow an ASCII character.
#[cfg(unix)]
fn rest(word: &OsStr, from: usize) -> Option<OsString> {
    use std::os::unix::ffi::OsStrExt;
    word.as_bytes().get(from..).map(|b| OsStr::from_bytes(b).to_owned())
}

#[cfg(not(unix))]
fn rest(word: &OsStr, from: usize) -> Option<OsString> {
    word.to_str()?.get(from..).map(OsString::from)
}

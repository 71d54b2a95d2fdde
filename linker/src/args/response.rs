//! Response files, in and out, as LLVM reads them (`llvm/lib/Support/CommandLine.cpp`:
//! `TokenizeGNUCommandLine`, `TokenizeWindowsCommandLine`, `ExpansionContext`).
//!
//! rustc passes everything in one when the line is too long for the system, one
//! argument a line; users nest their own. A file is looked for relative to the
//! working directory, also from within another one. `@name` without such a file is
//! an ordinary argument.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// How a response file is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quoting {
    /// Backslash takes the meaning from any character; single and double quotes.
    Posix,
    /// As `CommandLineToArgvW`: backslashes count before a double quote only.
    Windows,
}

impl Quoting {
    /// What LLVM takes for granted on this host, and rustc writes.
    pub(crate) const HOST: Self = if cfg!(windows) { Self::Windows } else { Self::Posix };
}

/// A command line without response files.
#[derive(Debug)]
pub(crate) struct Expanded {
    /// Its words, in order.
    pub words: Vec<OsString>,
    /// Whether there was a response file.
    pub from_response: bool,
}

/// How much response files may say, all together: bytes, words, and how deep they lie in each
/// other. rustc writes a megabyte for ten thousand objects; and of a few files that name each
/// other twice each, the last would be read a million times.
const MOST_BYTES: usize = 64 << 20;
const MOST_WORDS: usize = 1_000_000;
const DEEPEST: usize = 64;

/// Puts what response files contain in their place. `--rsp-quoting` on the line
/// itself, not in a file, overrules `quoting`.
pub(crate) fn expand(line: Vec<OsString>, quoting: Quoting) -> Result<Expanded> {
    let quoting = rsp_quoting(&line).unwrap_or(quoting);
    let out = Expanded { words: Vec::with_capacity(line.len()), from_response: false };
    let mut expansion =
        Expansion { quoting, open: Vec::new(), out, bytes: MOST_BYTES, words: MOST_WORDS };
    for word in line {
        expansion.word(word)?;
    }
    Ok(expansion.out)
}

/// A line that is being expanded.
struct Expansion {
    quoting: Quoting,
    /// The files that the word is in.
    open: Vec<PathBuf>,
    out: Expanded,
    /// How many more may come out of files.
    bytes: usize,
    words: usize,
}

impl Expansion {
    fn word(&mut self, word: OsString) -> Result<()> {
        let Some(path) = response_path(&word) else {
            self.out.words.push(word);
            return Ok(());
        };
        if self.open.contains(&path) {
            return Err(Error::Usage(format!("response file {} includes itself", path.display())));
        }
        let too_much = || {
            Error::Usage(format!(
                "response files that name each other say too much: more than {} MB, {MOST_WORDS} words or {DEEPEST} levels, in {}",
                MOST_BYTES >> 20,
                path.display()
            ))
        };
        let size = std::fs::metadata(&path).map_err(Error::io("read", &path))?.len();
        let size = usize::try_from(size).map_err(|_| too_much())?;
        self.bytes = self.bytes.checked_sub(size).ok_or_else(too_much)?;
        let bytes = std::fs::read(&path).map_err(Error::io("read", &path))?;
        let text = decode(bytes, &path)?;
        let words = split(&text, self.quoting);
        // The file counts, too.
        self.words = self.words.checked_sub(1 + words.len()).ok_or_else(too_much)?;
        if self.open.len() == DEEPEST {
            return Err(too_much());
        }
        self.out.from_response = true;
        self.open.push(path);
        for word in words {
            self.word(os_string(word))?;
        }
        self.open.pop();
        Ok(())
    }
}

fn rsp_quoting(line: &[OsString]) -> Option<Quoting> {
    let mut asked = None;
    let mut words = line.iter().map(|w| w.to_string_lossy());
    while let Some(word) = words.next() {
        let Some(rest) =
            word.strip_prefix("--rsp-quoting").or_else(|| word.strip_prefix("-rsp-quoting"))
        else {
            continue;
        };
        let value = match rest.strip_prefix('=') {
            Some(value) => Some(value.to_owned()),
            None if rest.is_empty() => words.next().map(|w| w.into_owned()),
            None => None,
        };
        match value.as_deref() {
            Some("posix") => asked = Some(Quoting::Posix),
            Some("windows") => asked = Some(Quoting::Windows),
            // rust-lld refuses the rest itself.
            _ => {}
        }
    }
    asked
}

/// The file that `@file` names, if there is one.
fn response_path(word: &OsStr) -> Option<PathBuf> {
    let bytes = word.as_encoded_bytes();
    if bytes.first() != Some(&b'@') {
        return None;
    }
    let path = PathBuf::from(os_string(bytes[1..].to_vec()));
    path.is_file().then_some(path)
}

/// Takes a byte order mark off, and makes UTF-8 of UTF-16.
fn decode(bytes: Vec<u8>, path: &Path) -> Result<Vec<u8>> {
    let word: fn([u8; 2]) -> u16 = match bytes.as_slice() {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        [0xef, 0xbb, 0xbf, rest @ ..] => return Ok(rest.to_vec()),
        _ => return Ok(bytes),
    };
    let units = bytes[2..].chunks_exact(2).map(|c| word([c[0], c[1]]));
    char::decode_utf16(units)
        .collect::<Result<String, _>>()
        .map(String::into_bytes)
        .map_err(|_| Error::Usage(format!("response file {} is not UTF-16", path.display())))
}

#[cfg(unix)]
fn os_string(bytes: Vec<u8>) -> OsString {
    use std::os::unix::ffi::OsStringExt;
    OsString::from_vec(bytes)
}

#[cfg(not(unix))]
fn os_string(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

/// Splits the text of a response file into words.
pub(crate) fn split(text: &[u8], quoting: Quoting) -> Vec<Vec<u8>> {
    match quoting {
        Quoting::Posix => split_posix(text),
        Quoting::Windows => split_windows(text),
    }
}

fn is_space(c: u8) -> bool {
    matches!(c, b' ' | b'\t' | b'\r' | b'\n' | 0)
}

/// Empty words cannot be written: LLVM drops `""` too.
fn split_posix(text: &[u8]) -> Vec<Vec<u8>> {
    let mut words = Vec::new();
    let mut word = Vec::new();
    let mut quote = None;
    let mut chars = text.iter().copied().peekable();
    while let Some(c) = chars.next() {
        match (c, quote) {
            // The last backslash of a text stands for itself.
            (b'\\', _) => word.push(chars.next().unwrap_or(b'\\')),
            (c, Some(q)) if c == q => quote = None,
            (c, Some(_)) => word.push(c),
            (b'"' | b'\'', None) => quote = Some(c),
            (c, None) if is_space(c) => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            (c, None) => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

fn split_windows(text: &[u8]) -> Vec<Vec<u8>> {
    let mut words = Vec::new();
    let mut word = Vec::new();
    let (mut started, mut quoted) = (false, false);
    let mut at = 0;
    while at < text.len() {
        let c = text[at];
        at += 1;
        match c {
            b'\\' => {
                // 2n backslashes before a quote are n; one more makes it literal.
                let run = 1 + text[at..].iter().take_while(|c| **c == b'\\').count();
                at += run - 1;
                started = true;
                if text.get(at) == Some(&b'"') {
                    word.extend(std::iter::repeat_n(b'\\', run / 2));
                    if run % 2 == 1 {
                        word.push(b'"');
                        at += 1;
                    }
                } else {
                    word.extend(std::iter::repeat_n(b'\\', run));
                }
            }
            b'"' if quoted && text.get(at) == Some(&b'"') => {
                word.push(b'"');
                at += 1;
            }
            b'"' => {
                started = true;
                quoted = !quoted;
            }
            c if is_space(c) && !quoted => {
                if started {
                    words.push(std::mem::take(&mut word));
                    started = false;
                }
            }
            c => {
                started = true;
                word.push(c);
            }
        }
    }
    if started {
        words.push(word);
    }
    words
}

/// The text of a response file in posix quoting, an argument a line.
pub(crate) fn write_posix<'a>(words: impl IntoIterator<Item = &'a OsString>) -> Vec<u8> {
    let mut text = Vec::new();
    for word in words {
        for &c in os_bytes(word).iter() {
            if is_space(c) || matches!(c, b'\\' | b'"' | b'\'') {
                text.push(b'\\');
            }
            text.push(c);
        }
        text.push(b'\n');
    }
    text
}

#[cfg(unix)]
fn os_bytes(word: &OsStr) -> std::borrow::Cow<'_, [u8]> {
    use std::os::unix::ffi::OsStrExt;
    word.as_bytes().into()
}

#[cfg(not(unix))]
fn os_bytes(word: &OsStr) -> std::borrow::Cow<'_, [u8]> {
    match word.to_string_lossy() {
        std::borrow::Cow::Borrowed(s) => s.as_bytes().into(),
        std::borrow::Cow::Owned(s) => s.into_bytes().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str, quoting: Quoting) -> Vec<String> {
        let words = split(text.as_bytes(), quoting).into_iter();
        words.map(|w| String::from_utf8(w).unwrap()).collect()
    }

    #[test]
    fn posix_quoting() {
        for (text, expected) in [
            ("a b\r\n\tc\n", &["a", "b", "c"][..]),
            (r"a\ b c\\d \'", &["a b", r"c\d", "'"]),
            (r#""a b"c 'd "e' "f\"g""#, &["a bc", r#"d "e"#, r#"f"g"#]),
            (r#"'' "" a"#, &["a"]),
            ("a\\\nb", &["a\nb"]),
            ("'open end", &["open end"]),
            ("a\\", &["a\\"]),
            ("", &[]),
        ] {
            assert_eq!(words(text, Quoting::Posix), expected, "{text:?}");
        }
    }

    #[test]
    fn windows_quoting() {
        for (text, expected) in [
            (r"C:\a\b c:\d\", &[r"C:\a\b", r"c:\d\"][..]),
            (r#""C:\a b\" c""#, &[r#"C:\a b" c"#]),
            (r#""C:\a b\\" c"#, &[r"C:\a b\", "c"]),
            (r#"a\\\"b "c""d" "" e"#, &[r#"a\"b"#, r#"c"d"#, "", "e"]),
            ("'a b'", &["'a", "b'"]),
        ] {
            assert_eq!(words(text, Quoting::Windows), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let line: Vec<OsString> =
            ["a b", r"c\d", "'\"", "e\nf\tg", "@h", "ü"].map(OsString::from).to_vec();
        let text = write_posix(&line);
        let back: Vec<_> = split(&text, Quoting::Posix).into_iter().map(os_string).collect();
        assert_eq!(back, line);
    }

    #[test]
    fn byte_order_marks() {
        let path = Path::new("x");
        assert_eq!(decode(b"\xef\xbb\xbfa".to_vec(), path).unwrap(), b"a");
        assert_eq!(decode(b"\xff\xfea\0".to_vec(), path).unwrap(), b"a");
        assert_eq!(decode(b"\xfe\xff\0a".to_vec(), path).unwrap(), b"a");
        decode(b"\xff\xfe\0\xd8".to_vec(), path).unwrap_err();
    }

    #[test]
    fn a_missing_file_is_an_argument_and_a_circle_an_error() {
        let line = vec![OsString::from("@/nonexistent/file")];
        let expanded = expand(line.clone(), Quoting::HOST).unwrap();
        assert_eq!(expanded.words, line);
        assert!(!expanded.from_response);
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("file");
        let at = format!("@{}", file.display());
        std::fs::write(&file, &at).unwrap();
        let error = expand(vec![at.into()], Quoting::HOST).unwrap_err();
        assert!(error.to_string().contains("includes itself"));
    }

    #[test]
    fn files_that_name_each_other_end() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: usize| format!("@{}/{name}", place.path().display());
        let line = |files: usize, text: &dyn Fn(usize) -> String| {
            for name in 0..files {
                std::fs::write(place.path().join(name.to_string()), text(name)).unwrap();
            }
            let ended = expand(vec![at(0).into()], Quoting::HOST);
            ended.map(|line| line.words.len()).map_err(|error| error.to_string())
        };
        let twice = |name: usize| format!("{} {} word", at(name + 1), at(name + 1));
        let end = |files: usize| {
            move |name: usize| if name + 1 < files { twice(name) } else { "a".into() }
        };
        assert_eq!(line(5, &end(5)), Ok(31));
        assert!(line(40, &end(40)).unwrap_err().contains("too much"));
        let deeper = |name: usize| if name < 199 { at(name + 1) } else { "a".into() };
        assert!(line(200, &deeper).unwrap_err().contains("levels"));
        assert!(line(1, &|_| "a ".repeat(MOST_WORDS)).unwrap_err().contains("words"));
    }

    #[test]
    fn the_line_says_how_files_are_quoted() {
        let line = |word: &str| rsp_quoting(&[word.into()]);
        assert_eq!(line("--rsp-quoting=windows"), Some(Quoting::Windows));
        assert_eq!(line("-rsp-quoting=posix"), Some(Quoting::Posix));
        assert_eq!(line("--rsp-quoting=odd"), None);
    }
}

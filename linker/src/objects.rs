//! A look at the custom sections of the objects being linked: which features they
//! were compiled with, and whether they carry debug information. Section headers
//! are skimmed; an object may have megabytes of code and debug information.
//!
//! What cannot be read here is rust-lld's to complain about, so a broken object
//! has no sections.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use object::read::archive::ArchiveFile;

/// Target features by their LLVM names: what rustc calls `-Ctarget-feature`.
pub(crate) type Features = BTreeSet<String>;

/// The objects that rustc made of the crate being linked, not of its dependencies.
pub(crate) fn of_crate(inputs: &[PathBuf]) -> impl Iterator<Item = &PathBuf> {
    inputs.iter().filter(|path| {
        let name = path.as_os_str().as_encoded_bytes();
        name.ends_with(b".rcgu.o")
    })
}

/// The feature of objects that throw or catch.
pub(crate) const EH: &str = "exception-handling";

/// The feature of objects for several threads.
pub(crate) const ATOMICS: &str = "atomics";

/// The features the linked objects were compiled with: those of the crate's first
/// object that names any, else of a dependency's. `None` if no object is wasm:
/// LLVM bitcode (`-Clinker-plugin-lto`).
pub(crate) fn features(inputs: &[PathBuf]) -> Option<Features> {
    let own = of_crate(inputs).find_map(|path| features_of(path));
    own.or_else(|| {
        inputs
            .iter()
            .filter(|path| path.extension().is_some_and(|e| e == "rlib"))
            .find_map(|path| features_of_rlib(path))
    })
}

/// Whether any of the crate's own objects has DWARF. Sites in dependencies have a
/// place too, but only a crate built with debug information asks for places.
pub(crate) fn have_debug_info(inputs: &[PathBuf]) -> bool {
    of_crate(inputs).any(|path| {
        open(path).is_some_and(|file| custom_section(file, ".debug_info", false).is_some())
    })
}

/// The features of one object.
pub(crate) fn features_of(path: &Path) -> Option<Features> {
    parse_features(&custom_section(open(path)?, "target_features", true)?)
}

fn features_of_rlib(path: &Path) -> Option<Features> {
    // A pipe would be waited for, and a device has no end.
    let bytes = path.is_file().then(|| std::fs::read(path).ok()).flatten()?;
    features_in_archive(&bytes)
}

/// The features of the first object in an archive that names any.
pub(crate) fn features_in_archive(bytes: &[u8]) -> Option<Features> {
    let archive = ArchiveFile::parse(bytes).ok()?;
    archive.members().flatten().find_map(|member| features_in_object(member.data(bytes).ok()?))
}

/// The features that an object names.
pub(crate) fn features_in_object(bytes: &[u8]) -> Option<Features> {
    let cursor = Cursor::new(bytes);
    parse_features(&custom_section(cursor, "target_features", true)?)
}

fn open(path: &Path) -> Option<BufReader<File>> {
    path.is_file().then(|| File::open(path).ok()).flatten().map(BufReader::new)
}

/// Bytes of which most are passed over.
trait Skim: Read {
    fn skip(&mut self, bytes: u32) -> std::io::Result<()>;
}

impl Skim for BufReader<File> {
    fn skip(&mut self, bytes: u32) -> std::io::Result<()> {
        // What is in the buffer stays there: an object may have a million small sections.
        self.seek_relative(bytes.into())
    }
}

impl<T: AsRef<[u8]>> Skim for Cursor<T> {
    fn skip(&mut self, bytes: u32) -> std::io::Result<()> {
        self.set_position(self.position() + u64::from(bytes));
        Ok(())
    }
}

/// The content of a custom section, empty if `read` is false.
fn custom_section(mut file: impl Skim, name: &str, read: bool) -> Option<Vec<u8>> {
    let mut head = [0; 8];
    file.read_exact(&mut head).ok()?;
    if !head.starts_with(b"\0asm") {
        return None;
    }
    loop {
        let id = byte(&mut file)?;
        let (mut rest, _) = leb(&mut file)?;
        if id == 0 {
            let (length, bytes) = leb(&mut file)?;
            rest = rest.checked_sub(bytes)?;
            if length as usize == name.len() {
                let mut found = vec![0; name.len()];
                file.read_exact(&mut found).ok()?;
                rest = rest.checked_sub(length)?;
                if found == name.as_bytes() {
                    let mut content = Vec::new();
                    if read {
                        file.take(rest.into()).read_to_end(&mut content).ok()?;
                    }
                    return Some(content);
                }
            }
        }
        file.skip(rest).ok()?;
    }
}

fn byte(file: &mut impl Read) -> Option<u8> {
    let mut byte = [0];
    file.read_exact(&mut byte).ok()?;
    Some(byte[0])
}

/// A number, and how many bytes it has.
fn leb(file: &mut impl Read) -> Option<(u32, u32)> {
    let mut value = 0;
    for at in 0..5 {
        let byte = byte(file)?;
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((u32::try_from(value).ok()?, at + 1));
        }
    }
    None
}

/// The section's entries are a prefix (`+` used, `-` not allowed) and a name
/// (<https://github.com/WebAssembly/tool-conventions/blob/main/Linking.md#target-features-section>).
fn parse_features(mut section: &[u8]) -> Option<Features> {
    let mut features = Features::new();
    for _ in 0..leb(&mut section)?.0 {
        let prefix = byte(&mut section)?;
        let length = leb(&mut section)?.0 as usize;
        let (name, rest) = section.split_at_checked(length)?;
        section = rest;
        if prefix == b'+' {
            features.insert(std::str::from_utf8(name).ok()?.to_owned());
        }
    }
    Some(features)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(sections: &[(&str, &[u8])]) -> Vec<u8> {
        let mut bytes = b"\0asm\x01\0\0\0\x01\x01\0".to_vec();
        for (name, content) in sections {
            bytes.extend([0, (1 + name.len() + content.len()) as u8, name.len() as u8]);
            bytes.extend(name.as_bytes());
            bytes.extend(*content);
        }
        bytes
    }

    #[test]
    fn features_are_read_past_other_sections() {
        let bytes = object(&[
            ("producers_______", b"xyz"),
            ("target_features", b"\x02+\x07simd128-\x0ashared-mem"),
        ]);
        let section = custom_section(Cursor::new(bytes), "target_features", true).unwrap();
        let features = parse_features(&section).unwrap();
        assert_eq!(features, Features::from(["simd128".to_owned()]));
    }

    #[test]
    fn what_is_broken_has_no_sections() {
        let bytes = object(&[("target_features", b"\x02+\x07simd128")]);
        for end in 0..bytes.len() {
            let cut = Cursor::new(&bytes[..end]);
            let section = custom_section(cut, "target_features", true);
            assert_eq!(section.and_then(|s| parse_features(&s)), None);
        }
        assert!(custom_section(Cursor::new(b"BC\xc0\xde____"), ".debug_info", false).is_none());
    }
}

//! Archives whose bytes depend on what is in them alone.

use anyhow::Result;
use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// A file of an archive.
#[derive(Debug)]
pub(super) struct Entry {
    path: String,
    mode: u32,
    bytes: Vec<u8>,
}

impl Entry {
    pub(super) fn file(path: String, bytes: Vec<u8>) -> Self {
        Self { path, mode: 0o644, bytes }
    }

    pub(super) fn program(path: String, bytes: Vec<u8>) -> Self {
        Self { path, mode: 0o755, bytes }
    }
}

/// A tar file, compressed. Nobody's name and no time is in it.
pub(super) fn tgz(entries: &[Entry]) -> Result<Vec<u8>> {
    let gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    let mut tar = tar::Builder::new(gzip);
    for entry in entries {
        let mut header = tar::Header::new_ustar();
        header.set_size(entry.bytes.len() as u64);
        header.set_mode(entry.mode);
        header.set_mtime(0);
        tar.append_data(&mut header, &entry.path, &*entry.bytes)?;
    }
    Ok(tar.into_inner()?.finish()?)
}

/// A line for `sha256sum -c`.
pub(super) fn checksum(name: &str, bytes: &[u8]) -> String {
    let mut line = String::new();
    for byte in Sha256::digest(bytes) {
        // Writing to a string does not fail.
        let _ = write!(line, "{byte:02x}");
    }
    let _ = writeln!(line, "  {name}");
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_files_are_the_same_bytes() {
        let pack = || tgz(&[Entry::program("a/b".into(), b"text".to_vec())]).unwrap();
        assert_eq!(pack(), pack());
        let bytes = pack();
        let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(&*bytes));
        let entry = tar.entries().unwrap().next().unwrap().unwrap();
        assert_eq!(entry.header().mode().unwrap(), 0o755);
        assert_eq!(entry.path().unwrap().to_str(), Some("a/b"));
    }

    #[test]
    fn a_checksum_is_a_line_that_sha256sum_reads() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a.tgz\n";
        assert_eq!(checksum("a.tgz", b""), empty);
    }
}

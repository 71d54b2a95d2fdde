//! The section `build_id`, by which a debugger finds the symbols of a module that was
//! stripped (lld's `--build-id`,
//! <https://github.com/WebAssembly/tool-conventions/blob/main/BuildId.md>).
//!
//! What rust-lld wrote is an id of what rust-lld wrote.

use crate::error::Result;
use crate::wasm::section::{find_custom, write_custom};
use sha2::{Digest, Sha256};
use std::ops::Range;
use wasmparser::BinaryReader;

/// The section's name.
pub(crate) const NAME: &str = "build_id";

/// The length of a UUID (RFC 9562): what `--build-id=fast` and `=uuid` ask for.
const UUID: usize = 16;

/// Puts an id of this module into its `build_id` section, if it has one: as long as the
/// old one, and made of every byte but the id's own. No random one even for
/// `--build-id=uuid`: two builds of the same source are to be alike.
pub(crate) fn refresh(module: &mut [u8]) -> Result<()> {
    let Some(place) = find(module)? else {
        return Ok(());
    };
    let Some((before, rest)) = module.split_at_mut_checked(place.start) else {
        return Ok(());
    };
    let Some((id, behind)) = rest.split_at_mut_checked(place.len()) else {
        return Ok(());
    };
    let of_content = Sha256::new().chain_update(before).chain_update(behind).finalize();
    // The longest that lld writes has 20 bytes.
    for (at, byte) in id.iter_mut().enumerate() {
        let new = of_content.get(at).copied().unwrap_or(0);
        // Those of a UUID that say which kind it is stay.
        let kept = match at {
            6 if place.len() == UUID => 0xf0,
            8 if place.len() == UUID => 0xc0,
            _ => 0,
        };
        *byte = *byte & kept | new & !kept;
    }
    Ok(())
}

/// Gives a module without an id one of zeros, in the shape of a UUID, to be refreshed.
pub(crate) fn ensure(module: &mut Vec<u8>) -> Result<()> {
    if find(module)?.is_none() {
        let mut content = vec![UUID as u8];
        content.extend([0; UUID]);
        // Version 5, made of a hash, and the variant of RFC 9562.
        content[1 + 6] = 0x50;
        content[1 + 8] = 0x80;
        write_custom(module, NAME, &content);
    }
    Ok(())
}

/// The id of a module, if it has one.
pub(crate) fn of(module: &[u8]) -> Result<Option<&[u8]>> {
    Ok(find(module)?.and_then(|place| module.get(place)))
}

/// Puts another module's id into one that has an id of the same length.
pub(crate) fn put(module: &mut [u8], id: &[u8]) -> Result<()> {
    let place = find(module)?.and_then(|place| module.get_mut(place));
    if let Some(place) = place.filter(|place| place.len() == id.len()) {
        place.copy_from_slice(id);
    }
    Ok(())
}

/// Where the id is.
fn find(module: &[u8]) -> Result<Option<Range<usize>>> {
    let Some(section) = find_custom(module, NAME)? else { return Ok(None) };
    let mut content = BinaryReader::new(section.data(), 0);
    let len = content.read_var_u32()? as usize;
    let start = section.data_offset() as usize + content.original_position() as usize;
    Ok(Some(start..start + len))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasm::section::HEADER;

    fn module(id: &[u8], other: &[u8]) -> Vec<u8> {
        let mut module = HEADER.to_vec();
        write_custom(&mut module, "other", other);
        let mut content = vec![id.len() as u8];
        content.extend_from_slice(id);
        write_custom(&mut module, NAME, &content);
        module
    }

    fn refreshed(mut module: Vec<u8>) -> Vec<u8> {
        let len = module.len();
        refresh(&mut module).unwrap();
        assert_eq!(module.len(), len);
        module.split_off(find(&module).unwrap().unwrap().start)
    }

    #[test]
    fn an_id_is_that_of_all_other_bytes() {
        let id = refreshed(module(&[1; 20], b"a"));
        assert_eq!(id.len(), 20);
        assert_eq!(refreshed(module(&[2; 20], b"a")), id, "the old id does not count");
        assert_ne!(refreshed(module(&[1; 20], b"b")), id);
    }

    #[test]
    fn a_uuid_stays_of_its_kind() {
        let old = *b"\x1c\xf8\x48\x6c\x7e\x5c\x59\x47\x92\x4e\x01\x68\x5d\x98\x26\x9a";
        let id = refreshed(module(&old, b"a"));
        assert_eq!((id[6] >> 4, id[8] >> 6), (5, 2));
        assert_ne!(id, old);
    }

    #[test]
    fn a_module_without_one_gets_one_that_another_can_have() {
        let mut first = HEADER.to_vec();
        ensure(&mut first).unwrap();
        refresh(&mut first).unwrap();
        let id = of(&first).unwrap().unwrap().to_vec();
        assert_eq!((id.len(), id[6] >> 4, id[8] >> 6), (UUID, 5, 2));
        let mut second = module(&[7; UUID], b"a");
        ensure(&mut second).unwrap();
        put(&mut second, &id).unwrap();
        assert_eq!(of(&second).unwrap(), Some(&id[..]));
        // One of another length is not half replaced.
        put(&mut second, &id[1..]).unwrap();
        assert_eq!(of(&second).unwrap(), Some(&id[..]));
    }

    #[test]
    fn what_is_no_id_is_no_panic() {
        let mut none = HEADER.to_vec();
        refresh(&mut none).unwrap();
        assert_eq!(none, HEADER);
        let mut cut = HEADER.to_vec();
        write_custom(&mut cut, NAME, &[20, 1]);
        let before = cut.clone();
        refresh(&mut cut).unwrap();
        assert_eq!(cut, before);
    }
}

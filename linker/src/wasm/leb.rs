//! LEB128 of a chosen width
//! (<https://webassembly.github.io/spec/core/binary/values.html#integers>).

/// Bytes that lld gives a relocated index, whatever its value.
pub(crate) const PADDED: u32 = 5;

/// Bytes of the shortest encoding of an unsigned number.
pub(crate) fn unsigned_len(value: u32) -> u32 {
    match value {
        0..0x80 => 1,
        0x80..0x4000 => 2,
        0x4000..0x20_0000 => 3,
        0x20_0000..0x1000_0000 => 4,
        _ => 5,
    }
}

/// Bytes of the shortest encoding of a signed number.
pub(crate) fn signed_len(value: i32) -> u32 {
    let mut len = 1;
    let mut rest = value;
    while !(-64..64).contains(&rest) {
        rest >>= 7;
        len += 1;
    }
    len
}

/// Writes an unsigned number in exactly `width` bytes.
pub(crate) fn write_unsigned(out: &mut Vec<u8>, mut value: u32, width: u32) {
    for at in 1..=width {
        let more = if at < width { 0x80 } else { 0 };
        out.push((value & 0x7f) as u8 | more);
        value >>= 7;
    }
}

/// Writes a signed number in exactly `width` bytes.
pub(crate) fn write_signed(out: &mut Vec<u8>, mut value: i32, width: u32) {
    for at in 1..=width {
        let more = if at < width { 0x80 } else { 0 };
        out.push((value & 0x7f) as u8 | more);
        value >>= 7;
    }
}

/// Writes an unsigned number as short as can be.
pub(crate) fn write(out: &mut Vec<u8>, value: u32) {
    write_unsigned(out, value, unsigned_len(value));
}

/// Writes a name: its length, then its bytes.
pub(crate) fn write_name(out: &mut Vec<u8>, name: &str) {
    write(out, name.len() as u32);
    out.extend_from_slice(name.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmparser::BinaryReader;

    #[test]
    fn numbers_of_any_width_read_back() {
        for value in [0, 1, 63, 64, -64, -65, 8191, 8192, 1_048_576, i32::MAX, i32::MIN] {
            for width in signed_len(value)..=PADDED {
                let mut bytes = Vec::new();
                write_signed(&mut bytes, value, width);
                assert_eq!(bytes.len() as u32, width);
                assert_eq!(BinaryReader::new(&bytes, 0).read_var_i32().unwrap(), value);
            }
        }
        for value in [0, 127, 128, 16_383, 16_384, u32::MAX] {
            for width in unsigned_len(value)..=PADDED {
                let mut bytes = Vec::new();
                write_unsigned(&mut bytes, value, width);
                assert_eq!(BinaryReader::new(&bytes, 0).read_var_u32().unwrap(), value);
            }
        }
    }
}

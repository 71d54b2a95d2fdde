use bytes::{Buf, BufMut, Bytes, BytesMut};
use support::{Random, Sum};

support::exports!(work, fail);

fn work(random: &mut Random, sum: &mut Sum) {
    let mut buffer = BytesMut::new();
    for _ in 0..100 {
        let words = random.words(3);
        buffer.put_u16(words.len() as u16);
        buffer.put_slice(words.as_bytes());
        buffer.put_f64_le(random.unit());
    }
    let mut rest = buffer.freeze();
    while rest.has_remaining() {
        let length = rest.get_u16().into();
        sum.add(rest.split_to(length));
        sum.debug(rest.get_f64_le());
    }
}

/// More than there is.
fn fail(random: &mut Random, seed: u32) {
    let mut rest = Bytes::from(random.bytes(3));
    match seed % 4 {
        0 => _ = rest.get_u64(),
        1 => _ = rest.split_to(9),
        2 => rest.advance(4),
        _ => _ = rest.slice(2..9),
    }
}

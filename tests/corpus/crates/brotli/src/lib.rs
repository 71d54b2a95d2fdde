use brotli::enc::BrotliEncoderParams;
use std::io::Read;
use support::{Random, Sum};

support::exports!(work, fail);

fn work(random: &mut Random, sum: &mut Sum) {
    let text = random.words(600);
    let mut small = Vec::new();
    let params = BrotliEncoderParams { quality: 5, ..Default::default() };
    brotli::BrotliCompress(&mut text.as_bytes(), &mut small, &params).expect("room");
    let mut again = Vec::new();
    brotli::BrotliDecompress(&mut &small[..], &mut again).expect("whole");
    assert!(again == text.as_bytes());
    sum.add(&small);
    sum.debug(brotli::BrotliDecompress(&mut &small[..small.len() / 2], &mut again).is_err());
}

/// A file that gives up in the middle.
struct Broken(usize);

impl Read for Broken {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        self.0 = self.0.checked_sub(1).expect("nothing more to read");
        bytes.fill(self.0 as u8);
        Ok(bytes.len())
    }
}

fn fail(random: &mut Random, _: u32) {
    let mut small = Vec::new();
    let params = BrotliEncoderParams { quality: 1, lgwin: 16, ..Default::default() };
    let _ = brotli::BrotliCompress(&mut Broken(1 + random.below(9)), &mut small, &params);
}

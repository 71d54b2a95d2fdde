use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use std::io::{Read, Write};
use support::{Random, Sum};

support::exports!(work, fail);

fn work(random: &mut Random, sum: &mut Sum) {
    let text = random.words(800);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(random.below(9) as u32));
    encoder.write_all(text.as_bytes()).expect("room");
    let small = encoder.finish().expect("room");
    let mut again = String::new();
    GzDecoder::new(&small[..]).read_to_string(&mut again).expect("whole");
    assert!(again == text);
    sum.add(&small);
    sum.debug(GzDecoder::new(&small[..20]).read_to_string(&mut again).is_err());
}

/// A file that gives up in the middle.
struct Broken(usize);

impl Read for Broken {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        self.0 = self.0.checked_sub(1).expect("nothing more to read");
        bytes.fill(self.0 as u8);
        Ok(bytes.len().min(100))
    }
}

fn fail(random: &mut Random, _: u32) {
    let mut small = Vec::new();
    let file = std::io::BufReader::new(Broken(3 + random.below(9)));
    let _ = flate2::bufread::GzEncoder::new(file, Compression::fast()).read_to_end(&mut small);
}

use std::io::{Cursor, Read, Seek, SeekFrom};
use support::{Random, Sum};
use symphonia::core::audio::SampleBuffer;
use symphonia::core::codecs::DecoderOptions;
use symphonia::core::errors::Error;
use symphonia::core::formats::FormatOptions;
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::probe::Hint;

support::exports!(work, fail);

/// Sound of two channels, as a WAV file.
fn file(random: &mut Random) -> Vec<u8> {
    let sound: Vec<u8> = (0..4000)
        .flat_map(|n| [(n * (3 + n / 500)) as i16, random.below(900) as i16])
        .flat_map(i16::to_le_bytes)
        .collect();
    let mut file = b"RIFF".to_vec();
    file.extend((36 + sound.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x02\0");
    file.extend(44_100_u32.to_le_bytes());
    file.extend((44_100_u32 * 4).to_le_bytes());
    file.extend(b"\x04\0\x10\0data");
    file.extend((sound.len() as u32).to_le_bytes());
    file.extend(sound);
    file
}

fn decode(source: impl MediaSource + 'static, sum: &mut Sum) -> Result<(), Error> {
    let stream = MediaSourceStream::new(Box::new(source), Default::default());
    let (hint, format, meta) = (Hint::new(), FormatOptions::default(), MetadataOptions::default());
    let probed = symphonia::default::get_probe().format(&hint, stream, &format, &meta)?;
    let mut reader = probed.format;
    let params = reader.tracks()[0].codec_params.clone();
    let mut decoder = symphonia::default::get_codecs().make(&params, &DecoderOptions::default())?;
    while let Ok(packet) = reader.next_packet() {
        let sound = decoder.decode(&packet)?;
        let mut samples = SampleBuffer::<i16>::new(sound.capacity() as u64, *sound.spec());
        samples.copy_interleaved_ref(sound);
        sum.debug(samples.samples().iter().map(|s| i64::from(*s)).sum::<i64>());
    }
    Ok(())
}

fn work(random: &mut Random, sum: &mut Sum) {
    let file = file(random);
    let cut = file[..30].to_vec();
    decode(Cursor::new(file), sum).expect("sound");
    sum.debug(decode(Cursor::new(cut), &mut Sum::default()).is_err());
}

/// A file that gives up in the middle.
struct Broken(Cursor<Vec<u8>>);

impl Read for Broken {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        assert!(self.0.position() < 9000, "the file breaks off");
        self.0.read(bytes)
    }
}

impl Seek for Broken {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.0.seek(to)
    }
}

impl MediaSource for Broken {
    fn is_seekable(&self) -> bool {
        false
    }

    fn byte_len(&self) -> Option<u64> {
        None
    }
}

fn fail(random: &mut Random, _: u32) {
    let _ = decode(Broken(Cursor::new(file(random))), &mut Sum::default());
}

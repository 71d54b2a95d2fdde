use image::{DynamicImage, ImageBuffer, ImageFormat, Rgb, RgbImage};
use std::io::Cursor;
use support::{Random, Sum};

support::exports!(work, fail);

fn picture(random: &mut Random) -> RgbImage {
    let tint = random.below(200) as u8;
    ImageBuffer::from_fn(48, 32, |x, y| Rgb([(x * 5) as u8, (y * 7) as u8, tint]))
}

fn work(random: &mut Random, sum: &mut Sum) {
    let picture = DynamicImage::from(picture(random));
    for format in [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::Qoi, ImageFormat::Jpeg] {
        let mut file = Cursor::new(Vec::new());
        picture.write_to(&mut file, format).expect("a file");
        let again = image::load_from_memory(file.get_ref()).expect("a picture");
        sum.add(again.rotate90().blur(1.5).to_rgb8().as_raw());
        sum.debug(image::load_from_memory(&file.get_ref()[..40]).is_err());
    }
}

/// A pixel beside the picture, and a part that is larger than the whole.
fn fail(random: &mut Random, seed: u32) {
    let mut picture = picture(random);
    match seed % 3 {
        0 => _ = picture.get_pixel(48, 0),
        1 => picture.put_pixel(0, 32, Rgb([0; 3])),
        _ => {
            _ = image::imageops::overlay_bounds((1, 1), (1, 1), u32::MAX, 0).0
                + 1 / picture.get_pixel(99, 99)[0] as u32
        }
    }
}

use std::sync::OnceLock;

use image::{DynamicImage, Rgb, RgbImage};

use crate::{
    AVATAR_SIZE, Encoded, Format, HEADER_SIZE,
    scale::{Size, Window, resize},
};

const SKY: Rgb<u8> = Rgb([0xd9, 0xe4, 0xee]);
const STONE: Rgb<u8> = Rgb([0x8f, 0xa6, 0xbd]);
const SHADE: Rgb<u8> = Rgb([0xb9, 0xca, 0xda]);

/// The PNG shown for an account without an avatar: head and shoulders, 400×400. Drawn when first asked for.
pub fn missing_avatar() -> &'static [u8] {
    static PNG: OnceLock<Vec<u8>> = OnceLock::new();
    PNG.get_or_init(|| draw(AVATAR_SIZE, person))
}

/// The PNG shown for an account without a header: a row of columns, 1500×500. Drawn when first asked for.
pub fn missing_header() -> &'static [u8] {
    static PNG: OnceLock<Vec<u8>> = OnceLock::new();
    PNG.get_or_init(|| draw(HEADER_SIZE, stoa))
}

/// Width and height of [`icon`], in pixels.
pub const ICON_SIZE: u32 = 500;

/// The PNG that stands for the instance: three columns. Drawn when first asked for.
pub fn icon() -> &'static [u8] {
    static PNG: OnceLock<Vec<u8>> = OnceLock::new();
    // So far to the side that the outer columns are equally far from the edges.
    PNG.get_or_init(|| draw((ICON_SIZE, ICON_SIZE), |x, y| stoa(x + 250, y)))
}

/// Drawn at twice the size and shrunk, so that edges are smooth.
fn draw(size: Size, colour: fn(i64, i64) -> Rgb<u8>) -> Vec<u8> {
    let (width, height) = (size.0 * 2, size.1 * 2);
    let large = RgbImage::from_fn(width, height, |x, y| colour(x.into(), y.into()));
    let picture = resize(&DynamicImage::ImageRgb8(large), Window::whole((width, height)), size)
        .and_then(|picture| Encoded::still(&picture, Format::Png, 100))
        .expect("a picture of a fixed size can be shrunk and encoded");
    picture.bytes.to_vec()
}

fn person(x: i64, y: i64) -> Rgb<u8> {
    let within = |cx: i64, cy: i64, radius: i64| (x - cx).pow(2) + (y - cy).pow(2) <= radius.pow(2);
    if within(400, 310, 140) || within(400, 790, 280) { STONE } else { SKY }
}

fn stoa(x: i64, y: i64) -> Rgb<u8> {
    let column = x % 300 >= 105 && x % 300 < 195;
    let capital = x % 300 >= 85 && x % 300 < 215;
    match y {
        200..260 | 900.. => STONE,
        260..290 | 870..900 if capital => STONE,
        290..870 if column => STONE,
        260..900 => SHADE,
        _ => SKY,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn they_are_pictures_of_the_right_size() {
        for (png, size) in [
            (missing_avatar(), AVATAR_SIZE),
            (missing_header(), HEADER_SIZE),
            (icon(), (ICON_SIZE, ICON_SIZE)),
        ] {
            let picture = image::load_from_memory(png).unwrap();
            assert_eq!((picture.width(), picture.height()), size);
            assert!(png.len() < 40_000, "{} bytes", png.len());
        }
    }
}

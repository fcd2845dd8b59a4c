use image::DynamicImage;

use crate::{
    Error, Result,
    scale::{Window, resize, within_side},
};

const ALPHABET: &[u8] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";

/// The blurhash of a picture, more components along its longer side; what is transparent counts as white.
pub(crate) fn encode(picture: &DynamicImage) -> Result<String> {
    let size = (picture.width(), picture.height());
    let thumbnail = resize(picture, Window::whole(size), within_side(size, 32))?;
    let mut pixels = thumbnail.to_rgba8();
    for pixel in pixels.pixels_mut() {
        let [red, green, blue, alpha] = pixel.0;
        let on_white = |colour: u8| colour.saturating_add(shade(u8::MAX - colour, u8::MAX - alpha));
        pixel.0 = [on_white(red), on_white(green), on_white(blue), u8::MAX];
    }
    let (x, y) = match size.0.cmp(&size.1) {
        std::cmp::Ordering::Greater => (4, 3),
        std::cmp::Ordering::Equal => (4, 4),
        std::cmp::Ordering::Less => (3, 4),
    };
    blurhash::encode(x, y, pixels.width(), pixels.height(), &pixels).map_err(Error::encode)
}

/// True for a well-formed blurhash: base 83, and as long as its number of components demands. Others, from
/// remote servers, would fail in clients and are dropped.
pub fn is_blurhash(text: &str) -> bool {
    let digit = |c: u8| ALPHABET.iter().position(|&known| known == c);
    let Some(components) = text.bytes().next().and_then(digit) else { return false };
    let (x, y) = (components % 9 + 1, components / 9 + 1);
    y <= 9 && text.len() == 4 + 2 * x * y && text.bytes().all(|c| digit(c).is_some())
}

fn shade(of: u8, by: u8) -> u8 {
    u8::try_from(u16::from(of) * u16::from(by) / 255).unwrap_or(u8::MAX)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    use super::*;

    #[test]
    fn our_own_are_well_formed() {
        for (width, height, length) in [(60, 40, 28), (40, 60, 28), (50, 50, 36), (1, 1, 36), (640, 1, 28)] {
            let picture = RgbImage::from_fn(width, height, |x, y| {
                Rgb([u8::try_from(x % 256).unwrap(), u8::try_from(y % 256).unwrap(), 128])
            });
            let hash = encode(&picture.into()).unwrap();
            assert!(is_blurhash(&hash), "{hash}");
            assert_eq!(hash.len(), length);
        }
    }

    #[test]
    fn transparent_is_white() {
        let clear = RgbaImage::from_pixel(8, 8, Rgba([0, 0, 0, 0]));
        let white = RgbImage::from_pixel(8, 8, Rgb([255; 3]));
        assert_eq!(encode(&clear.into()).unwrap(), encode(&white.into()).unwrap());
    }

    #[test]
    fn ill_formed_ones_are_told() {
        assert!(is_blurhash("LEHV6nWB2yk8pyo0adR*.7kCMdnj"));
        for text in ["", "L", "LEHV6nWB2yk8pyo0adR*.7kCMdn", "LEHV6nWB2yk8pyo0adR*.7kCMd\"<", "~~~~~~", "Ü"]
        {
            assert!(!is_blurhash(text), "{text}");
        }
    }
}

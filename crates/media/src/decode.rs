use std::{
    io::Cursor,
    panic::{AssertUnwindSafe, catch_unwind},
};

use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, error::LimitErrorKind,
    metadata::Orientation,
};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

use crate::{Error, Format, Result};

/// Most pixels of width, and of height, that are decoded.
pub const MAX_SIDE: u32 = 16_384;
/// Bytes that a decoder may take beside the picture.
const MAX_ALLOC: u64 = 512 << 20;
/// The PNG decoder counts only rows and unpacked text and colour profiles, which a small file can inflate.
const MAX_ALLOC_PNG: u64 = 16 << 20;
/// A longer colour profile than any in use; it is ignored.
const MAX_PROFILE: usize = 1 << 20;

/// Says what the file is, or that it is not accepted.
pub(crate) fn sniff(bytes: &[u8]) -> Result<Format> {
    Format::sniff(bytes).ok_or(Error::Unsupported)
}

/// Refuses a picture for what its header says, before a pixel is unpacked.
pub(crate) fn check_size(width: u32, height: u32, max_pixels: u64) -> Result<()> {
    if width == 0 || height == 0 {
        return Err(Error::broken("a picture without pixels"));
    }
    if width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > max_pixels {
        return Err(Error::TooLarge { max_pixels });
    }
    Ok(())
}

/// Unpacks a picture, or the first frame of one, and turns it upright: 8 bits for each of R, G, B in sRGB, and
/// A only if something is transparent. No metadata remains.
pub(crate) fn picture(bytes: &[u8], format: Format, max_pixels: u64) -> Result<DynamicImage> {
    if format == Format::Jpeg && !is_whole_jpeg(bytes) {
        return Err(Error::broken("no end of image"));
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(if format == Format::Png { MAX_ALLOC_PNG } else { MAX_ALLOC });
    let mut reader = ImageReader::with_format(Cursor::new(bytes), decoder_of(format));
    reader.limits(limits);
    let refusal = |error| refusal(error, max_pixels);
    let mut decoder = reader.into_decoder().map_err(refusal)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height, max_pixels)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten().filter(|profile| profile.len() <= MAX_PROFILE);
    let mut picture = eight_bits(DynamicImage::from_decoder(decoder).map_err(refusal)?);
    if let Some(profile) = profile {
        to_srgb(&mut picture, &profile);
    }
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// Turns a panic into a refusal: decoders of hostile bytes have had bugs, and an upload that finds one is
/// damaged, not a fault of the server.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Error::broken("the decoder panicked")))
}

fn decoder_of(format: Format) -> ImageFormat {
    match format {
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Png => ImageFormat::Png,
        Format::Gif => ImageFormat::Gif,
        Format::Webp => ImageFormat::WebP,
    }
}

fn refusal(error: ImageError, max_pixels: u64) -> Error {
    match error {
        ImageError::Limits(limit) if limit.kind() == LimitErrorKind::DimensionError => {
            Error::TooLarge { max_pixels }
        }
        error => Error::broken(error),
    }
}

/// Walks the segments to the marker that ends the picture (ITU-T T.81 annex B), for the decoder paints what is
/// missing of a half-sent file grey.
fn is_whole_jpeg(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(start) = rest.iter().position(|&byte| byte == 0xff) {
        rest = &rest[start + 1..];
        let after = match *rest {
            [0xd9, ..] => return true,
            // Fill bytes; an escaped 0xff among the pixels, restarts and other markers without a segment.
            [0xff, ..] => Some(rest),
            [0x00 | 0x01 | 0xd0..=0xd8, ..] => rest.get(1..),
            [_, high, low, ..] => rest.get(1 + usize::from(u16::from_be_bytes([high, low]))..),
            _ => None,
        };
        let Some(after) = after else { return false };
        rest = after;
    }
    false
}

fn eight_bits(picture: DynamicImage) -> DynamicImage {
    if picture.color().has_alpha() {
        let pixels = picture.into_rgba8();
        if pixels.pixels().any(|pixel| pixel.0[3] != u8::MAX) {
            return DynamicImage::ImageRgba8(pixels);
        }
        return DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(pixels).into_rgb8());
    }
    DynamicImage::ImageRgb8(picture.into_rgb8())
}

/// Phones record colours of a wider space than browsers assume without the profile that is dropped here. A
/// profile that cannot be used leaves the picture as it is.
fn to_srgb(picture: &mut DynamicImage, profile: &[u8]) {
    let Ok(profile) = ColorProfile::new_from_slice(profile) else { return };
    if profile.color_space != DataColorSpace::Rgb {
        return;
    }
    let (layout, channels) = if picture.color().has_alpha() { (Layout::Rgba, 4) } else { (Layout::Rgb, 3) };
    let srgb = ColorProfile::new_srgb();
    let Ok(transform) = profile.create_transform_8bit(layout, &srgb, layout, TransformOptions::default())
    else {
        return;
    };
    let row_bytes = picture.width() as usize * channels;
    let pixels = match picture {
        DynamicImage::ImageRgb8(pixels) => &mut **pixels,
        DynamicImage::ImageRgba8(pixels) => &mut **pixels,
        _ => return,
    };
    let mut before = vec![0; row_bytes];
    for row in pixels.chunks_exact_mut(row_bytes) {
        before.copy_from_slice(row);
        if transform.transform(&before, row).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_refused_one_above_the_limit() {
        let check = |width, height| check_size(width, height, 7680 * 4320);
        assert!(check(7680, 4320).is_ok());
        assert!(matches!(check(7681, 4320), Err(Error::TooLarge { .. })));
        assert!(check(MAX_SIDE, 1).is_ok());
        assert!(matches!(check(1, MAX_SIDE + 1), Err(Error::TooLarge { .. })));
        assert!(matches!(check(0, 1), Err(Error::Broken(_))));
    }

    #[test]
    fn the_end_of_a_jpeg_is_looked_for_outside_its_segments() {
        assert!(is_whole_jpeg(b"\xff\xd8\xff\xda\0\x02ab\xff\0cd\xff\xd0ef\xff\xff\xd9trailer"));
        assert!(!is_whole_jpeg(b"\xff\xd8\xff\xe1\0\x04\xff\xd9\xff\xda\0\x02ab"));
        assert!(!is_whole_jpeg(b"\xff\xd8\xff\xe1\xff\xff\xff\xd9"));
        assert!(!is_whole_jpeg(b"\xff\xd8\xff"));
    }

    #[test]
    fn a_panic_is_a_refusal() {
        let result: Result<()> = guarded(|| panic!("a bug in a decoder"));
        assert!(result.is_err_and(|error| error.is_refusal()));
    }
}

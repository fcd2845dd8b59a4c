use bytes::Bytes;
use image::{
    DynamicImage,
    codecs::{
        jpeg::JpegEncoder,
        png::{CompressionType, FilterType, PngEncoder},
        webp::WebPEncoder,
    },
};

use crate::{Error, Format, Result};

/// A file that we encoded, ready for a store.
#[derive(Debug, Clone)]
pub struct Encoded {
    /// The file.
    pub bytes: Bytes,
    /// What it is; gives its extension and content type.
    pub format: Format,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

impl Encoded {
    /// Encodes a picture of 8 bits RGB or RGBA; `quality` (1 to 100) is for JPEG only, which drops
    /// transparency. An animation is not made here, so that a GIF becomes a PNG.
    pub(crate) fn still(picture: &DynamicImage, format: Format, quality: u8) -> Result<Self> {
        let mut bytes = Vec::new();
        let format = if format == Format::Gif { Format::Png } else { format };
        match format {
            Format::Jpeg => picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality)),
            Format::Webp => picture.write_with_encoder(WebPEncoder::new_lossless(&mut bytes)),
            Format::Png | Format::Gif => picture.write_with_encoder(PngEncoder::new_with_quality(
                &mut bytes,
                CompressionType::Default,
                FilterType::Adaptive,
            )),
        }
        .map_err(Error::encode)?;
        Ok(Self { bytes: bytes.into(), format, width: picture.width(), height: picture.height() })
    }
}

/// In which format a picture is kept: its own, but for a GIF (PNG), and for a photograph in WebP, of which we
/// can write only the lossless kind, many times as large (JPEG if nothing is transparent).
pub(crate) fn kept_as(format: Format, source: &[u8], picture: &DynamicImage) -> Format {
    match format {
        Format::Jpeg => Format::Jpeg,
        Format::Png | Format::Gif => Format::Png,
        Format::Webp if !picture.color().has_alpha() && is_lossy_webp(source) => Format::Jpeg,
        Format::Webp => Format::Webp,
    }
}

/// In which format something small is made of it.
pub(crate) fn small_as(picture: &DynamicImage) -> Format {
    if picture.color().has_alpha() { Format::Png } else { Format::Jpeg }
}

/// Looks for the first chunk of pixels: `VP8 ` is lossy, `VP8L` lossless (RFC 9649 section 2).
fn is_lossy_webp(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(12..).unwrap_or_default();
    while let Some((&[t0, t1, t2, t3, l0, l1, l2, l3], chunk)) = rest.split_first_chunk() {
        rest = match &[t0, t1, t2, t3] {
            b"VP8 " => return true,
            b"VP8L" => return false,
            // A frame of an animation: 16 bytes about it, then chunks again.
            b"ANMF" => chunk.get(16..),
            _ => {
                let len = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
                chunk.get(len.saturating_add(len & 1)..)
            }
        }
        .unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_webp_are_told_apart() {
        assert!(is_lossy_webp(b"RIFF\0\0\0\0WEBPVP8 \x04\0\0\0...."));
        assert!(!is_lossy_webp(b"RIFF\0\0\0\0WEBPVP8L\x04\0\0\0...."));
        assert!(is_lossy_webp(b"RIFF\0\0\0\0WEBPVP8X\x03\0\0\0...\0VP8 \0\0\0\0"));
        assert!(is_lossy_webp(b"RIFF\0\0\0\0WEBPANMF\x18\0\0\0................VP8 \0\0\0\0"));
        assert!(!is_lossy_webp(b"RIFF\0\0\0\0WEBPVP8X\xff\xff\xff\xff."));
        assert!(!is_lossy_webp(b"RIFF"));
    }
}

use bytes::Bytes;

use crate::{
    Encoded, Format, Result, animation, blurhashes, decode, encode,
    scale::{Window, resize, within_area, within_side},
};

/// What is taken, and how large and how good the variants are made.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Most pixels of an upload (the instance's `image_matrix_limit`); larger ones are refused by their header.
    pub max_pixels: u64,
    /// Most pixels of the original variant.
    pub original_pixels: u64,
    /// Longest side of the small variant, in pixels.
    pub small_side: u32,
    /// JPEG quality, 1 to 100.
    pub quality: u8,
}

impl Default for Options {
    /// 7680×4320, 3840×2160, 640, 85.
    fn default() -> Self {
        Self { max_pixels: 7680 * 4320, original_pixels: 3840 * 2160, small_side: 640, quality: 85 }
    }
}

/// What a file turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A picture.
    Image,
    /// An animated GIF, kept as one. Clients play `gifv` in a video player, which shows no GIF, so that the
    /// entity's type is `image` here as well.
    Animation,
}

/// Everything that is kept of a picture.
#[derive(Debug, Clone)]
pub struct Processed {
    /// What people open.
    pub original: Encoded,
    /// What timelines show; always still.
    pub small: Encoded,
    /// The blur that stands in for it while it loads.
    pub blurhash: String,
    /// What it is.
    pub kind: Kind,
}

/// Recognises, measures, decodes, turns upright, shrinks and encodes an upload; no metadata survives.
///
/// Blocks for up to seconds: call it from `spawn_blocking`, and bound how many run at once. Memory is bounded
/// by [`Options::max_pixels`]; the number of bytes is the caller's to limit.
pub fn process_image(bytes: Bytes, options: Options) -> Result<Processed> {
    decode::guarded(|| process(&bytes, options))
}

fn process(bytes: &[u8], options: Options) -> Result<Processed> {
    let format = decode::sniff(bytes)?;
    let outline =
        if format == Format::Gif { Some(animation::outline(bytes, options.max_pixels)?) } else { None };
    let picture = decode::picture(bytes, format, options.max_pixels)?;
    let size = (picture.width(), picture.height());
    let whole = Window::whole(size);
    let size_kept = within_area(size, options.original_pixels);

    let animated = outline.is_some_and(|outline| outline.frames > 1);
    let original = if animated {
        animation::rewrite(bytes, whole, size_kept)?
    } else {
        let kept = resize(&picture, whole, size_kept)?;
        Encoded::still(&kept, encode::kept_as(format, bytes, &kept), options.quality)?
    };
    let small = resize(&picture, whole, within_side(size, options.small_side))?;
    Ok(Processed {
        original,
        blurhash: blurhashes::encode(&small)?,
        small: Encoded::still(&small, encode::small_as(&small), options.quality)?,
        kind: if animated { Kind::Animation } else { Kind::Image },
    })
}

use bytes::Bytes;

use crate::{
    Encoded, Format, Result, animation, decode, encode,
    scale::{Window, resize},
};

/// Width and height of an avatar, for [`process_avatar`].
pub const AVATAR_SIZE: (u32, u32) = (400, 400);
/// Width and height of a profile's header, for [`process_avatar`].
pub const HEADER_SIZE: (u32, u32) = (1500, 500);

const QUALITY: u8 = 85;

/// A profile's picture, cut to shape.
#[derive(Debug, Clone)]
pub struct Avatar {
    /// The picture, animated if the upload was (`avatar`, `header`).
    pub image: Encoded,
    /// The first frame of an animation (`avatar_static`, `header_static`); `None` if `image` is still itself.
    pub still: Option<Encoded>,
}

/// Cuts the middle of an upload to the proportions of `size` and shrinks it to that; a smaller one is cut, but
/// not enlarged. Blocks, as [`process_image`](crate::process_image) does, and refuses the same: more than
/// `max_pixels` among it.
pub fn process_avatar(bytes: Bytes, size: (u32, u32), max_pixels: u64) -> Result<Avatar> {
    decode::guarded(|| process(&bytes, (size.0.max(1), size.1.max(1)), max_pixels))
}

fn process(bytes: &[u8], size: (u32, u32), max_pixels: u64) -> Result<Avatar> {
    let format = decode::sniff(bytes)?;
    let outline = if format == Format::Gif { Some(animation::outline(bytes, max_pixels)?) } else { None };
    let picture = decode::picture(bytes, format, max_pixels)?;
    let window = Window::middle((picture.width(), picture.height()), size);
    let size = window.at_most(size);
    let cut = resize(&picture, window, size)?;
    let still = Encoded::still(&cut, encode::kept_as(format, bytes, &cut), QUALITY)?;
    Ok(if outline.is_some_and(|outline| outline.frames > 1) {
        Avatar { image: animation::rewrite(bytes, window, size)?, still: Some(still) }
    } else {
        Avatar { image: still, still: None }
    })
}

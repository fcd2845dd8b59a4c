use std::borrow::Cow;

use fast_image_resize::{ResizeOptions, Resizer};
use image::DynamicImage;

use crate::{Error, Result};

/// Width and height in pixels.
pub(crate) type Size = (u32, u32);

/// A rectangle of a picture that is kept, in its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) left: u32,
    pub(crate) top: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Window {
    /// All of it.
    pub(crate) fn whole((width, height): Size) -> Self {
        Self { left: 0, top: 0, width, height }
    }

    /// The largest rectangle in the middle with the proportions of `shape`.
    pub(crate) fn middle((width, height): Size, shape: Size) -> Self {
        let (shape_width, shape_height) = (u64::from(shape.0), u64::from(shape.1));
        let wider = u64::from(width) * shape_height > u64::from(height) * shape_width;
        let (kept_width, kept_height) = if wider {
            (part(height, shape_width, shape_height).min(width), height)
        } else {
            (width, part(width, shape_height, shape_width).min(height))
        };
        Self {
            left: (width - kept_width) / 2,
            top: (height - kept_height) / 2,
            width: kept_width,
            height: kept_height,
        }
    }

    /// `size`, or the window's own if that is smaller: nothing is enlarged.
    pub(crate) fn at_most(self, size: Size) -> Size {
        if self.width > size.0 { size } else { (self.width, self.height) }
    }
}

/// The size with the same proportions and at most `pixels` in all; nothing is enlarged.
pub(crate) fn within_area((width, height): Size, pixels: u64) -> Size {
    let (w, h) = (u64::from(width), u64::from(height));
    if w * h <= pixels {
        return (width, height);
    }
    let side = |of: u64, other: u64| u32::try_from((pixels * of / other).isqrt()).unwrap_or(u32::MAX).max(1);
    (side(w, h).min(width), side(h, w).min(height))
}

/// The size with the same proportions and no side above `side`; nothing is enlarged.
pub(crate) fn within_side((width, height): Size, side: u32) -> Size {
    if width.max(height) <= side {
        (width, height)
    } else if width >= height {
        (side, part(height, side.into(), width.into()))
    } else {
        (part(width, side.into(), height.into()), side)
    }
}

/// `length × by / of`, rounded, at least one pixel.
fn part(length: u32, by: u64, of: u64) -> u32 {
    u32::try_from((u64::from(length) * by + of / 2) / of).unwrap_or(u32::MAX).max(1)
}

/// The window of a picture at another size.
pub(crate) fn resize(picture: &DynamicImage, window: Window, size: Size) -> Result<Cow<'_, DynamicImage>> {
    let Window { left, top, width, height } = window;
    if (width, height) == size {
        if window == Window::whole((picture.width(), picture.height())) {
            return Ok(Cow::Borrowed(picture));
        }
        return Ok(Cow::Owned(picture.crop_imm(left, top, width, height)));
    }
    let options = ResizeOptions::new().crop(left.into(), top.into(), width.into(), height.into());
    let mut resized = DynamicImage::new(size.0, size.1, picture.color());
    Resizer::new().resize(picture, &mut resized, &options).map_err(Error::encode)?;
    Ok(Cow::Owned(resized))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_kept_within_their_limit() {
        let area = 3840 * 2160;
        assert_eq!(within_area((3840, 2160), area), (3840, 2160));
        assert_eq!(within_area((7680, 4320), area), (3840, 2160));
        for size in [(16_384, 2025), (2025, 16_384), (5000, 4000), (4321, 4321)] {
            let (width, height) = within_area(size, area);
            assert!(u64::from(width) * u64::from(height) <= area && width <= size.0 && height <= size.1);
        }
    }

    #[test]
    fn sides_are_kept_within_their_limit() {
        assert_eq!(within_side((1920, 1080), 640), (640, 360));
        assert_eq!(within_side((1080, 1920), 640), (360, 640));
        assert_eq!(within_side((16_384, 1), 640), (640, 1));
        assert_eq!(within_side((10, 20), 640), (10, 20));
    }

    #[test]
    fn the_middle_is_cut_out() {
        let square = Window::middle((1000, 400), (400, 400));
        assert_eq!(square, Window { left: 300, top: 0, width: 400, height: 400 });
        let wide = Window::middle((1500, 1500), (1500, 500));
        assert_eq!(wide, Window { left: 0, top: 500, width: 1500, height: 500 });
        assert_eq!(Window::middle((1, 16_384), (1500, 500)).width, 1);
        assert_eq!(Window::middle((7, 1), (1500, 500)).at_most((1500, 500)), (3, 1));
    }
}

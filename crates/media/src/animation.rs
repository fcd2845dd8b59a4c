use std::borrow::Cow;

use gif::{DecodeOptions, Decoder, Encoder, Frame};

use crate::{
    Encoded, Error, Format, Result,
    decode::check_size,
    scale::{Size, Window},
};

const MAX_FRAMES: u64 = 1000;
/// Pixels of all frames together, were each as large as the whole.
const MAX_PIXELS: u64 = 1_000_000_000;
/// What a hostile file of the permitted size could swell to is cut off here.
const MAX_BYTES: usize = 64 << 20;

/// A GIF as its block structure tells, no pixel unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outline {
    pub(crate) size: Size,
    pub(crate) frames: u64,
}

/// Walks through a GIF to its end and counts, within the limits.
pub(crate) fn outline(bytes: &[u8], max_pixels: u64) -> Result<Outline> {
    let mut decoder = open(bytes, true)?;
    let size = (decoder.width().into(), decoder.height().into());
    check_size(size.0, size.1, max_pixels)?;
    let mut frames = 0;
    while decoder.next_frame_info().map_err(Error::broken)?.is_some() {
        frames += 1;
        if frames > MAX_FRAMES || frames * u64::from(size.0) * u64::from(size.1) > MAX_PIXELS {
            return Err(Error::TooLong);
        }
    }
    Ok(Outline { size, frames })
}

/// Unpacks every frame and packs it again, cut to the window and shrunk to `size`. Colours, delays and the
/// number of repetitions stay; comments and whatever else a GIF can carry do not. Pixels are picked, not
/// mixed, so that the colour tables stay valid.
pub(crate) fn rewrite(bytes: &[u8], window: Window, size: Size) -> Result<Encoded> {
    let mut decoder = open(bytes, false)?;
    let palette = decoder.global_palette().unwrap_or_default().to_vec();
    let mut encoder =
        Encoder::new(Vec::new(), short(size.0)?, short(size.1)?, &palette).map_err(Error::encode)?;
    encoder.set_repeat(decoder.repeat()).map_err(Error::encode)?;
    let columns = picked(window.left, window.width, size.0);
    let rows = picked(window.top, window.height, size.1);
    while let Some(frame) = decoder.read_next_frame().map_err(Error::broken)? {
        encoder.write_frame(&shrunk(frame, &columns, &rows)?).map_err(Error::encode)?;
        if encoder.get_ref().len() > MAX_BYTES {
            return Err(Error::TooLong);
        }
    }
    let bytes = encoder.into_inner().map_err(Error::encode)?;
    Ok(Encoded { bytes: bytes.into(), format: Format::Gif, width: size.0, height: size.1 })
}

fn open(bytes: &[u8], skip_pixels: bool) -> Result<Decoder<&[u8]>> {
    let mut options = DecodeOptions::new();
    options.check_frame_consistency(true);
    options.skip_frame_decoding(skip_pixels);
    options.read_info(bytes).map_err(Error::broken)
}

fn short(side: u32) -> Result<u16> {
    u16::try_from(side).map_err(Error::encode)
}

/// For each of `count` pixels of the result, in ascending order, the pixel of the source that it shows.
fn picked(start: u32, length: u32, count: u32) -> Vec<u16> {
    let (length, count) = (u64::from(length), u64::from(count));
    (0..count)
        .filter_map(|i| u16::try_from(u64::from(start) + (2 * i + 1) * length / (2 * count)).ok())
        .collect()
}

fn shrunk(frame: &Frame<'_>, columns: &[u16], rows: &[u16]) -> Result<Frame<'static>> {
    let (left, columns) = overlap(columns, frame.left, frame.width);
    let (top, rows) = overlap(rows, frame.top, frame.height);
    if columns.is_empty() || rows.is_empty() {
        return Ok(invisible(frame.delay));
    }
    let mut buffer = Vec::with_capacity(columns.len() * rows.len());
    for y in rows {
        let from = usize::from(y - frame.top) * usize::from(frame.width);
        let row = frame.buffer.get(from..from + usize::from(frame.width));
        let row = row.ok_or_else(|| Error::broken("a frame with too few pixels"))?;
        buffer.extend(columns.iter().map(|x| row[usize::from(x - frame.left)]));
    }
    Ok(Frame {
        delay: frame.delay,
        dispose: frame.dispose,
        transparent: frame.transparent,
        needs_user_input: false,
        top: u16::try_from(top).map_err(Error::encode)?,
        left: u16::try_from(left).map_err(Error::encode)?,
        width: u16::try_from(columns.len()).map_err(Error::encode)?,
        height: u16::try_from(rows.len()).map_err(Error::encode)?,
        interlaced: false,
        palette: frame.palette.clone(),
        buffer: Cow::Owned(buffer),
    })
}

/// The picked pixels that lie in `start..start + length`, and how many come before them.
fn overlap(picked: &[u16], start: u16, length: u16) -> (usize, &[u16]) {
    let end = u32::from(start) + u32::from(length);
    let first = picked.partition_point(|&pixel| pixel < start);
    let last = picked.partition_point(|&pixel| u32::from(pixel) < end);
    (first, &picked[first..last.max(first)])
}

/// A frame that shows nothing new still takes its time.
fn invisible(delay: u16) -> Frame<'static> {
    Frame {
        delay,
        transparent: Some(0),
        width: 1,
        height: 1,
        palette: Some(vec![0; 6]),
        buffer: Cow::Borrowed(&[0]),
        ..Frame::default()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use gif::Repeat;

    use super::*;

    /// Four by two pixels: a full frame, then one that changes the rightmost column.
    fn example() -> Vec<u8> {
        let mut encoder = Encoder::new(Vec::new(), 4, 2, &[255, 0, 0, 0, 0, 255]).unwrap();
        encoder.set_repeat(Repeat::Finite(3)).unwrap();
        encoder.write_raw_extension(gif::Extension::Comment.into(), &[b"<script>alert(1)</script>"]).unwrap();
        let first = Frame {
            delay: 7,
            width: 4,
            height: 2,
            buffer: Cow::Borrowed(&[0, 0, 1, 1, 0, 0, 1, 1]),
            ..Frame::default()
        };
        let second = Frame {
            delay: 9,
            left: 3,
            width: 1,
            height: 2,
            buffer: Cow::Borrowed(&[0, 0]),
            ..Frame::default()
        };
        encoder.write_frame(&first).unwrap();
        encoder.write_frame(&second).unwrap();
        encoder.into_inner().unwrap()
    }

    fn frames(bytes: &[u8]) -> Vec<Frame<'static>> {
        let mut decoder = open(bytes, false).unwrap();
        std::iter::from_fn(|| decoder.read_next_frame().unwrap().cloned()).collect()
    }

    #[test]
    fn pixels_delays_and_repetitions_stay() {
        let source = example();
        let Outline { size, frames: count } = outline(&source, 8).unwrap();
        assert_eq!((size, count), ((4, 2), 2));
        let encoded = rewrite(&source, Window::whole(size), size).unwrap();
        assert_eq!(open(&encoded.bytes, false).unwrap().repeat(), Repeat::Finite(3));
        assert!(!encoded.bytes.windows(8).any(|window| window == b"<script>"));
        for (before, after) in frames(&source).iter().zip(frames(&encoded.bytes)) {
            assert_eq!((before.delay, before.left, &before.buffer), (after.delay, after.left, &after.buffer));
        }
    }

    #[test]
    fn what_lies_outside_the_window_is_cut_off() {
        let window = Window { left: 1, top: 0, width: 2, height: 2 };
        let encoded = rewrite(&example(), window, (2, 2)).unwrap();
        let frames = frames(&encoded.bytes);
        assert_eq!(*frames[0].buffer, [0, 1, 0, 1]);
        assert_eq!((frames[1].delay, frames[1].width, frames[1].transparent), (9, 1, Some(0)));
    }

    #[test]
    fn shrinking_picks_pixels() {
        let encoded = rewrite(&example(), Window::whole((4, 2)), (2, 1)).unwrap();
        let frames = frames(&encoded.bytes);
        assert_eq!(*frames[0].buffer, [0, 1]);
        assert_eq!((frames[1].left, &*frames[1].buffer), (1, &[0][..]));
    }

    #[test]
    fn every_shortened_file_is_refused() {
        let source = example();
        for end in 0..source.len() {
            assert!(matches!(outline(&source[..end], 8), Err(Error::Broken(_))), "{end}");
        }
    }
}

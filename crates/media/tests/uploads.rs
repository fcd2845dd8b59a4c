//! What becomes of uploads: honest ones, odd ones and hostile ones.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::borrow::Cow;

use bytes::Bytes;
use image::{
    DynamicImage, ImageEncoder, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage,
    codecs::{jpeg::JpegEncoder, png::PngEncoder},
};
use media::{
    AVATAR_SIZE, Encoded, Error, Format, HEADER_SIZE, Kind, Options, Processed, is_blurhash, process_avatar,
    process_image,
};

/// Most pixels of what is sent here.
const MOST: u64 = 7680 * 4320;
const MARK: &[u8] = b"<script>alert('48.8584N')</script>";

fn process(bytes: impl Into<Bytes>) -> media::Result<Processed> {
    process_image(bytes.into(), Options::default())
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The left half red, the right half blue.
fn halves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| if x < width / 2 { Rgb([230, 0, 0]) } else { Rgb([0, 0, 230]) })
}

fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn decoded(variant: &Encoded) -> DynamicImage {
    assert_eq!(Format::sniff(&variant.bytes), Some(variant.format));
    let picture = image::load_from_memory(&variant.bytes).unwrap();
    assert_eq!((picture.width(), picture.height()), (variant.width, variant.height));
    picture
}

fn gif(width: u16, height: u16, frames: usize) -> Vec<u8> {
    let mut encoder = gif::Encoder::new(Vec::new(), width, height, &[230, 0, 0, 0, 0, 230]).unwrap();
    for number in 0..frames {
        let pixels = vec![u8::from(number % 2 == 1); usize::from(width) * usize::from(height)];
        let buffer = Cow::Owned(pixels);
        encoder
            .write_frame(&gif::Frame { width, height, delay: 5, buffer, ..gif::Frame::default() })
            .unwrap();
    }
    encoder.into_inner().unwrap()
}

/// A TIFF structure with an orientation, a GPS directory (reference "N") and a maker's note.
fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"MM\0\x2a\0\0\0\x08\0\x03".to_vec();
    tiff.extend([1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    tiff.extend([0x82, 0x98, 0, 2, 0, 0, 0, u8::try_from(MARK.len()).unwrap(), 0, 0, 0, 68]);
    tiff.extend([0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 50]);
    tiff.extend([0; 4]);
    tiff.extend([0, 1, 0, 1, 0, 2, 0, 0, 0, 2, b'N', 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(tiff.len(), 68);
    tiff.extend(MARK);
    tiff
}

fn with_segment(jpeg: &[u8], marker: u8, head: &[u8], body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(2 + head.len() + body.len()).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, marker], &length, head, body, &jpeg[2..]].concat()
}

fn png_chunk(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    let covered = [&kind, body].concat();
    let crc = covered.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)))
    });
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&length, covered.as_slice(), &(!crc).to_be_bytes()].concat()
}

fn with_chunk(png: &[u8], kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    [&png[..33], &png_chunk(kind, body), &png[33..]].concat()
}

#[test]
fn every_accepted_type_is_processed() {
    for (format, kept) in [
        (ImageFormat::Jpeg, Format::Jpeg),
        (ImageFormat::Png, Format::Png),
        (ImageFormat::Gif, Format::Png),
        (ImageFormat::WebP, Format::Webp),
    ] {
        let processed = process(encoded(halves(900, 450), format)).unwrap();
        assert_eq!((processed.kind, processed.original.format), (Kind::Image, kept), "{format:?}");
        let original = decoded(&processed.original).into_rgb8();
        assert_eq!(original.dimensions(), (900, 450));
        assert!(original[(10, 10)][0] > 200 && original[(890, 10)][2] > 200, "{format:?}");
        assert_eq!(decoded(&processed.small).into_rgb8().dimensions(), (640, 320));
        assert!(is_blurhash(&processed.blurhash));
    }
}

#[test]
fn large_pictures_are_shrunk() {
    let options = Options { original_pixels: 10_000, small_side: 50, ..Options::default() };
    let processed = process_image(encoded(halves(400, 100), ImageFormat::Png).into(), options).unwrap();
    assert_eq!((processed.original.width, processed.original.height), (200, 50));
    assert_eq!((processed.small.width, processed.small.height), (50, 13));
    decoded(&processed.original);
    decoded(&processed.small);
    let animated = process_image(gif(400, 100, 3).into(), options).unwrap();
    assert_eq!((animated.original.width, animated.original.height), (200, 50));
    decoded(&animated.original);
}

#[test]
fn transparency_stays() {
    let clear = RgbaImage::from_pixel(30, 20, Rgba([9, 9, 9, 0]));
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let processed = process(encoded(clear.clone(), format)).unwrap();
        assert_eq!(decoded(&processed.original).into_rgba8()[(5, 5)][3], 0);
        assert_eq!(decoded(&processed.small).into_rgba8()[(5, 5)][3], 0);
        assert_eq!(processed.small.format, Format::Png);
    }
}

#[test]
fn jpegs_are_turned_upright_and_lose_their_metadata() {
    let plain = encoded(halves(40, 20), ImageFormat::Jpeg);
    for (orientation, size, red) in
        [(1, (40, 20), (2, 10)), (3, (40, 20), (37, 10)), (6, (20, 40), (10, 2)), (8, (20, 40), (10, 37))]
    {
        let jpeg = with_segment(&plain, 0xe1, b"Exif\0\0", &exif(orientation));
        let jpeg = with_segment(&jpeg, 0xe1, b"http://ns.adobe.com/xap/1.0/\0", MARK);
        let jpeg = with_segment(&jpeg, 0xfe, b"", MARK);
        let processed = process(jpeg).unwrap();
        for variant in [&processed.original, &processed.small] {
            let picture = decoded(variant).into_rgb8();
            assert_eq!(picture.dimensions(), size, "orientation {orientation}");
            assert!(picture[red][0] > 150, "orientation {orientation}: {:?}", picture[red]);
            for part in [MARK, b"Exif", b"adobe"] {
                assert!(!contains(&variant.bytes, part));
            }
        }
    }
}

#[test]
fn pngs_are_turned_upright_and_lose_their_metadata() {
    let png = encoded(halves(40, 20), ImageFormat::Png);
    let png = with_chunk(&png, *b"eXIf", &exif(6));
    let png = with_chunk(&png, *b"tEXt", &[b"Comment\0", MARK].concat());
    let png = with_chunk(&png, *b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", MARK].concat());
    let processed = process([&png, MARK].concat()).unwrap();
    assert_eq!((processed.original.width, processed.original.height), (20, 40));
    for part in [MARK, b"eXIf", b"tEXt", b"iTXt"] {
        assert!(!contains(&processed.original.bytes, part));
    }
}

#[test]
fn colours_of_wider_spaces_become_srgb() {
    let picture = RgbImage::from_pixel(16, 16, Rgb([200, 100, 100]));
    let profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    encoder.set_icc_profile(profile).unwrap();
    encoder.write_image(&picture, 16, 16, image::ExtendedColorType::Rgb8).unwrap();
    assert!(contains(&bytes, b"iCCP"));
    let processed = process(bytes).unwrap();
    assert!(!contains(&processed.original.bytes, b"iCCP"));
    let [red, green, blue] = decoded(&processed.original).into_rgb8()[(8, 8)].0;
    assert!(red > 205 && green < 98 && blue < 100, "{red} {green} {blue}");
}

#[test]
fn a_useless_colour_profile_is_ignored() {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new(&mut bytes);
    encoder.set_icc_profile(MARK.repeat(10)).unwrap();
    encoder.write_image(&halves(16, 16), 16, 16, image::ExtendedColorType::Rgb8).unwrap();
    let processed = process(bytes).unwrap();
    assert!(!contains(&processed.original.bytes, MARK));
}

#[test]
fn animations_stay_animated_without_their_attachments() {
    let mut bytes = gif(60, 40, 4);
    bytes.extend(MARK);
    let processed = process(bytes).unwrap();
    assert_eq!((processed.kind, processed.original.format), (Kind::Animation, Format::Gif));
    assert_eq!(processed.small.format, Format::Jpeg);
    assert!(!contains(&processed.original.bytes, MARK));
    let mut decoder = gif::Decoder::new(&processed.original.bytes[..]).unwrap();
    let mut frames = 0;
    while decoder.read_next_frame().unwrap().is_some() {
        frames += 1;
    }
    assert_eq!(frames, 4);
}

#[test]
fn everything_else_is_refused_whatever_it_is_called() {
    let refused: [&[u8]; 8] = [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<?xml version='1.0'?><!DOCTYPE svg><svg/>",
        b"<!doctype html><script>alert(1)</script>",
        b"{\"@context\":\"https://www.w3.org/ns/activitystreams\"}",
        b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0",
        b"II*\0\x08\0\0\0",
        b"\0\0\0\x20ftypavif",
    ];
    for bytes in refused {
        assert!(matches!(process(bytes), Err(Error::Unsupported)));
        assert!(matches!(process_avatar(bytes.into(), AVATAR_SIZE, MOST), Err(Error::Unsupported)));
    }
    for bytes in [&b"GIF89a<script>alert(1)</script>"[..], b"\xff\xd8\xff<html>", b"RIFF\0\0\0\0WEBP<html>"] {
        let error = process(bytes).unwrap_err();
        assert!(error.is_refusal(), "{error:?}");
    }
}

fn png_claiming(width: u32, height: u32) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
    let chunks = [
        png_chunk(*b"IHDR", &header),
        png_chunk(*b"IDAT", b"\x78\x9c\x03\0\0\0\0\x01"),
        png_chunk(*b"IEND", b""),
    ];
    [&b"\x89PNG\r\n\x1a\n"[..], &chunks.concat()].concat()
}

#[test]
fn bombs_are_refused_by_their_header() {
    let webp = [&b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\x3f\xff\xff\0"[..], b"\0"].concat();
    let mut jpeg = encoded(halves(8, 8), ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|window| window == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    let mut wide = gif(2, 2, 1);
    wide[6..10].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    for bytes in [
        png_claiming(60_000, 60_000),
        png_claiming(i32::MAX.unsigned_abs(), 1),
        png_claiming(16_384, 2_026),
        jpeg,
        wide,
    ] {
        assert!(matches!(process(bytes), Err(Error::TooLarge { .. })));
    }
    assert!(process(webp).unwrap_err().is_refusal());
}

#[test]
fn the_most_pixels_are_what_was_asked_for() {
    let of_gif = |max_pixels| {
        let options = Options { max_pixels, ..Options::default() };
        process_image(gif(30, 20, 2).into(), options).map(drop)
    };
    let of_png = |max_pixels| {
        process_avatar(encoded(halves(30, 20), ImageFormat::Png).into(), AVATAR_SIZE, max_pixels).map(drop)
    };
    for refused in [of_gif(599), of_png(599)] {
        assert!(matches!(refused, Err(Error::TooLarge { max_pixels: 599 })));
    }
    of_gif(600).unwrap();
    of_png(600).unwrap();
}

#[test]
fn long_animations_are_refused() {
    assert!(process(gif(1, 1, 1000)).is_ok());
    assert!(matches!(process(gif(1, 1, 1001)), Err(Error::TooLong)));
    let mut encoder = gif::Encoder::new(Vec::new(), 4000, 4000, &[0; 6]).unwrap();
    for _ in 0..63 {
        let buffer = Cow::Borrowed(&[0][..]);
        encoder.write_frame(&gif::Frame { width: 1, height: 1, buffer, ..gif::Frame::default() }).unwrap();
    }
    assert!(matches!(process(encoder.into_inner().unwrap()), Err(Error::TooLong)));
}

#[test]
fn frames_outside_the_picture_are_refused() {
    let mut encoder = gif::Encoder::new(Vec::new(), 4, 4, &[0; 6]).unwrap();
    let buffer = Cow::Owned(vec![0; 64]);
    encoder.write_frame(&gif::Frame { width: 8, height: 8, buffer, ..gif::Frame::default() }).unwrap();
    assert!(matches!(process(encoder.into_inner().unwrap()), Err(Error::Broken(_))));
}

#[test]
fn an_inflated_colour_profile_is_not_unpacked() {
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    encoder.set_icc_profile(vec![0; 64 << 20]).unwrap();
    encoder.write_image(&halves(8, 8), 8, 8, image::ExtendedColorType::Rgb8).unwrap();
    assert!(bytes.len() < 1 << 20);
    match process(bytes) {
        Ok(processed) => assert!(!contains(&processed.original.bytes, b"iCCP")),
        Err(error) => assert!(error.is_refusal()),
    }
}

#[test]
fn shortened_files_are_refused() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP] {
        let noise = |x: u32, y: u32| u8::try_from((x * 7919 + y * 104_729) / 3 % 251).unwrap();
        let picture = RgbImage::from_fn(64, 64, |x, y| Rgb([noise(x, y), noise(y, x), 0]));
        let whole = encoded(picture, format);
        assert!(whole.len() > 2000 && process(whole.clone()).is_ok());
        for end in [4, 12, 20, 33, whole.len() / 4, whole.len() / 2, whole.len() * 3 / 4] {
            let result = process(whole[..end.min(whole.len() - 20)].to_vec());
            assert!(result.as_ref().is_err_and(Error::is_refusal), "{format:?} {end}: {result:?}");
        }
    }
}

#[test]
fn flipped_bytes_never_panic() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP] {
        let whole = encoded(halves(24, 16), format);
        for position in 0..whole.len().min(400) {
            let mut bytes = whole.clone();
            bytes[position] ^= 0x55;
            if let Err(error) = process(bytes) {
                assert!(error.is_refusal(), "{format:?} {position}: {error:?}");
            }
        }
    }
}

#[test]
fn avatars_and_headers_are_cut_to_shape() {
    let wide = encoded(halves(2000, 1000), ImageFormat::Jpeg);
    let avatar = process_avatar(wide.clone().into(), AVATAR_SIZE, MOST).unwrap();
    assert!(avatar.still.is_none());
    let picture = decoded(&avatar.image).into_rgb8();
    assert_eq!(picture.dimensions(), AVATAR_SIZE);
    assert!(picture[(190, 200)][0] > 200 && picture[(210, 200)][2] > 200, "the middle is kept");
    let header = process_avatar(wide.into(), HEADER_SIZE, MOST).unwrap();
    assert_eq!(decoded(&header.image).into_rgb8().dimensions(), HEADER_SIZE);

    let small = process_avatar(encoded(halves(30, 20), ImageFormat::Png).into(), AVATAR_SIZE, MOST).unwrap();
    assert_eq!(decoded(&small.image).into_rgb8().dimensions(), (20, 20));

    let turned = with_segment(&encoded(halves(40, 20), ImageFormat::Jpeg), 0xe1, b"Exif\0\0", &exif(6));
    let turned = process_avatar(turned.into(), HEADER_SIZE, MOST).unwrap();
    assert!(!contains(&turned.image.bytes, MARK));
    assert_eq!(decoded(&turned.image).into_rgb8().dimensions(), (20, 7));
}

#[test]
fn animated_avatars_have_a_still() {
    let avatar = process_avatar(gif(90, 60, 3).into(), (40, 40), MOST).unwrap();
    assert_eq!(avatar.image.format, Format::Gif);
    decoded(&avatar.image);
    let still = avatar.still.unwrap();
    assert_eq!((still.format, still.width, still.height), (Format::Png, 40, 40));
    assert!(decoded(&still).into_rgb8()[(20, 20)][0] > 200);
}

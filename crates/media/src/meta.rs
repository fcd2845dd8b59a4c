use std::str::FromStr;

use serde::Serialize;
use serde_json::{Value, json};

use crate::{Encoded, Error, Processed, Result};

/// The point of a picture that stays visible when it is cropped: from the centre, 1 is the right and the top.
/// Mastodon API, "Focal points for cropping media thumbnails".
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Focus {
    x: f64,
    y: f64,
}

impl Focus {
    /// A point inside the picture, or [`Error::Focus`].
    pub fn new(x: f64, y: f64) -> Result<Self> {
        let inside = |value: f64| (-1.0..=1.0).contains(&value);
        if inside(x) && inside(y) { Ok(Self { x, y }) } else { Err(Error::Focus) }
    }

    /// From the left (-1) to the right (1).
    pub fn x(self) -> f64 {
        self.x
    }

    /// From the bottom (-1) to the top (1).
    pub fn y(self) -> f64 {
        self.y
    }
}

impl FromStr for Focus {
    type Err = Error;

    /// Reads the client API's `"x,y"`.
    fn from_str(text: &str) -> Result<Self> {
        let (x, y) = text.split_once(',').ok_or(Error::Focus)?;
        let number = |text: &str| text.trim().parse().map_err(|_| Error::Focus);
        Self::new(number(x)?, number(y)?)
    }
}

/// The `meta` of a `MediaAttachment`: the sizes of both variants, and the focus if there is one.
pub fn meta(processed: &Processed, focus: Option<Focus>) -> Value {
    let mut meta = json!({ "original": size(&processed.original), "small": size(&processed.small) });
    if let Some(focus) = focus {
        meta["focus"] = json!(focus);
    }
    meta
}

fn size(variant: &Encoded) -> Value {
    let (width, height) = (variant.width, variant.height);
    json!({
        "width": width,
        "height": height,
        "size": format!("{width}x{height}"),
        "aspect": f64::from(width) / f64::from(height),
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{Format, Kind};

    #[test]
    fn a_focus_is_two_numbers_within_the_picture() {
        let focus: Focus = "-0.5, 1.0".parse().unwrap();
        assert_eq!((focus.x(), focus.y()), (-0.5, 1.0));
        for text in ["", "0", "0,", ",", "0,0,0", "1.01,0", "0,-2", "NaN,0", "inf,0", "a,b", "0;0"] {
            assert!(text.parse::<Focus>().is_err(), "{text}");
        }
    }

    #[test]
    fn meta_has_the_shape_of_the_entity() {
        let encoded = |width, height| Encoded { bytes: Bytes::new(), format: Format::Png, width, height };
        let processed = Processed {
            original: encoded(1920, 960),
            small: encoded(640, 320),
            blurhash: String::new(),
            kind: Kind::Image,
        };
        let expected = json!({
            "original": { "width": 1920, "height": 960, "size": "1920x960", "aspect": 2.0 },
            "small": { "width": 640, "height": 320, "size": "640x320", "aspect": 2.0 },
        });
        assert_eq!(meta(&processed, None), expected);
        let focused = meta(&processed, Some("0.25,-1".parse().unwrap()));
        assert_eq!(focused["focus"], json!({ "x": 0.25, "y": -1.0 }));
    }
}

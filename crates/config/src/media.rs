//! `[media]`

use serde::{Deserialize, Serialize};

/// What uploads may be. `server.max_media_bytes` bounds the request around them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Media {
    /// Largest image, in bytes.
    pub max_image_bytes: u64,
    /// Largest image, width times height: what is larger is refused. Decoding takes up to 4 bytes for each pixel.
    pub max_image_pixels: u64,
    /// Longest description of an attachment, in characters.
    pub max_description_chars: u32,
}

impl Default for Media {
    fn default() -> Self {
        Self { max_image_bytes: 16 << 20, max_image_pixels: 7680 * 4320, max_description_chars: 1500 }
    }
}

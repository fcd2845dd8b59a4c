use crate::decode::MAX_SIDE;

/// What can go wrong with a file or a store; [`Error::is_refusal`] tells whose fault it is.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bytes are of no accepted type, whatever their name or declared type says.
    #[error("This type of file is not accepted. Send a picture as PNG, JPEG, GIF or WebP.")]
    Unsupported,
    /// The header announces more pixels than are decoded.
    #[error("This picture is too large: at most {MAX_SIDE} pixels on a side and {max_pixels} in all.")]
    TooLarge {
        /// Most pixels in all.
        max_pixels: u64,
    },
    /// An animation of too many frames, or too many pixels in all of them together.
    #[error("This animation is too long: at most 1000 frames and a thousand million pixels in all.")]
    TooLong,
    /// The file starts like a picture, but cannot be decoded to its end.
    #[error("This file is damaged or incomplete.")]
    Broken(#[source] Source),
    /// A focal point that is not `x,y` with both between -1 and 1.
    #[error("The focus must be two numbers between -1.0 and 1.0, separated by a comma.")]
    Focus,
    /// The asked-for range lies behind the end of an object of this many bytes (HTTP 416).
    #[error("The requested range lies outside the {len} bytes of the file.")]
    Range {
        /// Bytes of the whole object, for `Content-Range: bytes */len`.
        len: u64,
    },
    /// Our own encoder failed.
    #[error("The picture could not be encoded.")]
    Encode(#[source] Source),
    /// The store cannot be read or written.
    #[error("The media store failed.")]
    Storage(#[source] Source),
}

/// The cause beneath an [`Error`], for the log only.
pub(crate) type Source = Box<dyn std::error::Error + Send + Sync>;

/// Shorthand for results of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// True if the file or the request is at fault, and the error's sentence may be shown to who sent it;
    /// false if it is ours, to be logged with its sources and hidden.
    pub fn is_refusal(&self) -> bool {
        !matches!(self, Self::Encode(_) | Self::Storage(_))
    }

    pub(crate) fn broken(cause: impl Into<Source>) -> Self {
        Self::Broken(cause.into())
    }

    pub(crate) fn encode(cause: impl Into<Source>) -> Self {
        Self::Encode(cause.into())
    }

    pub(crate) fn storage(cause: impl Into<Source>) -> Self {
        Self::Storage(cause.into())
    }
}

//! What can go wrong while a report is made.

use renkei_domain::ErrorKind;

/// A failure to render.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The content contradicts itself.
    #[error("the report's content does not fit together: {what}; correct the stage that fills it")]
    Content {
        /// What does not fit, without patients' values.
        what: String,
    },
    /// An image cannot be encoded.
    #[error("the image of {what} cannot be encoded: {source}")]
    Encode {
        /// Which image.
        what: &'static str,
        /// The encoder's own words.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The picture asked for is too small or too large.
    #[error("a picture of {width} x {height} px cannot be drawn; ask for 320 to 3840 px on each side")]
    Size {
        /// Width asked for.
        width: u32,
        /// Height asked for.
        height: u32,
    },
    /// A part of the program that ships inside it is broken.
    #[error("a built-in part of the report is broken: {what}; please report it")]
    Internal {
        /// Which part.
        what: &'static str,
    },
}

impl ReportError {
    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Content { .. } | Self::Size { .. } => ErrorKind::Invalid,
            Self::Encode { .. } | Self::Internal { .. } => ErrorKind::Internal,
        }
    }
}

//! What can be wrong with a slide, or with what was asked of it.

use renkei_domain::{ErrorKind, UmPerPx};

/// A failure to read, decode, tile or write a slide. No message carries a path, an id or text from a header.
#[derive(Debug, thiserror::Error)]
pub enum SlideError {
    /// The object store failed.
    #[error("cannot read the slide from the object store")]
    Store(#[source] object_store::Error),
    /// The file ends before something that its header announces.
    #[error("slide is truncated: {what} ends at byte {end} but the file has {size} bytes; copy the slide again")]
    Truncated {
        /// What was being read.
        what: &'static str,
        /// First byte after it.
        end: u64,
        /// Size of the file.
        size: u64,
    },
    /// Neither TIFF nor DICOM, nor known to OpenSlide where that is built in.
    #[cfg_attr(
        not(feature = "openslide"),
        error(
            "file is neither a TIFF nor a DICOM slide; a build with `--features openslide` reads more formats, else \
             exclude the file or convert it"
        )
    )]
    #[cfg_attr(
        feature = "openslide",
        error("file is neither a TIFF nor a DICOM slide nor one that OpenSlide reads; exclude it or convert it")
    )]
    UnknownFormat,
    /// A count or a size that is 0 or beyond the limits: refused before anything is allocated.
    #[error("{what} is {value}, but 1 to {limit} is allowed: the header is damaged, or raise the slide limits")]
    AbsurdDimensions {
        /// Which quantity.
        what: &'static str,
        /// What the file says.
        value: u64,
        /// What [`crate::Limits`] allows.
        limit: u64,
    },
    /// The table that says where the stored tiles lie is unusable.
    #[error("tile table of level {level} is unusable: {reason}; copy or export the slide again")]
    TileOffsets {
        /// Level, 0 the finest.
        level: usize,
        /// Why.
        reason: &'static str,
    },
    /// The slide does not say its resolution.
    #[error("slide does not state its resolution; put um_per_px for it in the slide table")]
    MissingResolution,
    /// Pixels are not square.
    #[error("pixels are not square ({x} by {y} um): resample the slide to square pixels")]
    Aniso {
        /// um per pixel, horizontally.
        x: f64,
        /// um per pixel, vertically.
        y: f64,
    },
    /// The encoder wants more detail than the slide holds.
    #[error("finest level has {finest}, coarser than the encoder's {target}; choose another encoder or slide")]
    TooCoarse {
        /// Resolution of level 0.
        finest: UmPerPx,
        /// Resolution wanted.
        target: UmPerPx,
    },
    /// Pixels are compressed in a way that is not read here.
    #[error("codec {codec} is not supported; convert the slide to JPEG tiles")]
    UnsupportedCodec {
        /// TIFF compression number or DICOM transfer syntax.
        codec: String,
    },
    /// A legal file of a kind that is not read here.
    #[error("slide layout is not supported: {reason}")]
    UnsupportedLayout {
        /// Which property.
        reason: &'static str,
    },
    /// TIFF structure is broken.
    #[error("TIFF structure is broken: {reason}")]
    MalformedTiff {
        /// What is broken.
        reason: &'static str,
    },
    /// DICOM structure is broken.
    #[error("DICOM instance is unusable: {reason}")]
    MalformedDicom {
        /// What is broken or absent.
        reason: &'static str,
    },
    /// One stored tile does not decode.
    #[error("stored tile at column {column}, row {row} of level {level} is bad: {reason}")]
    BadTile {
        /// Level, 0 the finest.
        level: usize,
        /// Column of the stored tile.
        column: u32,
        /// Row of the stored tile.
        row: u32,
        /// Why.
        reason: String,
    },
    /// A level, row or column that the slide does not have was asked for.
    #[error("{what} is out of range: the slide has {have}")]
    OutOfRange {
        /// What was asked for.
        what: &'static str,
        /// How many there are.
        have: u64,
    },
    /// A grid that cannot be laid.
    #[error("tile grid is impossible: {reason}")]
    Grid {
        /// Why.
        reason: &'static str,
    },
    /// A mask whose size or values do not fit.
    #[error("tissue mask is unusable: {reason}")]
    Mask {
        /// Why.
        reason: &'static str,
    },
    /// OpenSlide knows the format but cannot read this slide. Its own message is dropped: it may quote the header.
    #[cfg(feature = "openslide")]
    #[error("slide is unusable for OpenSlide: {reason}; copy or export the slide again")]
    OpenSlide {
        /// What was being done.
        reason: &'static str,
    },
    /// The copy for OpenSlide could not be written.
    #[cfg(feature = "openslide")]
    #[error("cannot stage the slide in the temporary folder; give it room, or set TMPDIR to a folder that has")]
    Stage(#[source] std::io::Error),
    /// Writing a slide failed.
    #[error("cannot write the slide")]
    Write(#[source] std::io::Error),
}

impl SlideError {
    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Store(object_store::Error::NotFound { .. }) => ErrorKind::NotFound,
            Self::Store(object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. }) => {
                ErrorKind::Denied
            }
            Self::Store(_) | Self::Write(_) => ErrorKind::Unavailable,
            #[cfg(feature = "openslide")]
            Self::Stage(_) => ErrorKind::Unavailable,
            #[cfg(feature = "openslide")]
            Self::OpenSlide { .. } => ErrorKind::Data,
            Self::MissingResolution
            | Self::TooCoarse { .. }
            | Self::OutOfRange { .. }
            | Self::Grid { .. }
            | Self::Mask { .. } => ErrorKind::Invalid,
            Self::Truncated { .. }
            | Self::UnknownFormat
            | Self::AbsurdDimensions { .. }
            | Self::TileOffsets { .. }
            | Self::Aniso { .. }
            | Self::UnsupportedCodec { .. }
            | Self::UnsupportedLayout { .. }
            | Self::MalformedTiff { .. }
            | Self::MalformedDicom { .. }
            | Self::BadTile { .. } => ErrorKind::Data,
        }
    }
}

/// Result with [`SlideError`].
pub type Result<T> = std::result::Result<T, SlideError>;

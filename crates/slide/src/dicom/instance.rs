//! One instance: what its header says of its frames. Attributes after PS3.3 C.8.12 (whole slide microscopy).

use dicom_core::Tag;

use super::walk::{self, Attribute, EXTENDED_LENGTHS, EXTENDED_OFFSETS, Pixels};
use crate::error::{Result, SlideError};
use crate::limits::within;
use crate::source::HeaderReader;

/// SOP class "VL Whole Slide Microscopy Image Storage".
const WHOLE_SLIDE: &str = "1.2.840.10008.5.1.4.1.1.77.1.6";
const IMPLICIT_LITTLE: &str = "1.2.840.10008.1.2";
/// What is read of a file first; four times as much each time that the pixels begin later.
const FIRST_PREFIX: u64 = 64 << 10;

const TRANSFER_SYNTAX: Tag = Tag(0x0002, 0x0010);
const IMAGE_TYPE: Tag = Tag(0x0008, 0x0008);
const SOP_CLASS: Tag = Tag(0x0008, 0x0016);
const SERIES: Tag = Tag(0x0020, 0x000E);
const CONCATENATION: Tag = Tag(0x0020, 0x9161);
const FRAME_OFFSET: Tag = Tag(0x0020, 0x9228);
const ORGANIZATION: Tag = Tag(0x0020, 0x9311);
const SAMPLES: Tag = Tag(0x0028, 0x0002);
const PHOTOMETRIC: Tag = Tag(0x0028, 0x0004);
const PLANAR: Tag = Tag(0x0028, 0x0006);
const FRAMES: Tag = Tag(0x0028, 0x0008);
const ROWS: Tag = Tag(0x0028, 0x0010);
const COLUMNS: Tag = Tag(0x0028, 0x0011);
const SPACING: Tag = Tag(0x0028, 0x0030);
const BITS_ALLOCATED: Tag = Tag(0x0028, 0x0100);
const BITS_STORED: Tag = Tag(0x0028, 0x0101);
const PIXEL_MEASURES: Tag = Tag(0x0028, 0x9110);
const VOLUME_WIDTH: Tag = Tag(0x0048, 0x0001);
const VOLUME_HEIGHT: Tag = Tag(0x0048, 0x0002);
const TOTAL_COLUMNS: Tag = Tag(0x0048, 0x0006);
const TOTAL_ROWS: Tag = Tag(0x0048, 0x0007);
const PLANE_POSITION: Tag = Tag(0x0048, 0x021A);
const COLUMN_POSITION: Tag = Tag(0x0048, 0x021E);
const ROW_POSITION: Tag = Tag(0x0048, 0x021F);
const OPTICAL_PATHS: Tag = Tag(0x0048, 0x0302);
const FOCAL_PLANES: Tag = Tag(0x0048, 0x0303);
const SHARED_GROUPS: Tag = Tag(0x5200, 0x9229);
const PER_FRAME_GROUPS: Tag = Tag(0x5200, 0x9230);

const ROOT: [Tag; 23] = [
    IMAGE_TYPE,
    SOP_CLASS,
    SERIES,
    CONCATENATION,
    FRAME_OFFSET,
    ORGANIZATION,
    SAMPLES,
    PHOTOMETRIC,
    PLANAR,
    FRAMES,
    ROWS,
    COLUMNS,
    BITS_ALLOCATED,
    BITS_STORED,
    VOLUME_WIDTH,
    VOLUME_HEIGHT,
    TOTAL_COLUMNS,
    TOTAL_ROWS,
    OPTICAL_PATHS,
    FOCAL_PLANES,
    EXTENDED_OFFSETS,
    EXTENDED_LENGTHS,
    SPACING,
];

/// The attributes of one instance; numbers that are absent are 0.
#[derive(Debug, Default)]
pub(super) struct Instance {
    pub(super) transfer_syntax: String,
    pub(super) sop_class: String,
    pub(super) image_type: Vec<String>,
    pub(super) series: String,
    pub(super) concatenation: String,
    pub(super) frame_offset: u64,
    pub(super) organization: String,
    pub(super) photometric: String,
    pub(super) samples: u64,
    pub(super) planar: u64,
    pub(super) frames: u64,
    pub(super) frame_width: u64,
    pub(super) frame_height: u64,
    pub(super) bits: (u64, u64),
    pub(super) width: u64,
    pub(super) height: u64,
    pub(super) optical_paths: u64,
    pub(super) focal_planes: u64,
    /// Width and height of the imaged volume in mm.
    pub(super) volume_mm: (f64, f64),
    /// Distance of rows and of columns in mm.
    pub(super) spacing_mm: Option<(f64, f64)>,
    /// Column and row of each frame's first pixel, from 1; as many as the per-frame groups state.
    pub(super) positions: Vec<(i64, i64)>,
    pub(super) extended: Option<(Vec<u64>, Vec<u64>)>,
    pub(super) pixels: Option<Pixels>,
}

impl Instance {
    /// Reads the header of a file that begins like DICOM.
    pub(super) async fn read(reader: &mut HeaderReader<'_>) -> Result<Self> {
        let most = reader.limits().value_bytes.min(reader.size());
        let mut length = FIRST_PREFIX.min(most);
        loop {
            let prefix = reader.peek("DICOM header", 0, length).await?;
            let (instance, found) = Self::parse(&prefix, reader.limits().tiles)?;
            if let Some(Pixels::Encapsulated(end) | Pixels::Native(end, _)) = found {
                reader.read("DICOM header", 0, end).await?;
                return Ok(instance);
            }
            if length == most {
                let reason = "its header is broken, cut short or longer than the limit";
                return Err(SlideError::MalformedDicom { reason });
            }
            length = length.saturating_mul(4).min(most);
        }
    }

    fn parse(prefix: &[u8], most_frames: u64) -> Result<(Self, Option<Pixels>)> {
        let mut instance = Self::default();
        let Some((start, meta)) = meta(prefix) else { return Ok((instance, None)) };
        // The group of meta information has no pixels: the walk ends where its bytes end.
        walk::walk(meta, 132, false, |_, tag| tag == TRANSFER_SYNTAX, |a| instance.transfer_syntax = text(a.value));
        let implicit = instance.transfer_syntax == IMPLICIT_LITTLE;
        let mut positions = Vec::new();
        let pixels = walk::walk(prefix, start, implicit, wanted, |attribute| {
            if attribute.within == [PER_FRAME_GROUPS, PLANE_POSITION] {
                if (attribute.item as u64) < most_frames {
                    positions.resize(positions.len().max(attribute.item + 1), (0, 0));
                    let at = &mut positions[attribute.item];
                    let slot = if attribute.tag == COLUMN_POSITION { &mut at.0 } else { &mut at.1 };
                    *slot = signed(attribute.value);
                }
            } else {
                instance.take(&attribute);
            }
        });
        within("number of frames", instance.frames, most_frames)?;
        instance.positions = positions;
        instance.pixels = pixels;
        Ok((instance, pixels))
    }

    fn take(&mut self, attribute: &Attribute<'_>) {
        let value = attribute.value;
        match attribute.tag {
            IMAGE_TYPE => self.image_type = text(value).split('\\').map(|part| part.trim().to_owned()).collect(),
            SOP_CLASS => self.sop_class = text(value),
            SERIES => self.series = text(value),
            CONCATENATION => self.concatenation = text(value),
            FRAME_OFFSET => self.frame_offset = unsigned(value),
            ORGANIZATION => self.organization = text(value),
            PHOTOMETRIC => self.photometric = text(value),
            SAMPLES => self.samples = unsigned(value),
            PLANAR => self.planar = unsigned(value),
            FRAMES => self.frames = text(value).parse().unwrap_or(0),
            ROWS => self.frame_height = unsigned(value),
            COLUMNS => self.frame_width = unsigned(value),
            BITS_ALLOCATED => self.bits.0 = unsigned(value),
            BITS_STORED => self.bits.1 = unsigned(value),
            TOTAL_COLUMNS => self.width = unsigned(value),
            TOTAL_ROWS => self.height = unsigned(value),
            OPTICAL_PATHS => self.optical_paths = unsigned(value),
            FOCAL_PLANES => self.focal_planes = unsigned(value),
            VOLUME_WIDTH => self.volume_mm.0 = float(value),
            VOLUME_HEIGHT => self.volume_mm.1 = float(value),
            SPACING => self.spacing_mm = pair(&text(value)),
            EXTENDED_OFFSETS => self.extended.get_or_insert_default().0 = words(value),
            EXTENDED_LENGTHS => self.extended.get_or_insert_default().1 = words(value),
            _ => {}
        }
    }

    /// Refuses what is no volume image of one focal plane and one optical path in 8-bit samples.
    pub(super) fn check(&self) -> Result<()> {
        let malformed = |reason| Err(SlideError::MalformedDicom { reason });
        let unsupported = |reason| Err(SlideError::UnsupportedLayout { reason });
        if self.sop_class != WHOLE_SLIDE {
            return unsupported("DICOM instance is no whole-slide microscopy image");
        }
        match self.image_type.get(2).map(String::as_str) {
            Some("VOLUME") => {}
            Some(_) => return unsupported("DICOM instance is a label, overview or thumbnail, not the volume"),
            None => return malformed("ImageType is absent, so that labels cannot be told from tissue"),
        }
        if self.width == 0 || self.height == 0 || self.frame_width == 0 || self.frame_height == 0 {
            return malformed("the size of the image or of its frames is absent");
        }
        if self.bits != (8, 8) || self.planar != 0 {
            return unsupported("samples are not interleaved 8-bit numbers");
        }
        if self.focal_planes > 1 || self.optical_paths > 1 {
            return unsupported("DICOM instance has several focal planes or optical paths");
        }
        if self.organization != "TILED_FULL" && (self.positions.len() as u64) < self.frames.max(1) {
            return malformed("it is not TILED_FULL and does not state the position of each frame");
        }
        Ok(())
    }

    /// um per pixel, horizontally and vertically.
    pub(super) fn um_per_px(&self) -> Option<(f64, f64)> {
        match self.spacing_mm {
            Some((rows, columns)) => Some((columns * 1000.0, rows * 1000.0)),
            None if self.volume_mm.0 > 0.0 && self.volume_mm.1 > 0.0 => {
                Some((self.volume_mm.0 * 1000.0 / self.width as f64, self.volume_mm.1 * 1000.0 / self.height as f64))
            }
            None => None,
        }
    }
}

/// Whether an attribute is on the allow-list, where it lies.
fn wanted(within: &[Tag], tag: Tag) -> bool {
    match within {
        [] => ROOT.contains(&tag),
        [SHARED_GROUPS, PIXEL_MEASURES] => tag == SPACING,
        [PER_FRAME_GROUPS, PLANE_POSITION] => matches!(tag, COLUMN_POSITION | ROW_POSITION),
        _ => false,
    }
}

/// Where the data set begins, and the file up to there (PS3.10 section 7.1: group length first, explicit little endian).
fn meta(prefix: &[u8]) -> Option<(u64, &[u8])> {
    let head: &[u8; 12] = prefix.get(132..144)?.try_into().ok()?;
    let [2, 0, 0, 0, b'U', b'L', 4, 0, length @ ..] = head else { return None };
    let end = 144 + u64::from(u32::from_le_bytes(*length));
    Some((end, prefix.get(..end as usize)?))
}

fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).trim_matches(['\0', ' ']).to_owned()
}

fn unsigned(value: &[u8]) -> u64 {
    value.iter().take(8).rev().fold(0, |sum, &byte| sum << 8 | u64::from(byte))
}

fn signed(value: &[u8]) -> i64 {
    value.try_into().map_or(0, |bytes| i64::from(i32::from_le_bytes(bytes)))
}

fn float(value: &[u8]) -> f64 {
    value.try_into().map_or(0.0, |bytes| f64::from(f32::from_le_bytes(bytes)))
}

fn words(value: &[u8]) -> Vec<u64> {
    value.chunks_exact(8).map(unsigned).collect()
}

fn pair(text: &str) -> Option<(f64, f64)> {
    let (first, second) = text.split_once('\\')?;
    Some((first.trim().parse().ok()?, second.trim().parse().ok()?))
}

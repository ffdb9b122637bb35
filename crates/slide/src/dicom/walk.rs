//! The data set of one instance up to its pixels: only the attributes of an allow-list are read, all others are skipped.
//!
//! Tokens come from `dicom-parser`'s lazy reader, which neither recurses nor reads a value before it is asked to, so that
//! a hostile nesting or length costs nothing.

use std::io::Cursor;

use dicom_core::Tag;
use dicom_core::header::{HasLength, Header};
use dicom_parser::StatefulDecode;
use dicom_parser::dataset::LazyDataToken;
use dicom_parser::dataset::lazy_read::LazyDataSetReader;
use dicom_transfer_syntax_registry::entries::{EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN};

/// Sequences within sequences; the deepest of use lies three deep.
const DEPTH: usize = 16;
/// Longest value of an attribute other than the offset tables.
const VALUE: usize = 4096;

pub(super) const PIXEL_DATA: Tag = Tag(0x7FE0, 0x0010);
pub(super) const EXTENDED_OFFSETS: Tag = Tag(0x7FE0, 0x0001);
pub(super) const EXTENDED_LENGTHS: Tag = Tag(0x7FE0, 0x0002);

/// One attribute, with the sequences it lies in (outermost first) and the number of the outermost sequence's item.
pub(super) struct Attribute<'a> {
    pub(super) within: &'a [Tag],
    pub(super) item: usize,
    pub(super) tag: Tag,
    pub(super) value: &'a [u8],
}

/// Where the pixels begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pixels {
    /// Items follow at this offset, the basic offset table first.
    Encapsulated(u64),
    /// So many bytes of samples follow at this offset.
    Native(u64, u64),
}

/// Walks `prefix`, a file's first bytes, from `start`, and gives `visit` each attribute that `wanted` names.
///
/// `None` if the bytes end, or are no longer DICOM, before the pixels begin.
pub(super) fn walk(
    prefix: &[u8],
    start: u64,
    implicit: bool,
    wanted: impl Fn(&[Tag], Tag) -> bool,
    mut visit: impl FnMut(Attribute<'_>),
) -> Option<Pixels> {
    let syntax = if implicit { IMPLICIT_VR_LITTLE_ENDIAN.erased() } else { EXPLICIT_VR_LITTLE_ENDIAN.erased() };
    let mut cursor = Cursor::new(prefix);
    cursor.set_position(start);
    let mut reader = LazyDataSetReader::new_with_ts(cursor, &syntax).ok()?;
    let (mut within, mut item, mut depth): (Vec<Tag>, usize, usize) = (Vec::new(), 0, 0);
    let mut native = None;
    loop {
        let token = match native {
            Some(length) => return Some(Pixels::Native(reader.into_decoder().position(), length)),
            None => reader.advance()?.ok()?,
        };
        match token {
            LazyDataToken::ElementHeader(header) if header.tag() == PIXEL_DATA && within.is_empty() => {
                native = Some(u64::from(header.length().get()?));
            }
            LazyDataToken::ElementHeader(_) => {}
            LazyDataToken::PixelSequenceStart if within.is_empty() => {
                return Some(Pixels::Encapsulated(reader.into_decoder().position()));
            }
            LazyDataToken::PixelSequenceStart => return None,
            LazyDataToken::SequenceStart { tag, .. } => {
                if within.len() == DEPTH {
                    return None;
                }
                within.push(tag);
            }
            LazyDataToken::SequenceEnd => {
                within.pop();
                if within.is_empty() {
                    item = 0;
                }
            }
            LazyDataToken::ItemStart { .. } => {
                if depth == 0 && within.len() == 1 {
                    item += 1;
                }
                depth += 1;
            }
            LazyDataToken::ItemEnd => depth = depth.checked_sub(1)?,
            LazyDataToken::LazyValue { header, .. } => {
                let (tag, length) = (header.tag(), header.length().get()? as usize);
                let long = matches!(tag, EXTENDED_OFFSETS | EXTENDED_LENGTHS);
                if wanted(&within, tag) && (long || length <= VALUE) && length <= prefix.len() {
                    let mut value = Vec::new();
                    token.read_value_into(&mut value).ok()?;
                    if value.len() < length {
                        return None;
                    }
                    visit(Attribute { within: &within, item: item.saturating_sub(1), tag, value: &value });
                } else {
                    token.skip().ok()?;
                }
            }
            LazyDataToken::LazyItemValue { .. } => token.skip().ok()?,
            _ => return None,
        }
    }
}

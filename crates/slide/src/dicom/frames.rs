//! Where the frames of one instance lie: extended offset table, basic offset table, or item by item (PS3.5 A.4).

use bytes::Bytes;

use super::instance::Instance;
use super::walk::Pixels;
use crate::error::{Result, SlideError};
use crate::limits::within;
use crate::slide::Place;
use crate::source::HeaderReader;

const ITEM: [u8; 4] = [0xFE, 0xFF, 0x00, 0xE0];
const DELIMITER: [u8; 4] = [0xFE, 0xFF, 0xDD, 0xE0];
/// Bytes of an item's tag and length.
const ITEM_HEADER: u64 = 8;

const NO_ITEM: SlideError = SlideError::MalformedDicom { reason: "pixel data is not a sequence of items" };
const TABLE: SlideError = SlideError::MalformedDicom { reason: "the offset table does not fit the frames" };

/// The places of all frames, in order; encapsulated ones with their item headers.
pub(super) async fn places(instance: &Instance, reader: &mut HeaderReader<'_>, source: u32) -> Result<Vec<Place>> {
    let frames = instance.frames.max(1);
    let spans = match instance.pixels {
        Some(Pixels::Native(start, length)) => native(instance, start, length)?,
        Some(Pixels::Encapsulated(start)) => encapsulated(instance, reader, start, frames).await?,
        None => return Err(SlideError::MalformedDicom { reason: "it has no pixel data" }),
    };
    spans.into_iter().map(|(start, end)| place(reader, start, end, source)).collect()
}

fn place(reader: &HeaderReader<'_>, start: u64, end: u64, source: u32) -> Result<Place> {
    let length = end.checked_sub(start).ok_or(TABLE)?;
    within("compressed size of a stored tile", length, reader.limits().tile_bytes.min(u64::from(u32::MAX)))?;
    if end > reader.size() {
        return Err(SlideError::Truncated { what: "a frame", end, size: reader.size() });
    }
    Ok(Place { offset: start, length: length as u32, source })
}

fn native(instance: &Instance, start: u64, length: u64) -> Result<Vec<(u64, u64)>> {
    let frame = instance.frame_width.saturating_mul(instance.frame_height).saturating_mul(instance.samples);
    if frame.saturating_mul(instance.frames.max(1)) > length {
        return Err(SlideError::MalformedDicom { reason: "pixel data is shorter than its frames" });
    }
    Ok((0..instance.frames.max(1)).map(|i| (start + i * frame, start + (i + 1) * frame)).collect())
}

async fn encapsulated(
    instance: &Instance,
    reader: &mut HeaderReader<'_>,
    start: u64,
    frames: u64,
) -> Result<Vec<(u64, u64)>> {
    let table_length = item(reader, start).await?.ok_or(NO_ITEM)?;
    let first = start + ITEM_HEADER + table_length;
    let add = |offset: u64| first.checked_add(offset).ok_or(TABLE);
    if let Some((offsets, lengths)) = &instance.extended {
        if offsets.len() as u64 != frames || lengths.len() as u64 != frames {
            return Err(TABLE);
        }
        let spans = offsets.iter().zip(lengths);
        return spans.map(|(&o, &l)| Ok((add(o)?, add(o.saturating_add(l).saturating_add(ITEM_HEADER))?))).collect();
    }
    if table_length == 0 {
        return one_item_each(reader, first, frames).await;
    }
    if table_length != frames * 4 {
        return Err(TABLE);
    }
    let table = reader.read("basic offset table", start + ITEM_HEADER, table_length).await?;
    let word = |chunk: &[u8]| chunk.iter().rev().fold(0u64, |sum, &byte| sum << 8 | u64::from(byte));
    let mut edges = table.chunks_exact(4).map(|chunk| add(word(chunk))).collect::<Result<Vec<u64>>>()?;
    if edges.windows(2).any(|pair| pair[1] < pair[0] + ITEM_HEADER) {
        return Err(TABLE);
    }
    let mut end = edges.last().copied().ok_or(TABLE)?;
    while let Some(length) = item(reader, end).await? {
        end = end.saturating_add(ITEM_HEADER + length);
    }
    edges.push(end);
    Ok(edges.windows(2).map(|pair| (pair[0], pair[1])).collect())
}

/// Without any table each frame must be one item.
async fn one_item_each(reader: &mut HeaderReader<'_>, first: u64, frames: u64) -> Result<Vec<(u64, u64)>> {
    let (mut spans, mut at) = (Vec::new(), first);
    while let Some(length) = item(reader, at).await? {
        let end = at.saturating_add(ITEM_HEADER + length);
        if spans.len() as u64 == frames {
            return Err(SlideError::MalformedDicom { reason: "there are more items than frames and no offset table" });
        }
        spans.push((at, end));
        at = end;
    }
    if spans.len() as u64 == frames {
        Ok(spans)
    } else {
        Err(SlideError::MalformedDicom { reason: "there are fewer items than frames" })
    }
}

/// Length of the item at `at`; `None` at the sequence's end.
async fn item(reader: &mut HeaderReader<'_>, at: u64) -> Result<Option<u64>> {
    let head = reader.read("an item of pixel data", at, ITEM_HEADER).await?;
    let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
    match head[..4] == ITEM {
        true if length == u32::MAX => Err(NO_ITEM),
        true => Ok(Some(u64::from(length))),
        false if head[..4] == DELIMITER => Ok(None),
        false => Err(NO_ITEM),
    }
}

/// The fragments of one frame, joined. `None` if the bytes are no sequence of items.
pub(crate) fn join_items(bytes: &Bytes) -> Option<Bytes> {
    let mut fragments = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let head = bytes.get(at..at + ITEM_HEADER as usize)?;
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        if head[..4] != ITEM {
            return None;
        }
        let start = at + ITEM_HEADER as usize;
        // The extended table counts a frame's bytes before they are padded to an even length.
        let end = start.checked_add(length)?.min(bytes.len());
        fragments.push(bytes.slice(start..end));
        at = end;
    }
    match &fragments[..] {
        [whole] => Some(whole.clone()),
        parts => Some(Bytes::from(parts.concat())),
    }
}

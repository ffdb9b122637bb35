//! Bytes of one object, by range; and the reading of headers, bounded, cached and hashed.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use renkei_domain::Digest;
use sha2::{Digest as _, Sha256};

use crate::error::{Result, SlideError};
use crate::limits::{Limits, within};

/// Gap between two wanted ranges that is read along rather than skipped.
const COALESCE_GAP: u64 = 16 << 10;
/// What one request for header bytes fetches.
const BLOCK: u64 = 64 << 10;
/// Blocks kept while a header is parsed.
const BLOCKS_KEPT: usize = 32;

/// One object of a store.
#[derive(Clone)]
pub(crate) struct Source {
    store: Arc<dyn ObjectStore>,
    path: Path,
    size: u64,
}

impl Source {
    pub(crate) async fn open(store: Arc<dyn ObjectStore>, path: Path) -> Result<Self> {
        let size = store.head(&path).await.map_err(SlideError::Store)?.size;
        Ok(Self { store, path, size })
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) async fn read(&self, range: Range<u64>) -> Result<Bytes> {
        let wanted = range.end - range.start;
        let bytes = self.store.get_range(&self.path, range.clone()).await.map_err(SlideError::Store)?;
        if bytes.len() as u64 == wanted { Ok(bytes) } else { Err(self.shrunk(range.end)) }
    }

    /// The bytes of each range, in order. Ranges must lie in the object; near ones are read together.
    pub(crate) async fn read_all(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let merged = coalesce(ranges);
        let spans: Vec<_> = merged.iter().map(|span| span.bytes.clone()).collect();
        let read = self.store.get_ranges(&self.path, &spans).await.map_err(SlideError::Store)?;
        let mut out = vec![Bytes::new(); ranges.len()];
        for (span, bytes) in merged.iter().zip(read) {
            if bytes.len() as u64 != span.bytes.end - span.bytes.start {
                return Err(self.shrunk(span.bytes.end));
            }
            for &index in &span.members {
                let start = (ranges[index].start - span.bytes.start) as usize;
                out[index] = bytes.slice(start..start + (ranges[index].end - ranges[index].start) as usize);
            }
        }
        Ok(out)
    }

    fn shrunk(&self, end: u64) -> SlideError {
        SlideError::Truncated { what: "a byte range", end, size: self.size }
    }
}

struct Span {
    bytes: Range<u64>,
    members: Vec<usize>,
}

fn coalesce(ranges: &[Range<u64>]) -> Vec<Span> {
    let mut order: Vec<usize> = (0..ranges.len()).collect();
    order.sort_by_key(|&i| (ranges[i].start, ranges[i].end));
    let mut spans: Vec<Span> = Vec::new();
    for index in order {
        let range = &ranges[index];
        match spans.last_mut() {
            Some(span) if range.start <= span.bytes.end.saturating_add(COALESCE_GAP) => {
                span.bytes.end = span.bytes.end.max(range.end);
                span.members.push(index);
            }
            _ => spans.push(Span { bytes: range.clone(), members: vec![index] }),
        }
    }
    spans
}

/// Reads header bytes of one object: every byte that parsing looked at enters the slide's digest, once per look and in order.
pub(crate) struct HeaderReader<'a> {
    source: &'a Source,
    limits: &'a Limits,
    blocks: Vec<(u64, Bytes)>,
    hasher: Sha256,
    read: u64,
}

impl<'a> HeaderReader<'a> {
    pub(crate) fn new(source: &'a Source, limits: &'a Limits) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(source.size.to_le_bytes());
        Self { source, limits, blocks: Vec::new(), hasher, read: 0 }
    }

    pub(crate) fn size(&self) -> u64 {
        self.source.size
    }

    pub(crate) fn limits(&self) -> &'a Limits {
        self.limits
    }

    /// `length` bytes at `offset`; they enter the digest.
    pub(crate) async fn read(&mut self, what: &'static str, offset: u64, length: u64) -> Result<Bytes> {
        let bytes = self.peek(what, offset, length).await?;
        self.hasher.update(offset.to_le_bytes());
        self.hasher.update(&bytes);
        Ok(bytes)
    }

    /// As [`Self::read`], without entering the digest: for bytes whose extent is not known yet.
    pub(crate) async fn peek(&mut self, what: &'static str, offset: u64, length: u64) -> Result<Bytes> {
        within(what, length, self.limits.value_bytes)?;
        let end = offset.checked_add(length).filter(|end| *end <= self.source.size).ok_or(SlideError::Truncated {
            what,
            end: offset.saturating_add(length),
            size: self.source.size,
        })?;
        self.read = self.read.saturating_add(length);
        within("sum of the header's values", self.read, self.limits.header_bytes)?;
        let block = offset / BLOCK;
        if length == 0 {
            Ok(Bytes::new())
        } else if (end - 1) / BLOCK == block {
            let held = self.block(block).await?;
            let start = (offset - block * BLOCK) as usize;
            Ok(held.slice(start..start + length as usize))
        } else {
            self.source.read(offset..end).await
        }
    }

    async fn block(&mut self, index: u64) -> Result<Bytes> {
        if let Some((_, bytes)) = self.blocks.iter().find(|(held, _)| *held == index) {
            return Ok(bytes.clone());
        }
        let start = index * BLOCK;
        let bytes = self.source.read(start..(start + BLOCK).min(self.source.size)).await?;
        if self.blocks.len() == BLOCKS_KEPT {
            self.blocks.remove(0);
        }
        self.blocks.push((index, bytes.clone()));
        Ok(bytes)
    }

    /// SHA-256 over the file size and everything read so far.
    pub(crate) fn digest(self) -> Digest {
        Digest::from(<[u8; 32]>::from(self.hasher.finalize()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_ranges_are_read_together_and_far_ones_apart() {
        let far = 1 << 20;
        let spans = coalesce(&[far..far + 10, 0..100, 100..200, 50..80]);
        let spans: Vec<_> = spans.into_iter().map(|s| (s.bytes, s.members)).collect();
        assert_eq!(spans, [(0..200, vec![1, 3, 2]), (far..far + 10, vec![0])]);
    }
}

//! Decodes, cuts and encodes the rows of a band on one thread.

use renkei_domain::{Digest, ErrorKind};
use renkei_inference::{Encoder, InferenceError, TileBatch};
use renkei_slide::{Cell, Region, SlideError, StoredTile};
use renkei_stage::ShardError;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::fetch::Piece;
use super::{OpenSlide, slide_error};
use crate::Context;

/// What a band became.
#[derive(Debug)]
pub(crate) struct Embedded {
    /// Encoded cells with their tissue fraction, in grid order.
    pub(crate) cells: Vec<(Cell, f32)>,
    /// Their features, row-major.
    pub(crate) features: Vec<f32>,
    /// Cells that could not be decoded, with the reason.
    pub(crate) faults: Vec<(Cell, String)>,
    /// Digest of the compressed bytes consumed, in order.
    pub(crate) input: Digest,
}

struct Band<'a> {
    slide: &'a OpenSlide,
    region: Region,
    batch: TileBatch,
    embedded: Embedded,
}

/// Why a tile is not in the batch.
enum Cut {
    Slide(SlideError),
    Batch(InferenceError),
}

impl From<SlideError> for Cut {
    fn from(error: SlideError) -> Self {
        Self::Slide(error)
    }
}

impl From<InferenceError> for Cut {
    fn from(error: InferenceError) -> Self {
        Self::Batch(error)
    }
}

/// Computes until the pieces end. Batches never cross bands, so results do not depend on who shares a batch.
pub(crate) fn run(
    context: &Context,
    slide: &OpenSlide,
    mut pieces: mpsc::Receiver<Piece>,
    cancel: &CancellationToken,
) -> Result<Embedded, ShardError> {
    let mut encoder = context.encoder.acquire();
    let mut band = Band {
        slide,
        region: Region::new(&slide.grid),
        batch: encoder.new_batch(),
        embedded: Embedded { cells: vec![], features: vec![], faults: vec![], input: Digest::of(b"") },
    };
    let mut digests = Vec::new();
    while let Some(piece) = pieces.blocking_recv() {
        digests.push(piece.stored.sha256());
        band.region.retire_above(slide.grid.row_band(piece.row.row).start);
        let next_row = slide.grid.row_band(piece.row.row + 1).start;
        let mut ahead = by_column(&piece.stored.tiles).peekable();
        for (cell, tissue) in &piece.row.cells {
            if cancel.is_cancelled() {
                return Err(ShardError::cancelled());
            }
            let columns = slide.grid.stored(*cell).0;
            band.region.retire_left_above(columns.start, next_row);
            while let Some(tile) = ahead.next_if(|tile| tile.column < columns.end) {
                band.decode(tile)?;
            }
            band.cut(*cell, *tissue, &mut encoder)?;
        }
        context.progress.add(piece.row.looked_at, piece.row.cells.len() as u64);
    }
    band.encode(&mut encoder)?;
    band.embedded.input = Digest::of_parts(digests.iter().map(|digest| &digest.as_bytes()[..]));
    Ok(band.embedded)
}

/// From left to right, so that a tile's pixels are still in the processor's cache when cells are cut from them.
fn by_column(tiles: &[StoredTile]) -> impl Iterator<Item = &StoredTile> {
    let mut order: Vec<&StoredTile> = tiles.iter().collect();
    order.sort_by_key(|tile| (tile.column, tile.row));
    order.into_iter()
}

impl Band<'_> {
    /// Decodes one stored tile. A bad one is left out: the cells over it find it missing and are set aside.
    fn decode(&mut self, tile: &StoredTile) -> Result<(), ShardError> {
        let (level, scale) = (self.slide.grid.level(), self.slide.reading.decode_scale);
        let mut buffer = self.region.spare();
        match self.slide.slide.decode(level, tile, scale, &mut buffer) {
            Ok(()) => self.region.place(tile.column, tile.row, buffer),
            Err(SlideError::BadTile { .. }) => {}
            Err(error) => return Err(slide_error(&error)),
        }
        Ok(())
    }

    fn cut(&mut self, cell: Cell, tissue: f32, encoder: &mut Encoder) -> Result<(), ShardError> {
        let cut = self.batch.push_with(|pixels| Ok::<_, Cut>(self.region.tile(cell, pixels)?));
        match cut {
            Ok(()) => {}
            Err(Cut::Slide(error @ SlideError::BadTile { .. })) => {
                self.embedded.faults.push((cell, error.to_string()));
                return Ok(());
            }
            Err(Cut::Slide(error)) => return Err(slide_error(&error)),
            Err(Cut::Batch(error)) => return Err(inference_error(&error)),
        }
        self.embedded.cells.push((cell, tissue));
        if self.batch.is_full() { self.encode(encoder) } else { Ok(()) }
    }

    fn encode(&mut self, encoder: &mut Encoder) -> Result<(), ShardError> {
        let features = encoder.encode(&mut self.batch).map_err(|error| inference_error(&error))?;
        self.embedded.features.extend_from_slice(features.values());
        Ok(())
    }
}

/// A model that fails on one tile is not to be trusted on the others: the run stops and says which encoder it was.
fn inference_error(error: &InferenceError) -> ShardError {
    let kind = if matches!(error, InferenceError::NotFinite { .. }) { ErrorKind::Data } else { error.kind() };
    ShardError::new(kind, format!("encoder: {error}"))
}

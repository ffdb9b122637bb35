//! Decodes, cuts and encodes the rows of a band on one thread.

use renkei_domain::{Digest, ErrorKind};
use renkei_inference::{Encoder, InferenceError, TileBatch};
use renkei_slide::{Cell, Region, SlideError};
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
    pixels: Vec<u8>,
    embedded: Embedded,
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
        pixels: vec![0; context.encoder.card().input.tile_bytes()],
        embedded: Embedded { cells: vec![], features: vec![], faults: vec![], input: Digest::of(b"") },
    };
    let mut digests = Vec::new();
    while let Some(piece) = pieces.blocking_recv() {
        digests.push(piece.stored.sha256());
        band.decode(&piece)?;
        for (cell, tissue) in &piece.row.cells {
            if cancel.is_cancelled() {
                return Err(ShardError::cancelled());
            }
            band.cut(*cell, *tissue, &mut encoder)?;
        }
        context.progress.add(piece.row.looked_at, piece.row.cells.len() as u64);
    }
    band.encode(&mut encoder)?;
    band.embedded.input = Digest::of_parts(digests.iter().map(|digest| &digest.as_bytes()[..]));
    Ok(band.embedded)
}

impl Band<'_> {
    /// Decodes the piece's stored tiles. A bad one is left out: the cells over it find it missing and are set aside.
    fn decode(&mut self, piece: &Piece) -> Result<(), ShardError> {
        self.region.retire_above(self.slide.grid.row_band(piece.row.row).start);
        let (level, scale) = (self.slide.grid.level(), self.slide.reading.decode_scale);
        for tile in &piece.stored.tiles {
            let mut buffer = self.region.spare();
            match self.slide.slide.decode(level, tile, scale, &mut buffer) {
                Ok(()) => self.region.place(tile.column, tile.row, buffer),
                Err(SlideError::BadTile { .. }) => {}
                Err(error) => return Err(slide_error(&error)),
            }
        }
        Ok(())
    }

    fn cut(&mut self, cell: Cell, tissue: f32, encoder: &mut Encoder) -> Result<(), ShardError> {
        match self.region.tile(cell, &mut self.pixels) {
            Ok(()) => {}
            Err(error @ SlideError::BadTile { .. }) => {
                self.embedded.faults.push((cell, error.to_string()));
                return Ok(());
            }
            Err(error) => return Err(slide_error(&error)),
        }
        self.batch.push(&self.pixels).map_err(|error| inference_error(&error))?;
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

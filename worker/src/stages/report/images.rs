//! Cutting tiles and thumbnails out of slides for the report.

use std::collections::HashMap;
use std::sync::Arc;

use fast_image_resize::images::Image;
use fast_image_resize::{PixelType, Resizer};
use renkei_domain::plan::SlideRef;
use renkei_domain::{ErrorKind, SlideId};
use renkei_report::{EncodedImage, MediaType};
use renkei_slide::{Cell, Region, lay};
use renkei_stage::ShardError;

use crate::Context;
use crate::reading::artifact_error;
use crate::stages::embed::{open_unmasked, slide_error};
use crate::stages::{defect, off_thread};

/// Side of an exemplar in pixels.
const SIDE: u32 = 112;
/// JPEG quality of an exemplar.
const QUALITY: u8 = 85;

/// One encoder tile of a slide as a small JPEG.
pub(super) async fn exemplar(context: &Arc<Context>, slide: &SlideRef, cell: Cell) -> Result<EncodedImage, ShardError> {
    let open = open_unmasked(context, slide).await?;
    let wish = context.grid_wish();
    let (reading, grid) = lay(open.header(), Some(slide.um_per_px), &wish).map_err(|error| slide_error(&error))?;
    let (columns, rows) = grid.stored(cell);
    let stored = open.fetch(grid.level(), rows, columns).await.map_err(|error| slide_error(&error))?;
    off_thread(move || {
        let mut region = Region::new(&grid);
        for tile in &stored.tiles {
            let mut buffer = region.spare();
            open.decode(grid.level(), tile, reading.decode_scale, &mut buffer).map_err(|error| slide_error(&error))?;
            region.place(tile.column, tile.row, buffer);
        }
        let mut pixels = vec![0; wish.tile_px as usize * wish.tile_px as usize * 3];
        region.tile(cell, &mut pixels).map_err(|error| slide_error(&error))?;
        jpeg(wish.tile_px, pixels)
    })
    .await
}

fn jpeg(side: u32, pixels: Vec<u8>) -> Result<EncodedImage, ShardError> {
    let tile = Image::from_vec_u8(side, side, pixels, PixelType::U8x3).map_err(defect)?;
    let mut small = Image::new(SIDE, SIDE, PixelType::U8x3);
    Resizer::new().resize(&tile, &mut small, None).map_err(defect)?;
    let mut bytes = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, QUALITY);
    encoder.encode(small.buffer(), SIDE as u16, SIDE as u16, jpeg_encoder::ColorType::Rgb).map_err(defect)?;
    Ok(EncodedImage { media_type: MediaType::Jpeg, bytes })
}

/// The planned slides by id.
pub(super) async fn slides_of(context: &Context) -> Result<HashMap<SlideId, SlideRef>, ShardError> {
    let slides = context.store.slides().await.map_err(artifact_error)?.unwrap_or_default();
    Ok(slides.into_iter().map(|slide| (slide.slide.clone(), slide)).collect())
}

/// A slide that a committed table names.
pub(super) fn known<'a>(slides: &'a HashMap<SlideId, SlideRef>, id: &str) -> Result<&'a SlideRef, ShardError> {
    let id = SlideId::new(id).map_err(defect)?;
    slides
        .get(&id)
        .ok_or_else(|| ShardError::new(ErrorKind::Data, "a committed table names a slide that was not planned"))
}

//! Images inside the page.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jpeg_encoder::{ColorType, Encoder};
use tiny_skia::Pixmap;

use crate::content::{EncodedImage, MediaType, RgbImage, TissueMask};
use crate::error::ReportError;
use crate::surface::{Grid, Rgb};

/// Quality of thumbnails: tissue stays clear at a tenth of the size of a PNG.
const JPEG_QUALITY: u8 = 82;
/// Tissue mask: a green that neither blue nor red tissue has, half seen through.
const MASK: (Rgb, u8) = (Rgb(0, 158, 115), 120);

/// A data URI of an image already encoded.
pub(super) fn encoded(image: &EncodedImage) -> String {
    let media_type = match image.media_type {
        MediaType::Jpeg => "image/jpeg",
        MediaType::Png => "image/png",
    };
    uri(media_type, &image.bytes)
}

/// A data URI of PNG bytes.
pub(super) fn png(bytes: &[u8]) -> String {
    uri("image/png", bytes)
}

/// A data URI of a thumbnail, as JPEG.
///
/// # Errors
/// [`ReportError::Encode`] where a side is above 65,535 px.
pub(super) fn thumbnail(image: &RgbImage) -> Result<String, ReportError> {
    let refused =
        |source: Box<dyn std::error::Error + Send + Sync>| ReportError::Encode { what: "a thumbnail", source };
    let width = u16::try_from(image.width).map_err(|source| refused(source.into()))?;
    let height = u16::try_from(image.height).map_err(|source| refused(source.into()))?;
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes, JPEG_QUALITY)
        .encode(&image.pixels, width, height, ColorType::Rgb)
        .map_err(|source| refused(source.into()))?;
    Ok(uri("image/jpeg", &bytes))
}

/// A data URI of a tissue mask: coloured where there is tissue, clear elsewhere.
///
/// # Errors
/// [`ReportError::Encode`] where the PNG cannot be written.
pub(super) fn mask(mask: &TissueMask) -> Result<String, ReportError> {
    let tint = |pixel: &u8| (*pixel != 0).then_some(MASK);
    picture(mask.width, mask.height, mask.pixels.iter().map(tint))
}

/// A data URI of the risks, one pixel a tile, clear where there is no tile.
///
/// # Errors
/// [`ReportError::Encode`] where the PNG cannot be written.
pub(super) fn heat(grid: &Grid, colour: impl Fn(f64) -> Rgb) -> Result<String, ReportError> {
    let cells = (0..grid.rows).flat_map(|row| (0..grid.columns).map(move |column| (row, column)));
    let pixels = cells.map(|cell| grid.risks.get(&cell).map(|risk| (colour(*risk), 255)));
    picture(grid.columns, grid.rows, pixels)
}

fn picture(width: u32, height: u32, pixels: impl Iterator<Item = Option<(Rgb, u8)>>) -> Result<String, ReportError> {
    let too_large = || ReportError::Content { what: "an overlay is too large".to_owned() };
    let mut picture = Pixmap::new(width, height).ok_or_else(too_large)?;
    for (to, pixel) in picture.data_mut().chunks_exact_mut(4).zip(pixels) {
        if let Some((Rgb(red, green, blue), alpha)) = pixel {
            let seen = |channel: u8| (u16::from(channel) * u16::from(alpha) / 255) as u8;
            to.copy_from_slice(&[seen(red), seen(green), seen(blue), alpha]);
        }
    }
    let bytes =
        picture.encode_png().map_err(|source| ReportError::Encode { what: "an overlay", source: source.into() })?;
    Ok(png(&bytes))
}

fn uri(media_type: &str, bytes: &[u8]) -> String {
    format!("data:{media_type};base64,{}", STANDARD.encode(bytes))
}

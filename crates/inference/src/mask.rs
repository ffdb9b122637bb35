//! Tissue masks by a segmentation network, the alternative to a threshold on saturation.

use std::path::Path;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use ort::session::Session;
use ort::value::{TensorElementType, TensorRef};
use renkei_domain::Digest;

use crate::card::MAX_SIDE;
use crate::error::{InferenceError, Result};
use crate::provider::ProviderChoice;
use crate::runtime::Runtime;
use crate::session;

/// A tissue model: one input `[N, height, width, 3]` of RGB from 0 to 1, one output `[N, height, width, 1]` of
/// probabilities. It runs on the processor: one thumbnail for each slide.
#[derive(Debug)]
pub struct MaskModel {
    session: Session,
    digest: Digest,
    height: usize,
    width: usize,
}

/// How likely each pixel is tissue, at the model's own size: row-major `[height, width]`, 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct TissueProbabilities {
    /// Pixels down.
    pub height: usize,
    /// Pixels across.
    pub width: usize,
    /// Row by row.
    pub values: Vec<f32>,
}

impl MaskModel {
    /// Opens the model at `path` and checks that it is shaped as above.
    pub fn load(path: &Path, runtime: &Runtime) -> Result<Self> {
        let bytes =
            std::fs::read(path).map_err(|source| InferenceError::Unreadable { path: path.to_owned(), source })?;
        let (session, _) = session::open(&bytes, path, runtime, ProviderChoice::Cpu, 1)?;
        let (height, width) = size(&session).ok_or_else(|| misfit(path, &session))?;
        Ok(Self { session, digest: Digest::of(&bytes), height, width })
    }

    /// SHA-256 of the model file.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The probabilities for a whole thumbnail (RGB, row by row, `height` x `width` x 3 bytes), which is stretched to
    /// the model's size: relative places stay, the aspect ratio does not.
    pub fn probabilities(&mut self, rgb: &[u8], height: usize, width: usize) -> Result<TissueProbabilities> {
        let resized = resize(rgb, (height, width), (self.height, self.width))?;
        let pixels: Vec<f32> = resized.iter().map(|&value| f32::from(value) / 255.0).collect();
        let failed = |error: ort::Error| InferenceError::Run { reason: error.to_string() };
        let input = TensorRef::from_array_view(([1, self.height, self.width, 3], pixels.as_slice())).map_err(failed)?;
        let outputs = self.session.run(ort::inputs![input]).map_err(failed)?;
        let values = outputs[0].try_extract_tensor::<f32>().map_err(failed)?.1.to_vec();
        if values.iter().any(|value| !value.is_finite()) {
            return Err(InferenceError::NotFinite { tile: 0 });
        }
        Ok(TissueProbabilities { height: self.height, width: self.width, values })
    }
}

/// Height and width if the session has the one input and one output that a tissue model has.
fn size(session: &Session) -> Option<(usize, usize)> {
    let ([input], [output]) = (session.inputs(), session.outputs()) else { return None };
    let single = |outlet: &ort::value::Outlet| outlet.dtype().tensor_type() == Some(TensorElementType::Float32);
    if !single(input) || !single(output) {
        return None;
    }
    let (input, output) = (input.dtype().tensor_shape()?, output.dtype().tensor_shape()?);
    let (&[_, height, width, 3], &[_, out_height, out_width, 1]) = (&input[..], &output[..]) else { return None };
    let side = |size: i64| usize::try_from(size).ok().filter(|side| (1..=MAX_SIDE).contains(side));
    if (height, width) != (out_height, out_width) {
        return None;
    }
    Some((side(height)?, side(width)?))
}

fn misfit(path: &Path, session: &Session) -> InferenceError {
    let described = |outlets: &[ort::value::Outlet]| {
        outlets.iter().map(|outlet| outlet.dtype().to_string()).collect::<Vec<_>>().join(", ")
    };
    InferenceError::Misfit {
        path: path.to_owned(),
        what: "a tissue model's shape",
        card: "f32 [N, height, width, 3] to f32 [N, height, width, 1]".to_owned(),
        model: format!("{} to {}", described(session.inputs()), described(session.outputs())),
    }
}

/// The image stretched from `from` to `to` (height, width) by area-aware linear interpolation.
fn resize(rgb: &[u8], from: (usize, usize), to: (usize, usize)) -> Result<Vec<u8>> {
    let (height, width) = from;
    let wrong = || InferenceError::ThumbnailSize {
        width,
        height,
        expected: height.saturating_mul(width).saturating_mul(3),
        found: rgb.len(),
    };
    let side = |size: usize| u32::try_from(size).ok().filter(|&side| side > 0);
    let (Some(rows), Some(columns)) = (side(height), side(width)) else { return Err(wrong()) };
    if height.checked_mul(width).and_then(|pixels| pixels.checked_mul(3)) != Some(rgb.len()) {
        return Err(wrong());
    }
    if from == to {
        return Ok(rgb.to_vec());
    }
    let source = ImageRef::new(columns, rows, rgb, PixelType::U8x3).map_err(|_| wrong())?;
    let mut target = Image::new(to.1 as u32, to.0 as u32, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    Resizer::new().resize(&source, &mut target, &options).map_err(|_| wrong())?;
    Ok(target.into_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halving_averages_and_keeps_the_channels_apart() {
        let rgb: Vec<u8> = (0..16).flat_map(|place| [10, if place % 4 < 2 { 0 } else { 200 }, 30]).collect();
        let small = resize(&rgb, (4, 4), (1, 2)).unwrap();
        assert_eq!((small[0], small[2], small[3], small[5]), (10, 30, 10, 30));
        assert!(small[1] < 60 && small[4] > 140, "{small:?}");
    }

    #[test]
    fn a_thumbnail_of_the_wrong_size_is_refused() {
        for (bytes, size) in [(11, (2, 2)), (0, (0, 4)), (12, (usize::MAX, 2))] {
            let error = resize(&vec![0; bytes], size, (2, 2)).unwrap_err();
            assert!(matches!(error, InferenceError::ThumbnailSize { .. }), "{error}");
        }
    }
}

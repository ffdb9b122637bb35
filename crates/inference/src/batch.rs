//! Tiles on their way into a model: normalised and laid out as they are added, into one buffer that is used again.

use crate::card::{Dtype, InputCard, Layout};
use crate::error::{InferenceError, Result};

/// A batch of fixed size that is being filled. Made by `Encoder::new_batch`; adding a tile allocates nothing.
///
/// Several may exist for one encoder, so that one can be filled while another is encoded.
#[derive(Debug, Clone)]
pub struct TileBatch {
    input: InputCard,
    tables: Tables,
    pixels: Pixels,
    /// The tile being added, where the layout is another than its own.
    rgb: Vec<u8>,
    capacity: usize,
    len: usize,
}

/// The input tensor's elements, batch outermost.
#[derive(Debug, Clone)]
pub(crate) enum Pixels {
    Float32(Vec<f32>),
    Uint8(Vec<u8>),
}

/// (pixel - mean) / std for every pixel value, by channel.
type Tables = [[f32; 256]; 3];

impl TileBatch {
    pub(crate) fn new(input: &InputCard, capacity: usize) -> Self {
        let elements = capacity * input.tile_bytes();
        let pixels = match input.dtype {
            Dtype::Float32 => Pixels::Float32(vec![0.0; elements]),
            Dtype::Uint8 => Pixels::Uint8(vec![0; elements]),
        };
        Self {
            input: input.clone(),
            tables: tables(&input.mean, &input.std),
            pixels,
            rgb: Vec::new(),
            capacity,
            len: 0,
        }
    }

    /// Adds a tile: RGB, row by row, height x width x 3 bytes, of the card's size.
    pub fn push(&mut self, rgb: &[u8]) -> Result<()> {
        let expected = self.input.tile_bytes();
        if rgb.len() != expected {
            return Err(InferenceError::TileSize { expected, found: rgb.len() });
        }
        self.push_with(|tile| {
            tile.copy_from_slice(rgb);
            Ok(())
        })
    }

    /// Adds a tile that `write` puts down, as [`Self::push`] takes it: into the batch itself where the layout allows,
    /// without a copy in between. Nothing is added where `write` fails.
    pub fn push_with<E: From<InferenceError>>(
        &mut self,
        write: impl FnOnce(&mut [u8]) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        if self.is_full() {
            return Err(InferenceError::BatchFull { capacity: self.capacity }.into());
        }
        let bytes = self.input.tile_bytes();
        let place = self.len * bytes..(self.len + 1) * bytes;
        if let (Pixels::Uint8(out), Layout::Nhwc) = (&mut self.pixels, self.input.layout) {
            write(&mut out[place])?;
        } else {
            self.rgb.resize(bytes, 0);
            write(&mut self.rgb)?;
            match (&mut self.pixels, self.input.layout) {
                (Pixels::Float32(out), Layout::Nchw) => normalise_planar(&self.rgb, &self.tables, &mut out[place]),
                (Pixels::Float32(out), Layout::Nhwc) => normalise_interleaved(&self.rgb, &self.tables, &mut out[place]),
                (Pixels::Uint8(out), _) => split_planes(&self.rgb, &mut out[place]),
            }
        }
        self.len += 1;
        Ok(())
    }

    /// Tiles added since the batch was made or last encoded.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether no tile was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether it must be encoded before another tile can be added.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.len == self.capacity
    }

    /// Tiles in a full batch.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Drops the tiles and keeps the buffer.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// The whole buffer, with copies of the last tile in the places that were not filled: what was there before
    /// must not reach a model whose outputs depend on a tile's companions.
    pub(crate) fn filled(&mut self) -> &Pixels {
        let tile = self.input.tile_bytes();
        let Some(last) = self.len.checked_sub(1).map(|index| index * tile..(index + 1) * tile) else {
            return &self.pixels;
        };
        for free in self.len..self.capacity {
            match &mut self.pixels {
                Pixels::Float32(out) => out.copy_within(last.clone(), free * tile),
                Pixels::Uint8(out) => out.copy_within(last.clone(), free * tile),
            }
        }
        &self.pixels
    }

    pub(crate) fn input(&self) -> &InputCard {
        &self.input
    }
}

fn tables(mean: &[f32; 3], std: &[f32; 3]) -> Tables {
    std::array::from_fn(|channel| std::array::from_fn(|pixel| (pixel as f32 - mean[channel]) / std[channel]))
}

fn normalise_planar(rgb: &[u8], [red, green, blue]: &Tables, out: &mut [f32]) {
    let plane = rgb.len() / 3;
    let (reds, rest) = out.split_at_mut(plane);
    let (greens, blues) = rest.split_at_mut(plane);
    let (pixels, _) = rgb.as_chunks::<3>();
    for (((pixel, r), g), b) in pixels.iter().zip(reds).zip(greens).zip(blues) {
        *r = red[usize::from(pixel[0])];
        *g = green[usize::from(pixel[1])];
        *b = blue[usize::from(pixel[2])];
    }
}

fn normalise_interleaved(rgb: &[u8], [red, green, blue]: &Tables, out: &mut [f32]) {
    let (pixels, _) = rgb.as_chunks::<3>();
    let (places, _) = out.as_chunks_mut::<3>();
    for (pixel, place) in pixels.iter().zip(places) {
        *place = [red[usize::from(pixel[0])], green[usize::from(pixel[1])], blue[usize::from(pixel[2])]];
    }
}

fn split_planes(rgb: &[u8], out: &mut [u8]) {
    let plane = rgb.len() / 3;
    let (pixels, _) = rgb.as_chunks::<3>();
    for (index, pixel) in pixels.iter().enumerate() {
        for channel in 0..3 {
            out[channel * plane + index] = pixel[channel];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(layout: Layout, dtype: Dtype) -> InputCard {
        let (mean, std) = match dtype {
            Dtype::Float32 => ([1.0, 2.0, 3.0], [2.0, 4.0, 8.0]),
            Dtype::Uint8 => ([0.0; 3], [1.0; 3]),
        };
        InputCard { name: "x".to_owned(), layout, dtype, height: 1, width: 2, mean, std }
    }

    const TILE: [u8; 6] = [11, 22, 33, 1, 2, 3];

    fn filled(layout: Layout, dtype: Dtype) -> Pixels {
        let mut batch = TileBatch::new(&card(layout, dtype), 1);
        batch.push(&TILE).unwrap();
        batch.filled().clone()
    }

    #[test]
    fn pixels_are_normalised_by_channel_in_both_layouts() {
        let Pixels::Float32(planar) = filled(Layout::Nchw, Dtype::Float32) else { panic!("float32 asked for") };
        assert_eq!(planar, [5.0, 0.0, 5.0, 0.0, 3.75, 0.0]);
        let Pixels::Float32(interleaved) = filled(Layout::Nhwc, Dtype::Float32) else { panic!("float32 asked for") };
        assert_eq!(interleaved, [5.0, 5.0, 3.75, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn bytes_pass_as_they_are_in_both_layouts() {
        let Pixels::Uint8(planar) = filled(Layout::Nchw, Dtype::Uint8) else { panic!("uint8 asked for") };
        assert_eq!(planar, [11, 1, 22, 2, 33, 3]);
        let Pixels::Uint8(interleaved) = filled(Layout::Nhwc, Dtype::Uint8) else { panic!("uint8 asked for") };
        assert_eq!(interleaved, TILE);
    }

    #[test]
    fn free_places_hold_the_last_tile_and_nothing_of_an_earlier_batch() {
        let mut batch = TileBatch::new(&card(Layout::Nhwc, Dtype::Uint8), 3);
        for tile in [[9; 6], [8; 6], [7; 6]] {
            batch.push(&tile).unwrap();
        }
        batch.clear();
        batch.push(&[1; 6]).unwrap();
        let Pixels::Uint8(pixels) = batch.filled() else { panic!("uint8 asked for") };
        assert_eq!(pixels, &[1; 18]);
    }

    #[test]
    fn a_tile_of_another_size_and_one_too_many_are_refused() {
        let mut batch = TileBatch::new(&card(Layout::Nhwc, Dtype::Uint8), 1);
        assert!(matches!(batch.push(&[0; 5]), Err(InferenceError::TileSize { expected: 6, found: 5 })));
        batch.push(&TILE).unwrap();
        assert!(batch.is_full());
        assert!(matches!(batch.push(&TILE), Err(InferenceError::BatchFull { capacity: 1 })));
    }
}

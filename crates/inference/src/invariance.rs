//! Does a tile's feature depend on the tiles beside it? A probe, byte by byte.

use crate::encoder::Encoder;
use crate::error::Result;

/// Whether each of a few fixed tiles gives the same bytes in every place of the batch and beside other tiles.
///
/// Only then may batches be filled across shards (DESIGN section 5). The batch size stays fixed in any case.
/// Costs one full batch for each place of the batch, and one more.
pub fn batch_invariant(encoder: &mut Encoder) -> Result<bool> {
    let tile_bytes = encoder.card().input.tile_bytes();
    let places = encoder.class().batch;
    let tiles: Vec<Vec<u8>> = (0..=places).map(|seed| pattern(seed, tile_bytes)).collect();
    let mut batch = encoder.new_batch();
    let alone = {
        batch.push(&tiles[0])?;
        encoder.encode(&mut batch)?
    };
    for place in 0..places {
        for other in 0..places {
            batch.push(if other == place { &tiles[0] } else { &tiles[1 + (other + place) % places] })?;
        }
        let together = encoder.encode(&mut batch)?;
        let same = together.rows().nth(place).is_some_and(|row| bits(row).eq(bits(alone.values())));
        if !same {
            return Ok(false);
        }
    }
    Ok(true)
}

fn bits(row: &[f32]) -> impl Iterator<Item = u32> + '_ {
    row.iter().map(|value| value.to_bits())
}

/// A tile of repeatable noise: a linear congruential generator (Knuth, MMIX constants) started by the tile's number.
fn pattern(seed: usize, bytes: usize) -> Vec<u8> {
    let mut state = seed as u64 + 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..bytes).map(|_| next()).collect()
}

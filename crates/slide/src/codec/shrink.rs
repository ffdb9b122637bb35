//! Averages blocks of pixels, for codecs that cannot scale while decoding.

use crate::stored::RgbBuffer;

/// Replaces `from` (whose sides `factor` divides) by the mean of its `factor` x `factor` blocks, written to `out`.
pub(super) fn shrink(from: &[u8], width: u32, factor: u32, out: &mut RgbBuffer) {
    let (factor, row_bytes) = (factor as usize, width as usize * 3);
    let area = (factor * factor) as u32;
    let stride = out.stride();
    for (y, row) in out.pixels.chunks_exact_mut(stride).enumerate() {
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            let mut sums = [0u32; 3];
            for dy in 0..factor {
                let start = (y * factor + dy) * row_bytes + x * factor * 3;
                for source in from[start..start + factor * 3].chunks_exact(3) {
                    sums.iter_mut().zip(source).for_each(|(sum, &v)| *sum += u32::from(v));
                }
            }
            pixel.iter_mut().zip(sums).for_each(|(v, sum)| *v = ((sum + area / 2) / area) as u8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_become_their_rounded_mean() {
        let from: Vec<u8> = [10, 20, 0, 0, 11, 20, 0, 1].iter().flat_map(|&v| [v, v, v]).collect();
        let mut out = RgbBuffer::default();
        out.resize(2, 1);
        shrink(&from, 4, 2, &mut out);
        assert_eq!(out.pixels, [15, 15, 15, 0, 0, 0]);
    }
}

//! Otsu's threshold and a small median filter, on 8-bit values.

/// The value that parts the histogram into two classes of least variance within (Otsu 1979): the lower class is `<=` it.
pub(super) fn threshold(histogram: &[u64; 256]) -> u8 {
    let total: u64 = histogram.iter().sum();
    let sum: f64 = histogram.iter().zip(0u32..).map(|(&n, v)| n as f64 * f64::from(v)).sum();
    let (mut below, mut sum_below) = (0u64, 0.0);
    let mut best = (0.0, 0u8);
    for (&n, v) in histogram.iter().zip(0u8..=255) {
        below += n;
        sum_below += n as f64 * f64::from(v);
        if below == 0 || below == total {
            continue;
        }
        let (lower, upper) = (below as f64, (total - below) as f64);
        let apart = sum_below / lower - (sum - sum_below) / upper;
        let between = lower * upper * apart * apart;
        if between > best.0 {
            best = (between, v);
        }
    }
    best.1
}

/// Pixels that are filtered together: a few vector registers.
const LANES: usize = 32;

/// Median of each 3x3 neighbourhood; the border keeps its values.
pub(super) fn median3(values: &[u8], width: usize) -> Vec<u8> {
    let height = values.len().checked_div(width).unwrap_or(0);
    let mut out = values.to_vec();
    let inner = width.saturating_sub(2);
    for y in 1..height.saturating_sub(1) {
        for x in (0..inner).step_by(LANES) {
            let count = LANES.min(inner - x);
            let mut near = [[0; LANES]; 9];
            for (place, near) in near.iter_mut().enumerate() {
                let start = (y + place / 3 - 1) * width + x + place % 3;
                near[..count].copy_from_slice(&values[start..start + count]);
            }
            let start = y * width + x + 1;
            out[start..start + count].copy_from_slice(&medians(near)[..count]);
        }
    }
    out
}

/// Exchanges that bring the median of nine to place 4 (Smith 1996, as in Devillard's `opt_med9`): no branches, so that
/// the compiler works on all lanes at once.
const EXCHANGES: [(usize, usize); 19] = [
    (1, 2),
    (4, 5),
    (7, 8),
    (0, 1),
    (3, 4),
    (6, 7),
    (1, 2),
    (4, 5),
    (7, 8),
    (0, 3),
    (5, 8),
    (4, 7),
    (3, 6),
    (1, 4),
    (2, 5),
    (4, 7),
    (4, 2),
    (6, 4),
    (4, 2),
];

/// The median of the nine values in each lane.
fn medians(mut near: [[u8; LANES]; 9]) -> [u8; LANES] {
    for (low, high) in EXCHANGES {
        let (lows, highs) = (near[low], near[high]);
        near[low] = std::array::from_fn(|lane| lows[lane].min(highs[lane]));
        near[high] = std::array::from_fn(|lane| lows[lane].max(highs[lane]));
    }
    near[4]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_peaks_are_parted_between_them() {
        let mut histogram = [0; 256];
        histogram[8..12].fill(500);
        histogram[90..110].fill(100);
        assert!((11..90).contains(&threshold(&histogram)));
        assert_eq!(threshold(&[0; 256]), 0);
    }

    #[test]
    fn the_exchanges_find_the_median_of_every_nine_bits() {
        // The 0-1 principle (Knuth, volume 3, 5.3.4): right for all zeros and ones is right for all values.
        for bits in 0u16..512 {
            let near: [u8; 9] = std::array::from_fn(|place| u8::from(bits & (1 << place) != 0));
            let lanes = near.map(|value| [value; LANES]);
            assert_eq!(medians(lanes), [u8::from(bits.count_ones() > 4); LANES], "{near:?}");
        }
    }

    #[test]
    fn a_single_speck_vanishes() {
        let mut values = vec![5; 25];
        values[12] = 200;
        assert_eq!(median3(&values, 5), vec![5; 25]);
        let mut wide = vec![5; 3 * 100];
        wide[100 + 97] = 200;
        assert_eq!(median3(&wide, 100), vec![5; 300], "beyond the first lanes too");
    }
}

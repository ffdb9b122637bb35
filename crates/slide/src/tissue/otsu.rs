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

/// Median of each 3x3 neighbourhood; the border keeps its values.
pub(super) fn median3(values: &[u8], width: usize) -> Vec<u8> {
    let height = values.len().checked_div(width).unwrap_or(0);
    let mut out = values.to_vec();
    for y in 1..height.saturating_sub(1) {
        for x in 1..width.saturating_sub(1) {
            let mut near = [0; 9];
            for (row, near) in near.chunks_exact_mut(3).enumerate() {
                let start = (y + row - 1) * width + x - 1;
                near.copy_from_slice(&values[start..start + 3]);
            }
            out[y * width + x] = *near.select_nth_unstable(4).1;
        }
    }
    out
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
    fn a_single_speck_vanishes() {
        let mut values = vec![5; 25];
        values[12] = 200;
        assert_eq!(median3(&values, 5), vec![5; 25]);
    }
}

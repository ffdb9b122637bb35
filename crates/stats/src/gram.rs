//! Sums of outer products, by blocks of rows through a matrix product that uses the processor's vector units.

use nalgebra::{DMatrix, Dyn, MatrixView};

/// Rows that wait for one matrix product: a block of 256 rows of 64 doubles fits the second cache.
const BLOCK: usize = 256;
/// Width of the column panels; only panels on and above the diagonal are formed.
const PANEL: usize = 128;

/// The sum of `scale^2 * row * row^T` over the rows added.
#[derive(Debug)]
pub(crate) struct Gram {
    columns: usize,
    upper: DMatrix<f64>,
    waiting: Vec<f64>,
}

impl Gram {
    pub(crate) fn new(columns: usize) -> Self {
        Self { columns, upper: DMatrix::zeros(columns, columns), waiting: Vec::with_capacity(BLOCK * columns) }
    }

    /// Adds `scale^2 * row * row^T`.
    pub(crate) fn add(&mut self, scale: f64, row: impl Iterator<Item = f64>) {
        self.waiting.extend(row.map(|value| scale * value));
        if self.waiting.len() >= BLOCK * self.columns {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let (p, rows) = (self.columns, self.waiting.len() / self.columns);
        for left in (0..p).step_by(PANEL) {
            let tall = PANEL.min(p - left);
            let transposed = view(&self.waiting, left, (tall, rows), (1, p));
            for right in (left..p).step_by(PANEL) {
                let wide = PANEL.min(p - right);
                let block = view(&self.waiting, right, (rows, wide), (p, 1));
                self.upper.view_mut((left, right), (tall, wide)).gemm(1.0, &transposed, &block, 1.0);
            }
        }
        self.waiting.clear();
    }

    /// The whole symmetric matrix.
    pub(crate) fn finish(mut self) -> DMatrix<f64> {
        if !self.waiting.is_empty() {
            self.flush();
        }
        self.upper.fill_lower_triangle_with_upper_triangle();
        self.upper
    }
}

fn view(
    values: &[f64],
    first: usize,
    shape: (usize, usize),
    strides: (usize, usize),
) -> MatrixView<'_, f64, Dyn, Dyn, Dyn, Dyn> {
    let (rows, columns) = (Dyn(shape.0), Dyn(shape.1));
    MatrixView::from_slice_with_strides_generic(&values[first..], rows, columns, Dyn(strides.0), Dyn(strides.1))
}

/// The inner product of two slices of one length, in eight partial sums so that it fills vector registers; the order of the
/// additions is fixed.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let (a_blocks, b_blocks) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a_blocks.remainder().iter().zip(b_blocks.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a_blocks.zip(b_blocks) {
        for lane in 0..8 {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    lanes.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_plain_sum_over_blocks_and_panels() {
        let (rows, columns) = (BLOCK + 37, PANEL + 5);
        let value = |row: usize, column: usize| ((row * 31 + column * 17) % 101) as f64 / 50.0 - 1.0;
        let mut gram = Gram::new(columns);
        for row in 0..rows {
            gram.add(0.5, (0..columns).map(|column| value(row, column)));
        }
        let sums = gram.finish();
        for (i, j) in [(0, 0), (0, PANEL + 4), (PANEL + 4, 0), (PANEL, PANEL + 1), (3, 90)] {
            let plain: f64 = (0..rows).map(|row| 0.25 * value(row, i) * value(row, j)).sum();
            assert!((sums[(i, j)] - plain).abs() < 1e-11, "{i} {j}");
        }
    }

    #[test]
    fn inner_product_keeps_the_remainder() {
        let a: Vec<f64> = (0..19).map(f64::from).collect();
        assert_eq!(dot(&a, &a), (0..19).map(|v| f64::from(v * v)).sum::<f64>());
    }
}

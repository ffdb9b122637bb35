//! Sums of outer products, by blocks of rows in the processor's vector units.

use nalgebra::DMatrix;
use pulp::{Arch, Simd, WithSimd};

/// Columns that are multiplied together: one register of 512 bits, two of 256.
const LANES: usize = 8;
/// Values in a block of rows: half of a second cache of 1 MiB.
const BLOCK: usize = 1 << 16;

/// Eight columns of one row.
type Lanes = [f64; LANES];

/// The sum of `scale^2 * row * row^T` over the rows added. It is formed by columns in panels of eight; every product has its own
/// running sum, added to row by row without fused rounding, so the bytes are the same whatever vector units there are.
#[derive(Debug)]
pub(crate) struct Gram {
    columns: usize,
    /// Rows of a block.
    block: usize,
    /// Panels on and above the diagonal, each with its products row by row.
    upper: Vec<[Lanes; LANES]>,
    /// Rows of a block, and how many values of it are there.
    waiting: Vec<f64>,
    filled: usize,
    packed: Vec<Lanes>,
}

impl Gram {
    pub(crate) fn new(columns: usize) -> Self {
        let panels = columns.div_ceil(LANES);
        let block = (BLOCK / (panels * LANES)).clamp(32, 256);
        let upper = vec![[[0.0; LANES]; LANES]; panels * (panels + 1) / 2];
        Self { columns, block, upper, waiting: Vec::new(), filled: 0, packed: Vec::new() }
    }

    /// Adds `scale^2 * row * row^T`.
    #[inline(always)]
    pub(crate) fn add(&mut self, scale: f64, row: impl Iterator<Item = f64>) {
        if self.filled == self.waiting.len() {
            self.flush();
        }
        let to = &mut self.waiting[self.filled..self.filled + self.columns];
        to.iter_mut().zip(row).for_each(|(to, value)| *to = scale * value);
        self.filled += self.columns;
    }

    /// Adds the rows that wait, and makes room for a block of them.
    #[inline(never)]
    fn flush(&mut self) {
        let rows = self.filled / self.columns;
        self.packed.clear();
        self.packed.resize(self.columns.div_ceil(LANES) * rows, [0.0; LANES]);
        let Self { columns, upper, waiting, packed, .. } = self;
        Arch::new().dispatch(AddBlock { columns: *columns, rows, waiting, packed, upper });
        self.waiting.resize(self.block * self.columns, 0.0);
        self.filled = 0;
    }

    /// Adds the sum of other rows.
    pub(crate) fn merge(&mut self, mut other: Self) {
        other.flush();
        for (sums, more) in self.upper.as_flattened_mut().iter_mut().zip(other.upper.as_flattened()) {
            sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        }
    }

    /// The whole symmetric matrix.
    pub(crate) fn finish(mut self) -> DMatrix<f64> {
        self.flush();
        let place = |i: usize, j: usize| {
            let (left, right) = (i.min(j), i.max(j));
            let (top, side) = (left / LANES, right / LANES);
            self.upper[side * (side + 1) / 2 + top][left % LANES][right % LANES]
        };
        DMatrix::from_fn(self.columns, self.columns, place)
    }
}

/// The work of one block.
struct AddBlock<'a> {
    columns: usize,
    rows: usize,
    waiting: &'a [f64],
    packed: &'a mut [Lanes],
    upper: &'a mut [[Lanes; LANES]],
}

impl WithSimd for AddBlock<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        if self.rows == 0 {
            return;
        }
        for (panel, packed) in self.packed.chunks_exact_mut(self.rows).enumerate() {
            let (from, to) = (panel * LANES, self.columns.min((panel + 1) * LANES));
            for (lanes, row) in packed.iter_mut().zip(self.waiting.chunks_exact(self.columns)) {
                match row[from..to].try_into() {
                    Ok(whole) => *lanes = whole,
                    Err(_) => lanes[..to - from].copy_from_slice(&row[from..to]),
                }
            }
        }
        let mut upper = self.upper.iter_mut();
        for (side, right) in self.packed.chunks_exact(self.rows).enumerate() {
            for (left, sums) in self.packed.chunks_exact(self.rows).take(side + 1).zip(&mut upper) {
                // What fits the registers: eight sums of 512 bits, or eight of 256.
                if S::F64_LANES == LANES {
                    add_products::<LANES, 0>(left, right, sums);
                } else {
                    add_products::<4, 0>(left, right, sums);
                    add_products::<4, 4>(left, right, sums);
                }
            }
        }
    }
}

/// Adds the products of the columns `FROM..FROM + N` of one panel with all eight of another.
#[inline(always)]
fn add_products<const N: usize, const FROM: usize>(left: &[Lanes], right: &[Lanes], sums: &mut [Lanes; LANES]) {
    let mut own = [[0.0; LANES]; N];
    for (left, right) in left.iter().zip(right) {
        for (i, sums) in own.iter_mut().enumerate() {
            for (sum, value) in sums.iter_mut().zip(right) {
                *sum += left[FROM + i] * value;
            }
        }
    }
    for (sums, own) in sums[FROM..].iter_mut().zip(&own) {
        sums.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
    }
}

/// The inner product of two slices of one length, in eight partial sums so that it fills vector registers; the order of the
/// additions is fixed.
#[inline(always)]
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
        let (rows, columns) = (256 + 37, 133);
        let value = |row: usize, column: usize| ((row * 31 + column * 17) % 101) as f64 / 50.0 - 1.0;
        let mut gram = Gram::new(columns);
        for row in 0..rows {
            gram.add(0.5, (0..columns).map(|column| value(row, column)));
        }
        let sums = gram.finish();
        for (i, j) in [(0, 0), (0, 132), (132, 0), (128, 129), (3, 90)] {
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

//! Where a lesion lies on a pseudo-slide.

use rand::RngExt;
use rand_chacha::ChaCha12Rng;

/// Tissue cells along each side of a pseudo-slide: 25 cells a man are 7,900 tiles, which EfficientNet-Lite0 encodes in less
/// than a minute on two cores; 36 would take 70 s and 250 MB.
pub(crate) const TISSUE_SIDE: u32 = 5;
/// Cells of glass around the tissue, so that finding the tissue is a task.
pub(crate) const MARGIN: u32 = 1;
/// Cells along each side of a pseudo-slide.
pub(crate) const SIDE: u32 = TISSUE_SIDE + 2 * MARGIN;
/// Tissue cells of a pseudo-slide.
pub(crate) const TISSUE_CELLS: u32 = TISSUE_SIDE * TISSUE_SIDE;

/// What lies in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Glass,
    Sparse,
    Dense,
}

/// The cells of a pseudo-slide in row order: `dense` cells nearest to a random point are the lesion, in one piece.
pub(crate) fn lay_out(dense: u32, generator: &mut ChaCha12Rng) -> Vec<Content> {
    let inside = |at: u32| (MARGIN..MARGIN + TISSUE_SIDE).contains(&at);
    let mut middle = || f64::from(MARGIN) + f64::from(TISSUE_SIDE - 1) * generator.random::<f64>();
    let (x, y) = (middle(), middle());
    let mut cells = vec![Content::Glass; (SIDE * SIDE) as usize];
    let mut tissue: Vec<(f64, usize)> = (0..SIDE)
        .flat_map(|row| (0..SIDE).map(move |column| (row, column)))
        .filter(|&(row, column)| inside(row) && inside(column))
        .map(|(row, column)| ((f64::from(column) - x).hypot(f64::from(row) - y), (row * SIDE + column) as usize))
        .collect();
    tissue.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    for (rank, (_, cell)) in (0..).zip(tissue) {
        cells[cell] = if rank < dense { Content::Dense } else { Content::Sparse };
    }
    cells
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::SeedableRng;

    use super::*;

    #[test]
    fn a_lesion_is_in_one_piece_and_within_the_tissue() {
        for seed in 0..200 {
            let dense = 1 + seed as u32 % TISSUE_CELLS;
            let cells = lay_out(dense, &mut ChaCha12Rng::seed_from_u64(seed));
            let at = |wanted: Content| -> BTreeSet<(i64, i64)> {
                let indices = (0i64..).zip(&cells).filter(|(_, content)| **content == wanted);
                indices.map(|(i, _)| (i / i64::from(SIDE), i % i64::from(SIDE))).collect()
            };
            let lesion = at(Content::Dense);
            assert_eq!(lesion.len() as u32, dense);
            assert_eq!(at(Content::Glass).len() as u32, SIDE * SIDE - TISSUE_CELLS);
            assert!(lesion.iter().all(|&(row, column)| (1..=5).contains(&row) && (1..=5).contains(&column)));
            let mut reached = BTreeSet::new();
            let mut edge = vec![*lesion.first().unwrap()];
            while let Some((row, column)) = edge.pop() {
                if lesion.contains(&(row, column)) && reached.insert((row, column)) {
                    edge.extend([(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]);
                }
            }
            assert_eq!(reached, lesion, "seed {seed}: the lesion is in pieces");
        }
    }
}

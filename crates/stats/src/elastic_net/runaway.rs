//! Whether coefficients that no penalty holds have run away.

use nalgebra::{DMatrix, DVector};

/// Share of their information at 0 at which coefficients have run away.
const RUN_AWAY: f64 = 1e-8;
/// Share of their information that columns which depend on each other have of their own, at most.
const DEPENDENT: f64 = 1e-10;

/// Compares the information that coefficients had at 0 with what is left of it. Where some combination of them has next
/// to none left, the likelihood rises along it for ever; gives the place of the largest coefficient of that
/// combination. Combinations that had none at 0 (of columns that depend on each other) do not count.
pub(crate) fn run_away(at_zero: &DMatrix<f64>, now: &DMatrix<f64>) -> Option<usize> {
    let own = at_zero.diagonal().map(|own| if own > 0.0 { own.sqrt().recip() } else { 0.0 });
    let own = DMatrix::from_diagonal(&own);
    let eigen = (&own * at_zero * &own).symmetric_eigen();
    let measured =
        eigen.eigenvalues.iter().zip(eigen.eigenvectors.column_iter()).filter(|(value, _)| **value > DEPENDENT);
    let axes: Vec<DVector<f64>> = measured.map(|(value, axis)| &own * axis / value.sqrt()).collect();
    if axes.is_empty() {
        return None;
    }
    // Along these axes the information was the unit matrix.
    let axes = DMatrix::from_columns(&axes);
    let left = (axes.transpose() * now * &axes).symmetric_eigen();
    let (place, least) = left.eigenvalues.argmin();
    (least <= RUN_AWAY).then(|| (axes * left.eigenvectors.column(place)).icamax())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_combination_that_lost_its_information() {
        let at_zero = DMatrix::from_row_slice(3, 3, &[4.0, 1.0, 0.0, 1.0, 4.0, 0.0, 0.0, 0.0, 1e6]);
        assert_eq!(run_away(&at_zero, &(&at_zero * 1e-7)), None);
        // Nothing left along (2, -1, 0), where each of the two keeps some.
        let now = DMatrix::from_row_slice(3, 3, &[1.0, 2.0, 0.0, 2.0, 4.0, 0.0, 0.0, 0.0, 1e5]);
        assert_eq!(run_away(&at_zero, &now), Some(0));
        let copies = DMatrix::from_element(2, 2, 3.0);
        assert_eq!(run_away(&copies, &(&copies * 0.5)), None);
        assert!(run_away(&copies, &(&copies * 1e-9)).is_some());
        assert_eq!(run_away(&DMatrix::zeros(1, 1), &DMatrix::zeros(1, 1)), None);
    }
}

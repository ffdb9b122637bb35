//! Adjustment for many tests.

use crate::StatsError;

/// Benjamini-Hochberg adjusted p values (1995; step-up, R `p.adjust(method = "BH")`), in the order given.
///
/// # Errors
/// `Setting` when a p value is NaN or outside 0 to 1.
pub fn benjamini_hochberg(p_values: &[f64]) -> Result<Vec<f64>, StatsError> {
    if p_values.iter().any(|p| !(0.0..=1.0).contains(p)) {
        return Err(StatsError::Setting { what: "p value", expected: "from 0 to 1" });
    }
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut smallest = 1.0_f64;
    for (rank, row) in order.iter().enumerate().rev() {
        smallest = smallest.min(p_values[*row] * p_values.len() as f64 / (rank + 1) as f64);
        adjusted[*row] = smallest;
    }
    Ok(adjusted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_p_adjust_of_r() {
        let adjusted = benjamini_hochberg(&[0.01, 0.04, 0.03, 0.5, 0.04, 0.002]).unwrap();
        for (ours, r) in adjusted.iter().zip([0.03, 0.048, 0.048, 0.5, 0.048, 0.012]) {
            assert!((ours - r).abs() < 1e-15, "{ours} {r}");
        }
    }

    #[test]
    fn takes_nothing_and_refuses_what_is_no_p_value() {
        assert!(benjamini_hochberg(&[]).unwrap().is_empty());
        assert!(benjamini_hochberg(&[0.1, f64::NAN]).is_err());
        assert!(benjamini_hochberg(&[1.1]).is_err());
    }
}
